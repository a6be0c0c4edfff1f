"""Models: their cards, how they were trained, how good they are, what they made; their files."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from starsieve.archive import Archive
from starsieve.errors import NotInArchiveError
from starsieve.learn.library import find_by_name
from starsieve.learn.model import CARD, WEIGHTS
from starsieve.plots.interactive.style import as_json
from starsieve.tuning.toml import to_toml
from starsieve.web.answers import (
    CSV,
    VOTABLE,
    csv_answer,
    described_as,
    json_answer,
    votable_answer,
)
from starsieve.web.cached import Cached
from starsieve.web.dependencies import Archived, Theme
from starsieve.web.models.files import zipped
from starsieve.web.models.several import findings_of, metrics_of, tables_of
from starsieve.web.models.views import (
    commands_of,
    facts_of,
    files_table,
    history_table,
    list_unique,
    model_record,
    models_table,
    outputs_table,
    read_model,
    starts_of,
    use_table,
)
from starsieve.web.pages import render
from starsieve.web.runs.drawn import draw_losses, figures_of, losses_height, losses_table
from starsieve.web.runs.places import Trusted, without_places
from starsieve.web.runs.results import read_result

router = APIRouter(tags=["models"])

Name = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$",
        max_length=80,
        description="Of the model.",
        examples=["diamondback-spex"],
    ),
]
AS_IT_IS = {"content-encoding": "identity"}
"""Weights can hardly be compressed: it would cost time and save nothing."""

WEIGHTS_FILE = described_as("application/octet-stream")
ZIP = described_as("application/zip")

_figures: Cached[dict[str, Any]] = Cached(64)


@router.get("/models", include_in_schema=False)
def models_page(request: Request, archive: Archived) -> Response:
    """Show all models, those of the archive and those that ship."""
    table = replace(models_table(list_unique(archive)), title="")
    return render(request, "models/list.html", table=table)


@router.get("/models.json")
def models_list(archive: Archived) -> Response:
    """Return all models, those of the archive and those that ship."""
    return json_answer({"models": models_table(list_unique(archive)).rows})


@router.get("/models.csv", responses=CSV)
def models_csv(archive: Archived) -> Response:
    """Return all models as CSV."""
    return csv_answer(models_table(list_unique(archive)))


@router.get("/models.vot", responses=VOTABLE)
def models_votable(archive: Archived) -> Response:
    """Return all models as VOTable."""
    return votable_answer(models_table(list_unique(archive)))


@router.get("/models/{name}/losses.json")
def model_losses(archive: Archived, name: Name, theme: Theme = "light") -> Response:
    """Return the figure of a model's training, for BokehJS."""
    model = read_model(archive, name)
    if not model.curves:
        msg = f"Nobody wrote down how the training of {name!r} went."
        raise NotInArchiveError(msg)
    kept = model.card.metrics.get("best_step")
    made = _figures.get(
        (str(model.folder), model.card.weights_sha256, theme),
        lambda: as_json(draw_losses(model.curves, theme, kept), theme),
    )
    return json_answer(made)


@router.get("/models/{name}/history.csv", responses=CSV)
def model_history(archive: Archived, name: Name) -> Response:
    """Return how a model's training went, step by step."""
    return csv_answer(history_table(read_model(archive, name).curves))


@router.get("/models/{name}/model.json")
def model_card(archive: Archived, name: Name) -> Response:
    """Return the card of a model, as it lies beside its weights."""
    folder, _ = find_by_name(name, archive)
    return FileResponse(folder / CARD, filename=CARD, media_type="application/json")


@router.get("/models/{name}/weights.safetensors", responses=WEIGHTS_FILE)
def model_weights(archive: Archived, name: Name) -> Response:
    """Return the weights of a model."""
    folder, _ = find_by_name(name, archive)
    return FileResponse(
        folder / WEIGHTS,
        filename=WEIGHTS,
        media_type="application/octet-stream",
        headers=AS_IT_IS,
    )


@router.get("/models/{name}/model.zip", responses=ZIP)
def model_zip(archive: Archived, name: Name) -> Response:
    """Return the folder of a model: unpacked, it is used by ``--model FOLDER``."""
    folder, _ = find_by_name(name, archive)
    headers = {"content-disposition": f'attachment; filename="{name}.zip"', **AS_IT_IS}
    return StreamingResponse(zipped(folder, name), media_type="application/zip", headers=headers)


@router.get("/models/{name}.json")
def model_twin(archive: Archived, trusted: Trusted, name: Name) -> Response:
    """Return all about a model: card, training, evaluations, what it made in this archive."""
    record = model_record(read_model(archive, name))
    return json_answer(record if trusted else without_places(record))


@router.get("/models/{name}", include_in_schema=False)
def model_page(request: Request, archive: Archived, trusted: Trusted, name: Name) -> Response:
    """Show a model."""
    model = read_model(archive, name)
    result = _latest(archive, model.evaluations, trusted)
    command, python = commands_of(model)
    return render(
        request,
        "models/model.html",
        figures=bool(model.curves) or bool(figures_of(result)),
        model=model,
        card=model.card,
        facts=facts_of(model),
        outputs=outputs_table(model.card),
        metrics=metrics_of(model.card),
        several=tables_of(model.card),
        findings=findings_of(model.card),
        losses=losses_table(model.curves) if model.curves else None,
        losses_height=losses_height(model.curves) if model.curves else 0,
        latest=model.evaluations[0] if model.evaluations else None,
        drawn=figures_of(result),
        parts=read_result(result),
        use=use_table(model),
        files=files_table(model.card),
        recipe=to_toml(model.card.recipe),
        starts=starts_of(model),
        command=command,
        python=python,
    )


def _latest(archive: Archive, evaluations: Any, trusted: bool) -> dict[str, Any]:
    """Return what the newest evaluation found; nothing without one."""
    if not evaluations:
        return {}
    result = dict(archive.runs.get(evaluations[0].number).result or {})
    return result if trusted else without_places(result)
