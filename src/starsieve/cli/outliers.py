"""``starsieve outliers``: the spectra of a collection that are unlike all others."""

from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson, ReportFolder, get_settings
from starsieve.cli.output import hint, say, show_progress, write_record, write_table
from starsieve.cli.runs import run_recorded
from starsieve.cli.tag import Encoder


def outliers(
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", show_default=False)],
    model: Encoder,
    k: Annotated[int, typer.Option("-k", "--most", min=1, help="How many to list.")] = 20,
    neighbours: Annotated[
        int,
        typer.Option(
            "--neighbours",
            min=1,
            max=1000,
            help="The neighbour whose distance says how alone a spectrum is.",
        ),
    ] = 10,
    report: ReportFolder = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """List the spectra of a collection that are unlike all others.

    For example:
      starsieve outliers survey --model my-stars
      starsieve outliers survey --model my-stars -k 50 --report out/
      starsieve outliers survey --model my-stars --json

    A spectrum is unusual if the model can't draw it (misfit), or if it is alone among the
    latents (loneliness); the score is both together, in deviations from what is usual.
    """
    options = {"collection": collection, "model": model, "k": k, "neighbours": neighbours}
    result = run_recorded("representations.outliers", options, archive)
    if as_json:
        for each in result["outliers"]:
            write_record(each)
    else:
        columns = ("rank", "id", "object", "score", "misfit", "loneliness", "file")
        write_table(
            columns, [tuple(map(_text, map(each.get, columns))) for each in result["outliers"]]
        )
    if result["n_not_encoded"]:
        say(f"{result['n_not_encoded']} spectra have no score: they could not be encoded.")
    if report is not None:
        say(f"report: {_write_report(collection, model, k, neighbours, report, archive)}")
    else:
        hint("the same with --report DIR gives a page with the spectra and their reconstructions")


def _write_report(
    collection: str, model: str, k: int, neighbours: int, folder: Path, archive: Path | None
) -> Path:
    from starsieve.archive import Archive
    from starsieve.representations.outliers_report import write_outliers
    from starsieve.representations.service_recipes import OutliersRecipe

    recipe = OutliersRecipe(collection=collection, model=model, k=k, neighbours=neighbours)
    settings = get_settings(archive)
    with (
        Archive.open(settings.archive, settings.database_url) as store,
        show_progress("writing the report") as progress,
    ):
        return write_outliers(recipe, store, folder, progress)


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)
