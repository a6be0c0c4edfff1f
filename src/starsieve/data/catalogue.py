"""A table of planet candidates, stars or files, with columns of one meaning whoever wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

CatalogueKind = Literal["toi", "ctoi", "tic", "koi", "tce", "planets", "products"]
"""TESS objects of interest, those of the community, stars of the TESS Input Catalog, Kepler objects
of interest, threshold-crossing events, confirmed planets, and files of MAST."""

AnyArray = npt.NDArray[Any]

UNITS: Mapping[str, str] = {
    "period_days": "d",
    "epoch_btjd": "d",
    "duration_hours": "h",
    "depth_ppm": "ppm",
    "radius_earth": "earthRad",
    "insolation_earth": "",
    "teq_k": "K",
    "snr": "",
    "ra": "deg",
    "dec": "deg",
    "tmag": "mag",
    "teff": "K",
    "logg": "dex(cm / s2)",
    "mh": "dex",
    "radius": "solRad",
    "mass": "solMass",
    "density": "solMass / solRad3",
    "luminosity": "solLum",
    "distance_pc": "pc",
    "parallax_mas": "mas",
    "pmra_mas_yr": "mas / yr",
    "pmdec_mas_yr": "mas / yr",
    "contamination": "",
}
"""Measured columns and their units, as `astropy.units` writes them; epochs are BJD_TDB - 2457000.
The error of each is a column of its own in the same unit: see `error_name`."""

NUMBERS = ("tic", "kic", "gaia", "sector", "line")
"""Columns of whole numbers, int64, 0 where there is none."""

TEXTS = ("name", "star", "disposition", "created", "updated", "comments", "uri", "product")
"""Columns of text, empty where there is none; times are ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What a catalogue file says, row by row.

    Parameters
    ----------
    kind : CatalogueKind
        What a row is about.
    layout : str
        Whose columns the file has, as ``"nasa-toi"``.
    columns : mapping of str to array, shape (n_rows,)
        Measured values under the names of `UNITS` and their errors, float64, NaN where unknown;
        those of `NUMBERS` and `TEXTS`; and every column that has no such name under its own, as
        numbers where all of it are numbers and as text otherwise. ``line`` is the line of the
        file on which a row ends.
    file : str
        The path as given.
    content_hash : str
        SHA-256 of the file's bytes, hexadecimal.
    assumed : tuple of str
        A sentence for each thing that the file does not say, or that was changed.
    refused : tuple of (int, str)
        Line and reason of each row that was left out.

    Raises
    ------
    DataError
        If columns differ in length.
    """

    kind: CatalogueKind
    layout: str
    columns: Mapping[str, AnyArray]
    file: str = ""
    content_hash: str = ""
    assumed: tuple[str, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            msg = f"Columns of a catalogue must have one length, got {lengths}."
            raise DataError(msg)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> AnyArray:
        """Return a column; of a known name that the file lacks, one of unknown values.

        Raises
        ------
        DataError
            If the name is neither known nor of a column of the file.
        """
        if name in self.columns:
            return self.columns[name]
        if name in NUMBERS:
            return np.zeros(len(self), dtype=np.int64)
        if name in TEXTS:
            return np.full(len(self), "", dtype=object)
        if name in UNITS or name in ERRORS:
            return np.full(len(self), np.nan)
        msg = f"The catalogue has no column {name!r}; it has {', '.join(self.columns)}."
        raise DataError(msg)

    def rows(self, first: int = 0, last: int | None = None) -> list[dict[str, Any]]:
        """Return what is known in rows from `first` up to `last`, as plain values by column."""
        columns = [values[first:last].tolist() for values in self.columns.values()]
        names = tuple(self.columns)
        return [
            {name: value for name, value in zip(names, row, strict=True) if is_known(name, value)}
            for row in zip(*columns, strict=True)
        ]

    def __repr__(self) -> str:
        return f"<Catalogue {self.kind} of {len(self):,} rows, {self.layout}, {self.file!r}>"


def error_name(name: str) -> str:
    """Return the column of a measured column's error: its unit stays at the end.

    Examples
    --------
    >>> error_name("period_days"), error_name("teff")
    ('period_err_days', 'teff_err')
    """
    for unit in ("days", "btjd", "hours", "ppm", "earth", "k", "pc", "mas_yr", "mas"):
        if name.endswith(f"_{unit}"):
            stem = name.removesuffix(f"_{unit}")
            return f"{stem}_err_{'days' if unit == 'btjd' else unit}"
    return f"{name}_err"


ERRORS: Mapping[str, str] = {error_name(name): name for name in UNITS}
"""The error column of each measured one, and what it is the error of."""


def is_known(name: str, value: Any) -> bool:
    """Return whether a cell holds anything: no NaN, no empty text, no 0 for a catalogue number."""
    if isinstance(value, float):
        return value == value
    return value != "" and not (value == 0 and name in NUMBERS)
