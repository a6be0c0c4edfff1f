"""``starsieve tune`` and ``studies``: the best options of a recipe, and how they were found."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.infer import check_formats
from starsieve.cli.options import ArchivePath, AsJson, ReportFolder, get_settings
from starsieve.cli.output import hint, say, write_facts, write_record, write_table, write_text
from starsieve.cli.recipes import Overrides, read_recipe
from starsieve.cli.runs import run_recorded

if TYPE_CHECKING:
    from starsieve.archive import Archive
    from starsieve.tuning.results import StudyResult

SEARCH, TUNING = "search", "tuning"
"""Tables that a training's recipe may have for this verb."""

ROWS = 10
"""Trials that people are shown."""

studies_app = typer.Typer(
    name="studies",
    context_settings=CONTEXT,
    help="""See what tuning found; export the best recipe.

    For example:
      starsieve studies list
      starsieve studies show my-model --report out/
      starsieve studies export my-model > best.toml
    """,
)
Study = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Figures = Annotated[
    str, typer.Option("--figures", metavar="pdf,png", help="Write figures beside the page, too.")
]


def tune(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", show_default=False)],
    overrides: Overrides = None,
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials", metavar="N", min=1, help="In all; earlier ones count.", show_default=False
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="S", help="After so long no trial is begun.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", min=1, help="Processes that train.", show_default=False
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            "--study",
            metavar="NAME",
            help="Keep trials under this name. [default: the model's]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the best recipe there.", show_default=False
        ),
    ] = None,
    report: ReportFolder = None,
    figures: Figures = "",
    queue: Annotated[
        bool, typer.Option("--queue", help="Leave it to a worker instead of running it now.")
    ] = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Search for the options of a recipe with which its training ends best.

    For example:
      starsieve tune my-grid.toml --trials 40 --out best.toml
      starsieve tune my-grid.toml --trials 80 --workers 4 --report out/
      starsieve tune diamondback-spex --seconds 3600 --set steps=2000
      starsieve train best.toml

    RECIPE is that of a training, with a table [search] of ranges and choices; without it,
    options that usually matter are searched. All trials are kept in the archive: the same
    command goes on where it was interrupted, or with more trials.
    """
    if queue and (out is not None or report is not None):
        msg = "--queue leaves the work to others; --out and --report come afterwards: starsieve studies."
        raise typer.BadParameter(msg)
    formats = check_formats(figures, report)
    given = {"trials": trials, "seconds": seconds, "workers": workers, "study": study}
    task, options = split_recipe(read_recipe(recipe, overrides), given)
    if queue:
        _queue(task, options, archive, as_json)
        return
    result = run_recorded(task, options, archive, create=True)
    for warning in result["warnings"]:
        say(f"warning: {warning}")
    with _open(archive) as store:
        found = _read(store, str(result["study"]))
        _write_files(found, out, report, formats)
    if as_json:
        write_record(result)
    else:
        _show(result, found)
    if out is None:
        hint(f"starsieve studies export {result['study']} > best.toml")
    else:
        hint(f"starsieve train {out}")


def split_recipe(options: dict[str, Any], given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the task that tunes a training's recipe, and the options of that task.

    Parameters
    ----------
    options : dict
        Of the training, with the tables for this verb.
    given : mapping
        What goes before the table ``[tuning]``, unless it is None.

    Raises
    ------
    RecipeError
        If the tables are no tables.
    """
    from starsieve.errors import RecipeError
    from starsieve.registry import training_task, tuning_of

    search, tuning = options.pop(SEARCH, {}), options.pop(TUNING, {})
    for name, table in ((SEARCH, search), (TUNING, tuning)):
        if not isinstance(table, dict):
            msg = f"[{name}] must be a table, got {table!r}. See starsieve tune --help."
            raise RecipeError(msg)
    training = training_task(options)
    training.read_recipe(options)  # its own words are clearer about what is wrong in it
    task = tuning_of(training.name)
    said = {name: value for name, value in given.items() if value is not None}
    return task.name, {"training": options, "search": search, **tuning, **said}


@studies_app.command("list", cls=Verb)
def list_studies(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """List studies: what is tuned, by what, how many trials there are, and the best value.

    For example:
      starsieve studies list
    """
    with _open(archive) as store:
        rows = [_line(_read(store, study.name)) for study in store.studies.list()]
    if as_json:
        for row in rows:
            write_record(row)
    else:
        columns = ("study", "task", "metric", "trials", "best")
        write_table(columns, [[_text(row[column]) for column in columns] for row in rows])


@studies_app.command(cls=Verb)
def show(
    name: Study,
    report: ReportFolder = None,
    figures: Figures = "",
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Show a study's trials; with --json each as one object.

    For example:
      starsieve studies show my-model
      starsieve studies show my-model --json > trials.jsonl
      starsieve studies show my-model --report out/ --figures png
    """
    formats = check_formats(figures, report)
    with _open(archive) as store:
        found = _read(store, name)
    _write_files(found, None, report, formats)
    if as_json:
        for trial in found.trials:
            write_record(asdict(trial))
    else:
        _show(_line(found), found)


@studies_app.command(cls=Verb)
def export(
    name: Study,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Instead of standard output.", show_default=False),
    ] = None,
    archive: ArchivePath = None,
) -> None:
    """Write the recipe with the best values of a study, as starsieve train takes it.

    For example:
      starsieve studies export my-model > best.toml
      starsieve studies export my-model --to best.toml
    """
    from starsieve.tuning.tune import best_text

    with _open(archive) as store:
        found = _read(store, name)
    if to is None:
        write_text(best_text(found).rstrip("\n"))
    else:
        _write_files(found, to, None, ())


@studies_app.command(cls=Verb)
def remove(name: Study, archive: ArchivePath = None) -> None:
    """Forget a study and all its trials.

    For example:
      starsieve studies remove my-model
    """
    with _open(archive) as store:
        store.studies.remove(name)
    say(f"study {name} is forgotten.")


def _open(archive: Path | None) -> "Archive":
    from starsieve.archive import Archive

    settings = get_settings(archive)
    return Archive.open(settings.archive, settings.database_url)


def _read(archive: "Archive", name: str) -> "StudyResult":
    from starsieve.registry import tuning_of
    from starsieve.tuning.results import read_study

    kind: Any = tuning_of(archive.studies.get(name).task).recipe
    return read_study(archive, name, kind)


def _queue(task: str, options: Mapping[str, Any], archive: Path | None, as_json: bool) -> None:
    from starsieve.registry import get_task

    checked = get_task(task).read_recipe(options).model_dump(mode="json")
    with _open(archive) as store:
        number = store.runs.queue(task, checked)
    if as_json:
        write_record({"run": number, "task": task, "status": "queued"})
    else:
        say(f"run {number} is queued.")
    hint("starsieve worker")


def _write_files(
    found: "StudyResult", out: Path | None, report: Path | None, formats: tuple[str, ...]
) -> None:
    """Write what was asked for, and say where it is."""
    from starsieve.plots import write_atomically
    from starsieve.tuning.report import write_report
    from starsieve.tuning.tune import best_text

    if out is not None:
        say(f"best recipe: {write_atomically(out, best_text(found).encode())}")
    if report is not None:
        say(f"report: {write_report(found, report, formats)}")


def _line(found: "StudyResult") -> dict[str, Any]:
    """Return a study in a few values."""
    best = found.best
    return {
        "study": found.recipe.name,
        "task": found.task,
        "metric": found.recipe.metric,
        "direction": found.recipe.direction,
        "trials": sum(n for state, n in found.counts.items() if state not in ("again", "waiting")),
        "states": found.counts,
        "best": None if best is None else best.value,
        "best_values": {} if best is None else dict(best.values),
        "importances": dict(found.importances),
    }


def _show(facts: Mapping[str, Any], found: "StudyResult") -> None:
    """Write a study for people: facts, and the best trials."""
    long = ("recipe", "tried", "budget", "warnings")
    write_facts({name: value for name, value in facts.items() if name not in long})
    sign = -1.0 if found.recipe.direction == "maximise" else 1.0
    trials = sorted(found.complete, key=lambda trial: sign * float(trial.value or 0.0))
    options = list(found.recipe.search)
    rows = [
        [trial.number, _text(trial.value), *(_text(trial.values.get(name)) for name in options)]
        for trial in trials[:ROWS]
    ]
    write_text("")
    write_table(("trial", found.recipe.metric, *options), rows)


def _text(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else "" if value is None else str(value)
