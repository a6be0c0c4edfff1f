"""Trained models of atmospheres, loaded and ready to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import Tensor

from starsieve.archive import Archive
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.network_recipes import Posterior
from starsieve.atmospheres.networks import Observations, PosteriorNetwork
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.several.model import SeveralModel, is_several, restore
from starsieve.atmospheres.train import grid_from_arrays
from starsieve.errors import ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import SpectrumCard, load_weights, read_card, read_tensors

DEFAULT = "ultracool-spex"
OF_ONE_GRID = "diamondback-spex"
"""The shipped model of a single grid, which can refine draws and knows radii."""


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorModel:
    """A trained posterior of a grid's parameters, ready to be asked.

    Parameters
    ----------
    card : SpectrumCard
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

    card: SpectrumCard
    folder: Path
    recipe: TrainRecipe
    network: PosteriorNetwork
    grid: GridInterpolator
    fitting: GridInterpolator

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    def propose(self, base: Tensor, seen: Observations) -> tuple[Tensor, Tensor]:
        """Return draws for one spectrum in the box of the grid's nodes, and their log densities.

        Parameters
        ----------
        base : tensor, shape (n_draws, n_labels)
            Evenly distributed over [-1, 1].
        seen : Observations
            Of one spectrum.

        Returns
        -------
        tensor, shape (n_draws, n_labels)
        tensor, shape (n_draws,)
        """
        drawn, log_density = self.network.draw(base, seen)
        return drawn[:, 0], log_density[:, 0]

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


AtmosphereModel = PosteriorModel | SeveralModel
"""Of one grid, or of several."""


def load_model(name: str | Path = DEFAULT, archive: Archive | None = None) -> AtmosphereModel:
    """Load a model by its name (in the archive, or shipped) or by its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model; the message names those that there are.
    ModelMismatchError, FileError
        If its card or its weights are damaged.
    """
    return _load(find_model(name, archive, task="atmospheres"))


def of_one_grid(model: AtmosphereModel) -> PosteriorModel:
    """Return a model if it is of one grid.

    Raises
    ------
    ModelMismatchError
        If it is of several.
    """
    if isinstance(model, PosteriorModel):
        return model
    msg = f"{model.name} is of several grids; this needs a model of one, such as {OF_ONE_GRID}."
    raise ModelMismatchError(msg)


def _load(folder: Path) -> AtmosphereModel:
    card = read_card(folder)
    return _load_once(folder, card.weights_sha256)


@cache
def _load_once(folder: Path, _weights: str) -> AtmosphereModel:
    card = read_card(folder)
    if not isinstance(card, SpectrumCard):
        msg = f"{folder}: the card of a model for spectra must state its wavelengths."
        raise ModelMismatchError(msg)
    state, arrays = read_tensors(folder, card)
    if is_several(card):
        return restore(card, folder, state, arrays)
    recipe = read_recipe(card, folder)
    if not isinstance(recipe.network, Posterior):
        msg = f"{folder}: the card is of a posterior, and its network a {recipe.network.kind}."
        raise ModelMismatchError(msg)
    network = PosteriorNetwork(recipe.network, card.n_pixels, len(card.outputs))
    load_weights(network, state)
    grid = _grid(arrays, card, folder)
    return PosteriorModel(card, folder, recipe, network, grid, grid)


def read_recipe(card: SpectrumCard, folder: Path) -> TrainRecipe:
    """Return the recipe on a card.

    Raises
    ------
    ModelMismatchError
        If it is none.
    """
    try:
        return TrainRecipe.model_validate(card.recipe)
    except ValidationError as error:
        msg = f"{folder}: the card's recipe is damaged ({error.errors()[0]['msg']})."
        raise ModelMismatchError(msg) from error


def _grid(arrays: Mapping[str, Any], card: SpectrumCard, folder: Path) -> GridInterpolator:
    try:
        return grid_from_arrays(arrays, tuple(output.name for output in card.outputs))
    except (KeyError, ValueError) as error:
        msg = f"{folder}: the model's grid is missing or damaged ({error})."
        raise ModelMismatchError(msg) from error
