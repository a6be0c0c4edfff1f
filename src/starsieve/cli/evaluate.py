"""``starsieve evaluate``: a model on labelled data."""

from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.evaluate_grid import evaluate_grid
from starsieve.cli.options import (
    ArchivePath,
    AsJson,
    Draws,
    ReportFolder,
    Seed,
    archive_if_there,
    get_settings,
)
from starsieve.cli.output import hint, say, show_progress, write_record, write_text

OF_MODELS = ("model", "path", "columns", "where", "collection", "beside", "draws")
OF_GRIDS = ("snr", "absolute")
"""Options that make no sense beside a grid, and without one."""


def evaluate(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(metavar="MODEL", show_default=False)] = None,
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", show_default=False)] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="LABEL=COLUMN", help="Where the table has a label; repeatable."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="CONDITION", help='Rows that count, "snr>=20"; repeatable.'
        ),
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection",
            metavar="NAME",
            help="Of a representation: what it has encoded and is judged on.",
            show_default=False,
        ),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--beside",
            metavar="MODEL",
            help="Of spectra's parameters: another model, judged on the same; repeatable.",
        ),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(
            "--grid",
            metavar="PATH",
            help="Check this model grid instead: a file, or a collection of the archive.",
            show_default=False,
        ),
    ] = None,
    snr: Annotated[
        float,
        typer.Option(
            "--snr", min=1e-3, metavar="S/N", help="Of a grid: at what noise spectra are compared."
        ),
    ] = 50.0,
    absolute: Annotated[
        bool,
        typer.Option("--absolute", help="Of a grid: brightness counts, not only the shape."),
    ] = False,
    report: ReportFolder = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model on labelled data, or find out what a model grid can't teach.

    For example:
      starsieve evaluate diamondback-spex
      starsieve evaluate diamondback-spex labels.csv --report out/
      starsieve evaluate diamondback-spex labels.csv --column teff=teff_evo --where "snr>=20"
      starsieve evaluate my-model --json | jq .metrics
      starsieve evaluate my-model --beside my-network --beside my-forest
      starsieve evaluate transit-vetter examples.npz --report out/
      starsieve evaluate toi-ranker toi.csv
      starsieve evaluate my-stars --collection miles
      starsieve evaluate --grid my-grid.h5 --report out/

    PATH is a table (CSV, ECSV) with a column of file names and columns of labels. Without
    it: on simulated observations of the grid nodes that the model never saw. A vetter is
    evaluated on a file of examples, a ranker on a table with dispositions, a representation
    on a collection of the archive that it has encoded. With --grid no MODEL is given: holes,
    spectra that are alike under different labels, and the accuracy that these allow at best.
    """
    _check_options(context, grid)
    if grid is not None:
        evaluate_grid(grid, snr, absolute, report, seed, archive, as_json)
        return
    if model is None:
        msg = "no MODEL is named. Give one by name or folder, or check a grid: --grid PATH."
        raise typer.BadParameter(msg)
    from starsieve.learn.library import find_model
    from starsieve.learn.model import read_card

    with archive_if_there(archive) as store:
        task = read_card(find_model(model, store)).task
    if beside and not task.startswith("atmospheres"):
        msg = f"--beside is for models of spectra's parameters; {model} is a model for {task}."
        raise typer.BadParameter(msg)
    if task == "representations":
        _evaluate_representation(model, collection, path, report, archive, as_json)
    elif collection is not None:
        msg = f"--collection is for representations; {model} is a model for {task}."
        raise typer.BadParameter(msg)
    elif task.startswith("transits"):
        _evaluate_transits(model, path, report, archive, as_json)
    else:
        names = [model, *(beside or [])]
        _evaluate_atmospheres(
            names, path, columns or [], where or [], report, draws, seed, archive, as_json
        )


def _check_options(context: typer.Context, grid: str | None) -> None:
    """Refuse options of a model beside a grid, and options of a grid without one."""
    given = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            given[parameter.name] = parameter
    for name in OF_MODELS if grid is not None else OF_GRIDS:
        if name in given:
            shown = given[name].opts[0] if given[name].opts[0].startswith("--") else name.upper()
            msg = (
                f"{shown} is for models; --grid checks a model grid, without one."
                if grid is not None
                else f"{shown} is for model grids: name one, --grid PATH."
            )
            raise typer.BadParameter(msg)


def _evaluate_representation(
    model: str,
    collection: str | None,
    path: Path | None,
    report: Path | None,
    archive: Path | None,
    as_json: bool,
) -> None:
    """Evaluate a representation on a collection that it has encoded."""
    from starsieve.archive import Archive
    from starsieve.representations.evaluate import evaluate as evaluate_model

    if collection is None or path is not None:
        msg = f"{model} is a representation: name a collection of the archive, --collection NAME."
        raise typer.BadParameter(msg)
    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        result = evaluate_model(model, collection, store)
    if as_json:
        write_record(result.to_record())
    else:
        write_text(str(result))
    if report is not None:
        say(f"report: {result.write_report(report)}")


def _evaluate_transits(
    model: str, path: Path | None, report: Path | None, archive: Path | None, as_json: bool
) -> None:
    """Evaluate a vetter on examples, or a ranker on a table."""
    from starsieve.transits.evaluation import evaluate as evaluate_model

    with archive_if_there(archive) as store:
        result = evaluate_model(model, path, store, report)
    if as_json:
        write_record(result.to_record())
    else:
        write_text(str(result))
    if result.report is not None:
        say(f"report: {result.report}")


def _evaluate_atmospheres(
    names: list[str],
    path: Path | None,
    columns: list[str],
    where: list[str],
    report: Path | None,
    draws: int,
    seed: int,
    archive: Path | None,
    as_json: bool,
) -> None:
    """Evaluate a model, others beside it, on labelled spectra or on nodes that they never saw."""
    from starsieve.atmospheres.evaluate import evaluate as evaluate_model
    from starsieve.atmospheres.subjects import load_any

    with archive_if_there(archive) as store:
        loaded, *others = [load_any(name, store) for name in names]
    with show_progress("evaluating") as progress:
        result = evaluate_model(
            loaded,
            path,
            columns=to_pairs(columns),
            where=where,
            draws=draws,
            seed=seed,
            beside=others,
            progress=progress,
        )
    if as_json:
        write_record(result.to_record())
    else:
        write_text(str(result))
    if report is not None:
        say(f"report: {result.write_report(report)}")
    else:
        hint(f"starsieve evaluate {names[0]} --report report/")


def to_pairs(columns: list[str]) -> dict[str, str]:
    """Return the columns of labels by label."""
    pairs = {}
    for text in columns:
        label, equals, column = text.partition("=")
        if not (label and equals and column):
            msg = f"--column {text}: expected LABEL=COLUMN, as in --column teff=teff_evo."
            raise typer.BadParameter(msg)
        pairs[label] = column
    return pairs
