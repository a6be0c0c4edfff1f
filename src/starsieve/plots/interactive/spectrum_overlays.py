"""What is laid over a spectrum: a model that was fitted to it, and spectra that are like it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.transforms.match import match_height


class FittedModel(Protocol):
    """An observation on a model's grid (arrays of shape (n_pixels,)) and the model over it."""

    @property
    def wave(self) -> FloatArray: ...
    @property
    def flux(self) -> FloatArray: ...
    @property
    def sigma(self) -> FloatArray: ...
    @property
    def valid(self) -> BoolArray: ...
    @property
    def model_flux(self) -> FloatArray: ...
    @property
    def flux_unit(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A spectrum to lay over another, and what it is called."""

    title: str
    spectrum: Spectrum


def match_overlays(overlays: Iterable[Overlay], spectrum: Spectrum) -> list[Overlay]:
    """Return overlays at the height of a spectrum; those with nothing in common are left out."""
    matched = []
    for each in overlays:
        try:
            matched.append(Overlay(each.title, match_height(each.spectrum, spectrum)))
        except DataError:
            continue
    return matched


def residuals(fit: FittedModel) -> FloatArray:
    """Return what a model leaves over, in sigma; NaN where it was not compared."""
    left = np.full(len(fit.wave), np.nan)
    np.divide(fit.flux - fit.model_flux, fit.sigma, out=left, where=fit.valid)
    return left


def residuals_at(wave: FloatArray, fit: FittedModel) -> FloatArray:
    """Return the residuals nearest to wavelengths (vacuum micron); NaN beyond the model."""
    nearest = np.clip(np.searchsorted(fit.wave, wave), 0, len(fit.wave) - 1)
    inside = (wave >= fit.wave[0]) & (wave <= fit.wave[-1])
    return np.where(inside, residuals(fit)[nearest], np.nan)


def unused(fit: FittedModel) -> list[tuple[float, float]]:
    """Return the ranges (vacuum micron) of at least two pixels that a fit did not use."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], ~fit.valid, [False]]).astype(np.int8)))
    runs = steps.reshape(-1, 2)
    return [
        (float(fit.wave[start]), float(fit.wave[stop - 1]))
        for start, stop in runs
        if stop - start > 2
    ]
