"""``starsieve demo``: see it work on real brown dwarfs and stars."""

import os
from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, Workers, get_settings
from starsieve.cli.output import hint, report_failures, say, show_progress, write_text


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
            "--limit",
            min=1,
            metavar="N",
            help="No more than N objects of each.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="brown-dwarfs|likeness|planets",
            help="One part alone.",
            show_default=False,
        ),
    ] = None,
    archive: ArchivePath = None,
    workers: Workers = None,
) -> None:
    """See it work: parameters of real brown dwarfs, their likes, and planets that TESS observed.

    For example:
      starsieve demo
      starsieve demo --limit 5
      starsieve demo --only planets --report ~/planets

    Infers Teff, log g, [M/H] and fsed of the L and T dwarfs of the SpeX Prism Library, finds
    which of its spectra are alike and which like no other, then searches some well-known
    stars for transits and says what each signal probably is, with the models that ship.
    Writes a page for everything. Can be repeated: what is there is not brought again. Where
    the library (the splat distribution), MAST or ExoFOP can't be reached, simulated spectra
    and light curves take their place, and it says so.
    """
    from starsieve.archive import Archive
    from starsieve.demo import SUBJECTS, run_demo

    subjects = [each for each in SUBJECTS if only in (None, each)]
    if not subjects:
        msg = f"--only must be {', '.join(SUBJECTS)}, got {only!r}."
        raise typer.BadParameter(msg)
    settings = get_settings(archive, workers or min(4, os.cpu_count() or 1))
    with (
        Archive.create(settings.archive, settings.database_url) as store,
        show_progress("demo") as progress,
    ):
        folder = report or store.root / "report"
        made = run_demo(store, settings, folder, subjects=subjects, limit=limit, progress=progress)
    for part in made.parts:
        for remark in part.remarks:
            say(remark)
        write_text(f"{part.title}: {part}")
    write_text(f"Look at: {made.index.absolute()}")
    hint("starsieve serve" + (f" --archive {archive}" if archive else ""))
    failures = [failure for part in made.parts for failure in part.failures]
    report_failures(failures, sum(part.n_done for part in made.parts), as_json=False)
