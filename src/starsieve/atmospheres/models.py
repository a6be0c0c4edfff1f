"""Models of atmospheres: the shipped ones, those of an archive, and any folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.networks import PosteriorNetwork
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.train import grid_from_arrays
from starsieve.errors import ModelMismatchError, NotInArchiveError
from starsieve.learn.model import CARD, ModelCard, load_weights, read_tensors
from starsieve.learn.model import read_card as read_card_file

PRETRAINED = Path(__file__).parents[1] / "pretrained"
DEFAULT = "diamondback-spex"


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorModel:
    """A trained posterior of a grid's parameters, ready to be asked.

    Parameters
    ----------
    card : ModelCard
    folder : Path
        Where it was loaded from.
    recipe : TrainRecipe
        What it was trained by.
    network : PosteriorNetwork
    grid : GridInterpolator
        The model grid: its nodes scale the parameters.
    fitting : GridInterpolator
        Where best fits are looked for; another one only where nodes must not be seen.
    """

    card: ModelCard
    folder: Path
    recipe: TrainRecipe
    network: PosteriorNetwork
    grid: GridInterpolator
    fitting: GridInterpolator

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    def __repr__(self) -> str:
        # The generated one would print the whole network and its grid.
        labels = ", ".join(output.name for output in self.card.outputs)
        return f"PosteriorModel({self.name!r}: {labels}; {len(self.grid.wave)} pixels)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{o.name}</td><td>{o.minimum:g} to {o.maximum:g} {o.unit}</td></tr>"
            for o in self.card.outputs
        )
        return f"<p><b>{self.name}</b>: {self.card.description}</p><table>{rows}</table>"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a list of models shows of each."""

    name: str
    origin: str
    labels: tuple[str, ...]
    description: str


def load_model(name: str | Path = DEFAULT, archive: Archive | None = None) -> PosteriorModel:
    """Load a model by its name (in the archive, or shipped) or by its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model; the message names those that there are.
    ModelMismatchError, FileError
        If its card or its weights are damaged.
    """
    return _load(_find(name, archive))


def read_card(name: str | Path = DEFAULT, archive: Archive | None = None) -> dict[str, Any]:
    """Return a model's card as a dict, without loading its weights."""
    return read_card_file(_find(name, archive)).model_dump(mode="json")


def list_models(archive: Archive | None = None) -> list[ModelInfo]:
    """Return every shipped model and, if an archive is given, those that it keeps."""
    return [_info(folder, origin) for folder, origin in _folders(archive)]


def _folders(archive: Archive | None) -> list[tuple[Path, str]]:
    kept = [] if archive is None else [archive.models.folder(m.name) for m in archive.models.list()]
    shipped = sorted(card.parent for card in PRETRAINED.glob(f"*/{CARD}"))
    return [(folder, "archive") for folder in kept] + [(folder, "shipped") for folder in shipped]


def _info(folder: Path, origin: str) -> ModelInfo:
    card = read_card_file(folder)
    return ModelInfo(card.name, origin, tuple(o.name for o in card.outputs), card.description)


def _find(name: str | Path, archive: Archive | None) -> Path:
    folders = [folder for folder, _ in _folders(archive)]
    for folder in folders:
        if folder.name == str(name):
            return folder
    if (Path(name) / CARD).is_file():
        return Path(name)
    known = ", ".join(folder.name for folder in folders) or "none"
    msg = f"No model {str(name)!r}, neither by name nor as a folder. There are: {known}."
    raise NotInArchiveError(msg)


def _load(folder: Path) -> PosteriorModel:
    card = read_card_file(folder)
    return _load_once(folder, card.weights_sha256)


@cache
def _load_once(folder: Path, _weights: str) -> PosteriorModel:
    card = read_card_file(folder)
    if card.task != "atmospheres":
        msg = f"{folder.name} is a model for {card.task}, not for the parameters of atmospheres."
        raise ModelMismatchError(msg)
    recipe = TrainRecipe.model_validate(card.recipe)
    state, arrays = read_tensors(folder, card)
    network = PosteriorNetwork(recipe.network, card.n_pixels, len(card.outputs))
    load_weights(network, state)
    grid = _grid(arrays, card, folder)
    return PosteriorModel(card, folder, recipe, network, grid, grid)


def _grid(arrays: Mapping[str, Any], card: ModelCard, folder: Path) -> GridInterpolator:
    try:
        return grid_from_arrays(arrays, tuple(output.name for output in card.outputs))
    except (KeyError, ValueError) as error:
        msg = f"{folder}: the model's grid is missing or damaged ({error})."
        raise ModelMismatchError(msg) from error
