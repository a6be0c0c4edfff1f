"""Chi-square over one parameter and the radius, the others fitted at every point.

At a distance, a radius is a scale between the grid's surface flux and the observed one, so that a
point of the map is a fit with one parameter and the scale held: the profile of chi-square (for
its contours see Press et al. 2007, Numerical Recipes, section 15.6).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from astropy import units as u
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2 as chi2_distribution

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.held_fit import at_value, fit_free, fit_held, relative_to
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.models import PosteriorModel
from starsieve.data.spectrum import FloatArray, check_choice
from starsieve.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.plots.interactive.style import Theme

LEVELS = tuple(float(chi2_distribution.isf(1 - share, 2)) for share in (0.6827, 0.9545))
"""Rise of chi-square, errors inflated, around which 68 and 95 % of two numbers lie."""

DEPTH = 20.0
"""Rise of chi-square, errors inflated, to which the map goes."""

N_VALUES, N_OFFSETS = 25, 17
"""Fitted: values, and radii around the best one at each of them, the closer the denser."""

N_CLOSER = 2
"""How many times the map's ends are looked for, closer each time."""

N_DRAWN = 161
"""Of each axis, in between by monotone cubic interpolation."""

PER_STEP = 4
"""Values between two nodes of the grid at which the map's ends are looked for."""

LEAST_SHARE = 0.05
"""Of the best radius: the map shows no smaller ones."""

MARGIN = (0.99, 1.01)
"""Around a radius that should be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class RadiusMap:
    """Least chi-square at values of one parameter and radii.

    Parameters
    ----------
    label : str
    values : array, shape (n_values,)
        Of the label, in its unit, increasing.
    radius : array, shape (n_radii,)
        Nominal Jupiter radii, increasing.
    chi2 : array, shape (n_values, n_radii)
        Errors as stated, all other parameters fitted.
    freedom : int
        Degrees of freedom of the best fit.
    best : (float, float)
        Label and radius of least chi-square.
    least : float
        Chi-square there.
    """

    label: str
    values: FloatArray
    radius: FloatArray
    chi2: FloatArray
    freedom: int
    best: tuple[float, float]
    least: float

    @property
    def factor(self) -> float:
        """What squared errors are inflated by, for the best fit to be as good as expected."""
        return max(self.least / self.freedom, 1.0)

    @property
    def rise(self) -> FloatArray:
        """Chi-square above the least, errors inflated, shape (n_values, n_radii)."""
        return np.asarray(np.maximum(self.chi2 - self.least, 0.0) / self.factor)


@dataclass(frozen=True, slots=True, eq=False)
class _Ridge:
    """Values of a label, the best radius at each over the best fit's, and how far to go."""

    values: FloatArray
    radius: FloatArray
    half: float
    low: float
    high: float


def map_radius(
    grid: GridInterpolator,
    fit: Fit,
    label: str,
    distance: Distance,
    seen: tuple[float, float] | None = None,
) -> RadiusMap:
    """Return chi-square over a parameter and the radius.

    Parameters
    ----------
    grid : GridInterpolator
        That the fit is of, with surface fluxes.
    fit : Fit
    label : str
    distance : Distance
        Without its error, which would blur all radii alike.
    seen : (float, float), optional
        A value of the label and a radius that the map should show, whatever chi-square is there.

    Raises
    ------
    DataError
        If the grid has no such label or one value of it only, or the fit has no degree of freedom.
    """
    check_choice("The label", label, grid.names)
    if len(grid.nodes[grid.names.index(label)]) < 2 or fit.freedom < 1:
        msg = f"A map needs two values of {label} in the grid and a fit with a degree of freedom."
        raise DataError(msg)
    far = distance.value if distance.kind == "distance" else 1000.0 / distance.value
    unit = float(np.sqrt(fit.scale) * (far * u.pc).to_value(u.R_jup))
    reduced, flux, sigma = relative_to(grid, fit)
    value, radius = (fit.parameters[label], unit) if seen is None else seen
    ridge = _find_ridge(reduced, label, flux, sigma, fit.freedom, value)
    low, high = (
        min(ridge.low, MARGIN[0] * radius / unit),
        max(ridge.high, MARGIN[1] * radius / unit),
    )
    share = np.linspace(max(low, LEAST_SHARE), high, N_DRAWN)
    values, chi2 = _fill(reduced, label, flux, sigma, ridge, share)
    least, best = fit.chi2_reduced * fit.freedom, (float(fit.parameters[label]), unit)
    if chi2.min() < least:
        row, column = np.unravel_index(np.argmin(chi2), chi2.shape)
        least, best = float(chi2.min()), (float(values[row]), float(share[column] * unit))
    return RadiusMap(label, values, unit * share, chi2, fit.freedom, best, least)


def _find_ridge(
    grid: GridInterpolator,
    label: str,
    flux: FloatArray,
    sigma: FloatArray,
    freedom: int,
    seen: float,
) -> _Ridge:
    """Return where chi-square is low; the values reach to the one that should be seen."""
    tried = grid.subdivided_nodes(label, PER_STEP)
    edges = tried[[0, -1]]
    for _ in range(N_CLOSER):
        chi2, *_ = _along(grid, label, tried, flux, sigma)
        first, last = _near(chi2, freedom)
        low, high = min(tried[first], seen), max(tried[last], seen)
        tried = np.linspace(max(low, edges[0]), min(high, edges[1]), N_VALUES)
    chi2, radii, power = _along(grid, label, tried, flux, sigma)
    first, last = _near(chi2, freedom)
    half = 0.5 * float(np.sqrt(DEPTH * max(float(chi2.min()) / freedom, 1.0) / power))
    shown = radii[first : last + 1]
    low, high = float(shown.min()) * (1 - half), float(shown.max()) * (1 + half)
    return _Ridge(tried, radii, half, low, high)


def _along(
    grid: GridInterpolator, label: str, values: FloatArray, flux: FloatArray, sigma: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Return chi-square and radius at values, all else free, and the best model's power."""
    fits = [fit_free(at_value(grid, label, value), flux, sigma) for value in values]
    chi2, scale = (np.array([getattr(fit, of)[0] for fit in fits]) for of in ("chi2", "scale"))
    power = float(np.sum((fits[int(np.argmin(chi2))].model[0] / sigma) ** 2))
    return chi2, np.sqrt(scale), power


def _near(chi2: FloatArray, freedom: int) -> tuple[int, int]:
    """Return the first and last row of those that the map is to show, and one more each."""
    factor = max(float(chi2.min()) / freedom, 1.0)
    near = np.flatnonzero(chi2 < chi2.min() + DEPTH * factor)
    return max(int(near[0]) - 1, 0), min(int(near[-1]) + 1, len(chi2) - 1)


def _fill(
    grid: GridInterpolator,
    label: str,
    flux: FloatArray,
    sigma: FloatArray,
    ridge: _Ridge,
    share: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return values, shape (N_DRAWN,), and chi-square at each and at radii over the best fit's.

    Fits are made along the ridge: it is so narrow that a rectangular grid would miss it.
    """
    reach = max(float(np.ptp(share)), 2 * ridge.half)
    bend = np.arcsinh(3 * reach / ridge.half)
    offsets = np.sinh(bend * np.linspace(-1, 1, N_OFFSETS)) * ridge.half / 3
    fitted = [
        fit_held(at_value(grid, label, v), flux, sigma, np.maximum(r + offsets, LEAST_SHARE) ** 2)
        for v, r in zip(ridge.values, ridge.radius, strict=True)
    ]
    values = np.linspace(ridge.values[0], ridge.values[-1], N_DRAWN)
    across = PchipInterpolator(ridge.values, np.stack(fitted))(values)
    middle = PchipInterpolator(ridge.values, ridge.radius)(values)
    rows = [
        PchipInterpolator(offsets, chi2)(np.clip(share - r, offsets[0], offsets[-1]))
        for chi2, r in zip(across, middle, strict=True)
    ]
    return values, np.stack(rows)


def map_inference(inference: Inference, model: PosteriorModel, label: str) -> RadiusMap:
    """Return the map of an inference with a distance.

    Raises
    ------
    DataError
        If no distance was given, there is no fit, or the model has no such label.
    """
    check_choice("The label", label, inference.names)
    if inference.physical is None or inference.fit is None:
        msg = "A map of chi-square and radius needs a distance: infer(..., distance=PC)."
        raise DataError(msg)
    radius, value = inference.physical.summaries()["radius"], inference.summary(label)
    seen = (value.median, radius.median)
    return map_radius(model.grid, inference.fit, label, inference.physical.distance, seen)


def plot_map(inference: Inference, found: RadiusMap) -> "Figure":
    """Plot a map with the posterior's 68 % intervals over it."""
    from starsieve.plots.radius_map import plot_radius_map

    return plot_radius_map(found, LEVELS, _posterior(inference, found), title=inference.title)


def map_figure(inference: Inference, found: RadiusMap, theme: "Theme") -> object:
    """Draw the same for a browser."""
    from starsieve.plots.interactive.radius_map import radius_map_figure

    return radius_map_figure(found, LEVELS, theme, _posterior(inference, found))


def _posterior(inference: Inference, found: RadiusMap) -> FloatArray | None:
    """Return 16th, 50th and 84th percentiles of label and radius, shape (2, 3)."""
    if inference.physical is None:
        return None
    quantities = (inference.summary(found.label), inference.physical.summaries()["radius"])
    return np.array([[each.q16, each.median, each.q84] for each in quantities])
