"""Explain an answer by occlusion: ask for the posterior again without each band in turn.

A model takes spectra with gaps, and was trained on them, so that a band can be left out for good
instead of being filled with something (as the occlusion of images must do: Zeiler & Fergus 2014,
ECCV, arXiv:1311.2901). The same base points are drawn from every posterior, and the whole of an
inference is repeated, its best fit and its vote of bands included: it is the quoted answer that
is explained, not the network alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from starsieve.atmospheres.explanation import Explanation
from starsieve.atmospheres.models import DEFAULT, AtmosphereModel, load_model
from starsieve.atmospheres.posterior import infer_posteriors
from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.recipes import Band
from starsieve.atmospheres.simulate import in_bands
from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

N_BANDS, MOST_BANDS = 30, 300
DRAWS = 1000

RESAMPLINGS, FLOOR_LEVEL = 40, 0.95
"""Of the draws, and the share of these whose distance from each other the floor exceeds."""

QUANTILES = (0.16, 0.5, 0.84)
COMPARED = tuple(np.linspace(0.05, 0.95, 19))
"""Quantiles by which posteriors are compared; the last draws of a tail would decide otherwise."""


def explain(
    spectrum: Spectrum,
    model: AtmosphereModel | str | Path | None = None,
    *,
    bands: int | Sequence[Band] = N_BANDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Explanation:
    """Tell which wavelengths drive each parameter of a spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    model : AtmosphereModel, str or Path, optional
        As in `infer`.
    bands : int or sequence of (float, float)
        How many bands, of equal width in log wavelength, to divide the model's range into; or
        the bands themselves, in micron. Wide bands show what narrow ones tell in common.
    draws : int
        From each posterior.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Explanation

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    DataError
        If the spectrum can't be used, or `bands` or `draws` make no sense.
    """
    if draws < 2:
        msg = f"draws must be at least 2, got {draws}."
        raise DataError(msg)
    loaded = model if isinstance(model, AtmosphereModel) else load_model(model or DEFAULT)
    prepared = prepare(spectrum, loaded.grid.wave, loaded.recipe)
    return explain_prepared(loaded, prepared, bands, draws, seed)


def explain_prepared(
    model: AtmosphereModel,
    prepared: Prepared,
    bands: int | Sequence[Band] = N_BANDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Explanation:
    """Explain an observation that was brought to the model's grid; see `explain`."""
    edges = _edges(bands, model.grid.wave)
    inside = np.stack([in_bands(model.grid.wave, (tuple(edge),)) for edge in edges])
    possible = _can_be_left_out(model, prepared, inside)
    asked = [prepared, *(_occluded(prepared, band) for band in inside[possible])]
    found = infer_posteriors(model, asked, draws, seed).draws.astype(np.float64)
    quantiles = np.quantile(found, QUANTILES, axis=1).transpose(1, 2, 0)
    names = tuple(output.name for output in model.card.outputs)
    sigma = (quantiles[0, :, 2] - quantiles[0, :, 0]) / 2
    without_quantiles = np.full((len(edges), len(names), 3), np.nan)
    without_quantiles[possible] = quantiles[1:]
    influence = np.full((len(edges), len(names)), np.nan)
    influence[possible] = _distance(found[1:], found[:1], sigma)
    return Explanation(
        names=names,
        bands=edges,
        n_pixels=(inside & prepared.valid).sum(axis=1),
        whole=quantiles[0],
        without=without_quantiles,
        influence=influence,
        floor=_floor(found[0], sigma, seed),
    )


def _edges(bands: int | Sequence[Band], wave: FloatArray) -> FloatArray:
    """Return the bands' edges, shape (n_bands, 2)."""
    if isinstance(bands, int):
        if not 2 <= bands <= MOST_BANDS:
            msg = f"bands must be 2 to {MOST_BANDS}, got {bands}."
            raise DataError(msg)
        return np.array(list(pairwise(np.geomspace(wave[0], wave[-1], bands + 1))))
    pairs = [tuple(band) for band in bands]
    if not pairs or not all(len(pair) == 2 and pair[0] < pair[1] for pair in pairs):
        msg = f"bands must be a number, or pairs of micron with the lower first; got {bands}."
        raise DataError(msg)
    if len(pairs) > MOST_BANDS:
        msg = f"bands must be at most {MOST_BANDS}, got {len(pairs)}."
        raise DataError(msg)
    return np.array(pairs, dtype=float)


def _can_be_left_out(model: AtmosphereModel, prepared: Prepared, inside: BoolArray) -> BoolArray:
    """Return which bands, shape (n_bands,), the spectrum has and can spare."""
    recipe, wave = model.recipe, model.grid.wave
    believed = in_bands(wave, (recipe.trust.range,)) & ~in_bands(wave, recipe.observing.masked)
    least = max(recipe.trust.min_coverage * believed.sum(), 1)
    there = (inside & prepared.valid).any(axis=1)
    left = (prepared.trusted & ~inside).sum(axis=1)
    return np.asarray(there & (left >= least))


def _occluded(prepared: Prepared, band: BoolArray) -> Prepared:
    """Return the observation as if the band had not been observed."""
    valid = prepared.valid & ~band
    return replace(
        prepared,
        flux=np.where(valid, prepared.flux, 0.0),
        sigma=np.where(valid, prepared.sigma, 1.0),
        valid=valid,
        trusted=prepared.trusted & ~band,
    )


def _distance(draws: FloatArray, others: FloatArray, sigma: FloatArray) -> FloatArray:
    """Return the mean distance of the draws' quantiles in sigma, label by label.

    Parameters
    ----------
    draws, others : arrays, shape (n, n_draws, n_labels)
    sigma : array, shape (n_labels,)

    Returns
    -------
    array, shape (n, n_labels)
    """
    one, other = (np.quantile(each, COMPARED, axis=1) for each in (draws, others))
    apart = np.abs(one - other).mean(axis=0)
    return np.asarray(apart / np.where(sigma > 0, sigma, np.nan))


def _floor(draws: FloatArray, sigma: FloatArray, seed: int) -> FloatArray:
    """Return the distance, shape (n_labels,), that resampled draws have from each other."""
    generator = np.random.default_rng((seed, len(draws)))
    rows = generator.integers(len(draws), size=(2, RESAMPLINGS, len(draws)))
    apart = _distance(draws[rows[0]], draws[rows[1]], sigma)
    return np.asarray(np.quantile(apart, FLOOR_LEVEL, axis=0))
