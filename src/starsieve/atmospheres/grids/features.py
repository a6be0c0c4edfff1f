"""What a network would see of a model grid: fluxes, their extremes and labels, on one scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from starsieve.atmospheres.grids.axes import axes_of
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray, check_choice
from starsieve.errors import DataError
from starsieve.stats.scaling import normalise, standardise

Scaling = Literal["none", "row", "column", "minmax-row", "minmax-column"]
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)

_SCALE: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "none": lambda values: values,
    "row": lambda values: standardise(values, axis=1),
    "column": lambda values: standardise(values, axis=0),
    "minmax-row": lambda values: normalise(values, axis=1),
    "minmax-column": lambda values: normalise(values, axis=0),
}

SCALED: Mapping[str, str] = {
    "none": "Flux density",
    "row": "Flux, each spectrum standardised",
    "column": "Flux, each pixel standardised",
    "minmax-row": "Flux, each spectrum from 0 to 1",
    "minmax-column": "Flux, each pixel from 0 to 1",
}
"""What the scaled flux is, for an axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A grid's numbers after scaling.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux : array, shape (n_spectra, n_pixels)
    extremes : mapping of str to array, shape (n_spectra,)
        Least and largest flux of each spectrum, standardised: what scaling by row takes away.
    labels : mapping of str to array, shape (n_spectra,)
        Standardised; of Teff the logarithm.
    scaling : str
        Of the flux.
    flux_unit : str
        Empty after scaling.
    n_left_out : int
        Spectra with fluxes that are not finite.
    """

    wave: FloatArray
    flux: FloatArray
    extremes: Mapping[str, FloatArray]
    labels: Mapping[str, FloatArray]
    scaling: Scaling
    flux_unit: str
    n_left_out: int = 0


def scale_features(spectra: SpectrumSet, scaling: Scaling = "row") -> Features:
    """Scale a model grid's fluxes and labels as a preparation would, fitted on all of it.

    Parameters
    ----------
    spectra : SpectrumSet
        Models with labels.
    scaling : {"none", "row", "column", "minmax-row", "minmax-column"}
        Of the flux: standardised or from 0 to 1, each spectrum (row) or each pixel (column).

    Raises
    ------
    DataError
        If the scaling is unknown, or no spectrum is finite.
    """
    check_choice("scaling", scaling, SCALINGS)
    rows = np.isfinite(spectra.flux).all(axis=1)
    if not rows.any():
        msg = "Not one spectrum of the grid is finite everywhere."
        raise DataError(msg)
    flux = np.asarray(spectra.flux[rows], dtype=np.float64)
    numbers = [axis.name for axis in axes_of(spectra) if axis.is_number]
    labels = {name: np.asarray(spectra.labels[name], dtype=np.float64)[rows] for name in numbers}
    ends = {"least flux": flux.min(axis=1), "largest flux": flux.max(axis=1)}
    return Features(
        wave=spectra.wave,
        flux=_SCALE[scaling](flux),
        extremes={name: _standard(values) for name, values in ends.items()},
        labels={
            name: _standard(np.log10(values) if name == "teff" and values.min() > 0 else values)
            for name, values in labels.items()
        },
        scaling=scaling,
        flux_unit=spectra.flux_unit if scaling == "none" else "",
        n_left_out=int(np.sum(~rows)),
    )


def _standard(values: FloatArray) -> FloatArray:
    return standardise(values[:, None], axis=0)[:, 0]
