"""``starsieve archive``: the archive itself."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import hint, say, write_facts, write_record, write_table, write_text

if TYPE_CHECKING:
    from starsieve.archive import CheckReport

archive_app = typer.Typer(
    name="archive",
    context_settings=CONTEXT,
    help="""Make, look at, check and upgrade an archive.

    For example:
      starsieve archive create --archive ~/spectra
      starsieve archive info
      starsieve archive check --repair
    """,
)


@archive_app.command(cls=Verb)
def create(archive: ArchivePath = None) -> None:
    """Make an empty archive; one that is there already stays as it is.

    For example:
      starsieve archive create
      starsieve archive create --archive ~/spectra
    """
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.create(settings.archive, settings.database_url) as store:
        write_text(str(store.root))
    hint("starsieve ingest FILE... --collection NAME")


@archive_app.command(cls=Verb)
def info(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """Say what is in an archive: collections, models, runs.

    For example:
      starsieve archive info
      starsieve archive info --json
    """
    from starsieve.archive import Archive, summarise

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        found = summarise(store)
    facts = asdict(replace(found, runs=dict(found.runs)))
    if as_json:
        write_record(facts)
        return
    facts["n_bytes"] = f"{found.n_bytes:,}"
    del facts["collections"]
    write_facts(facts)
    if found.collections:
        columns = ("collection", "kind", "number", "parent")
        rows = [(c.name, c.kind, c.n_items, c.parent) for c in found.collections]
        write_text("")
        write_table(columns, rows)


@archive_app.command(cls=Verb)
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended; nothing good is lost.")
    ] = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Check that every row has its pixels and every model its weights.

    For example:
      starsieve archive check
      starsieve archive check --repair

    Exit code 0 if the archive is clean (or was made so), 1 if not.
    """
    from starsieve.archive import Archive
    from starsieve.archive import check as check_archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        report = check_archive(store, repair=repair)
    if as_json:
        write_record({"clean": report.clean, **asdict(report)})
    else:
        write_problems(report)
    if not report.clean:
        say("the archive is not clean. Mend it with: starsieve archive check --repair")
        raise typer.Exit(1)


@archive_app.command(cls=Verb)
def upgrade(archive: ArchivePath = None) -> None:
    """Bring an archive of an older version to this one.

    For example:
      starsieve archive upgrade --archive ~/spectra
    """
    from starsieve.archive import upgrade_archive

    settings = get_settings(archive)
    before, now = upgrade_archive(settings.archive, settings.database_url)
    if before == now:
        say(f"{settings.archive} was up to date already, with schema {now}.")
    else:
        say(f"{settings.archive} has gone from schema {before or 'none'} to {now}.")


def write_problems(report: "CheckReport") -> None:
    """Write what a check found, a line each."""
    for problem in report.problems:
        how = "repaired" if problem.repaired else "harmless" if problem.harmless else "wrong"
        write_text(f"{how}: {problem.where}: {problem.what}")
    if report.clean:
        write_text("clean")
