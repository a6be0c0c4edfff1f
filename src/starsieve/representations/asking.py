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
    is_whole : bool
        False if only some of its pixels are asked with.
    """

    name: str
    spectrum: Spectrum
    id: int | None = None
    object: str = ""
    target: int = -1
    collection: str = ""
    is_whole: bool = True


def open_query(
    query: Any,
    archive: Archive | None = None,
    resolution: float | None = None,
    wave_range: tuple[float, float] | None = None,
) -> Query:
    """Return the one spectrum that a number, a path or an object means.

    Parameters
    ----------
    query : int, path, Spectrum or other object that holds one
    archive : Archive, optional
    resolution : float, optional
        Resolving power, known better than by the file.
    wave_range : (low, high), optional
        Vacuum micron: only pixels in between are asked with.

    Raises
    ------
    DataError
        If it is none or several, a number is given without an archive, or it has no usable pixel
        in the range.
    NotInArchiveError
        If the archive has no spectrum of that number.
    FileError
        If a file can't be read.
    """
    asked = _open(query, archive)
    if resolution is not None:
        asked = replace(asked, spectrum=replace(asked.spectrum, resolution=resolution))
    if wave_range is None:
        return asked
    return replace(asked, spectrum=keep_range(asked.spectrum, wave_range), is_whole=False)


def keep_range(spectrum: Spectrum, wave_range: tuple[float, float]) -> Spectrum:
    """Return a spectrum of which only the pixels in a range are valid.

    Parameters
    ----------
    wave_range : (low, high)
        Vacuum micron.

    Raises
    ------
    DataError
        If that is no range, or no usable pixel is in it.
    """
    low, high = wave_range
    if not 0 < low < high < np.inf:
        msg = (
            f"A range is two wavelengths in micron, the lower one first, got {low:g} and {high:g}."
        )
        raise DataError(msg)
    inside = spectrum.usable & (spectrum.wave >= low) & (spectrum.wave <= high)
    if not inside.any():
        there = spectrum.wave[spectrum.usable]
        ends = f"from {there[0]:.4g} to {there[-1]:.4g} um" if len(there) else "nowhere"
        msg = f"The query has no usable pixels between {low:g} and {high:g} um; it has them {ends}."
        raise DataError(msg)
    return replace(spectrum, valid=inside)


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
