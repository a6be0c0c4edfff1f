"""``starsieve search``: transits in light curves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.hints import FluxColumn, QualityMask, get_hints
from starsieve.cli.options import ArchivePath, AsJson, Workers, archive_if_there, get_settings
from starsieve.cli.output import (
    hint,
    report_failures,
    say,
    show_progress,
    write_record,
    write_table,
)
from starsieve.errors import Failure, RecipeError

if TYPE_CHECKING:
    from starsieve.transits.candidate import Candidate
    from starsieve.transits.observed import StarItems
    from starsieve.transits.recipes import SearchOptions
    from starsieve.transits.search_stars import SearchedStar

COLUMNS = (
    *("target", "period (d)", "epoch (BTJD)", "duration (h)", "depth (ppm)"),
    *("S/N", "S/N pink", "events"),
)


def search(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="FILE|TIC...", show_default=False)
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection", metavar="NAME", help="All stars of a collection instead of files."
        ),
    ] = None,
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
    n_periods: Annotated[
        int | None,
        typer.Option(
            "--n-periods",
            metavar="N",
            help="At least so many trial periods. [default: as the data need]",
            show_default=False,
        ),
    ] = None,
    max_candidates: Annotated[
        int, typer.Option("--max-candidates", metavar="N", help="Periodic signals per star.")
    ] = 5,
    min_snr: Annotated[
        float,
        typer.Option("--min-snr", metavar="S/N", help="With correlated noise counted."),
    ] = 5.5,
    detrend: Annotated[
        str,
        typer.Option(
            "--detrend",
            metavar="METHOD",
            help="auto, biweight, median, spline, rotation; none for a flat light curve.",
        ),
    ] = "auto",
    window: Annotated[
        float | None,
        typer.Option(
            "--window",
            metavar="DAYS",
            help="Of the detrending. [default: as its method chooses]",
            show_default=False,
        ),
    ] = None,
    flux_column: FluxColumn = None,
    quality_mask: QualityMask = None,
    workers: Workers = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Search light curves for transits.

    For example:
      starsieve search tess*_lc.fits
      starsieve search 261136679 --archive stars/
      starsieve search star.fits --period-min 0.2 --period-max 30 --json
      starsieve search --collection sector-1 --workers 4 --json > found.jsonl

    Light curves of one star are joined. A TIC number means the light curves that
    the archive has of that star. Single events are listed after the periodic ones.
    """
    if (collection is None) == (not items):
        msg = "give either FILE|TIC... or --collection NAME."
        raise typer.BadParameter(msg)
    options = read_options(
        period_min_days=period_min,
        period_max_days=period_max,
        n_periods=n_periods,
        max_candidates=max_candidates,
        min_snr=min_snr,
        detrend=detrend,
        window_days=window,
    )
    hints = get_hints(None, None, None, None, None, flux_column, quality_mask)
    with open_items(items or [], collection, archive) as (groups, failures, store):
        from starsieve.transits.search_stars import search_stars

        settings = get_settings(archive, workers)
        results = search_stars(groups, options, store, hints, settings)
        n_done = 0
        with show_progress("searching") as progress:
            for number, each in enumerate(results, start=1):
                progress(number, len(groups), "")
                if isinstance(each, Failure):
                    failures.append(each)
                else:
                    n_done += 1
                    write_found(each, as_json)
    report_failures(failures, n_done, as_json)
    if n_done and not as_json:
        hint("starsieve vet FILE... says what each candidate probably is")


def read_options(**values: Any) -> "SearchOptions":
    """Return the options of a search.

    Raises
    ------
    RecipeError
        If one is impossible; the message names the option as it was typed.
    """
    from pydantic import ValidationError

    from starsieve.transits.recipes import SearchOptions

    try:
        return SearchOptions.model_validate(values)
    except ValidationError as error:
        wrong = [_explain(detail) for detail in error.errors()]
        msg = f"{'; '.join(wrong)}."
        raise RecipeError(msg) from error


def _explain(detail: Any) -> str:
    """Return what is wrong with an option, by the name that was typed."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    name = str(detail["loc"][0]).removesuffix("_days").replace("_", "-")
    return f"--{name}: {message}, got {detail['input']!r}"


@contextmanager
def open_items(
    items: list[str], collection: str | None, archive: Path | None
) -> Iterator[tuple[list["StarItems"], list[Failure], Any]]:
    """Give the stars to search, what is not there, and the archive if there is one."""
    from starsieve.transits.observed import group_items
    from starsieve.transits.search_stars import group_collection

    if collection is None:
        with archive_if_there(archive) as store:
            yield (*group_items(items, store), store)
        return
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        yield group_collection(store, collection), [], store


def write_found(searched: "SearchedStar", as_json: bool) -> None:
    """Write what was found in one star: a JSON line, or a table with the notes beside it."""
    if as_json:
        write_record(searched.to_record())
        return
    found, target = searched.found, searched.observed.target
    every = [*found.candidates, *found.singles]
    if every:
        write_table(COLUMNS, [_row(target, each) for each in every])
    else:
        say(f"{target}: no transits found.")
    for note in found.notes:
        say(f"{target}: {note}")
    for each in every:
        for note in each.notes:
            say(f"{target}: {_name(each)}: {note}")


def _row(target: str, candidate: "Candidate") -> tuple[str, ...]:
    ephemeris = candidate.ephemeris
    return (
        target,
        _with_error(ephemeris.period_days, candidate.period_err_days, 5),
        _with_error(ephemeris.epoch_btjd, candidate.epoch_err_days, 4),
        _with_error(ephemeris.duration_hours, candidate.duration_err_hours, 2),
        _with_error(candidate.depth_ppm, candidate.depth_err_ppm, 0),
        f"{candidate.snr:.1f}",
        f"{candidate.snr_pink:.1f}",
        str(candidate.n_transits),
    )


def _with_error(value: float | None, error: float | None, digits: int) -> str:
    if value is None:
        return "single"
    return f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")


def _name(candidate: "Candidate") -> str:
    period = candidate.ephemeris.period_days
    if period is None:
        return f"single event at {candidate.ephemeris.epoch_btjd:.2f}"
    return f"{period:.4f} d"
