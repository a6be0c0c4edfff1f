"""``starsieve fetch``: remote archives and installed libraries into the archive."""

from typing import Annotated

import typer

from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.ingest import write_report
from starsieve.cli.options import ArchivePath, AsJson, Workers, get_settings
from starsieve.cli.output import hint, say, show_progress

fetch_app = typer.Typer(
    name="fetch",
    context_settings=CONTEXT,
    help="""Bring published data into the archive.

    For example:
      starsieve fetch spex                the SpeX Prism Library: real M, L and T dwarfs
      starsieve fetch toi                 TESS objects of interest, from ExoFOP
      starsieve fetch light-curves 307210830
    """,
)


@fetch_app.callback()
def _group() -> None: ...


@fetch_app.command(cls=Verb)
def spex(
    collection: Annotated[
        str, typer.Option("--collection", metavar="NAME", help="Where they go.")
    ] = "spex",
    kinds: Annotated[
        str, typer.Option("--kinds", metavar="MLT", help="Spectral classes to bring.")
    ] = "MLT",
    archive: ArchivePath = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Bring the SpeX Prism Library into the archive: published, good-quality spectra.

    For example:
      starsieve fetch spex
      starsieve fetch spex --kinds LT --collection brown-dwarfs

    The library comes inside the splat distribution of PyPI (MIT licence), of which only
    the data files are used:  python -m pip install --no-deps splat==1.14
    Cite the paper of every spectrum you use; starsieve cite says how.
    """
    from starsieve.archive import Archive
    from starsieve.ingest import ingest
    from starsieve.sources import spex as source

    settings = get_settings(archive, workers)
    entries = source.list_spectra(kinds)
    source.verify(entries)
    with (
        Archive.create(settings.archive, settings.database_url) as store,
        show_progress("SpeX Prism Library") as progress,
    ):
        paths = [entry.path for entry in entries]
        known = source.describe(entries)
        report = ingest(paths, collection, store, settings, progress=progress, known=known)
    say(f"SpeX Prism Library, splat {source.version()}: {len(entries)} spectra chosen.")
    write_report(report, collection, as_json)
    hint(f"starsieve infer --collection {collection}")
