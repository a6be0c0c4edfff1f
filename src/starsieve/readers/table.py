"""Tables whose columns have names: ECSV, VOTable, FITS binary tables."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from starsieve.data.foreign import split_meta
from starsieve.data.tables import spectrum_from_table
from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.readers.canonical import make_spectrum
from starsieve.readers.columns import Column, assign_roles, role_of, to_columns
from starsieve.readers.files import read_bytes
from starsieve.readers.fits_file import first_header, header_text, open_fits, plain_header
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import NO_HINTS, Found, Hints, Reader
from starsieve.readers.stated import stated_in

MOST_SPECTRA = 10_000
"""Rows of a table of spectra: more of them belong in pieces."""


def is_ecsv(_path: Path, head: bytes) -> bool:
    """Return whether the file says that it is ECSV."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"# %ECSV")


def is_votable(_path: Path, head: bytes) -> bool:
    """Return whether the file's first element is a VOTable."""
    return re.search(rb"<(\w+:)?VOTABLE\b", head[:4096]) is not None


def is_fits_table(_path: Path, head: bytes) -> bool:
    """Return whether the file is FITS and its first part has no image, or a table follows."""
    header = first_header(head)
    return bool(header) and (header.get("NAXIS") == "0" or b"XTENSION= 'BINTABLE'" in head)


def read_ecsv(path: Path, hints: Hints) -> Found:
    """Read the spectrum, or the spectra in array cells, of an ECSV table."""
    from astropy.table import Table

    text = read_bytes(path).decode("utf-8-sig", "replace")
    with _damage_is_told("its ECSV header or rows are damaged"):
        table = Table.read(text.splitlines(), format="ascii.ecsv")
    ours, _ = split_meta(table.meta)
    if "medium" in ours and hints == NO_HINTS:
        # A spectrum that this package wrote knows its medium, frame and resolution.
        return Found((spectrum_from_table(table),))
    return _found([_astropy_cells(table)], stated_in(table.meta), hints)


def read_votable(path: Path, hints: Hints) -> Found:
    """Read the spectra of the first table of a VOTable that has wavelengths."""
    from astropy.io.votable import parse

    content = read_bytes(path)
    if re.search(rb"<!(DOCTYPE|ENTITY)|<(\w+:)?STREAM\b[^>]*\bhref", content, re.IGNORECASE):
        # Following them would let a file fetch whatever it names.
        msg = "its data lie outside of the file; such VOTables are not followed."
        raise FileError(msg)
    with _damage_is_told("its XML or its rows are damaged"):
        tables = [part.to_table() for part in parse(io.BytesIO(content)).iter_tables()]
    meta = {} if not tables else stated_in(tables[0].meta)
    return _found([_astropy_cells(table) for table in tables], meta, hints)


def read_fits_table(path: Path, hints: Hints) -> Found:
    """Read the spectra of the first binary table of a FITS file that has wavelengths."""
    with open_fits(path) as hdus:
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
        if not tables:
            msg = "is a FITS file without a table, and its image is of no layout known."
            raise UnknownFormatError(msg)
        header = plain_header(hdus[0].header)
        for table in tables[:1]:
            header |= plain_header(table.header)
        parts = [_fits_cells(table) for table in tables]
    known = stated_in(header) | observation_in(header) | {"header": header}
    return _found(parts, known, hints)


ECSV = Reader("ecsv", "spectrum", is_ecsv, read_ecsv)
VOTABLE = Reader("votable", "spectrum", is_votable, read_votable)
FITS_TABLE = Reader("fits-table", "spectrum", is_fits_table, read_fits_table)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """A numeric column as it is stored: shape (n_rows,), (n_rows, n), or rows of any length."""

    name: str
    values: npt.NDArray[Any]
    unit: str | None
    ucd: str | None

    @property
    def holds_arrays(self) -> bool:
        return self.values.ndim == 2 or self.values.dtype == object

    def row(self, row: int) -> Column:
        return Column(self.name, _as_float(self.values[row]), self.unit, self.ucd)


@contextmanager
def _damage_is_told(what: str) -> Iterator[None]:
    """Turn whatever a parser raises on damaged input into a FileError, and keep it quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception as error:
            msg = f"{what} ({error})."
            raise FileError(msg) from error


def _astropy_cells(table: Any) -> list[_Cells]:
    return [
        _Cells(
            name,
            np.ma.asarray(getattr(column, "value", column)),
            str(column.unit) if getattr(column, "unit", None) is not None else None,
            _lower(column.info.meta.get("ucd") if column.info.meta else None),
        )
        for name, column in table.columns.items()
        if _is_numeric(getattr(column, "value", column))
    ]


def _fits_cells(table: Any) -> list[_Cells]:
    return [
        _Cells(
            column.name,
            np.asarray(table.data[column.name]),
            column.unit,
            header_text(table.header, f"TUCD{number}"),
        )
        for number, column in enumerate(table.columns, start=1)
        if _is_numeric(table.data[column.name])
    ]


def _is_numeric(values: Any) -> bool:
    return getattr(values, "ndim", 0) in (1, 2) and values.dtype.kind in "biufO"


def _as_float(values: Any) -> npt.NDArray[np.float64]:
    """Return numbers in the machine's byte order, NaN where a cell is masked."""
    return np.asarray(np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan))


def _found(parts: Sequence[Sequence[_Cells]], stated: Mapping[str, Any], hints: Hints) -> Found:
    for cells in parts:
        if any(role_of(column.name, column.ucd) in ("wave", "log wave") for column in cells):
            return _spectra(cells, stated, hints)
    names = ", ".join(column.name for cells in parts for column in cells[:12]) or "none"
    msg = f"none of its tables has a column of wavelengths; its numeric columns are: {names}."
    raise UnknownFormatError(msg)


def _spectra(cells: Sequence[_Cells], stated: Mapping[str, Any], hints: Hints) -> Found:
    notes: list[str] = []
    tables = list(_tables(cells))
    if len(tables) > 1:
        notes.append(f"{len(tables)} rows of arrays, each given as a spectrum of its own.")
    spectra = []
    for table in tables:
        columns = to_columns(assign_roles(table, hints, notes), hints)
        columns = replace(columns, medium=columns.medium or stated.get("medium"))
        more = {name: stated[name] for name in ("frame", "resolution") if name in stated}
        meta = {k: v for k, v in stated.items() if k not in ("frame", "resolution", "medium")}
        spectra.append(make_spectrum(replace(columns, meta=meta, **more), hints, notes))
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


def _tables(cells: Sequence[_Cells]) -> Iterator[list[Column]]:
    """Yield the columns of each spectrum: the rows of array cells, or else the table itself."""
    arrays = [column for column in cells if column.holds_arrays]
    waves = [c for c in arrays if role_of(c.name, c.ucd) in ("wave", "log wave")]
    if not waves:
        yield [Column(c.name, _as_float(c.values), c.unit, c.ucd) for c in cells if c not in arrays]
        return
    if len(waves[0].values) > MOST_SPECTRA:
        msg = f"holds {len(waves[0].values):,} spectra; at most {MOST_SPECTRA:,} are read at once."
        raise DataError(msg)
    for row in range(len(waves[0].values)):
        columns = [column.row(row) for column in arrays]
        n_pixels = len(waves[0].row(row).values)
        yield [column for column in columns if column.values.shape == (n_pixels,)]


def _lower(text: Any) -> str | None:
    return text.lower() if isinstance(text, str) else None
