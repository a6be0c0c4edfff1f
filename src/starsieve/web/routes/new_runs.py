"""Starting runs: what can be started, the form of each task, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from starsieve.archive import Archive
from starsieve.errors import StarsieveError
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived, Writer
from starsieve.web.pages import render, wants_page
from starsieve.web.runs.forms import Section, read_form
from starsieve.web.runs.startable import (
    STARTABLE,
    Startable,
    best_shipped,
    find_startable,
    form_of,
    from_shipped,
    list_choices,
    queue_run,
    recipes_for,
)

router = APIRouter(tags=["runs"])

MOST_VALUES = 2000
"""Of a form: far more than any task has options."""

TaskName = Annotated[str | None, Query(alias="task", max_length=120, description="Which task.")]
Shipped = Annotated[
    str | None, Query(alias="recipe", max_length=80, description="A shipped recipe to begin with.")
]
Former = Annotated[
    int | None, Query(alias="from", ge=1, le=2**31 - 1, description="A run to begin with.")
]


class NewRun(BaseModel):
    """What a program sends to start a run."""

    model_config = ConfigDict(extra="forbid")

    task: str = Field(max_length=120)
    recipe: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A task, and its options: as a recipe, or as they were entered in a form."""

    task: str
    recipe: Mapping[str, Any] | None = None
    entered: Mapping[str, list[str]] = field(default_factory=dict)


async def read_asked(request: Request) -> Asked:
    """Return what is to be started, sent as JSON or by a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        form = await request.form(max_files=0, max_fields=MOST_VALUES)
        entered = {
            key: [value for value in form.getlist(key) if isinstance(value, str)] for key in form
        }
        return Asked((entered.pop("task", None) or [""])[0], None, entered)
    try:
        sent = NewRun.model_validate_json(await request.body())
    except ValidationError as error:
        told = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(told) from error
    return Asked(sent.task, sent.recipe)


@router.get("/runs/new", include_in_schema=False)
def new_run_page(
    request: Request,
    archive: Archived,
    task: TaskName = None,
    recipe: Shipped = None,
    former: Former = None,
) -> Response:
    """Show what can be started, or the form of one task."""
    if task is None:
        return render(request, "runs/tasks.html", startable=STARTABLE)
    startable = find_startable(task)
    asked = {
        name: request.query_params.getlist(name)
        for name in startable.offers
        if name in request.query_params
    }
    if startable.trains and recipe is None:
        recipe = best_shipped(startable, archive)
    given = _begin(startable, archive, recipe, former)
    sections = form_of(startable, archive, given)
    given |= {k: v for k, v in read_form(sections, asked).items() if k in asked}
    return _form(request, startable, form_of(startable, archive, given), recipe)


@router.get("/runs/new.json")
def new_run_description(archive: Archived, task: TaskName = None) -> Response:
    """Return what can be started; of one task also its options and what this archive offers."""
    if task is None:
        return json_answer([_describe(each) for each in STARTABLE])
    startable = find_startable(task)
    schema = startable.about.recipe.model_json_schema()
    for name in startable.hidden:
        schema["properties"].pop(name, None)
    offered = {
        option: [name for name, _ in choices]
        for option, choices in list_choices(startable, archive).items()
    }
    return json_answer({**_describe(startable), "schema": schema, "offered": offered})


@router.post(
    "/runs",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": NewRun.model_json_schema()}},
        }
    },
)
def start_run(
    request: Request, archive: Archived, who: Writer, asked: Annotated[Asked, Depends(read_asked)]
) -> Response:
    """Start a task: a worker takes it when its turn has come. Sent as JSON or by a form."""
    startable = find_startable(asked.task)
    if asked.recipe is not None:
        number = queue_run(archive, asked.task, asked.recipe, who)
        return json_answer(
            {"run": number, "task": asked.task, "status": "queued", "href": f"/runs/{number}"}, 201
        )
    kinds = {key: values for key, values in asked.entered.items() if key.endswith(".kind")}
    options = read_form(form_of(startable, archive, _nested(kinds)), asked.entered)
    try:
        number = queue_run(archive, asked.task, options, who)
    except StarsieveError as error:
        if not wants_page(request):
            raise
        page = _form(request, startable, form_of(startable, archive, options), None, str(error))
        page.status_code = 400
        return page
    return RedirectResponse(f"/runs/{number}", 303)


def _begin(
    startable: Startable, archive: Archive, recipe: str | None, former: int | None
) -> dict[str, Any]:
    """Return the options to begin with: of a former run, of a shipped recipe, or none."""
    if former is not None:
        run = archive.runs.get(former)
        if run.task == startable.task:
            return {k: v for k, v in run.recipe.items() if k not in startable.hidden}
    return {} if recipe is None else from_shipped(startable, recipe)


def _form(
    request: Request,
    startable: Startable,
    sections: tuple[Section, ...],
    recipe: str | None,
    message: str = "",
) -> Response:
    return render(
        request,
        "runs/new.html",
        startable=startable,
        sections=sections,
        shipped=recipes_for(startable),
        recipe=recipe,
        message=message,
    )


def _describe(startable: Startable) -> dict[str, Any]:
    return {
        "task": startable.task,
        "title": startable.title,
        "summary": startable.about.summary,
        "recipes": recipes_for(startable),
    }


def _nested(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return values by dotted names as tables in tables."""
    tables: dict[str, Any] = {}
    for name, texts in values.items():
        *path, last = name.split(".")
        table: Any = tables
        for part in path:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        if texts and isinstance(table, dict):
            table[last] = texts[0]
    return tables
