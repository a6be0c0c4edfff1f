"""A model as pages and programs see it: card, training, evaluations, what it made here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starsieve.archive import Archive
from starsieve.archive.model_use import ModelUse, find_use
from starsieve.archive.run_search import DoneRun, find_done_runs
from starsieve.data.labels import LABELS, plain_symbol
from starsieve.learn.history import Curve, read_history
from starsieve.learn.library import ModelInfo, find_by_name, list_models
from starsieve.learn.model import ModelCard, read_card
from starsieve.web.models.files import files_of
from starsieve.web.models.several import tables_of
from starsieve.web.runs.startable import can_be_simulated
from starsieve.web.tables import Column, WebTable
from starsieve.web.words import size

TASKS: Mapping[str, str] = {
    "atmospheres": "Parameters of spectra",
    "atmospheres.regress": "Values without errors: a baseline",
    "representations": "Representation of spectra",
    "transits.vet": "Vetting of transit signals",
    "transits.rank": "Ranking of candidates",
}
"""What models are for, by the task on their card."""

EVALUATIONS: Mapping[str, str] = {
    "atmospheres": "atmospheres.evaluate",
    "representations": "representations.evaluate",
    "transits.vet": "transits.evaluate",
}
"""The task that evaluates models of a kind."""

STARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "atmospheres": (
        ("Infer parameters with it", "atmospheres.infer"),
        ("Evaluate it", "atmospheres.evaluate"),
    ),
    "representations": (
        ("Encode spectra with it", "representations.encode"),
        ("Evaluate it", "representations.evaluate"),
    ),
    "transits.vet": (("Vet light curves with it", "transits.vet"),),
    "transits.rank": (("Rank candidates with it", "transits.rank"),),
}
"""What can be started with models of a kind: words, and the task."""

FEWEST_FILES = 20
"""Of the training, that a page shows; all are in the JSON."""

COLUMNS = (
    Column("name", "model", meaning="Name of the model", ucd="meta.id;meta.main"),
    Column("origin", "from", meaning="archive: trained or kept here; shipped: with starsieve"),
    Column("kind", meaning="What it is for"),
    Column("gives", meaning="What it infers"),
    Column("description"),
)


@dataclass(frozen=True, slots=True)
class ModelPage:
    """All about a model.

    Parameters
    ----------
    name, origin : str
    folder : Path
    card : ModelCard
    curves : tuple of Curve
        How its training went; empty if nobody wrote it down.
    evaluations : sequence of DoneRun
        The newest first.
    use : ModelUse
    created : datetime, optional
        When it came into the archive.
    """

    name: str
    origin: str
    folder: Path
    card: ModelCard
    curves: tuple[Curve, ...]
    evaluations: Sequence[DoneRun]
    use: ModelUse
    created: datetime | None


def list_unique(archive: Archive) -> list[ModelInfo]:
    """Return models by name; one of the archive hides a shipped one of the same name."""
    found: dict[str, ModelInfo] = {}
    for info in list_models(archive):
        found.setdefault(info.name, info)
    return list(found.values())


def models_table(models: Sequence[ModelInfo]) -> WebTable:
    """Return models as a table."""
    rows = [
        {
            "name": info.name,
            "origin": info.origin,
            "kind": TASKS.get(info.task, info.task),
            "gives": ", ".join(info.labels),
            "description": info.description,
            "href": f"/models/{quote(info.name)}",
        }
        for info in models
    ]
    return WebTable("models", COLUMNS, rows, title="Models")


def read_model(archive: Archive, name: str) -> ModelPage:
    """Return all about a model.

    Raises
    ------
    NotInArchiveError
        If there is none of that name.
    """
    folder, origin = find_by_name(name, archive)
    card = read_card(folder)
    kept = {info.name: info.created for info in archive.models.list()}
    return ModelPage(
        name=name,
        origin=origin,
        folder=folder,
        card=card,
        curves=read_history(folder, card.metrics),
        evaluations=_evaluations(archive, name, card),
        use=find_use(archive, name),
        created=kept.get(name) if origin == "archive" else None,
    )


def model_record(model: ModelPage) -> dict[str, Any]:
    """Return all about a model for programs."""
    return {
        "name": model.name,
        "origin": model.origin,
        "created": model.created,
        "card": model.card.model_dump(mode="json"),
        "tables": {name: table.rows for name, table in tables_of(model.card).items()},
        "training": [
            {"part": c.part, "quantity": c.quantity, "step": c.steps, "value": c.values}
            for c in model.curves
        ],
        "evaluations": [
            {"run": run.number, "recipe": run.recipe, "ended": run.ended}
            for run in model.evaluations
        ],
        "use": model.use,
        "files": [
            {"name": path.name, "bytes": path.stat().st_size} for path in files_of(model.folder)
        ],
    }


def outputs_table(card: ModelCard) -> WebTable:
    """Return what a model infers, and the range in which it can."""
    columns = (
        Column("what"),
        Column("meaning"),
        Column("unit"),
        Column("minimum", "from", meaning="Nothing below can be inferred"),
        Column("maximum", "to", meaning="Nothing above can be inferred"),
    )
    rows = []
    for output in card.outputs:
        label = LABELS.get(output.name)
        named = {
            "what": plain_symbol(output.name) if label else output.name.replace("_", " "),
            "meaning": label.meaning if label else "",
            "unit": output.unit.replace("dex(cm / s2)", "dex (cgs)"),
        }
        rows.append(output.model_dump() | named)
    return WebTable("outputs", columns, rows)


def facts_of(model: ModelPage) -> dict[str, str]:
    """Return what a page tells of a model beside its name."""
    card = model.card.model_dump()
    facts = {"for": TASKS.get(model.card.task, model.card.task)}
    if "wave_min_um" in card:
        facts["wavelengths"] = f"{card['wave_min_um']:.4g} to {card['wave_max_um']:.4g} µm (vacuum)"
        facts["pixels"] = f"{card['n_pixels']:,}"
    if card.get("resolution"):
        facts["resolving power"] = f"{card['resolution']:.6g}"
    if "n_latents" in card:
        facts["kind"], facts["latents"] = card["kind"], str(card["n_latents"])
    if card.get("max_velocity"):
        facts["finds velocities up to"] = f"{card['max_velocity']:.6g} km/s"
    if model.created is not None:
        facts["kept since"] = f"{model.created:%Y-%m-%d %H:%M} UTC"
    facts["made by"] = card["software"]
    facts["size"] = size(sum(path.stat().st_size for path in files_of(model.folder)))
    facts["weights (SHA-256)"] = card["weights_sha256"]
    return facts


def files_table(card: ModelCard) -> WebTable:
    """Return the files that a model was trained on, the first of them."""
    files = list(card.training_files.items())
    more = len(files) - FEWEST_FILES
    notes = (f"{len(files)} files; all are in the JSON of this page.",) if more > 0 else ()
    columns = (Column("file"), Column("sha256", "SHA-256"))
    rows = [{"file": name, "sha256": digest} for name, digest in files[:FEWEST_FILES]]
    return WebTable("files", columns, rows, notes=notes)


def use_table(model: ModelPage) -> WebTable:
    """Return what a model made in this archive, and where it is."""
    name, rows = model.name, []
    for collection, number in model.use.predictions.items():
        href = f"/spectra?{urlencode({'collection': collection})}"
        rows.append({"what": f"Parameters of {collection}", "number": number, "href": href})
    for collection, number in model.use.embeddings.items():
        href = f"/latents/{quote(collection)}/{quote(name)}"
        rows.append({"what": f"Latents of {collection}", "number": number, "href": href})
    for origin, number in model.use.scores.items():
        href = f"/candidates?{urlencode({'origin': origin})}"
        rows.append({"what": f"Judgements of {origin} candidates", "number": number, "href": href})
    return WebTable("use", (Column("what"), Column("number")), rows)


def starts_of(model: ModelPage) -> list[tuple[str, str]]:
    """Return what can be started with a model: words, and the address of the form."""
    found = []
    for words, task in STARTS.get(model.card.task, ()):
        if task == "atmospheres.evaluate" and not can_be_simulated(model.card):
            continue
        found.append((words, f"/runs/new?{urlencode({'task': task, 'model': model.name})}"))
    return found


def commands_of(model: ModelPage) -> tuple[str, str]:
    """Return how to use a model on the command line and in Python."""
    name = model.name
    own = "" if model.origin == "shipped" else "archive = starsieve.open_archive()\n"
    where = f"archive.models.folder({name!r})" if own else repr(name)
    command, call = {
        "atmospheres": (
            f"starsieve infer spectrum.fits --model {name}",
            f'result = starsieve.infer("spectrum.fits", {where})',
        ),
        "representations": (
            f"starsieve encode --collection COLLECTION --model {name}",
            f'latents = starsieve.encode("spectrum.fits", {where})',
        ),
        "transits.vet": (
            f"starsieve vet light-curve.fits --model {name}",
            f'result = starsieve.vet("light-curve.fits", {where})',
        ),
        "transits.rank": (
            f"starsieve rank toi.csv --model {name}",
            f'ranking = starsieve.rank("toi.csv", {where})',
        ),
    }.get(model.card.task, (f"starsieve models show {name}", ""))
    return command, f"import starsieve\n\n{own}{call}"


def history_table(curves: Sequence[Curve]) -> WebTable:
    """Return how a training went, as it is kept beside a model."""
    columns = (Column("step"), Column("part"), Column("quantity"), Column("value"))
    rows = [
        {"step": step, "part": curve.part, "quantity": curve.quantity, "value": value}
        for curve in curves
        for step, value in zip(curve.steps, curve.values, strict=True)
    ]
    return WebTable("history", columns, rows)


def _evaluations(archive: Archive, name: str, card: ModelCard) -> list[DoneRun]:
    task = EVALUATIONS.get(card.task)
    if task is None:
        return []
    return [run for run in find_done_runs(archive, task) if run.recipe.get("model") == name]
