"""To and from tables: astropy's Table and QTable, and pandas' DataFrame.

What a table has no place for (medium, frame, resolution, the spelling of a unit, the grid of a
set) travels in its metadata under the key ``starsieve``, so that nothing is lost there and back.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starsieve.data.foreign import (
    BTJD_ZERO,
    OURS,
    Column,
    Columns,
    linear_unit,
    make_light_curve,
    make_spectrum,
    optional,
    packages_of,
    split_meta,
    to_btjd,
    words_of,
)
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import Medium, Spectrum, SpectrumSet
from starsieve.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import QTable, Table

Array = npt.NDArray[Any]

_NAMES = {
    "time": ("time", "btjd"),
    "wave": ("wave", "wavelength", "spectral_axis"),
    "flux": ("flux",),
    "sigma": ("sigma", "flux_err", "flux_error", "error", "err", "uncertainty", "noise"),
    "valid": ("valid",),
    "mask": ("mask",),
    "quality": ("quality",),
}
"""What a column may be called, whatever its case; the first one found counts."""

_OF_A_SET = ("id", "flux", "sigma", "valid")


def to_table(
    container: Spectrum | SpectrumSet | LightCurve, *, quantities: bool = False
) -> "Table | QTable":
    """Return a table with one row per pixel, per cadence or, for a set, per spectrum.

    Parameters
    ----------
    container : Spectrum, SpectrumSet or LightCurve
        What to convert.
    quantities : bool
        Whether to make a QTable, whose columns are quantities.

    Returns
    -------
    astropy.table.Table or astropy.table.QTable
        Columns ``wave`` (or ``time``), ``flux``, ``sigma``, ``valid`` and ``quality`` as far as
        there are any. Of a set, flux, sigma and valid are arrays in each cell, beside ``id`` and
        the labels.

    Raises
    ------
    DataError
        If the flux unit is logarithmic, or a label is called as another column is.
    """
    from astropy.table import QTable, Table

    words = words_of(container)
    if isinstance(container, SpectrumSet):
        columns = _columns_of_set(container)
        words |= {"wave": container.wave.tolist(), "labels": list(container.labels)}
    else:
        columns = _columns(container)
    table = Table(columns, meta={**container.meta, OURS: words})
    flux_unit = linear_unit(container.flux_unit)
    units = {"wave": "um", "time": "d", "flux": flux_unit, "sigma": flux_unit}
    for name in units.keys() & columns.keys():
        table[name].unit = units[name]
    return QTable(table) if quantities else table


def to_dataframe(container: Spectrum | SpectrumSet | LightCurve) -> "pd.DataFrame":
    """Return a DataFrame with one row per pixel, per cadence or, for a set, per spectrum.

    Parameters
    ----------
    container : Spectrum, SpectrumSet or LightCurve
        What to convert.

    Returns
    -------
    pandas.DataFrame
        Columns as of `to_table`. Those of a set have two levels: ``frame["flux"]``,
        ``frame["sigma"]`` and ``frame["valid"]`` have one column per wavelength (micron),
        ``frame["label"]`` one per label; the index is the id.

    Raises
    ------
    StarsieveError
        If pandas is not installed.
    """
    pandas = optional("pandas")
    if isinstance(container, SpectrumSet):
        index = None if container.ids is None else pandas.Index(container.ids, name="id")
        groups = {
            name: pandas.DataFrame(values, index=index, columns=container.wave)
            for name, values in _columns_of_set(container).items()
            if name in _OF_A_SET[1:]
        }
        if container.labels:
            groups["label"] = pandas.DataFrame(dict(container.labels), index=index)
        frame = pandas.concat(groups, axis=1)
    else:
        frame = pandas.DataFrame(_columns(container))
    frame.attrs = {**container.meta, OURS: words_of(container)}
    return frame


def spectrum_from_table(
    table: "Table | pd.DataFrame",
    wave_unit: str | None = None,
    flux_unit: str | None = None,
    medium: Medium | None = None,
) -> Spectrum:
    """Return the spectrum in a table with one row per pixel, in any order.

    Parameters
    ----------
    table : astropy.table.Table, astropy.table.QTable or pandas.DataFrame
        With columns ``wave`` and ``flux`` and, if known, ``sigma`` and ``valid`` (True for good)
        or ``mask`` (true for bad); the usual other names are understood. Masked cells are not
        valid.
    wave_unit, flux_unit : str, optional
        Of columns that don't say it. A DataFrame may have them in its ``attrs``.
    medium : {"vacuum", "air"}, optional
        Of the wavelengths as they stand in the table. What `to_table` made knows it; else vacuum.

    Returns
    -------
    Spectrum
        In vacuum micron, increasing.

    Raises
    ------
    DataError
        If a column is missing, a unit is missing or impossible, or the numbers are.
    """
    columns, meta = _read(table, ("wave", "flux"))
    return make_spectrum(columns, meta, wave_unit, flux_unit, medium)


def light_curve_from_table(table: "Table | pd.DataFrame", zero: float = BTJD_ZERO) -> LightCurve:
    """Return the light curve in a table with one row per cadence, in any order.

    Parameters
    ----------
    table : astropy.table.Table, astropy.table.QTable or pandas.DataFrame
        With columns ``time`` and ``flux`` and, if known, ``sigma``, ``quality``, and ``valid``
        (True for good) or ``mask`` (true for bad). Cadences without a time are left out.
    zero : float
        Julian date (BJD_TDB) that `time` counts days from, unless it is an astropy Time.

    Returns
    -------
    LightCurve
        In BJD_TDB - 2457000, increasing.

    Raises
    ------
    DataError
        If a column is missing, or the numbers are impossible.
    """
    columns, meta = _read(table, ("time", "flux"))
    return make_light_curve(_btjd(columns["time"], zero), columns, meta)


def spectrum_set_from_table(table: "Table | pd.DataFrame") -> SpectrumSet:
    """Return the set of spectra in a table that `to_table` or `to_dataframe` made of one.

    Rows may have been selected or sorted since, and labels changed.

    Raises
    ------
    DataError
        If it is no such table, or the numbers are impossible.
    """
    words, meta = split_meta(table.attrs if "pandas" in packages_of(table) else table.meta)
    wave, columns, labels = _read_set(table, words)
    return SpectrumSet(
        wave,
        columns["flux"],
        columns.get("sigma"),
        columns.get("valid"),
        ids=columns.get("id"),
        labels=labels,
        flux_unit=words["flux_unit"],
        resolution=words["resolution"],
        meta=meta,
    )


def is_table(thing: object) -> bool:
    """Return whether this is a table of astropy or pandas."""
    packages = packages_of(thing)
    return ("pandas" in packages and hasattr(thing, "columns")) or (
        "astropy" in packages and hasattr(thing, "colnames")
    )


def is_table_of_set(table: Any) -> bool:
    """Return whether a table has one row per spectrum, as `to_table` makes it of a set."""
    if "pandas" in packages_of(table):
        return bool(table.columns.nlevels == 2)
    return "wave" in split_meta(table.meta)[0]


def _columns(container: Spectrum | LightCurve) -> dict[str, Array]:
    columns: dict[str, Array | None]
    if isinstance(container, Spectrum):
        columns = {"wave": container.wave}
    else:
        columns = {"time": container.time, "quality": container.quality}
    columns |= {"flux": container.flux, "sigma": container.sigma, "valid": container.usable}
    return {name: values for name, values in columns.items() if values is not None}


def _columns_of_set(spectra: SpectrumSet) -> dict[str, Array]:
    taken = spectra.labels.keys() & set(_OF_A_SET)
    if taken:
        msg = f"A label must not be called {taken.pop()!r} in a table: rename it."
        raise DataError(msg)
    columns: dict[str, Array | None] = {"id": spectra.ids, **spectra.labels}
    columns |= {"flux": spectra.flux, "sigma": spectra.sigma, "valid": spectra.valid}
    return {name: values for name, values in columns.items() if values is not None}


def _read(table: Any, needed: Sequence[str]) -> tuple[Columns, dict[str, Any]]:
    """Find the columns of a table by their usual names, with their units; and the metadata."""
    if not is_table(table):
        msg = f"Expected an astropy Table or a pandas DataFrame, got {type(table).__name__}."
        raise DataError(msg)
    of_pandas = "pandas" in packages_of(table)
    present = {str(name).lower(): name for name in table.columns}
    found = {
        role: next((present[name] for name in names if name in present), None)
        for role, names in _NAMES.items()
    }
    for role in needed:
        if found[role] is None:
            msg = (
                f"The table has no column for {role}: expected one of {', '.join(_NAMES[role])}; "
                f"got {', '.join(map(str, list(table.columns)[:20]))}."
            )
            raise DataError(msg)
    names = {role: name for role, name in found.items() if name is not None}
    if of_pandas:
        return _read_dataframe(table, names)
    return {role: column_of(table[name]) for role, name in names.items()}, dict(table.meta)


def _read_dataframe(frame: Any, names: dict[str, Any]) -> tuple[Columns, dict[str, Any]]:
    meta = dict(frame.attrs)
    words, _ = split_meta(meta)
    if words:
        units = {"wave": "um", "flux": words.get("flux_unit")}
    else:
        units = {"wave": meta.pop("wave_unit", None), "flux": meta.pop("flux_unit", None)}
    return {role: Column(_of_series(frame[n]), units.get(role)) for role, n in names.items()}, meta


def _read_set(
    table: Any, words: Mapping[str, Any]
) -> tuple[Array, dict[str, Array], dict[str, Array]]:
    """Return wavelengths, columns by their names, and labels."""
    if not is_table_of_set(table) or not words:
        msg = "The table holds no set of spectra: expected one that to_table or to_dataframe made."
        raise DataError(msg)
    if "pandas" not in packages_of(table):
        columns = {n: column_of(table[n]).values for n in _OF_A_SET if n in table.colnames}
        labels = {name: column_of(table[name]).values for name in words["labels"]}
        return np.array(words["wave"]), columns, labels
    groups = set(table.columns.get_level_values(0))
    columns = {name: table[name].to_numpy() for name in groups & set(_OF_A_SET)}
    if table.index.name == "id":
        columns["id"] = table.index.to_numpy()
    labels = dict(table["label"].items()) if "label" in groups else {}
    labels = {name: _of_series(values) for name, values in labels.items()}
    return table["flux"].columns.to_numpy(dtype=float), columns, labels


def column_of(column: Any) -> Column:
    """Take the numbers out of a column of astropy; masked ones become NaN, or False."""
    if "Time" in type(column).__name__:
        return Column(column, None)
    unit, mask = getattr(column, "unit", None), getattr(column, "mask", None)
    column = getattr(column, "unmasked", column)
    values = np.asarray(getattr(column, "value", column))
    if mask is not None and np.any(mask):
        empty = False if values.dtype.kind == "b" else np.nan
        values = np.where(np.asarray(mask), empty, values)
    return Column(values, None if unit is None else unit.to_string())


def _of_series(series: Any) -> Array:
    """Take the numbers out of a column of pandas; missing ones become NaN."""
    if isinstance(series.dtype, np.dtype):
        return np.asarray(series)
    if series.dtype == "boolean":
        return np.asarray(series.to_numpy(dtype=bool, na_value=False))
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan))


def _btjd(time: Column, zero: float) -> Array:
    if hasattr(time.values, "tdb"):
        return to_btjd(time.values)
    if time.unit in (None, "d"):
        days = time.values
    else:
        from astropy import units as u

        try:
            days = u.Unit(time.unit).to(u.d, time.values)
        except u.UnitConversionError as error:
            msg = f"time must be in days or an astropy Time, got a column in {time.unit!r}."
            raise DataError(msg) from error
    return np.asarray(days, dtype=float) + (zero - BTJD_ZERO)
