"""What spectra differ by: the axes of a map of latents, and what colours it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.labels import get_label
from starsieve.errors import DataError
from starsieve.representations.space import LatentSpace

FloatArray = npt.NDArray[np.float64]

MOST_COMPONENTS = 6
LOOKED_AT = 100_000
"""Spectra from which principal axes are found."""

OUTERMOST = 0.005
"""Share of the spectra at either end of an axis that count as at its edge."""

COLUMN_TITLES = {
    "velocity": ("velocity", "km / s"),
    "velocity_error": ("error of the velocity", "km / s"),
    "chi2_reduced": ("reduced chi-square of the reconstruction", ""),
    "coverage": ("share of the model's pixels that were there", ""),
}


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Something that spectra differ by: along an axis of a map, or in colour.

    Parameters
    ----------
    name : str
        ``z3`` for a latent, ``pc1`` for a principal component, ``MODEL:PARAMETER`` for what is
        inferred, or a label or column by its name.
    title, unit : str
    kind : {"latent", "component", "label", "inferred", "column"}
    values : array, shape (n,)
        Of each spectrum, NaN where not known.
    weights : array, shape (n_latents,), optional
        With `offset`: what the axis makes of latents, ``weights @ latents + offset``. None where
        latents do not tell.
    offset : float
    """

    name: str
    title: str
    unit: str
    kind: str
    values: FloatArray
    weights: FloatArray | None = None
    offset: float = 0.0

    @property
    def label(self) -> str:
        """Title with the unit, as beside an axis."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def short(self) -> str:
        """Name with the unit, where there is little room."""
        model, colon, parameter = self.name.rpartition(":")
        name = f"{parameter} by {model}" if colon else self.name.replace("_", " ")
        return f"{name} ({self.unit})" if self.unit else name

    def bounds(self, share: float) -> tuple[float, float]:
        """Return what holds all values but this share at either end; 0 and 1 without any."""
        known = self.values[np.isfinite(self.values)]
        if not len(known):
            return 0.0, 1.0
        low, high = np.quantile(known, (share, 1 - share)).tolist()
        return (low, high) if high > low else (low - 0.5, low + 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Principal axes of latents.

    Parameters
    ----------
    centre : array, shape (n_latents,)
    directions : array, shape (n_latents, n_components)
        Orthonormal; along the first one the spectra differ most.
    shares : array, shape (n_components,)
        Of the latents' variance.
    """

    centre: FloatArray
    directions: FloatArray
    shares: FloatArray


def find_components(space: LatentSpace) -> Components:
    """Return the principal axes of a space.

    Values beyond the outermost 0.5 % count as at its edge, so that single wild spectra turn no
    axis.
    """
    step = -(-len(space) // LOOKED_AT)
    latents = np.asarray(space.latents[::step], np.float64)
    low, high = np.quantile(latents, (OUTERMOST, 1 - OUTERMOST), axis=0)
    kept = np.clip(latents, low, high)
    centre = kept.mean(axis=0)
    centred = kept - centre
    variances, directions = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(variances)[::-1][:MOST_COMPONENTS]
    variances, directions = variances.clip(0), directions[:, order]
    # Signs are nobody's choice: the largest weight of each axis is positive.
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, np.arange(directions.shape[1])])
    shares = variances[order] / max(float(variances.sum()), np.finfo(float).tiny)
    return Components(centre, directions, shares)


def list_axes(space: LatentSpace, components: Components) -> dict[str, str]:
    """Return every axis with its title: latents that tell most, components, then colours."""
    latents = {f"z{n}": f"latent {n}" for n in space.ranges.order.tolist()}
    found = {f"pc{n}": f"component {n}" for n in range(1, len(components.shares) + 1)}
    return latents | found | list_colours(space)


def list_colours(space: LatentSpace) -> dict[str, str]:
    """Return what is known of spectra beside their latents, with its title."""
    found = {name: get_label(name).meaning for name in space.labels}
    found |= {name: _inferred_title(name) for name in space.inferred}
    return found | {n: COLUMN_TITLES.get(n, (n, ""))[0] for n in space.columns}


def make_axis(space: LatentSpace, components: Components, name: str) -> Axis:
    """Return an axis by its name.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    n_latents, n_components = len(components.centre), len(components.shares)
    kind, number = _parts(name)
    if kind == "z" and number < n_latents:
        values = np.asarray(space.latents[:, number], np.float64)
        return Axis(name, f"Latent {number}", "", "latent", values, np.eye(n_latents)[number])
    if kind == "pc" and 1 <= number <= n_components:
        return _component(space, components, number)
    if name in space.labels:
        title = _capital(get_label(name).meaning)
        return Axis(name, title, space.units[name], "label", space.labels[name])
    if name in space.inferred:
        title = _capital(_inferred_title(name))
        return Axis(name, title, space.units[name], "inferred", space.inferred[name])
    if name in space.columns:
        title, unit = COLUMN_TITLES.get(name, (name, ""))
        return Axis(name, _capital(title), unit, "column", space.columns[name])
    msg = (
        f"No axis {name!r}. There are z0 to z{n_latents - 1}, pc1 to pc{n_components}, and "
        f"{', '.join(list_colours(space)) or 'no labels'}."
    )
    raise DataError(msg)


def _component(space: LatentSpace, components: Components, number: int) -> Axis:
    weights = components.directions[:, number - 1]
    offset = -float(components.centre @ weights)
    values = np.asarray(space.latents @ weights + offset, np.float64)
    title = f"Component {number}, {components.shares[number - 1]:.0%} of the variance"
    return Axis(f"pc{number}", title, "", "component", values, weights, offset)


def _inferred_title(name: str) -> str:
    model, _, parameter = name.partition(":")
    return f"{get_label(parameter).meaning}, inferred by {model}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _parts(name: str) -> tuple[str, int]:
    """Return the letters and the number of an axis such as ``z3``; no letters without a number."""
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return (letters, int(digits)) if 0 < len(digits) < 6 and digits.isascii() else ("", -1)
