"""Trained regressors, loaded and ready to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from starsieve.archive import Archive
from starsieve.atmospheres.models import read_recipe
from starsieve.atmospheres.network_recipes import Regressor
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.networks import AnyRegressor, build_network
from starsieve.atmospheres.regressors.rows import rows_from_arrays
from starsieve.atmospheres.regressors.train import TASK
from starsieve.data import SpectrumSet
from starsieve.errors import ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import SpectrumCard, load_weights, read_card, read_tensors

ROWS_PER_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class RegressorModel:
    """A trained regressor: a value of each label, and no error.

    Parameters
    ----------
    card : SpectrumCard
    folder : Path
        Where it was loaded from.
    recipe : TrainRecipe
        What it was trained by.
    network : RegressorNetwork or NearestNetwork
    rows : SpectrumSet
        All spectra of its collection with their labels, those that it never saw included.
    """

    card: SpectrumCard
    folder: Path
    recipe: TrainRecipe
    network: AnyRegressor
    rows: SpectrumSet

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    def __repr__(self) -> str:
        labels = ", ".join(output.name for output in self.card.outputs)
        return f"RegressorModel({self.name!r}: {labels}; {len(self.rows.wave)} pixels)"

    def predict(self, observed: Sequence[Prepared]) -> npt.NDArray[np.float64]:
        """Return the labels, shape (n, n_labels), of observations on the model's wavelengths."""
        found = []
        for start in range(0, len(observed), ROWS_PER_BATCH):
            batch = observed[start : start + ROWS_PER_BATCH]
            flux = np.stack([each.flux for each in batch])
            sigma = np.stack([each.sigma for each in batch])
            valid = np.stack([each.valid for each in batch])
            level = np.sum(np.abs(flux) * valid, axis=1, keepdims=True)
            level /= valid.sum(axis=1, keepdims=True)
            seen = Observations(
                flux=torch.as_tensor(flux / level, dtype=torch.float32),
                sigma=torch.as_tensor(sigma / level, dtype=torch.float32),
                valid=torch.as_tensor(valid),
            )
            found.append(self.network.predict(seen).numpy().astype(np.float64))
        return np.concatenate(found) if found else np.empty((0, len(self.card.outputs)))


def load_regressor(name: str | Path, archive: Archive | None = None) -> RegressorModel:
    """Load a regressor by its name in the archive, or by its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model; the message names those that there are.
    ModelMismatchError, FileError
        If it is none, or its card or its weights are damaged.
    """
    folder = find_model(name, archive, task=TASK)
    card = read_card(folder)
    if not isinstance(card, SpectrumCard):
        msg = f"{folder}: the card of a model for spectra must state its wavelengths."
        raise ModelMismatchError(msg)
    recipe = read_recipe(card, folder)
    if not isinstance(recipe.network, Regressor):
        msg = f"{folder}: the card is of a regressor, and its network a {recipe.network.kind}."
        raise ModelMismatchError(msg)
    state, arrays = read_tensors(folder, card)
    labels = tuple(output.name for output in card.outputs)
    try:
        network = build_network(recipe.network, card.n_pixels, labels, state)
        rows = rows_from_arrays(arrays, labels)
    except (KeyError, ValueError) as error:
        msg = f"{folder}: the model's spectra or weights are missing or damaged ({error})."
        raise ModelMismatchError(msg) from error
    load_weights(network, state)
    return RegressorModel(card, folder, recipe, network, rows)
