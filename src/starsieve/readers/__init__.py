"""Files in, containers out. One module per layout; `read` finds the right one."""

from pathlib import Path

import numpy as np

from starsieve.errors import FileError, StarsieveError, UnknownFormatError
from starsieve.readers import (
    apogee,
    crires,
    dvr,
    dvt,
    echelle,
    eso,
    harps,
    kepler,
    lamost,
    miles,
    model_grid,
    pack,
    picaso,
    qlp,
    sdss,
    spex,
    table,
    telescopeml,
    tess,
    tesscut,
    text,
    wcs,
)
from starsieve.readers.files import MAX_BYTES, at_most, check_file, content_hash, read_head
from starsieve.readers.reader import NO_HINTS, Found, Hints, Reader
from starsieve.readers.reading import Reading

__all__ = ["READERS", "Found", "Hints", "Reader", "Reading", "read"]

READERS: tuple[Reader, ...] = (
    picaso.READER,
    model_grid.READER,
    pack.READER,
    dvt.READER,
    qlp.READER,
    tess.READER,
    kepler.READER,
    tesscut.READER,
    harps.S1D,
    harps.E2DS,
    miles.READER,
    lamost.IMAGE,
    lamost.TABLES,
    apogee.ASPCAP,
    apogee.STAR,
    apogee.VISIT,
    sdss.READER,
    crires.READER,
    echelle.READER,
    eso.READER,
    spex.READER,
    wcs.READER,
    table.FITS_TABLE,
    dvr.READER,
    table.ECSV,
    table.VOTABLE,
    telescopeml.READER,
    text.READER,
)
"""Every layout, the most specific first. To add one, write its module and list it here."""


def read(path: str | Path, hints: Hints = NO_HINTS, *, max_bytes: int = MAX_BYTES) -> Reading:
    """Read everything in a file, whatever its layout.

    Parameters
    ----------
    path : str or Path
        A file; gzip, bzip2 and xz are unpacked on the way.
    hints : Hints
        What you know better than the file.
    max_bytes : int
        That the file may have after decompression.

    Returns
    -------
    Reading
        Containers in canonical units (vacuum micron; BJD_TDB - 2457000), and a sentence for each
        thing that had to be assumed.

    Raises
    ------
    UnknownFormatError
        If no reader recognises the file.
    FileError
        If it is missing, empty, truncated, damaged or too large.
    DataError
        If its numbers make no spectrum, light curve or transit signal, or a hint is impossible.
        Every message starts with the file's name.
    """
    file = Path(path)
    try:
        # Numbers that are not finite are looked for where they matter.
        with np.errstate(all="ignore"), at_most(max_bytes):
            return _read(file, hints)
    except StarsieveError as error:
        msg = f"{path}: {_one_line(error)}"
        raise type(error)(msg) from error
    except Exception as error:
        # Parsers of binary formats raise anything at all on damaged bytes.
        msg = (
            f"{path}: can't be read, it seems damaged ({type(error).__name__}: {_one_line(error)})."
        )
        raise FileError(msg) from error


def _read(path: Path, hints: Hints) -> Reading:
    check_file(path)
    digest = content_hash(path)
    head = read_head(path)
    for reader in READERS:
        if reader.matches(path, head):
            found = reader.read(path, hints)
            return Reading(
                str(path), reader.name, reader.kind, found.contents, found.assumed, digest
            )
    what = "FITS file" if head.startswith(b"SIMPLE  =") else "file"
    known = ", ".join(reader.name for reader in READERS)
    msg = f"this {what} is of no layout that is known; those are {known}."
    raise UnknownFormatError(msg)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
