"""``starsieve fetch toi|ctoi|koi|planets|tic``: tables of TESS and Kepler into the archive."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.fetch import fetch_app
from starsieve.cli.fetched import (
    n_rows,
    refused_rows,
    write_tables,
)
from starsieve.cli.help import Verb
from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import hint, report_failures, show_progress
from starsieve.errors import DataError

if TYPE_CHECKING:
    from starsieve.archive import Archive
    from starsieve.sources.cache import Cache, Fetched
    from starsieve.sources.http import Client
    from starsieve.transits.catalogues import CatalogueReport

FromFile = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="Take this file and ask nobody.", show_default=False
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Take what was fetched before, however old.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch anew what is in the cache, too.")]
TicNumbers = Annotated[list[str] | None, typer.Argument(metavar="TIC...", show_default=False)]
AllTargets = Annotated[bool, typer.Option("--all-targets", help="All stars of the archive.")]

Fetch = Callable[["Cache", "Client"], "Fetched"]


@fetch_app.command(cls=Verb)
def toi(
    source: Annotated[
        str, typer.Option("--source", metavar="exofop|nasa", help="Whose table.")
    ] = "exofop",
    from_file: FromFile = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Bring the TESS objects of interest into the archive: stars, candidates, dispositions.

    For example:
      starsieve fetch toi
      starsieve fetch toi --source nasa --refresh
      starsieve fetch toi --from exofop_toi.csv

    The table comes from ExoFOP or the NASA Exoplanet Archive and is kept for a day; what
    did not change is left alone, and nothing is ever dropped.
    """
    from starsieve.sources import exofop, nasa_exoplanet

    fetches: dict[str, Fetch] = {
        "exofop": lambda cache, client: exofop.fetch_toi(cache, client, exofop.EXOFOP),
        "nasa": lambda cache, client: nasa_exoplanet.fetch_table(
            "toi", cache, client, nasa_exoplanet.NASA
        ),
    }
    if source not in fetches:
        msg = f"--source must be exofop or nasa, got {source!r}."
        raise typer.BadParameter(msg)
    _bring(("toi",), fetches[source], from_file, offline, refresh, archive, as_json)
    hint("starsieve fetch tic --all-targets")


@fetch_app.command(cls=Verb)
def ctoi(
    from_file: FromFile = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Bring the community's TESS objects of interest into the archive, from ExoFOP.

    For example:
      starsieve fetch ctoi
    """
    from starsieve.sources import exofop

    def fetch(cache: "Cache", client: "Client") -> "Fetched":
        return exofop.fetch_ctoi(cache, client, exofop.EXOFOP)

    _bring(("ctoi",), fetch, from_file, offline, refresh, archive, as_json)


@fetch_app.command(cls=Verb)
def koi(
    from_file: FromFile = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Bring the Kepler objects of interest into the archive, from the NASA Exoplanet Archive.

    For example:
      starsieve fetch koi
      starsieve fetch koi --from kepler_tce.csv     a table of Kepler's TCEs, too
    """
    from starsieve.sources import nasa_exoplanet as nasa

    def fetch(cache: "Cache", client: "Client") -> "Fetched":
        return nasa.fetch_table("cumulative", cache, client, nasa.NASA)

    _bring(("koi", "tce"), fetch, from_file, offline, refresh, archive, as_json)


@fetch_app.command(cls=Verb)
def planets(
    from_file: FromFile = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Bring the confirmed planets into the archive, from the NASA Exoplanet Archive.

    For example:
      starsieve fetch planets
    """
    from starsieve.sources import nasa_exoplanet as nasa

    def fetch(cache: "Cache", client: "Client") -> "Fetched":
        return nasa.fetch_table("ps", cache, client, nasa.NASA)

    _bring(("planets",), fetch, from_file, offline, refresh, archive, as_json)


@fetch_app.command(cls=Verb)
def tic(
    stars: TicNumbers = None,
    all_targets: AllTargets = False,
    from_file: FromFile = None,
    offline: Offline = False,
    refresh: Refresh = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Bring what the TESS Input Catalog says of stars into the archive, from MAST.

    For example:
      starsieve fetch tic 307210830 TIC261136679
      starsieve fetch tic --all-targets
      starsieve fetch tic --from tic.csv

    Many stars are asked for in one request. A star that the catalogue lacks is listed,
    and the others go on (exit code 3).
    """
    if from_file is not None:
        _bring(("tic",), None, from_file, offline, refresh, archive, as_json)
        return
    from starsieve.sources import mast
    from starsieve.sources.tic import fetch_tic

    with open_archive(archive) as store, open_remote(offline, refresh) as (cache, client):
        numbers = choose_stars(stars, all_targets, store)
        with show_progress("TESS Input Catalog") as progress:
            answer = fetch_tic(numbers, cache, client, mast.MAST, progress)
        done = [(table, store_table(table.path, ("tic",), store)) for table in answer.tables]
    write_tables(done, as_json)
    failures = [
        *answer.failures,
        *(f for table, report in done for f in refused_rows(table, report)),
    ]
    report_failures(failures, sum(n_rows(report) for _, report in done), as_json)


def _bring(
    kinds: tuple[str, ...],
    fetch: Fetch | None,
    from_file: Path | None,
    offline: bool,
    refresh: bool,
    archive: Path | None,
    as_json: bool,
) -> None:
    """Bring one table into the archive, from a service or a file."""
    with open_archive(archive) as store:
        if from_file is not None or fetch is None:
            path, table = Path(from_file or ""), None
        else:
            with open_remote(offline, refresh) as (cache, client):
                table = fetch(cache, client)
            path = table.path
        report = store_table(path, kinds, store)
    write_tables([(table or path, report)], as_json)
    report_failures(refused_rows(table or path, report), n_rows(report), as_json)


@contextmanager
def open_archive(archive: Path | None) -> "Iterator[Archive]":
    """Give the archive, made if there is none."""
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.create(settings.archive, settings.database_url) as store:
        yield store


@contextmanager
def open_remote(offline: bool, refresh: bool) -> "Iterator[tuple[Cache, Client]]":
    """Give the cache, and who asks when it does not have something."""
    from starsieve.sources import cache, http

    if offline and refresh:
        msg = "--offline asks nobody and --refresh asks anew: choose one."
        raise typer.BadParameter(msg)
    folder = get_settings().cache or cache.default_folder()
    with http.Client() as client:
        yield cache.Cache(folder, offline=offline, refresh=refresh), client


def store_table(path: Path, kinds: tuple[str, ...], store: "Archive") -> "CatalogueReport":
    """Store what a table says; raise DataError if it is a table of something else."""
    from starsieve.readers.catalogues import read_catalogue
    from starsieve.transits.catalogues import import_catalogue

    catalogue = read_catalogue(path)
    if catalogue.kind not in kinds:
        msg = f"{path} is a table of {catalogue.kind} ({catalogue.layout}), not of {kinds[0]}."
        raise DataError(msg)
    return import_catalogue(catalogue, store)


def choose_stars(stars: Sequence[str] | None, all_targets: bool, store: "Archive") -> list[int]:
    """Return the numbers of the stars that are meant."""
    from starsieve.sources.mast import parse_tic

    if bool(stars) == all_targets:
        msg = "Give TIC numbers, or --all-targets for all stars of the archive."
        raise typer.BadParameter(msg)
    if stars:
        return [parse_tic(star) for star in stars]
    with_files = {file.tic for file in store.products.list()}
    known = with_files | {star.tic for star in store.products.missing()}
    numbers = sorted(number for number in known if number is not None)
    if not numbers:
        msg = "The archive has no star with a TIC number yet. Begin with: starsieve fetch toi"
        raise DataError(msg)
    return numbers
