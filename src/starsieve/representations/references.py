"""Spectra brought to one grid, ready to be compared with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray, usable
from starsieve.errors import DataError, Failure
from starsieve.transforms import Resample

IntArray = npt.NDArray[np.int64]

PIXELS_PER_ELEMENT = 3.0
"""Of a resolution element, where a grid is made for a lower resolution."""

MOST_PIXELS = 20_000
"""Of a grid for comparisons: longer spectra are compared at coarser steps."""

FEWEST_PIXELS = 20
"""With fewer pixels in common nothing can be said."""


NO_FLUX = (
    f"has fewer than {FEWEST_PIXELS} usable pixels in the range of the comparison, or no positive "
    "flux there."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class References:
    """Many spectra on one grid of constant velocity steps, each divided by its median.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron, at equal ratios.
    flux : array of float32, shape (n, n_pixels)
        0 where not valid.
    valid : array of bool, shape (n, n_pixels)
    sigma : array of float32, shape (n, n_pixels)
        0 where not known.
    scale : array, shape (n,)
        Medians that fluxes were divided by.
    ids : array of int, shape (n,)
    resolution : float, optional
        That all were brought to, where theirs was known and higher.
    failures : tuple of Failure
        Spectra that nothing could be made of, and why.
    """

    wave: npt.NDArray[np.float64]
    flux: npt.NDArray[np.float32]
    valid: BoolArray
    sigma: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float64]
    ids: IntArray
    resolution: float | None = None
    failures: tuple[Failure, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.flux)

    def __repr__(self) -> str:
        ends = f"{self.wave[0]:.4g} to {self.wave[-1]:.4g} um"
        return f"<References: {len(self)} spectra, {len(self.wave)} pixels, {ends}>"

    @property
    def step(self) -> float:
        """Logarithm of the ratio of neighbouring wavelengths."""
        return float(np.log(self.wave[-1] / self.wave[0]) / (len(self.wave) - 1))

    def take(self, rows: npt.NDArray[np.integer] | BoolArray) -> Self:
        """Return some of them, by number or mask."""
        return type(self)(
            self.wave,
            self.flux[rows],
            self.valid[rows],
            self.sigma[rows],
            self.scale[rows],
            self.ids[rows],
            self.resolution,
            self.failures,
        )


def common_grid(
    spectra: Sequence[Spectrum], resolution: float | None = None, query: Spectrum | None = None
) -> npt.NDArray[np.float64]:
    """Return a grid of constant velocity steps that suits a comparison.

    It reaches as far as the usable pixels of any of `spectra` and of the query. Its step is the
    median pixel of the coarser of both, or that which suits `resolution`, if that is coarser.

    Raises
    ------
    DataError
        If no spectrum has usable pixels.
    """
    ranges = [r for r in map(_usable_range, spectra) if r is not None]
    if not ranges:
        msg = f"None of {len(spectra)} spectra has usable pixels, so there is nothing to compare."
        raise DataError(msg)
    low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    step = float(np.median([r[2] for r in ranges]))
    asked = None if query is None else _usable_range(query)
    if asked is not None:
        low, high = max(low, asked[0]), min(high, asked[1])
        step = max(step, asked[2])
    if not low < high:
        msg = "The query and these spectra have no wavelengths in common."
        raise DataError(msg)
    if resolution is not None:
        step = max(step, 1.0 / (PIXELS_PER_ELEMENT * resolution))
    extent = math.log(high / low)
    n_pixels = 1 + math.floor(extent / max(step, extent / MOST_PIXELS) + 1e-6)
    if n_pixels < FEWEST_PIXELS:
        msg = (
            f"Only {n_pixels} pixels between {low:.4g} and {high:.4g} um are common to the query "
            f"and these spectra; expected {FEWEST_PIXELS} or more."
        )
        raise DataError(msg)
    return np.geomspace(low, high, n_pixels)


def gather(
    spectra: Sequence[Spectrum],
    wave: FloatArray,
    resolution: float | None = None,
    ids: Sequence[int] | None = None,
) -> References:
    """Bring spectra to one grid and, where theirs is known and higher, to one resolution.

    Spectra without usable flux on the grid become failures; the others go on.

    Parameters
    ----------
    spectra : sequence of Spectrum
        Each on a grid of its own.
    wave : array, shape (n_pixels,)
        Vacuum micron, at equal ratios; see `common_grid`.
    resolution : float, optional
        Resolving power to lower theirs to.
    ids : sequence of int, optional
        Their numbers; 0, 1, ... by default.
    """
    change = Resample(wave=tuple(np.asarray(wave, dtype=float).tolist()), resolution=resolution)
    shape = (len(spectra), len(wave))
    flux, sigma = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    valid, scale = np.zeros(shape, dtype=bool), np.full(len(spectra), np.nan)
    for rows in _alike(spectra):
        changed = change(_stack([spectra[row] for row in rows]))
        flux[rows], sigma[rows], valid[rows], scale[rows] = normalise(changed)
    numbers = np.arange(len(spectra)) if ids is None else np.asarray(ids, dtype=np.int64)
    good = np.isfinite(scale)
    failures = tuple(
        Failure(str(spectra[row].meta.get("file") or f"spectrum {numbers[row]}"), NO_FLUX)
        for row in np.flatnonzero(~good).tolist()
    )
    return References(
        np.asarray(wave, dtype=float),
        flux[good],
        valid[good],
        sigma[good],
        scale[good],
        numbers[good],
        resolution,
        failures,
    )


def normalise(
    spectra: SpectrumSet,
) -> tuple[FloatArray, FloatArray, BoolArray, FloatArray]:
    """Divide spectra by their medians over what is usable.

    Returns
    -------
    flux, sigma : arrays, shape (n, n_pixels)
        0 where not valid; sigma also where not known.
    valid : array of bool, shape (n, n_pixels)
    scale : array, shape (n,)
        NaN where there are too few usable pixels or their median is not positive.
    """
    valid = usable(spectra.flux, spectra.sigma, spectra.valid)
    enough = valid.sum(axis=1) >= FEWEST_PIXELS
    scale = np.full(len(spectra.flux), np.nan)
    masked = np.where(valid[enough], spectra.flux[enough], np.nan)
    scale[enough] = np.nanmedian(masked, axis=1)
    scale[~(scale > 0)] = np.nan
    known = valid & np.isfinite(scale)[:, None]
    flux = np.where(known, spectra.flux / scale[:, None], 0.0)
    sigma = np.zeros_like(flux)
    if spectra.sigma is not None:
        sigma = np.where(known, spectra.sigma / scale[:, None], 0.0)
    return flux, sigma, known, scale


def _alike(spectra: Sequence[Spectrum]) -> list[list[int]]:
    """Return rows of spectra that share grid and resolution, so that overlaps are found once."""
    groups: dict[tuple[bytes, float | None, bool], list[int]] = {}
    for row, spectrum in enumerate(spectra):
        key = (spectrum.wave.tobytes(), spectrum.resolution, spectrum.sigma is None)
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _stack(spectra: Sequence[Spectrum]) -> SpectrumSet:
    """Put spectra of one grid into a set; their units do not matter, as they are normalised."""
    first = spectra[0]
    sigmas = [each.sigma for each in spectra if each.sigma is not None]
    return SpectrumSet(
        wave=first.wave,
        flux=np.stack([each.flux for each in spectra]),
        sigma=np.stack(sigmas) if sigmas else None,
        valid=np.stack([each.usable for each in spectra]),
        resolution=first.resolution,
    )


def _usable_range(spectrum: Spectrum) -> tuple[float, float, float] | None:
    """Return first and last usable wavelength (micron) and the median step of their logarithm."""
    wave = spectrum.wave[spectrum.usable]
    if len(wave) < 2:
        return None
    return float(wave[0]), float(wave[-1]), float(np.median(np.diff(np.log(wave))))
