"""``starsieve demo``: see it work on real brown dwarfs."""

from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, Workers, get_settings
from starsieve.cli.output import say, show_progress, write_text


def demo(
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Where pages go. [default: ARCHIVE/report]"),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help="No more than N objects.", show_default=False
        ),
    ] = None,
    archive: ArchivePath = None,
    workers: Workers = None,
) -> None:
    """See it work: parameters of the L and T dwarfs of the SpeX Prism Library.

    For example:
      starsieve demo
      starsieve demo --limit 20
      starsieve demo --archive ~/spectra --report ~/brown-dwarfs

    Brings the library into the archive, infers Teff, log g, [M/H] and fsed with the model
    that ships, and writes a page per object and an index. Can be repeated: what is done
    is not done twice. Where the library (the splat distribution) can't be had, the
    demo runs on simulated spectra and says so.
    """
    from starsieve.archive import Archive
    from starsieve.demo import run_demo

    settings = get_settings(archive, workers)
    folder = report or settings.archive / "report"
    with (
        Archive.create(settings.archive, settings.database_url) as store,
        show_progress("demo") as progress,
    ):
        outcome = run_demo(store, settings, folder, limit=limit, progress=progress)
    for remark in outcome.remarks:
        say(remark)
    write_text(f"{outcome.n_objects} objects. Look at: {outcome.index.absolute()}")
