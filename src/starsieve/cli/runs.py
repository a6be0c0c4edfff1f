"""``starsieve run``, ``runs`` and ``worker``: any task by its recipe, and what became of it."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import (
    hint,
    say,
    show_progress,
    write_facts,
    write_record,
    write_table,
    write_text,
)
from starsieve.cli.recipes import Overrides, read_recipe

runs_app = typer.Typer(
    name="runs",
    context_settings=CONTEXT,
    help="""See what ran and how it ended; cancel or resume a run.

    For example:
      starsieve runs list
      starsieve runs show 3
      starsieve runs log 3
      starsieve runs resume 3
    """,
)
RunNumber = Annotated[int, typer.Argument(metavar="NUMBER", min=1, show_default=False)]


def run(
    task: Annotated[str, typer.Argument(metavar="TASK", show_default=False)],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", show_default=False)],
    overrides: Overrides = None,
    queue: Annotated[
        bool, typer.Option("--queue", help="Leave it to a worker instead of running it now.")
    ] = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Run any task as a recipe says, and keep a record of the run.

    For example:
      starsieve run atmospheres.train my-grid.toml
      starsieve run atmospheres.infer night1.toml --set draws=2000
      starsieve run atmospheres.infer night1.toml --queue

    RECIPE is a TOML file, or the name of a recipe that ships.
    """
    from starsieve.archive import Archive
    from starsieve.registry import get_task

    options = read_recipe(recipe, overrides)
    settings = get_settings(archive)
    if not queue:
        write_result(run_recorded(task, options, archive), as_json)
        return
    checked = get_task(task).read_recipe(options).model_dump(mode="json")
    with Archive.open(settings.archive, settings.database_url) as store:
        number = store.runs.queue(task, checked)
    if as_json:
        write_record({"run": number, "task": task, "status": "queued"})
    else:
        say(f"run {number} is queued.")
    hint("starsieve worker")


def run_recorded(
    task: str, options: Mapping[str, Any], archive: Path | None, *, create: bool = False
) -> dict[str, Any]:
    """Run a task on an archive with its progress shown; return its result."""
    from starsieve.archive import Archive
    from starsieve.jobs import run_task

    settings = get_settings(archive)
    opened = Archive.create if create else Archive.open
    with (
        opened(settings.archive, settings.database_url) as store,
        show_progress(task) as progress,
    ):
        try:
            return run_task(task, options, store, progress=progress)
        except KeyboardInterrupt:
            hint(f"starsieve runs resume {store.runs.list()[0].number}")
            raise


def write_result(result: Mapping[str, Any], as_json: bool) -> None:
    """Write the result of a run."""
    if as_json:
        write_record(result)
    else:
        write_facts(result)


@runs_app.command("list", cls=Verb)
def list_runs(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """List runs, the newest first.

    For example:
      starsieve runs list
      starsieve runs list --json | jq 'select(.status == "failed")'
    """
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        runs = store.runs.list()
    if as_json:
        for each in runs:
            write_record(asdict(each))
    else:
        columns = ("run", "task", "status", "created", "error")
        rows = [(r.number, r.task, r.status, _when(r.created), r.error) for r in runs]
        write_table(columns, rows)


@runs_app.command(cls=Verb)
def show(number: RunNumber, archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """Show one run: recipe, versions, seed, status, result, error.

    For example:
      starsieve runs show 3
      starsieve runs show 3 --json | jq .result
    """
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        record = asdict(store.runs.get(number))
    if as_json:
        write_record(record)
    else:
        write_facts(record)


@runs_app.command(cls=Verb)
def log(
    number: RunNumber,
    tail: Annotated[
        int | None,
        typer.Option(
            "--tail", metavar="N", min=1, help="Only the last N lines.", show_default=False
        ),
    ] = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Show what a run said: the parts of its work, warnings, and where an error came from.

    For example:
      starsieve runs log 3
      starsieve runs log 3 --tail 20
    """
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        text = store.runs.log(number, tail)
    if as_json:
        write_record({"run": number, "log": text.splitlines()})
    elif text:
        write_text(text.rstrip("\n"))
    else:
        say(f"run {number} has said nothing yet.")


@runs_app.command(cls=Verb)
def cancel(number: RunNumber, archive: ArchivePath = None) -> None:
    """Cancel a queued run, or ask a running one to stop at the next safe point.

    For example:
      starsieve runs cancel 3
    """
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        store.runs.cancel(number)
    say(f"run {number} is cancelled.")


@runs_app.command(cls=Verb)
def resume(number: RunNumber, archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """Run an interrupted, cancelled or failed run again; what it had done is not done twice.

    For example:
      starsieve runs resume 3
    """
    from starsieve.archive import Archive
    from starsieve.jobs import resume as resume_run

    settings = get_settings(archive)
    with (
        Archive.open(settings.archive, settings.database_url) as store,
        show_progress(f"run {number}") as progress,
    ):
        result = resume_run(number, store, progress=progress)
    write_result(result, as_json)


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="Stop when nothing is queued, instead of waiting.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when the process that started it is gone.")
    ] = False,
    archive: ArchivePath = None,
) -> None:
    """Work off queued runs, the oldest first; any number of workers may share an archive.

    For example:
      starsieve worker
      starsieve worker --once

    Ctrl-C or a termination signal stops it; the run it was at is marked interrupted and can be
    resumed. What a run says is in its log: starsieve runs log NUMBER
    """
    from starsieve.archive import Archive
    from starsieve.jobs import heed_termination, stop_with_parent
    from starsieve.jobs import worker as work

    settings = get_settings(archive)
    heed_termination()
    if with_parent:
        stop_with_parent()
    with (
        Archive.open(settings.archive, settings.database_url) as store,
        nullcontext() if quiet else show_progress("worker") as progress,
    ):
        work(store, once=once, progress=progress)


def _when(moment: Any) -> str:
    """Return a time to the second, as people write it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
