"""``starsieve vet``: what the transit signals of stars probably are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.hints import FluxColumn, QualityMask, get_hints
from starsieve.cli.options import (
    ArchivePath,
    AsJson,
    ModelName,
    ReportFolder,
    Workers,
    get_settings,
)
from starsieve.cli.output import (
    hint,
    report_failures,
    say,
    show_progress,
    write_record,
    write_text,
)
from starsieve.cli.search import open_items, read_options
from starsieve.errors import Failure

if TYPE_CHECKING:
    from starsieve.transits.report import ReportWriter
    from starsieve.transits.vetting import Vetting


def vet(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="FILE|TIC...", show_default=False)
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection", metavar="NAME", help="All stars of a collection instead of files."
        ),
    ] = None,
    model: ModelName = None,
    known: Annotated[
        Path | None,
        typer.Option(
            "--known",
            metavar="TABLE",
            readable=False,
            help="A table of TOIs, CTOIs or KOIs to compare with. [default: the archive's]",
            show_default=False,
        ),
    ] = None,
    report: ReportFolder = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Sheets as PDF, too.")] = True,
    period_min: Annotated[
        float, typer.Option("--period-min", metavar="DAYS", help="Shortest period.")
    ] = 0.5,
    period_max: Annotated[
        float | None,
        typer.Option(
            "--period-max",
            metavar="DAYS",
            help="Longest period. [default: half of the time with data]",
            show_default=False,
        ),
    ] = None,
    max_candidates: Annotated[
        int, typer.Option("--max-candidates", metavar="N", help="Periodic signals per star.")
    ] = 5,
    min_snr: Annotated[
        float, typer.Option("--min-snr", metavar="S/N", help="With correlated noise counted.")
    ] = 5.5,
    flux_column: FluxColumn = None,
    quality_mask: QualityMask = None,
    workers: Workers = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Vet stars: search their light curves and say what each signal probably is.

    For example:
      starsieve vet tess*_lc.fits
      starsieve vet tess*_lc.fits --report out/ --known toi.csv
      starsieve vet 261136679 --archive stars/ --json
      starsieve vet tess*_dvt.fits --report out/

    Every candidate gets a calibrated probability of being a planet, those of the other
    classes, and the reasons. --report writes a sheet for each as HTML and PDF, an index,
    a table, and a file in ExoFOP's form that is never sent by itself. Files of the data
    validation (dvt.fits, dvr.xml) are shown with every signal that they have. With
    --collection the archive keeps candidates and scores.
    """
    if (collection is None) == (not items):
        msg = "give either FILE|TIC... or --collection NAME."
        raise typer.BadParameter(msg)
    options = read_options(
        period_min_days=period_min,
        period_max_days=period_max,
        max_candidates=max_candidates,
        min_snr=min_snr,
    )
    hints = get_hints(None, None, None, None, None, flux_column, quality_mask)
    with open_items(items or [], collection, archive) as (groups, failures, store):
        from starsieve.transits.classifier import DEFAULT, load_vetter
        from starsieve.transits.known import list_known
        from starsieve.transits.report import ReportWriter
        from starsieve.transits.stored import store_vetting
        from starsieve.transits.vet import vet_stars

        vetter = load_vetter(model or DEFAULT, store)
        signals = list_known(known, store)
        writer = None if report is None else ReportWriter(report, pdf=pdf)
        settings = get_settings(archive, workers)
        results = vet_stars(groups, vetter, options, signals, store, hints, settings)
        n_done = 0
        with show_progress("vetting") as progress:
            for number, each in enumerate(results, start=1):
                progress(number, len(groups), "")
                if isinstance(each, Failure):
                    failures.append(each)
                    continue
                n_done += 1
                if collection is not None and store is not None:
                    store_vetting(store, collection, each)
                _write(each, as_json, writer)
    if writer is not None:
        say(f"report: {writer.finish(failures)}")
    report_failures(failures, n_done, as_json)
    if n_done and report is None and not as_json:
        hint("the same with --report DIR gives a sheet for each candidate")


def _write(vetting: "Vetting", as_json: bool, writer: "ReportWriter | None") -> None:
    if as_json:
        write_record(vetting.to_record())
    else:
        write_text(str(vetting))
    if writer is not None:
        writer.add(vetting)
