"""Trained models of several grids, loaded and ready to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from starsieve.atmospheres.interpolator import count_steps
from starsieve.atmospheres.several.box import Box
from starsieve.atmospheres.several.calibrate import Stretch
from starsieve.atmospheres.several.likeness import Likeness
from starsieve.atmospheres.several.members import Member
from starsieve.atmospheres.several.network import SeveralNetwork
from starsieve.atmospheres.several.recipes import SeveralRecipe
from starsieve.atmospheres.several.train import make_network
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ModelMismatchError
from starsieve.learn.model import SpectrumCard, load_weights

HASH_DIGITS = 16
"""Of a labelled file's SHA-256, by which its fold is found."""

SHARED_NODES = 33
"""Values of each label between which the shared box counts in steps."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedGrid:
    """What all grids share: wavelengths, and the box of their parameters.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    names : tuple of str
        Of the parameters that are quoted.
    nodes : tuple of arrays
        Values of each that are evenly far apart in the box.
    """

    wave: FloatArray
    names: tuple[str, ...]
    nodes: tuple[FloatArray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(len(nodes) for nodes in self.nodes)

    def to_steps(self, parameters: FloatArray) -> npt.NDArray[np.float64]:
        """Return where parameters, shape (..., n_labels), lie, counted in nodes."""
        return count_steps(self.nodes, parameters)


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What tuning on labelled spectra added to a model.

    Parameters
    ----------
    members : tuple of SeveralNetwork
        Fold by fold, each fold's as many.
    n_folds : int
    folds : mapping of str to int
        The fold of a labelled spectrum, by the SHA-256 of its file: its object was never seen by
        the members of that fold.
    stretches : mapping of str to Stretch
        Calibration of each label that the spectra had.
    n_labelled : int
        Spectra that it was tuned on.
    likeness : Likeness
        What tells whether a spectrum is like these.
    """

    members: tuple[SeveralNetwork, ...]
    n_folds: int
    folds: Mapping[str, int]
    stretches: Mapping[str, Stretch]
    n_labelled: int
    likeness: Likeness

    def members_of(self, fold: int | None) -> tuple[SeveralNetwork, ...]:
        """Return the members that never saw the objects of a fold; all of them for None."""
        if fold is None:
            return self.members
        per_fold = len(self.members) // self.n_folds
        return self.members[fold * per_fold : (fold + 1) * per_fold]


@dataclass(frozen=True, slots=True, eq=False)
class SeveralModel:
    """A trained posterior of several grids.

    Parameters
    ----------
    card : SpectrumCard
    folder : Path
        Where it was loaded from.
    recipe : SeveralRecipe
    network : SeveralNetwork
    members : tuple of Member
        The grids.
    box : Box
        Of all labels that the network models.
    grid : SharedGrid
    tuned : Tuned, optional
    """

    card: SpectrumCard
    folder: Path
    recipe: SeveralRecipe
    network: SeveralNetwork
    members: tuple[Member, ...]
    box: Box
    grid: SharedGrid
    tuned: Tuned | None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    @property
    def knows_ages(self) -> bool:
        """Whether it was tuned on spectra of objects whose ages were told."""
        return self.tuned is not None and self.tuned.members[0].age_of is not None

    def __repr__(self) -> str:
        grids = ", ".join(member.name for member in self.members)
        return f"SeveralModel({self.name!r}: {', '.join(self.grid.names)}; {grids})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{o.name}</td><td>{o.minimum:g} to {o.maximum:g} {o.unit}</td></tr>"
            for o in self.card.outputs
        )
        return f"<p><b>{self.name}</b>: {self.card.description}</p><table>{rows}</table>"


def is_several(card: SpectrumCard) -> bool:
    """Return whether a card is that of a model of several grids."""
    return "grids" in card.recipe


def restore(
    card: SpectrumCard, folder: Path, state: Mapping[str, Any], arrays: Mapping[str, Any]
) -> SeveralModel:
    """Return the model of a card, its weights and its arrays.

    Raises
    ------
    ModelMismatchError
        If something is missing or does not fit.
    """
    recipe = SeveralRecipe.model_validate(card.recipe)
    try:
        members = tuple(
            Member.from_arrays(about, _below(arrays, f"grids.{number}."))
            for number, about in enumerate(card.metrics["grids"])
        )
        ends = [card.metrics["box"][name] for name in recipe.labels]
        wave = np.asarray(arrays["wave"], dtype=np.float64)
    except (KeyError, ValueError, TypeError) as error:
        msg = f"{folder}: the model's grids are missing or damaged ({error})."
        raise ModelMismatchError(msg) from error
    box = Box(recipe.labels, tuple(low for low, _ in ends), tuple(high for _, high in ends))
    evenly = np.linspace(-1.0, 1.0, SHARED_NODES)
    grid = SharedGrid(
        wave, recipe.outputs, tuple(box.unscale(name, evenly) for name in recipe.outputs)
    )
    network = _network(recipe, card, len(members), _below(state, "base.") or state)
    tuned = _tuned(recipe, card, len(members), state, network, _below(arrays, "labelled."))
    return SeveralModel(card, folder, recipe, network, members, box, grid, tuned)


def _network(
    recipe: SeveralRecipe, card: SpectrumCard, n_grids: int, state: Mapping[str, Any]
) -> SeveralNetwork:
    ages = any(name.startswith("age_of.") for name in state)
    network = make_network(recipe, card.n_pixels, n_grids, with_ages=ages)
    load_weights(network, {name: value.float() for name, value in state.items()})
    return network


def _tuned(
    recipe: SeveralRecipe,
    card: SpectrumCard,
    n_grids: int,
    state: Mapping[str, Any],
    base: SeveralNetwork,
    labelled: Mapping[str, FloatArray],
) -> Tuned | None:
    about = card.metrics.get("tuned")
    if about is None:
        return None
    members = []
    for number in range(about["n_members"]):
        own = _below(state, f"members.{number}.")
        # Features are not trained, so that the members have those of the base.
        features = {f"features.{n}": v for n, v in base.features.state_dict().items()}
        members.append(_network(recipe, card, n_grids, {**features, **own}))
    stretches = {name: Stretch.from_record(each) for name, each in about["stretches"].items()}
    return Tuned(
        members=tuple(members),
        n_folds=about["n_folds"],
        folds=about["folds"],
        stretches=stretches,
        n_labelled=about["n_labelled"],
        likeness=Likeness(
            labelled["bins"], labelled["folds"].astype(np.int64), about["most_unlike"]
        ),
    )


def member_state(network: SeveralNetwork) -> dict[str, torch.Tensor]:
    """Return what a tuned member keeps: its weights in half precision, without the features."""
    return {
        name: value.half()
        for name, value in network.state_dict().items()
        if not name.startswith("features.")
    }


def _below(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {n.removeprefix(prefix): v for n, v in given.items() if n.startswith(prefix)}
