"""``starsieve separate``: the lines of the Earth's air told from those of a star."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.hints import FrameChoice, MediumChoice, ResolvingPower, get_hints
from starsieve.cli.options import ArchivePath, AsJson, ReportFolder
from starsieve.cli.output import (
    hint,
    report_failures,
    say,
    show_progress,
    write_facts,
    write_record,
    write_table,
)
from starsieve.cli.runs import run_recorded
from starsieve.errors import Failure

if TYPE_CHECKING:
    from starsieve.representations.separation_results import Separated

SHOWN = (
    *("file", "berv_km_s", "airmass", "o2_amplitude", "o2_amplitude_error"),
    *("h2o_amplitude", "h2o_amplitude_error", "stellar_velocity_km_s"),
)


def separate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", readable=False, show_default=False),
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection", metavar="NAME", help="All exposures of a collection instead of files."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="CSV",
            help="What headers lack: file, berv_km_s, airmass, relative_humidity.",
            show_default=False,
        ),
    ] = None,
    lines: Annotated[
        Path | None,
        typer.Option(
            "--lines",
            metavar="CSV",
            help="Lines to score: wave_um, vacuum_angstrom or air_angstrom. [default: those found]",
            show_default=False,
        ),
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="LOW:HIGH",
            help="Vacuum micron; repeatable. [default: where O2 and H2O absorb]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write corrected spectra there.", show_default=False
        ),
    ] = None,
    report: ReportFolder = None,
    medium: MediumChoice = None,
    frame: FrameChoice = None,
    resolution: ResolvingPower = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Tell the lines of the Earth's air from those of stars, in several exposures of each.

    For example:
      starsieve separate HARPS*_s1d_A.fits --out corrected/ --report out/
      starsieve separate *.fits --table nights.csv --json
      starsieve separate *.fits --range 0.6272:0.6325 --lines my-lines.csv
      starsieve separate --collection harps --report out/

    It is learnt from the exposures alone, as the Earth's velocity shifts them against
    each other: each star has to be seen at velocities that differ by 3 km/s and more.
    Amplitudes are the columns of oxygen and water over their means in the series.
    """
    if (collection is None) == (not files):
        msg = "give either FILE... or --collection NAME."
        raise typer.BadParameter(msg)
    options = _options(collection, table, lines, ranges or [], out, report)
    if collection is not None:
        _separate_collection(options, archive, as_json)
        return
    from starsieve.registry import get_task
    from starsieve.representations.separate import separate_files

    recipe: Any = get_task("representations.separate").read_recipe(options)
    hints = get_hints(None, None, medium, frame, resolution)
    with show_progress("separating") as progress:
        separated = separate_files(files or [], recipe, hints, progress)
    _write(separated, as_json)
    _tell_where(options)
    report_failures(separated.separation.failures, len(separated.corrections), as_json)


def _options(
    collection: str | None,
    table: Path | None,
    lines: Path | None,
    ranges: list[str],
    out: Path | None,
    report: Path | None,
) -> dict[str, Any]:
    """Return the options of a recipe."""
    paths = {"table": table, "lines": lines, "folder": out, "report": report}
    return {
        "collection": collection or "files",
        "ranges": [_read_range(text) for text in ranges],
        **{name: str(path) for name, path in paths.items() if path is not None},
    }


def _read_range(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        msg = f"--range: expected two numbers in micron as 0.6272:0.6325, got {text!r}."
        raise typer.BadParameter(msg) from None


def _separate_collection(options: dict[str, Any], archive: Path | None, as_json: bool) -> None:
    """Separate as a recorded run, and show what it says."""
    result = run_recorded("representations.separate", options, archive)
    failures = [Failure(each["file"], each["error"]) for each in result["failed"]]
    if as_json:
        write_record(result)
    else:
        _write_exposures(result["exposures"])
        shown = {k: v for k, v in result.items() if k not in ("exposures", "failed")}
        write_facts(shown)
    _tell_where(options)
    report_failures(failures, result["n_exposures"], as_json=False)


def _write(separated: "Separated", as_json: bool) -> None:
    """Write a summary, exposures and lines as JSON, or two tables for people."""
    records = separated.exposure_records()
    if not as_json:
        _write_exposures(records)
        write_facts(separated.to_record())
        hint("the same with --report DIR gives figures, with --out DIR corrected spectra")
        return
    write_record({"what": "summary"} | separated.to_record())
    for record in records:
        write_record({"what": "exposure"} | record)
    for line in separated.lines:
        write_record({"what": "line"} | line.to_record())
    for width in separated.widths:
        write_record({"what": "stellar line"} | width.to_record())


def _write_exposures(records: list[dict[str, Any]]) -> None:
    columns = [name.replace("_", " ") for name in SHOWN]
    write_table(columns, [[_cell(name, each[name]) for name in SHOWN] for each in records])


def _cell(name: str, value: Any) -> str:
    if name == "file":
        return Path(value).name
    return "can't say" if value is None else f"{value:.4f}"


def _tell_where(options: dict[str, Any]) -> None:
    if "folder" in options:
        say(f"corrected spectra: {options['folder']}")
    if "report" in options:
        say(f"report: {Path(options['report']) / 'index.html'}")
