"""``starsieve tune``: the best options of a recipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from starsieve.cli.figures import check_formats
from starsieve.cli.options import ArchivePath, AsJson, ReportFolder
from starsieve.cli.output import hint, say, write_record
from starsieve.cli.recipes import Overrides, read_recipe
from starsieve.cli.runs import run_recorded
from starsieve.cli.studies import Figures, open_archive, read_found, show_study, write_files

SEARCH, TUNING = "search", "tuning"
"""Tables that a training's recipe may have for this verb."""


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
        msg = "--queue leaves it to a worker; --out and --report come later: starsieve studies."
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
    with open_archive(archive) as store:
        found = read_found(store, str(result["study"]))
        write_files(found, out, report, formats)
    if as_json:
        write_record(result)
    else:
        show_study(result, found)
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


def _queue(task: str, options: Mapping[str, Any], archive: Path | None, as_json: bool) -> None:
    from starsieve.registry import get_task

    checked = get_task(task).read_recipe(options).model_dump(mode="json")
    with open_archive(archive) as store:
        number = store.runs.queue(task, checked)
    if as_json:
        write_record({"run": number, "task": task, "status": "queued"})
    else:
        say(f"run {number} is queued.")
    hint("starsieve worker")
