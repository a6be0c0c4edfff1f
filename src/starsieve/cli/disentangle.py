"""``starsieve disentangle``: what latents mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from starsieve.cli.options import ArchivePath, AsJson, ReportFolder, Seed, get_settings
from starsieve.cli.output import hint, say, show_progress, write_record, write_table

if TYPE_CHECKING:
    from starsieve.representations.disentangle import Disentangled
    from starsieve.representations.disentangle_recipe import DisentangleRecipe
    from starsieve.representations.meaning import Meaning

TASK = "representations.disentangle"


def disentangle(
    collection: Annotated[
        str | None, typer.Argument(metavar="COLLECTION", show_default=False)
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME", help="Whose latents; repeatable."),
    ] = None,
    latents: Annotated[
        list[Path] | None,
        typer.Option(
            "--latents",
            metavar="FILE",
            readable=False,
            help="Latents in .npz or .npy instead of a collection; repeatable.",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="TABLE",
            readable=False,
            help="Labels of those latents, CSV.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="Only this label; repeatable."),
    ] = None,
    pca: Annotated[
        str | None,
        typer.Option(
            "--pca",
            metavar="NAME|FILE",
            help="Principal components to compare with. [default: made of the collection]",
            show_default=False,
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="NAME", help="Of the labels.", show_default=False),
    ] = None,
    colour: Annotated[
        str | None,
        typer.Option(
            "--colour", metavar="NAME", help="Class or label of the colours.", show_default=False
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="CLASS=VALUE", help="One class of spectra only.", show_default=False
        ),
    ] = None,
    sigma_clip: Annotated[
        float, typer.Option("--sigma-clip", metavar="N", min=0, help="Of the labels; 0 keeps all.")
    ] = 5.0,
    threshold: Annotated[
        float,
        typer.Option("--threshold", metavar="MAD", help="Of an informative latent's deviation."),
    ] = 0.02,
    neighbours: Annotated[
        int, typer.Option("--neighbours", metavar="K", min=1, help="Of the estimator.")
    ] = 3,
    importance: Annotated[
        str, typer.Option("--importance", metavar="KIND", help="Of DCI: trees or lasso.")
    ] = "trees",
    all_spectra: Annotated[
        bool, typer.Option("--all-spectra", help="Not only the first spectrum of each star.")
    ] = False,
    report: ReportFolder = None,
    seed: Seed = 0,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Say what latents mean: informative ones, information on labels, MIG, DCI and SAP.

    For example:
      starsieve disentangle stars --model my-vae --report out/
      starsieve disentangle stars --model vae-1 --model vae-2 --model vae-3 --label teff
      starsieve disentangle --latents codes.npz --labels labels.csv --json
      starsieve disentangle stars --model my-vae --only spectral_class=G

    Several models are several seeds or latent sizes. Principal components of the same
    spectra stand beside. Informations are in nats, by nearest neighbours, with errors
    and with what shuffled pairings give. A label that can't be used is named, and why.
    """
    options: dict[str, Any] = {
        "labels": tuple(labels or ()),
        "sigma_clip": sigma_clip,
        "one_per_star": not all_spectra,
        "neighbours": neighbours,
        "mad_threshold": threshold,
        "importance": importance,
        "colour": colour,
        "only": only,
        "seed": seed,
    }
    if collection is not None and models and not (latents or table):
        options |= {"collection": collection, "models": tuple(models), "pca": pca, "origin": origin}
        found = _of_collection(options, archive)
    elif collection is None and latents and table and not (models or origin):
        found = _of_files(latents, table, pca, options)
    else:
        msg = "give either COLLECTION and --model NAME, or --latents FILE and --labels TABLE."
        raise typer.BadParameter(msg)
    _write(found, as_json)
    if report is not None:
        from starsieve.representations.meaning_report import write_report

        say(f"report: {write_report(found, report)}")
    elif not as_json:
        hint("the same with --report DIR gives figures")


def _of_collection(options: dict[str, Any], archive: Path | None) -> "Disentangled":
    from starsieve.archive import Archive
    from starsieve.registry import get_task
    from starsieve.representations.disentangle import disentangle_stored

    recipe = cast("DisentangleRecipe", get_task(TASK).read_recipe(options))
    settings = get_settings(archive)
    with (
        Archive.open(settings.archive, settings.database_url) as store,
        show_progress("disentangling") as progress,
    ):
        return disentangle_stored(recipe, store, progress)


def _of_files(
    latents: list[Path], table: Path, pca: str | None, options: dict[str, Any]
) -> "Disentangled":
    from pydantic import ValidationError

    from starsieve.errors import RecipeError
    from starsieve.representations.disentangle import disentangle_files
    from starsieve.representations.disentangle_recipe import MeaningOptions

    try:
        wanted = MeaningOptions.model_validate(options)
    except ValidationError as error:
        wrong = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise RecipeError(wrong) from error
    components = None if pca is None else Path(pca)
    with show_progress("disentangling") as progress:
        return disentangle_files(latents, table, wanted, pca=components, progress=progress)


def _write(found: "Disentangled", as_json: bool) -> None:
    if as_json:
        write_record(found.to_record())
        return
    notes = found.selection.notes
    say(f"{len(found.selection.known)} spectra" + (f"; left out: {'; '.join(notes)}" * bool(notes)))
    for use in found.selection.uses:
        if use.reason:
            say(f"{use.name}: can't say: {use.reason}.")
        elif use.n_unknown or use.n_clipped:
            say(f"{use.name}: {use.n} known, {use.n_unknown} not known, {use.n_clipped} clipped.")
    columns = (
        "model",
        "latents",
        "informative",
        "label",
        "best latent",
        "nats",
        "shuffled",
        "by chance",
    )
    write_table(columns, [row for each in found.meanings for row in _rows(each)])
    _write_scores(found)


def _write_scores(found: "Disentangled") -> None:
    """Write MIG, DCI and SAP of each model, of the labels, and over models of one size."""
    if found.ceiling is None:
        say("can't say MIG, DCI and SAP: too few spectra have all labels.")
        return
    records = [(m.name, m.scores.to_record()) for m in found.meanings if m.scores is not None]
    records.append(("the labels themselves", found.ceiling.to_record()))
    names = list(found.ceiling.to_record())
    cells = [(name, *(f"{each[key]:.3f}" for key in names)) for name, each in records]
    for row in found.spread():
        if row["n_models"] > 1:
            spread = (f"{row['mean'][key]:.3f} ± {row['deviation'][key]:.3f}" for key in names)
            kind = "PCA" if row["baseline"] else "models"
            cells.append((f"{row['n_models']} {kind} of {row['n_latents']}", *spread))
    write_table(("model", *names), cells)


def _rows(meaning: "Meaning") -> list[tuple[str, ...]]:
    """Return a row for each label, the model named once."""
    informative = str(meaning.mad.count)
    if meaning.kl is not None:
        informative += f" (KL: {meaning.kl.count})"
    rows: list[tuple[str, ...]] = []
    for label, row in meaning.information.items():
        best = meaning.best(label)
        first = ("", "", "") if rows else (meaning.name, str(meaning.n_latents), informative)
        shuffled = f"{row[best].null_mean:z.3f} ± {row[best].null_scatter:.3f}"
        rows.append(
            (*first, label, str(best), str(row[best]), shuffled, meaning.chance_text(label))
        )
    return rows
