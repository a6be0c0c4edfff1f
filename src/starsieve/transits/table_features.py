"""Features of the rows of a table of candidates: what is measured, and what follows from it.

Every number is cut to `DIGITS` significant digits before anything is made of it: how precisely a
value is quoted tells whether somebody has looked at the candidate since, not what it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

FloatArray = npt.NDArray[np.float64]

DIGITS = 3

SUN_LOGG = 4.438
SUN_TEFF = 5772.0
EARTH_RADII_PER_SUN = 109.08
AXIS_OF_ONE_DAY = 4.2069
"""Semi-major axis over stellar radius of an orbit of one day around the Sun."""

AU_IN_SUN_RADII = 214.94
SUN_BOLOMETRIC = 4.74
CENTRAL = 0.95
"""Planet radius over that from the depth, at most, of a central transit.

Limb darkening makes it deeper than its area. A smaller ratio says nothing more of the transit, only
that the row's radius and depth come from different hands.
"""

SECTOR_DAYS = 27.4
NOISE_FLOOR_PPM = 60.0
NOISE_AT_TEN_PPM = 200.0
"""Noise of one hour of TESS: its floor, and photon noise at magnitude 10 (Ricker et al. 2015)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """How people call a feature, the theme that it belongs to, and how trees get it.

    `logarithmic` features are sizes: their logarithm to base 10 is taken, and what is not
    positive counts as unknown.
    """

    words: str
    theme: str
    unit: str = ""
    logarithmic: bool = True


MEASURED: Mapping[str, Feature] = {
    "period_days": Feature("orbital period", "orbit", "d"),
    "duration_hours": Feature("transit duration", "duration", "h"),
    "depth_ppm": Feature("transit depth", "depth", "ppm"),
    "tmag": Feature("TESS magnitude", "brightness", "mag", logarithmic=False),
    "teff": Feature("temperature of the star", "star", "K"),
    "logg": Feature("surface gravity of the star", "star", "dex", logarithmic=False),
    "radius": Feature("radius of the star", "star", "solar radii"),
    "distance_pc": Feature("distance", "brightness", "pc"),
}
"""By column of a `Catalogue`: what every table of candidates may have."""

STATED: Mapping[str, Feature] = {
    "radius_earth": Feature("planet radius", "size", "Earth radii"),
    "insolation_earth": Feature("insolation", "irradiation", "of the Earth's"),
    "teq_k": Feature("equilibrium temperature", "irradiation", "K"),
}
"""Columns that whoever wrote the row made of those above, by conventions of their own.

They are no features: each follows from the measured columns, and how far it departs from them
tells the pipeline (see `leaks`). Only what a stated radius says of the transit's shape is used.
"""

EXTRA: Mapping[str, Feature] = {
    "snr": Feature("signal-to-noise ratio in the table", "depth"),
    "mass": Feature("mass of the star", "star", "solar masses"),
    "density": Feature("density of the star", "star", "of the Sun's"),
    "luminosity": Feature("luminosity of the star", "star", "solar luminosities"),
    "mh": Feature("metallicity of the star", "star", "dex", logarithmic=False),
    "contamination": Feature("light of neighbours over the star's", "brightness"),
}
"""By column of a `Catalogue`: what only some tables have, used where a recipe asks for it."""

DERIVED: Mapping[str, Feature] = {
    "duty_cycle": Feature("share of the orbit spent in transit", "duration"),
    "duration_ratio": Feature("duration over that expected for this star", "duration"),
    "radius_from_depth": Feature("planet radius that depth and star give", "size", "Earth radii"),
    "grazing": Feature("planet radius over that of a central transit as deep", "size"),
    "scaled_axis": Feature("orbit over the star's radius", "orbit"),
    "star_insolation": Feature(
        "insolation that orbit and star give", "irradiation", "of the Earth's"
    ),
    "star_density": Feature("density of the star from its gravity", "star", "of the Sun's"),
    "star_mass": Feature("mass of the star from its gravity", "star", "solar masses"),
    "absolute_tmag": Feature("absolute magnitude of the star", "star", "mag", logarithmic=False),
    "evolution": Feature("radius of the star over that of a dwarf as hot", "star"),
    "light_excess": Feature(
        "magnitudes by which the star is fainter than radius and temperature say",
        "star",
        "mag",
        logarithmic=False,
    ),
    "transit_snr": Feature("depth over the noise of one transit", "depth"),
    "sector_snr": Feature("depth over the noise of a sector", "depth"),
}
"""What `derive` makes of the columns."""

FEATURES: Mapping[str, Feature] = {**MEASURED, **EXTRA, **DERIVED}


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of rows.

    Parameters
    ----------
    names : tuple of str
    values : array, shape (n_rows, n_features)
        NaN where unknown; logarithms of those that `FEATURES` says.
    """

    names: tuple[str, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            msg = f"Expected {len(self.names)} features in columns, got {self.values.shape}."
            raise DataError(msg)

    def select(self, names: Sequence[str]) -> Self:
        """Return some of the features, in the order asked for.

        Raises
        ------
        DataError
            If there is no feature of one of the names.
        """
        if unknown := [name for name in names if name not in self.names]:
            msg = f"No feature {', '.join(unknown)}; there are: {', '.join(self.names)}."
            raise DataError(msg)
        return type(self)(tuple(names), self.values[:, [self.names.index(n) for n in names]])

    def take(self, rows: npt.NDArray[np.intp]) -> Self:
        """Return some of the rows."""
        return type(self)(self.names, self.values[rows])

    def join(self, other: Self) -> Self:
        """Return these features and others of the same rows."""
        values = np.concatenate([self.values, other.values], axis=1)
        return type(self)((*self.names, *other.names), values)


def table_features(columns: Mapping[str, FloatArray], digits: int = DIGITS) -> FeatureTable:
    """Return all of `FEATURES` for every row of a table.

    Parameters
    ----------
    columns : mapping of str to array, shape (n_rows,)
        Columns of a `Catalogue`; those of `MEASURED`, `EXTRA` and `STATED` that are absent are
        unknown.
    digits : int
        Significant digits that are kept.

    Raises
    ------
    DataError
        If there are no columns.
    """
    if not columns:
        msg = "There are no columns to make features of."
        raise DataError(msg)
    nowhere = np.full(len(next(iter(columns.values()))), np.nan)
    known = {
        name: _usable(round_digits(columns.get(name, nowhere), digits), feature)
        for name, feature in {**MEASURED, **EXTRA, **STATED}.items()
    }
    with np.errstate(all="ignore"):
        values = known | derive(known)
        scaled = [np.log10(values[n]) if f.logarithmic else values[n] for n, f in FEATURES.items()]
    table = np.stack(scaled, axis=1)
    return FeatureTable(tuple(FEATURES), np.where(np.isfinite(table), table, np.nan))


def round_digits(values: FloatArray, digits: int = DIGITS) -> FloatArray:
    """Return values cut to a number of significant digits.

    Examples
    --------
    >>> round_digits(np.array([1.4303699, 18960.7122, 0.0])).tolist()
    [1.43, 19000.0, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    # Whole powers of ten are exact, and a quotient of them gives the nearest double.
    power = digits - 1 - np.where(np.isfinite(exponent), exponent, 0.0)
    up, down = 10.0 ** np.maximum(power, 0), 10.0 ** np.maximum(-power, 0)
    return np.asarray(np.round(values * up / down) * down / up)


def derive(known: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the features of `DERIVED`, none of them a logarithm, from columns of a table.

    A circular orbit and a central transit are assumed: what departs from it stands out.
    """
    ratio = np.sqrt(known["depth_ppm"] * 1e-6)
    gravity = 10 ** (known["logg"] - SUN_LOGG)
    star_radius, heat = known["radius"], known["teff"] / SUN_TEFF
    density = gravity / star_radius
    axis = AXIS_OF_ONE_DAY * np.cbrt(density) * known["period_days"] ** (2 / 3)
    expected = 24 * known["period_days"] / np.pi * (1 + ratio) / axis
    from_depth = ratio * star_radius * EARTH_RADII_PER_SUN
    absolute = known["tmag"] - 5 * np.log10(known["distance_pc"] / 10)
    bolometric = SUN_BOLOMETRIC - 2.5 * np.log10(star_radius**2 * heat**4)
    noise = np.hypot(NOISE_FLOOR_PPM, NOISE_AT_TEN_PPM * 10 ** (0.2 * (known["tmag"] - 10)))
    snr = known["depth_ppm"] / noise * np.sqrt(known["duration_hours"])
    return {
        "duty_cycle": known["duration_hours"] / 24 / known["period_days"],
        "duration_ratio": known["duration_hours"] / expected,
        "radius_from_depth": from_depth,
        "grazing": np.maximum(known["radius_earth"] / from_depth, CENTRAL),
        "scaled_axis": axis,
        "star_insolation": heat**4 * (AU_IN_SUN_RADII / axis) ** 2,
        "star_density": density,
        "star_mass": gravity * star_radius**2,
        "absolute_tmag": absolute,
        "evolution": star_radius / heat**1.6,
        "light_excess": absolute - bolometric,
        "transit_snr": snr,
        "sector_snr": snr * np.sqrt(SECTOR_DAYS / known["period_days"]),
    }


def _usable(values: FloatArray, feature: Feature) -> FloatArray:
    """Return values with NaN where they can't be: a size of zero or less is not known."""
    usable = np.isfinite(values) & ((values > 0) | (not feature.logarithmic))
    return np.where(usable, values, np.nan)
