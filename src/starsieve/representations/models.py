"""Trained representations, loaded and ready to be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from starsieve.archive import Archive
from starsieve.data import Embeddings, Spectrum, SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import RepresentationCard, load_weights, read_card, read_tensors
from starsieve.representations.networks import SpectrumNetwork, build_network
from starsieve.representations.prepare import Inputs
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.rest import AtRest, bring_to_rest
from starsieve.representations.scale import rescaled, tensors_of

TASK = "representations"
TEMPLATES = "velocity_templates"
PIXELS = 2**19
"""Given to a network at a time: what it makes of more does not stay near the processor, and long
spectra take three times as long."""


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """A trained model of spectra: into latents, and back.

    Parameters
    ----------
    card : RepresentationCard
    recipe : TrainRecipe
        What it was trained by.
    network : SpectrumNetwork
    arrays : mapping
        ``wave``; ``seen``: the share of the training spectra that had each pixel;
        ``velocity_templates``: what observed spectra are compared with, if they are, for their
        velocity.
    """

    card: RepresentationCard
    recipe: TrainRecipe
    network: SpectrumNetwork
    arrays: Mapping[str, npt.NDArray[Any]]

    def __repr__(self) -> str:
        # The generated one would print the whole network.
        card = self.card
        return f"Representation({self.name!r}: {card.kind}, {card.n_latents} latents)"

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    @property
    def wave(self) -> FloatArray:
        """Vacuum micron at rest, shape (n_pixels,), by constant velocity steps."""
        return self.arrays["wave"]

    @property
    def seen(self) -> BoolArray:
        """Where the training spectra had any pixels, shape (n_pixels,); elsewhere it can't say."""
        return np.asarray(self.arrays["seen"] > 0)

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """The mean spectrum of the training, shape (n_pixels,)."""
        return self.arrays["mean"].astype(float)

    @property
    def resolution(self) -> float | None:
        """Resolving power that spectra are brought to; None where they are taken as they are."""
        return self.card.resolution

    @property
    def n_latents(self) -> int:
        """Number of latents of each spectrum."""
        return self.card.n_latents

    def encode(
        self,
        spectra: Sequence[Spectrum] | SpectrumSet,
        *,
        ids: npt.ArrayLike | None = None,
        velocity: npt.ArrayLike | None = None,
    ) -> Embeddings:
        """Return the latents of spectra of any grids.

        Parameters
        ----------
        spectra : sequence of Spectrum, or SpectrumSet
        ids : array of int, shape (n_spectra,), optional
            Numbers that tell them apart; by default those of the set, or 0, 1, 2...
        velocity : array, shape (n_spectra,), optional
            km/s, positive if receding; it is taken out. Where it is NaN or not given, a model
            that knows how looks for it, in the frame of the spectrum's wavelengths.

        Returns
        -------
        Embeddings
            A row of NaN where nothing can be said; `encode_with_reasons` says why.
        """
        return self.encode_with_reasons(spectra, ids=ids, velocity=velocity)[0]

    def encode_with_reasons(
        self,
        spectra: Sequence[Spectrum] | SpectrumSet,
        *,
        ids: npt.ArrayLike | None = None,
        velocity: npt.ArrayLike | None = None,
    ) -> tuple[Embeddings, tuple[str, ...]]:
        """Return what `encode` does, and for each spectrum why it has no latents, or ``""``."""
        there = self.at_rest(spectra, velocity)
        embeddings = self.encode_inputs(there.inputs, _numbers(spectra, ids), there.columns)
        return embeddings, there.inputs.reasons

    def at_rest(
        self, spectra: Sequence[Spectrum] | SpectrumSet, velocity: npt.ArrayLike | None = None
    ) -> AtRest:
        """Bring spectra to the model's grid and to rest, by velocities that are given or found."""
        templates = self.arrays.get(TEMPLATES)
        return bring_to_rest(spectra, self.wave, self.recipe, templates, velocity)

    def prepare(
        self, spectra: Sequence[Spectrum] | SpectrumSet, velocity: npt.ArrayLike | None = None
    ) -> Inputs:
        """Bring spectra to the model's grid; those that have nothing in its range get a reason."""
        return self.at_rest(spectra, velocity).inputs

    def encode_inputs(
        self,
        inputs: Inputs,
        ids: npt.NDArray[np.int64],
        columns: Mapping[str, FloatArray] | None = None,
    ) -> Embeddings:
        """Return the latents of spectra that `prepare` has brought to the model's grid."""
        n = len(inputs)
        latents, deviation = np.full((2, n, self.n_latents), np.nan)
        chi2 = np.full(n, np.nan)
        rows = np.flatnonzero(inputs.usable)
        step = max(1, PIXELS // len(self.wave))
        for start in range(0, len(rows), step):
            here = rows[start : start + step]
            latents[here], found, chi2[here] = self._encode_part(inputs.take(here))
            deviation[here] = np.nan if found is None else found
        known = {"chi2_reduced": chi2, "coverage": inputs.coverage}
        sigma = deviation if np.isfinite(deviation).any() else None
        return Embeddings(latents, ids, sigma, known | dict(columns or {}), self.name)

    def on_common_scale(self, inputs: Inputs) -> Inputs:
        """Return spectra, all usable, on the scale that whole ones have: see `rescaled`."""
        return rescaled(self.network, inputs, self.arrays["seen"])

    def decode(self, latents: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return spectra at rest on the model's grid, of latents.

        Parameters
        ----------
        latents : array, shape (n, n_latents)

        Returns
        -------
        array, shape (n, n_pixels)
            Relative flux, of a median of about 1.

        Raises
        ------
        DataError
            If there is another number of latents than the model's.
        """
        given = np.asarray(latents, dtype=float)
        if given.ndim != 2 or given.shape[1] != self.n_latents:
            msg = f"latents must have shape (n, {self.n_latents}), got {given.shape}."
            raise DataError(msg)
        with torch.no_grad():
            flux = self.network.decode(torch.as_tensor(given, dtype=torch.float32))
        return flux.double().numpy()

    def reconstruct(
        self, spectra: Sequence[Spectrum] | SpectrumSet, *, velocity: npt.ArrayLike | None = None
    ) -> SpectrumSet:
        """Return what the model makes of spectra: at rest, of median 1, gaps filled.

        A pixel that no training spectrum had is not valid, and neither is anything of a spectrum
        that the model can't encode.
        """
        found = self.encode(spectra, velocity=velocity)
        known = found.known
        flux = np.full((len(found), len(self.wave)), np.nan)
        flux[known] = self.decode(found.latents[known])
        valid = known[:, None] & self.seen
        return SpectrumSet(self.wave, flux, valid=valid, ids=found.ids, resolution=self.resolution)

    def _encode_part(self, inputs: Inputs) -> tuple[FloatArray, FloatArray | None, FloatArray]:
        """Return mean and deviation of the latents, and the reduced chi-square of their spectra."""
        inputs = self.on_common_scale(inputs)
        flux, valid, sigma = tensors_of(inputs)
        with torch.no_grad():
            found = self.network.encode(flux, valid, sigma)
            apart = (flux - self.network.decode(found.mean)) * valid
        squares = (apart**2 / (sigma**2 + self.recipe.error_floor**2)).double().sum(1)
        freedom = (valid.sum(1) - self.n_latents).clamp(min=1)
        deviation = None if found.deviation is None else found.deviation.double().numpy()
        return found.mean.double().numpy(), deviation, (squares / freedom).numpy()


def load_representation(name: str | Path, archive: Archive | None = None) -> Representation:
    """Load a representation by its name (in the archive, or shipped) or by its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model; the message names those that there are.
    ModelMismatchError, FileError
        If it is a model of another task, or its card or its weights are damaged.
    """
    folder = find_model(name, archive, task=TASK)
    return _load_once(folder, read_card(folder).weights_sha256)


@cache
def _load_once(folder: Path, _weights: str) -> Representation:
    card = read_card(folder)
    if not isinstance(card, RepresentationCard):
        msg = f"{folder}: the card of a representation must state its latents and wavelengths."
        raise ModelMismatchError(msg)
    recipe = TrainRecipe.model_validate(card.recipe)
    state, arrays = read_tensors(folder, card)
    network = build_network(recipe, card)
    load_weights(network, state)
    return Representation(card, recipe, cast(SpectrumNetwork, network), arrays)


def _numbers(
    spectra: Sequence[Spectrum] | SpectrumSet, ids: npt.ArrayLike | None
) -> npt.NDArray[np.int64]:
    if ids is not None:
        return np.asarray(ids, dtype=np.int64)
    own = spectra.ids if isinstance(spectra, SpectrumSet) else None
    return np.arange(len(spectra)) if own is None else own
