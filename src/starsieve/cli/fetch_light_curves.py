"""``starsieve fetch light-curves``: light curves and validation files of TESS stars, from MAST."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.fetch import fetch_app
from starsieve.cli.fetch_transits import (
    AllTargets,
    Offline,
    Refresh,
    TicNumbers,
    choose_stars,
    open_archive,
    open_remote,
    store_table,
)
from starsieve.cli.fetched import refused_rows, say_age, write_files, write_list, write_without
from starsieve.cli.help import Verb
from starsieve.cli.options import ArchivePath, AsJson, Workers, get_settings
from starsieve.cli.output import report_failures, say, show_progress, write_record
from starsieve.errors import Failure

if TYPE_CHECKING:
    from starsieve.archive import Archive
    from starsieve.sources.cache import Cache, Fetched
    from starsieve.sources.http import Client
    from starsieve.sources.tess_files import Product

VALIDATED = "-dv"
"""Ends the name of the collection that keeps the validated light curves."""

__all__ = ["fetch_app"]  # with all its verbs, for whoever imports it from here


@fetch_app.command("light-curves", cls=Verb)
def light_curves(
    stars: TicNumbers = None,
    all_targets: AllTargets = False,
    sectors: Annotated[
        str, typer.Option("--sectors", metavar="1,3-5", help="Only of these; all by default.")
    ] = "",
    products: Annotated[
        str,
        typer.Option("--products", metavar="KINDS", help="Of lc, fast-lc, dvt and dvr."),
    ] = "lc",
    pipelines: Annotated[
        str,
        typer.Option("--pipelines", metavar="NAMES", help="Of spoc, tess-spoc and qlp."),
    ] = "spoc",
    collection: Annotated[
        str, typer.Option("--collection", metavar="NAME", help="Where light curves go.")
    ] = "tess",
    list_only: Annotated[
        bool, typer.Option("--list", help="Say which files there are, and fetch none.")
    ] = False,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A list of files, to be fetched as it is.",
            show_default=False,
        ),
    ] = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Bring light curves of TESS stars into the archive, from MAST.

    For example:
      starsieve fetch light-curves 307210830
      starsieve fetch light-curves --all-targets --sectors 1-13
      starsieve fetch light-curves 149603524 --products lc,dvt,dvr --collection wasp-62

    Lists of files are asked for many stars at a time. Every file is verified, and kept:
    after an interruption, do the same again. Validation files (dvt, dvr) stay where the
    table says, for starsieve vet; validated light curves (dvt) go to NAME-dv, too.
    """
    from starsieve.sources.tess_files import choose

    wanted = parse_sectors(sectors)
    with open_archive(archive) as store, open_remote(offline, refresh) as (cache, client):
        if from_file is not None:
            files, without, failures = _read_list(from_file, store)
        else:
            numbers = choose_stars(stars, all_targets, store)
            files, without, failures = _ask_list(numbers, _words(pipelines), cache, client, store)
        chosen = choose(files, _words(products), wanted)
        if list_only:
            write_list(chosen, as_json)
            n_done = len(chosen)
        else:
            done, failed = _download(chosen, cache, client)
            failures += failed + _ingest(done, collection, store, workers, as_json)
            write_files(done, as_json)
            n_done = len(done)
    write_without(without, as_json)
    report_failures(failures, n_done, as_json)


def parse_sectors(text: str) -> tuple[int, ...]:
    """Return the sectors in ``"1,3-5"``.

    Raises
    ------
    typer.BadParameter
        If it is no list of sectors.

    Examples
    --------
    >>> parse_sectors("1,3-5")
    (1, 3, 4, 5)
    """
    chosen: list[int] = []
    for word in filter(None, text.replace(" ", "").split(",")):
        first, dash, last = word.partition("-")
        ends = (first, last if dash else first)
        if not all(end.isdecimal() and 0 < int(end) < 10_000 for end in ends):
            msg = f"--sectors {text}: expected numbers and ranges, as in --sectors 1,3-5."
            raise typer.BadParameter(msg)
        chosen += range(int(ends[0]), int(ends[1]) + 1)
    return tuple(chosen)


def _ask_list(
    tics: list[int], pipelines: list[str], cache: "Cache", client: "Client", store: "Archive"
) -> "tuple[list[Product], Sequence[int], list[Failure]]":
    """Ask for the lists of files of stars; return files, stars without, and what failed."""
    from starsieve.sources import mast
    from starsieve.sources.products import list_products

    with show_progress("lists of files") as progress:
        found = list_products(
            tics, cache, client, pipelines=pipelines, service=mast.MAST, progress=progress
        )
    failures = list(found.failures)
    for table in found.tables:
        say_age(table)
        if mast.read_rows(table.path):
            failures += refused_rows(table, store_table(table.path, ("products",), store))
    return list(found.products), found.without, failures


def _read_list(
    path: Path, store: "Archive"
) -> "tuple[list[Product], Sequence[int], list[Failure]]":
    """Take a list of files from a file, as `_ask_list` does from MAST."""
    from starsieve.readers.catalogues import read_catalogue
    from starsieve.sources.tess_files import name_products

    report = store_table(path, ("products",), store)
    uris = [str(uri) for uri in read_catalogue(path)["uri"]]
    return name_products(uris), (), refused_rows(path, report)


def _download(
    chosen: "Sequence[Product]", cache: "Cache", client: "Client"
) -> "tuple[Sequence[tuple[Product, Fetched]], list[Failure]]":
    from starsieve.sources import mast
    from starsieve.sources.products import fetch_products

    with show_progress("MAST") as progress:
        downloads = fetch_products(chosen, cache, client, service=mast.MAST, progress=progress)
    return downloads.files, list(downloads.failures)


def _ingest(
    done: "Sequence[tuple[Product, Fetched]]",
    collection: str,
    store: "Archive",
    workers: int | None,
    as_json: bool,
) -> list[Failure]:
    """Store the light curves among files, also validated ones; return those that were refused."""
    from starsieve.ingest import ingest

    settings = get_settings(workers=workers)
    refused: list[Failure] = []
    for kinds, place in ((("lc", "fast-lc"), collection), (("dvt",), f"{collection}{VALIDATED}")):
        paths = [file.path for product, file in done if product.kind in kinds]
        if not paths:
            continue
        with show_progress("reading") as progress:
            report = ingest(paths, place, store, settings, progress=progress)
        if as_json:
            counts = {"kept": report.kept, "already": report.already, "ids": report.ids}
            write_record({"collection": place} | counts)
        else:
            say(
                f"{place}: light curves of {report.kept} files stored, {report.already} were there."
            )
        refused += [Failure(Path(file).name, reason) for file, reason in report.refused]
    return refused


def _words(text: str) -> list[str]:
    return [word for word in text.replace(" ", "").split(",") if word]
