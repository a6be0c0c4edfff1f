"""What a star's light curves show, calculated apart and kept for a while."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import starsieve
from starsieve.archive import Archive, CandidateRow
from starsieve.archive.stamps import read_star_stamp
from starsieve.data.folded import FoldedView
from starsieve.errors import DataError, NotInArchiveError
from starsieve.transits.star_files import CANDIDATE, STAR
from starsieve.web.errands import Errand, Errands
from starsieve.web.errands.records import new_id
from starsieve.web.planets.columns import name_of

STAR_KIND, CANDIDATE_KIND, SHEET_KIND = "star", "candidate", "sheet"

Arrays = Mapping[str, npt.NDArray[np.float64]]


def ask_star(archive: Archive, errands: Errands, target: int) -> Errand:
    """Start to look at a star's light curves, or return what came of it.

    Whoever asks gets the same, until the star has other light curves, candidates or labels.
    """
    return errands.start(STAR_KIND, {"target": target}, key=_key(archive, target))


def find_star(archive: Archive, errands: Errands, target: int) -> dict[str, Any] | None:
    """Return what looking at a star's light curves told; start nothing."""
    return _find(errands, STAR_KIND, _key(archive, target))


def ask_candidate(archive: Archive, errands: Errands, row: CandidateRow) -> Errand:
    """Start to look for a candidate in its star's light curves, or return what came of it."""
    key = f"{row.id}:{_key(archive, row.target)}"
    return errands.start(CANDIDATE_KIND, {"candidate": row.id}, key=key)


def find_candidate(archive: Archive, errands: Errands, row: CandidateRow) -> dict[str, Any] | None:
    """Return what looking for a candidate told; start nothing."""
    return _find(errands, CANDIDATE_KIND, f"{row.id}:{_key(archive, row.target)}")


def ask_sheet(archive: Archive, errands: Errands, row: CandidateRow) -> Errand:
    """Start to draw a candidate's vetting sheet, or return what came of it."""
    key = f"{row.id}:{_key(archive, row.target)}"
    return errands.start(SHEET_KIND, {"candidate": row.id}, key=key)


def _key(archive: Archive, target: int) -> str:
    return f"{starsieve.__version__}:{target}:{read_star_stamp(archive, target)}"


def _find(errands: Errands, kind: str, key: str) -> dict[str, Any] | None:
    try:
        return errands.get(new_id(kind, key)).result
    except NotInArchiveError:
        return None


def result_of(errand: Errand) -> dict[str, Any]:
    """Return the result of an errand that has ended.

    Raises
    ------
    DataError
        If it failed.
    """
    if errand.status == "failed" or errand.result is None:
        raise DataError(errand.error or "This has been deleted meanwhile. Ask again.")
    return errand.result


def star_arrays(errand: Errand, *names: str) -> Arrays:
    """Return some of the arrays of a star, by name; those that are not there are empty."""
    found = _read(errand.folder / STAR, names)
    return {name: found.get(name, np.empty(0)) for name in names}


def validated_view(errand: Errand, number: int) -> FoldedView | None:
    """Return a signal that the mission validated; None if there is none of that number."""
    return _view(errand.folder / STAR, f"validated-{number}")


def candidate_view(errand: Errand, name: str) -> FoldedView | None:
    """Return one of a candidate's folded views; None where there is none."""
    return _view(errand.folder / CANDIDATE, name)


def _view(path: Path, name: str) -> FoldedView | None:
    if not path.is_file():
        return None
    with np.load(path) as arrays:
        mine = {key: arrays[key] for key in arrays.files if key.startswith(f"{name}.")}
    return FoldedView.from_arrays(mine, name)


def _read(path: Path, names: tuple[str, ...]) -> Arrays:
    if not path.is_file():
        return {}
    with np.load(path) as arrays:
        return {name: arrays[name] for name in names if name in arrays.files}


def short_names(result: Mapping[str, Any]) -> dict[int, str]:
    """Return what a star's candidates are called on its figures, by number.

    Examples
    --------
    >>> short_names({"candidates": [{"id": 3, "origin": "search", "name": "tess/TIC 5.01"}]})
    {3: 'own .01'}
    """
    return {
        each["id"]: f"own .{each['name'].rpartition('.')[2]}"
        if each["origin"] == "search"
        else name_of(each["origin"], each["name"])
        for each in result["candidates"]
    }
