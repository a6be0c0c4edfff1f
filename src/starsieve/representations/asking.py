"""What is asked with: one spectrum, from a file, from memory or by its number."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.interop import as_spectra
from starsieve.errors import DataError
from starsieve.readers import read


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A spectrum, and what is known of it.

    Parameters
    ----------
    name : str
    spectrum : Spectrum
    id : int, optional
        Its number, if it is of the archive.
    object : str
        ``""`` where not known.
    target : int
        Number of its target in the archive, -1 if it has none.
    collection : str
        That it is of; ``""`` if it is of none.
    """

    name: str
    spectrum: Spectrum
    id: int | None = None
    object: str = ""
    target: int = -1
    collection: str = ""


def open_query(
    query: Any, archive: Archive | None = None, resolution: float | None = None
) -> Query:
    """Return the one spectrum that a number, a path or an object means.

    Parameters
    ----------
    query : int, path, Spectrum or other object that holds one
    archive : Archive, optional
    resolution : float, optional
        Resolving power, known better than by the file.

    Raises
    ------
    DataError
        If it is none or several, or a number is given without an archive.
    NotInArchiveError
        If the archive has no spectrum of that number.
    FileError
        If a file can't be read.
    """
    asked = _open(query, archive)
    if resolution is None:
        return asked
    return replace(asked, spectrum=replace(asked.spectrum, resolution=resolution))


def _open(query: Any, archive: Archive | None) -> Query:
    if isinstance(query, int | np.integer):
        return _by_number(int(query), archive)
    if isinstance(query, str | Path):
        reading = read(query)
        spectra, name = [s for s in reading if isinstance(s, Spectrum)], str(query)
    else:
        spectra = as_spectra(query)
        name = str(spectra[0].meta.get("file") or "spectrum") if spectra else ""
    if len(spectra) != 1:
        msg = (
            f"{name or 'The query'} holds {len(spectra)} spectra, expected one. Ingest it and ask "
            "by number, or give one of them in Python."
        )
        raise DataError(msg)
    named = str(spectra[0].meta.get("object") or "")
    return Query(name, spectra[0], object=named)


def _by_number(number: int, archive: Archive | None) -> Query:
    if archive is None:
        msg = f"{number} is the number of a spectrum in an archive, but no archive is open."
        raise DataError(msg)
    info = archive.spectra.info(number)
    target = -1 if info.target is None else info.target
    spectrum = archive.spectra.read([number])[0]
    return Query(f"{number}", spectrum, number, info.object, target, info.collection)
