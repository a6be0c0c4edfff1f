"""What is found out about an uploaded light curve, or about a data validation."""

from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.plots.vetting import Signal
from starsieve.readers import Reading
from starsieve.transits.classifier import DEFAULT, load_vetter
from starsieve.transits.known import list_known
from starsieve.transits.observed import group_items
from starsieve.transits.report import ReportWriter
from starsieve.transits.vet import vet_stars
from starsieve.transits.vetting import Vetting
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.kept import of_light_curve, write_arrays
from starsieve.web.uploads.options import UploadOptions

REPORT = "report"
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
    files = sorted((folder / REPORT).iterdir())
    return [
        {"title": titles[path.suffix], "path": path.relative_to(folder).as_posix()}
        for path in files
        if path.suffix in titles
    ]


def _arrays(vetting: Vetting) -> dict[str, Any]:
    arrays = of_light_curve(vetting.observed.curve)
    for each in vetting.vetted:
        if each.signal is not None:
            arrays |= _of_signal(each.number, each.signal)
    return arrays


def _of_signal(number: int, signal: Signal) -> dict[str, Any]:
    """Return what the figures of a candidate need beside the light curve."""
    found: dict[str, Any] = {
        f"signal{number}_time": signal.flat.time,
        f"signal{number}_observed": signal.observed.flux,
        f"signal{number}_flat": signal.flat.flux,
        f"signal{number}_valid": signal.flat.usable,
        f"signal{number}_trend": signal.trend,
    }
    if signal.model_days is not None and signal.model_flux is not None:
        found[f"signal{number}_model_days"] = signal.model_days
        found[f"signal{number}_model_flux"] = signal.model_flux
    return found
