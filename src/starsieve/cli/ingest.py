"""``starsieve ingest``: files into the archive."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.hints import (
    FluxColumn,
    FluxUnit,
    FrameChoice,
    MediumChoice,
    QualityMask,
    ResolvingPower,
    WaveUnit,
    get_hints,
)
from starsieve.cli.options import ArchivePath, AsJson, Workers, get_settings
from starsieve.cli.output import hint, say, show_progress, write_record, write_table

if TYPE_CHECKING:
    from starsieve.archive.label_join import LabelJoin
    from starsieve.ingest import IngestReport
    from starsieve.readers.label_table import LabelTable
    from starsieve.transforms import Resample

MOST_RESOLUTION = 1e6


def ingest(
    paths: Annotated[
        list[Path],
        # readable or not is found out file by file: one bad file shall not stop the others
        typer.Argument(metavar="PATH...", readable=False, show_default=False),
    ],
    collection: Annotated[str, typer.Option("--collection", metavar="NAME", help="Where they go.")],
    archive: ArchivePath = None,
    wave_unit: WaveUnit = None,
    flux_unit: FluxUnit = None,
    medium: MediumChoice = None,
    frame: FrameChoice = None,
    resolution: ResolvingPower = None,
    flux_column: FluxColumn = None,
    quality_mask: QualityMask = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="TABLE", help="Known parameters by file or object."),
    ] = None,
    label_origin: Annotated[
        str | None,
        typer.Option("--label-origin", metavar="NAME", help="Who says so; the table's name."),
    ] = None,
    header_labels: Annotated[
        bool,
        typer.Option("--header-labels", help="Airmass, S/N, ... of the headers become labels."),
    ] = False,
    onto: Annotated[
        str | None,
        typer.Option(
            "--onto",
            metavar="LOW:HIGH:R",
            help="Model spectra: brought to this range in micron and resolving power.",
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Bring files and folders of files into a collection of the archive.

    For example:
      starsieve ingest night1/ night2/ --collection observed
      starsieve ingest grid.h5 --collection diamondback
      starsieve ingest *.txt --collection odd --wave-unit Angstrom
      starsieve ingest harps/ --collection harps --labels index.csv
      starsieve ingest picaso/*.nc --collection my-grid --onto 0.8:2.5:120

    Makes the archive if there is none. A file is known by its content: ingest again
    after an interruption, or with new files, and only what is missing is added. A file
    that can't be read is refused with the reason, and the others go on (exit code 3).
    """
    from starsieve.archive import Archive
    from starsieve.archive.label_join import join_labels, label_by_headers
    from starsieve.ingest import ingest as ingest_files

    table, origin = _read_labels(labels, label_origin)
    target = None if onto is None else _grid(onto)
    settings = get_settings(archive, workers)
    hints = get_hints(wave_unit, flux_unit, medium, frame, resolution, flux_column, quality_mask)
    with (
        Archive.create(settings.archive, settings.database_url) as store,
        show_progress("reading") as progress,
    ):
        report = ingest_files(
            paths, collection, store, settings, progress=progress, hints=hints, onto=target
        )
        has_spectra = bool(report.kept + report.already)
        if header_labels and has_spectra:
            _write_header_labels(label_by_headers(store, collection), as_json)
        if table is not None and has_spectra:
            _write_join(join_labels(store, collection, table, origin), table.notes, as_json)
    write_report(report, collection, as_json)
    hint(f"starsieve infer --collection {collection}")


def _grid(text: str) -> "Resample":
    """Return what brings spectra to a range and a resolving power, two pixels per element."""
    from starsieve.data.grids import resolution_grid
    from starsieve.transforms import Resample

    try:
        low, high, resolution = map(float, text.split(":"))
    except ValueError:
        low = high = resolution = 0.0
    if not (0 < low < high < float("inf") and 1 <= resolution <= MOST_RESOLUTION):
        msg = f"--onto {text}: expected LOW:HIGH:R, micron and resolving power, as in 0.8:2.5:120."
        raise typer.BadParameter(msg)
    wave = resolution_grid(low, high, resolution)
    return Resample(wave=tuple(wave.tolist()), resolution=resolution)


def _read_labels(path: Path | None, origin: str | None) -> tuple["LabelTable | None", str]:
    """Return the table of labels, read before anything is stored, and who says what is in it."""
    from starsieve.errors import DataError
    from starsieve.readers.label_table import read_label_table

    if path is not None:
        return read_label_table(path), origin or path.name.partition(".")[0][:120]
    if origin is not None:
        msg = f"--label-origin {origin!r} says who knows the labels of --labels, which is missing."
        raise DataError(msg)
    return None, ""


def _write_header_labels(n_labels: int, as_json: bool) -> None:
    if as_json:
        write_record({"header_labels": n_labels})
    else:
        say(f"labels from the headers: {n_labels}")


def _write_join(join: "LabelJoin", notes: Sequence[str], as_json: bool) -> None:
    """Write how many rows of a table of labels found their spectra."""
    if as_json:
        write_record({"labels": asdict(join) | {"assumed": notes}})
        return
    write_table(
        ("labels", "by column", "rows joined", "repeated", "unmatched", "spectra without"),
        [
            (
                *(join.n_labels, join.column, join.joined, join.repeated, join.unmatched),
                join.unlabelled,
            )
        ],
    )
    for note in notes:
        say(note)
    if join.examples:
        say(f"rows of no spectrum: {', '.join(join.examples)}{' ...' * (join.unmatched > 5)}")


def write_report(report: "IngestReport", collection: str, as_json: bool) -> None:
    """Write what was kept, already there and refused; leave with code 3 or 1 if any was refused.

    Raises
    ------
    typer.Exit
        If files were refused.
    """
    if as_json:
        for file, reason in report.refused:
            write_record({"file": str(file), "error": reason})
        write_record(
            {
                "collection": collection,
                "kept": report.kept,
                "already": report.already,
                "refused": len(report.refused),
                "ids": report.ids,
            }
        )
    else:
        write_table(
            ("kept", "already there", "refused"),
            [(report.kept, report.already, len(report.refused))],
        )
        if report.refused:
            write_table(("refused", "reason"), report.refused)
    if report.refused:
        n_kept = report.kept + report.already
        say(f"refused {len(report.refused)} of {n_kept + len(report.refused)} files.")
        raise typer.Exit(3 if n_kept else 1)
