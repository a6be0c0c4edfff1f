"""How a model was trained: its losses, step by step."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starsieve.learn.history import Curve, read_history
from starsieve.learn.model import CARD, read_card
from starsieve.plots.training import Curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.atmospheres.subjects import AnyModel


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """The losses of a training.

    Parameters
    ----------
    model : str
    losses : mapping of str to mapping of str to (array, array)
        By quantity and part: steps and values, shape (n,) each.
    kept_step : int, optional
        Whose weights the model has.
    """

    model: str
    losses: Curves
    kept_step: int | None = None

    def plot(self) -> "Figure":
        """Return the figure: a panel for each quantity, a line for each part."""
        from starsieve.plots.training import plot_losses

        return plot_losses(self.losses, self.kept_step)


def read_training(folder: Path) -> Training | None:
    """Return how the model of a folder was trained, of any kind; None if nobody wrote it down.

    Raises
    ------
    FileError, ModelMismatchError
        If the card or the history is damaged.
    """
    card = read_card(folder)
    losses: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for curve in sorted(read_history(folder, card.metrics), key=_total_first):
        pairs = losses.setdefault(curve.quantity, {})
        pairs[curve.part] = np.array(curve.steps, dtype=float), np.array(curve.values)
    if not losses:
        return None
    kept = card.metrics.get("best_step")
    return Training(card.name, losses, kept if isinstance(kept, int) else None)


def training_of(model: "AnyModel") -> Training | None:
    """Return how a model was trained, as `read_training`."""
    return read_training(model.folder) if (model.folder / CARD).is_file() else None


def _total_first(curve: Curve) -> bool:
    return curve.quantity != "loss"
