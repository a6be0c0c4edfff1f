"""Columns of a table of candidates that tell the answer without being it, each with its reason.

They score well on the very table that they come from and say nothing about a new candidate. A
ranker leaves them out unless its recipe says `include_leaks`, which shows what they would pretend.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from starsieve.data.catalogue import ERRORS, Catalogue
from starsieve.transits.table_features import (
    MEASURED,
    STATED,
    FeatureTable,
    FloatArray,
    table_features,
)

EARTH_TEQ = 278.3
"""Equilibrium temperature in K at the Earth's insolation, if no light is reflected."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One way in which a table gives its answer away.

    Parameters
    ----------
    name : str
    columns : str
        What is meant, in words.
    reason : str
        Why it leaks.
    values : callable, optional
        Gives the leaking numbers of a table by name; None where the columns are text, and no
        number is ever made of them.
    auc_alone : float, optional
        Area under the ROC curve of a ranker that saw nothing else, on stars that it never saw:
        CP and KP against FP and FA of the Exoplanet Archive's TOI table of October 2025.
    """

    name: str
    columns: str
    reason: str
    values: Callable[[Catalogue], dict[str, FloatArray]] | None = None
    auc_alone: float | None = None


def leak_features(table: Catalogue, names: tuple[str, ...] = ()) -> FeatureTable:
    """Return every leaking number of a table, or those of some leaks by name.

    Returns
    -------
    FeatureTable
        Names begin with that of the leak, as ``"dates.created"``; NaN where the table has none.
    """
    found = {
        f"{leak.name}.{column}": values
        for leak in LEAKS
        if leak.values is not None and (not names or leak.name in names)
        for column, values in leak.values(table).items()
    }
    return FeatureTable(tuple(found), np.stack(list(found.values()), axis=1))


def _numbers(*columns: str) -> Callable[[Catalogue], dict[str, FloatArray]]:
    return lambda table: {name: _column(table, name) for name in columns}


def _column(table: Catalogue, name: str) -> FloatArray:
    values = table.columns.get(name)
    if values is None or values.dtype.kind not in "fiu":
        return np.full(len(table), np.nan)
    return values.astype(np.float64)


def _order(table: Catalogue) -> dict[str, FloatArray]:
    number = np.array([_number(name) for name in table["name"].tolist()])
    return {"name": number, "planet": np.round(100 * (number % 1))}


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return np.nan


def _dates(table: Catalogue) -> dict[str, FloatArray]:
    return {name: _days(table[name].astype(str)) for name in ("created", "updated")}


def _days(texts: np.ndarray) -> FloatArray:
    moments = np.array([text[:10] if text[:4].isdigit() else "NaT" for text in texts.tolist()])
    days = moments.astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.float64))


def _digits(table: Catalogue) -> dict[str, FloatArray]:
    return {
        name: np.array([_quoted(v) for v in _column(table, name).tolist()])
        for name in (*MEASURED, *STATED)
    }


def _quoted(value: float) -> float:
    """Return how many significant digits the shortest text of a number has."""
    if not np.isfinite(value):
        return np.nan
    return float(len(f"{value!r}".partition("e")[0].replace(".", "").strip("-0")))


def _gaps(table: Catalogue) -> dict[str, FloatArray]:
    names = (*MEASURED, *STATED)
    return {name: np.isnan(_column(table, name)).astype(np.float64) for name in names}


def _origin(table: Catalogue) -> dict[str, FloatArray]:
    """Return what a row states beyond its measured columns, and how far it departs from them."""
    columns = {name: _column(table, name) for name in (*MEASURED, *STATED)}
    features = table_features(columns)
    expected = features.select(["radius_from_depth", "star_insolation"]).values
    with np.errstate(divide="ignore", invalid="ignore"):
        stated = np.stack([np.log10(columns[name]) for name in STATED], axis=1)
    stated[~np.isfinite(stated)] = np.nan
    radius, insolation, heat = stated.T
    return {
        **dict(zip(STATED, stated.T, strict=True)),
        "radius_ratio": radius - expected[:, 0],
        "insolation_ratio": insolation - expected[:, 1],
        "heat_convention": heat - np.log10(EARTH_TEQ) - insolation / 4,
    }


def _planets(table: Catalogue) -> dict[str, FloatArray]:
    _, star, n_rows = np.unique(table["tic"], return_inverse=True, return_counts=True)
    return {"rows": n_rows[star].astype(np.float64)}


_LIMITS = (
    "pl_tranmidlim", "pl_orbperlim", "pl_trandurhlim", "pl_trandeplim", "pl_radelim", "pl_insollim",
    "pl_eqtlim", "st_tmaglim", "st_distlim", "st_tefflim", "st_logglim", "st_radlim", "st_pmralim",
    "st_pmdeclim",
)  # fmt: skip

LEAKS: tuple[Leak, ...] = (
    Leak(
        "verdicts",
        "dispositions, comments, priorities and working-group flags of vetters",
        "They are the answer, or were written by somebody who knew it.",
    ),
    Leak(
        "errors",
        "errors of every value (*err*)",
        "Planets get refined: a published value has a small error, and for a false positive nobody "
        "takes the trouble.",
        _numbers(*ERRORS),
        auc_alone=0.87,
    ),
    Leak(
        "limits",
        "flags that a value is a limit (*lim)",
        "Set where a value was entered by hand, which happens to planets.",
        _numbers(*_LIMITS),
        auc_alone=0.52,
    ),
    Leak(
        "origin",
        "planet radius, insolation and equilibrium temperature as stated, against what follows "
        "from the other columns (pl_rade, pl_insol, pl_eqt)",
        "Each pipeline has its own conventions, an albedo or none and a mass of its own for the "
        "star, so they tell who wrote the row; and rows are written anew once a planet is known. "
        "Of the radius only what departs as a grazing transit would is used.",
        _origin,
        auc_alone=0.88,
    ),
    Leak(
        "dates",
        "when a row was made and changed (toi_created, rowupdate)",
        "A row changes when a candidate is decided, and old candidates had more time for it.",
        _dates,
        auc_alone=0.86,
    ),
    Leak(
        "order",
        "number of the TOI and of the planet in it",
        "It counts in the order of announcement, and known planets were announced in batches.",
        _order,
        auc_alone=0.78,
    ),
    Leak(
        "epoch",
        "time of a transit (pl_tranmid)",
        "Follow-up moves it to later seasons.",
        _numbers("epoch_btjd"),
        auc_alone=0.71,
    ),
    Leak(
        "position",
        "right ascension and declination",
        "The footprint of earlier surveys, whose planets were known before.",
        _numbers("ra", "dec"),
        auc_alone=0.75,
    ),
    Leak(
        "motion",
        "proper motion and parallax",
        "It tells one star from another within a survey's footprint, and how a star was chosen; "
        "the distance is used as such.",
        _numbers("pmra_mas_yr", "pmdec_mas_yr", "parallax_mas"),
        auc_alone=0.63,
    ),
    Leak(
        "digits",
        "number of digits of a value",
        "Published values are rounded, those of a pipeline are not.",
        _digits,
        auc_alone=0.83,
    ),
    Leak(
        "gaps",
        "which values are missing",
        "Somebody fills the gaps of a promising star.",
        _gaps,
        auc_alone=0.58,
    ),
    Leak(
        "planets",
        "number of rows of a star",
        "It depends on which of them are decided, and so on the answer.",
        _planets,
        auc_alone=0.54,
    ),
)
