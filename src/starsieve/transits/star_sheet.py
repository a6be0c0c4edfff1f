"""The vetting sheet of any candidate of an archive, whoever has it on a list."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.transits.classifier import DEFAULT, load_vetter
from starsieve.transits.examine import ExaminedStar
from starsieve.transits.known import list_known
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.sheet import write_sheet
from starsieve.transits.star_candidate import see_candidate
from starsieve.transits.vet import judge

Progress = Callable[[int, int, str], None]


def sheet_errand(
    options: Mapping[str, Any], folder: Path, progress: Progress, archive: Archive
) -> dict[str, Any]:
    """Write a candidate's vetting sheet into a folder: ``sheet.html`` and ``sheet.pdf``.

    It shows the light curves at the times that the candidate is listed with. Unlike the scores
    that the archive keeps, its probability is of this sheet's numbers; it is stored nowhere.

    Parameters
    ----------
    options : mapping
        ``candidate``: its number in the archive; ``model``: name of a vetter, by default the one
        that ships.
    folder : Path
    progress : callable
    archive : Archive
        Only read.

    Returns
    -------
    dict
        Names of the files, the model, and what it says.

    Raises
    ------
    DataError
        If the light curves do not show the candidate.
    """
    row = archive.candidates.get(int(options["candidate"]))
    progress(0, 4, "loading the model")
    vetter = load_vetter(options.get("model") or DEFAULT, archive)
    progress(1, 4, "looking at the light curves")
    rows = archive.candidates.list(target=row.target)
    seen = see_candidate(archive, archive.targets.get(row.target), row, rows)
    title = f"{row.origin} {row.name}"
    if seen.examined is None or seen.flat is None:
        msg = f"There is no sheet of {title}: {seen.why}"
        raise DataError(msg)
    progress(2, 4, "judging")
    turn = seen.flat.detrended.rotation_days
    star = ExaminedStar(seen.flat.observed, (seen.examined,), seen.flat.notes, turn)
    (vetting,) = judge([star], vetter, SearchOptions(), list_known(None, archive))
    (vetted,) = vetting.vetted
    progress(3, 4, "drawing")
    path = write_sheet(vetting, vetted, folder, alone=title)
    pdf = path.with_suffix(".pdf")
    return {
        "html": path.name,
        "pdf": pdf.name if pdf.is_file() else None,
        "model": vetting.model,
        "planet_probability": vetted.verdict.planet_probability,
        "spread": vetted.verdict.spread,
        "class_probabilities": dict(vetted.verdict.class_probabilities),
        "reasons": [{"what": what, "weight": weight} for what, weight in vetted.verdict.reasons],
    }
