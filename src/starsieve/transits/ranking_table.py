"""A table of candidates as a ranker takes it: joined with what is known of the stars, checked."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from starsieve.data.catalogue import UNITS, Catalogue
from starsieve.errors import DataError
from starsieve.transits.leaks import leak_features
from starsieve.transits.table_features import FeatureTable, FloatArray, table_features

NEEDED = ("period_days", "duration_hours", "depth_ppm")
STELLAR = (
    "tmag", "teff", "logg", "mh", "radius", "mass", "density", "luminosity", "distance_pc",
    "contamination",
)  # fmt: skip
HOURS_PER_DAY = 24.0
WHOLE_STAR_PPM = 1e6


def candidates_of(table: Catalogue) -> dict[str, FloatArray]:
    """Return the measured columns of a table of candidates.

    Raises
    ------
    DataError
        If the table lacks a column without which no candidate can be judged.
    """
    if missing := [name for name in NEEDED if name not in table.columns]:
        msg = (
            f"{table.file}: a ranking needs a table of candidates with {', '.join(NEEDED)}; this "
            f"one ({table.layout}) has no {', '.join(missing)}."
        )
        raise DataError(msg)
    return {name: table.columns[name] for name in UNITS if name in table.columns}


def join_stars(
    columns: Mapping[str, FloatArray], tic: npt.NDArray[np.int64], stars: Sequence[Catalogue]
) -> dict[str, FloatArray]:
    """Return columns with the stars' values from the TESS Input Catalog where it knows them."""
    joined = dict(columns)
    for catalogue in stars:
        if catalogue.kind != "tic":
            msg = (
                f"{catalogue.file}: expected a table of the TESS Input Catalog, "
                f"got one of kind {catalogue.kind!r}."
            )
            raise DataError(msg)
        row_of = {star: row for row, star in enumerate(catalogue["tic"].tolist())}
        row = np.array([row_of.get(star, -1) for star in tic.tolist()])
        for name in STELLAR:
            found = np.where(row >= 0, catalogue[name][row], np.nan)
            old = joined.get(name, np.full(len(tic), np.nan))
            joined[name] = np.where(np.isfinite(found), found, old)
    return joined


def features_of(
    table: Catalogue, columns: Mapping[str, FloatArray], names: Sequence[str]
) -> FeatureTable:
    """Return features by name, leaking ones of the table as it was read among them.

    Raises
    ------
    DataError
        If there is no feature of one of the names.
    """
    features = table_features(columns)
    if not set(names) <= set(features.names):
        features = features.join(leak_features(table))
    return features.select(names)


def problems(columns: Mapping[str, FloatArray]) -> list[str]:
    """Return why each row can't be judged, in words; empty where it can.

    An unknown period is none: a single transit can be judged, with a warning.
    """
    period, hours, depth = (columns[name] for name in NEEDED)
    found = []
    for p, h, d in zip(period.tolist(), hours.tolist(), depth.tolist(), strict=True):
        found.append(_problem(p, h, d))
    return found


def _problem(period: float, hours: float, depth: float) -> str:
    if not 0 < depth < WHOLE_STAR_PPM:
        return f"expected a depth between 0 and {WHOLE_STAR_PPM:.0f} ppm, got {_shown(depth)}."
    if not 0 < hours < np.inf:
        return f"expected a duration above 0 h, got {_shown(hours)}."
    if period <= 0 or np.isinf(period):
        return f"expected a period above 0 d, got {period:g}."
    if hours >= period * HOURS_PER_DAY:
        return f"the duration of {hours:g} h is not shorter than the period of {period:g} d."
    return ""


def _shown(value: float) -> str:
    return "nothing" if np.isnan(value) else f"{value:g}"
