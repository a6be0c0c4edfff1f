"""What a vetter takes: views, and a table of numbers, the same in training and in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.transits.examples import Examples, stack_views
from starsieve.transits.model import A_RS_SUN
from starsieve.transits.planet import EARTH_RADII_PER_SUN
from starsieve.transits.table_features import FloatArray
from starsieve.transits.view_features import view_features
from starsieve.transits.views import Float32Array, Views

DERIVED: Mapping[str, tuple[str, ...]] = {
    "duty": ("duration_hours", "period_days"),
    "scaled_duration": ("duration_hours", "period_days"),
    "rp_rs": ("depth_ppm",),
    "star_density": ("density", "mass", "radius"),
    "radius_earth": ("depth_ppm", "radius"),
    "a_rs": ("period_days", "density", "mass", "radius"),
    "duration_ratio": ("duration_hours", "period_days", "density", "mass", "radius"),
    "teq_k": ("period_days", "teff", "density", "mass", "radius"),
    "snr_per_event": ("snr", "n_transits"),
}
"""What follows from several numbers together, and from which."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Signals as a vetter takes them.

    Parameters
    ----------
    views : mapping of str to float32 array, shape (n_signals, n_bins)
        Rows of NaN where a signal lacks one.
    names : tuple of str
        Of the columns: measured numbers, derived ones, and those of the views.
    table : array, shape (n_signals, n_names)
        NaN where unknown.
    n_numbers : int
        How many columns, from the first, are measured or derived: what the networks take.
    """

    views: Mapping[str, Float32Array]
    names: tuple[str, ...]
    table: FloatArray
    n_numbers: int

    def __len__(self) -> int:
        return len(self.table)

    @property
    def numbers(self) -> FloatArray:
        """The measured and derived columns."""
        return self.table[:, : self.n_numbers]

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return some of the signals."""
        views = {name: view[rows] for name, view in self.views.items()}
        return replace(self, views=views, table=self.table[rows])

    def without_view(self, *names: str) -> Self:
        """Return the signals as if these views had not been made."""
        views = {
            name: np.full_like(view, np.nan) if name in names else view
            for name, view in self.views.items()
        }
        prefixes = tuple(f"{name.removesuffix('_view')}." for name in names)
        if {"odd_view", "even_view"} & set(names):
            prefixes += ("odd_even.",)
        lost = [name.startswith(prefixes) for name in self.names]
        return replace(self, views=views, table=np.where(lost, np.nan, self.table))

    def without_number(self, *names: str) -> Self:
        """Return the signals as if these numbers, and what follows from them, were unknown."""
        gone = {name for name, needs in DERIVED.items() if set(needs) & set(names)} | set(names)
        lost = [name in gone for name in self.names]
        return replace(self, table=np.where(lost, np.nan, self.table))


def join_inputs(parts: Sequence[Inputs]) -> Inputs:
    """Return several inputs of the same names as one."""
    views = {name: np.concatenate([part.views[name] for part in parts]) for name in parts[0].views}
    return replace(parts[0], views=views, table=np.concatenate([part.table for part in parts]))


def inputs_of(
    views: Sequence[Views],
    features: Sequence[Mapping[str, float]],
    feature_names: Sequence[str],
    view_names: Sequence[str],
) -> Inputs:
    """Return signals as `make_views` and `features` describe them, for a vetter."""
    stacks = stack_views(views)
    columns = {
        name: np.array([each.get(name, np.nan) for each in features], dtype=np.float64)
        for name in feature_names
    }
    return _join(stacks, columns, feature_names, view_names)


def inputs_of_examples(
    examples: Examples, feature_names: Sequence[str], view_names: Sequence[str]
) -> Inputs:
    """Return examples as a vetter takes them."""
    return _join(examples.views, examples.features, feature_names, view_names)


def _join(
    views: Mapping[str, Float32Array],
    features: Mapping[str, FloatArray],
    feature_names: Sequence[str],
    view_names: Sequence[str],
) -> Inputs:
    n = len(next(iter(features.values())))
    unknown = np.full(n, np.nan)
    measured = {name: features.get(name, unknown) for name in feature_names}
    used = {name: views[name] for name in view_names if name in views}
    columns = measured | derive(measured, n)
    table = columns | view_features(used)
    stacked = np.stack(list(table.values()), axis=1)
    stacked[~np.isfinite(stacked)] = np.nan
    return Inputs(used, tuple(table), stacked, len(columns))


def derive(measured: Mapping[str, FloatArray], n: int) -> dict[str, FloatArray]:
    """Return the columns of `DERIVED`, NaN where something is missing for them.

    Parameters
    ----------
    measured : mapping of str to array, shape (n,)
        By the names of `starsieve.transits.features`.
    n : int
        Number of signals.
    """
    known = {name: _positive(measured, name, n) for needs in DERIVED.values() for name in needs}
    period, duration, radius = (known[k] for k in ("period_days", "duration_hours", "radius"))
    density = known["density"]
    density = np.where(np.isfinite(density), density, known["mass"] / radius**3)
    rp_rs = np.sqrt(known["depth_ppm"] / 1e6)
    a_rs = A_RS_SUN * np.cbrt(density * period**2)
    crossing = 24 * period / np.pi * np.arcsin(np.clip((1 + np.nan_to_num(rp_rs)) / a_rs, 0, 1))
    return {
        "duty": duration / (24 * period),
        "scaled_duration": duration / np.cbrt(period),
        "rp_rs": rp_rs,
        "star_density": density,
        "radius_earth": rp_rs * radius * EARTH_RADII_PER_SUN,
        "a_rs": a_rs,
        "duration_ratio": duration / crossing,
        "teq_k": known["teff"] / np.sqrt(2 * a_rs),
        "snr_per_event": known["snr"] / np.sqrt(known["n_transits"]),
    }


def _positive(measured: Mapping[str, FloatArray], name: str, n: int) -> FloatArray:
    values = measured.get(name, np.full(n, np.nan))
    return np.where(values > 0, values, np.nan)
