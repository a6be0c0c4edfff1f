"""``starsieve demo``: see it work on real brown dwarfs."""

import os
from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, Workers, get_settings
from starsieve.cli.output import report_failures, say, show_progress, write_text


def demo(
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="DIR",
            help="Where pages go. [default: the archive's folder report]",
            show_default=False,
        ),
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
    that ships, and writes a page per object and an index. Can be repeated: what is there
    is not brought again. Where the library (the splat distribution) can't be had, the
    demo runs on simulated spectra and says so.
    """
    from starsieve.archive import Archive
    from starsieve.demo import run_demo

    settings = get_settings(archive, workers or min(4, os.cpu_count() or 1))
    with (
        Archive.create(settings.archive, settings.database_url) as store,
        show_progress("demo") as progress,
    ):
        folder = report or store.root / "report"
        made = run_demo(store, settings, folder, limit=limit, progress=progress)
    for remark in made.remarks:
        say(remark)
    n_known = sum(result.in_distribution for result in made.results)
    write_text(f"{len(made.results)} objects; {n_known} of them are like the model's grid.")
    write_text(f"Pages for {made.n_pages} of them. Look at: {made.index.absolute()}")
    report_failures(made.results.failures, len(made.results), as_json=False)
