"""What is found out about an uploaded light curve, or about a data validation."""

from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data import LightCurve
from starsieve.errors import DataError
from starsieve.readers import Reading
from starsieve.transits.classifier import DEFAULT, load_vetter
from starsieve.transits.known import list_known
from starsieve.transits.observed import group_items
from starsieve.transits.report import ReportWriter
from starsieve.transits.star_folds import fold_signal
from starsieve.transits.vet import vet_stars
from starsieve.transits.vetting import Vetting
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.kept import REPORT, write_arrays
from starsieve.web.uploads.options import UploadOptions

STEPS = 3


def examine_curves(
    reading: Reading,
    options: UploadOptions,
    folder: Path,
    archive: Archive | None,
    progress: Progress,
) -> dict[str, Any]:
    """Search a light curve and judge what is found; return that, and keep its arrays."""
    progress(1, STEPS, "searching for transits and judging them")
    groups, failures = group_items([reading.file], archive)
    known = list_known(None, archive)
    vetter = load_vetter(DEFAULT, archive)
    results = [*failures, *vet_stars(groups, vetter, None, known, archive, options.hints())]
    (vetting,) = results
    if not isinstance(vetting, Vetting):
        raise DataError(vetting.error)
    progress(2, STEPS, "writing the report")
    write_arrays(folder, _arrays(vetting))
    return {
        "object": vetting.target,
        "vetting": vetting.to_record(),
        "rotation_days": vetting.rotation_days,
        "provenance": dict(vetting.provenance),
        "warnings": [],
        "files": _write_report(vetting, folder),
    }


def _write_report(vetting: Vetting, folder: Path) -> list[dict[str, str]]:
    if not vetting.vetted:
        return []
    writer = ReportWriter(folder / REPORT, pdf=False, title=vetting.target)
    writer.add(vetting)
    writer.finish()
    titles = {".html": "Report", ".csv": "Candidates as CSV", ".txt": "Candidates for ExoFOP"}
    files = [path for path in sorted((folder / REPORT).iterdir()) if path.suffix in titles]
    return [
        {"title": titles[path.suffix], "path": path.relative_to(folder / REPORT).as_posix()}
        for path in sorted(files, key=lambda path: list(titles).index(path.suffix))
    ]


def _arrays(vetting: Vetting) -> dict[str, Any]:
    """Return the light curve, relative to its median, its trend, and all folded views."""
    arrays: dict[str, Any] = _relative(vetting.observed.curve)
    for each in vetting.vetted:
        if each.signal is None:
            continue
        if "trend" not in arrays:
            arrays |= {"trend_time": each.signal.flat.time, "trend": each.signal.trend}
        for name, view in fold_signal(each.signal).items():
            arrays |= view.to_arrays(f"signal{each.number}.{name}")
    return arrays


def _relative(curve: LightCurve) -> dict[str, Any]:
    good = curve.usable
    middle = float(np.median(curve.flux[good])) if good.any() else 1.0
    return {"time": curve.time[good], "flux": curve.flux[good] / (middle or 1.0)}
