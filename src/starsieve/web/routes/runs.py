"""Runs: what ran and waits, how far each is, what it made; stopping and resuming one."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from starsieve.archive import Archive
from starsieve.archive.run_lists import count_runs, page_runs
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
from starsieve.web.dependencies import Archived, Options, PageNumber, PageSize, Theme, Writer
from starsieve.web.pages import render, wants_page
from starsieve.web.runs.drawn import (
    draw,
    draw_losses,
    figures_of,
    losses_height,
    losses_of,
    losses_table,
)
from starsieve.web.runs.lists import runs_table
from starsieve.web.runs.places import Trusted
from starsieve.web.runs.results import read_result
from starsieve.web.runs.startable import is_startable
from starsieve.web.runs.views import (
    BADGES,
    FINAL,
    as_python,
    as_seen,
    columns_that_lead,
    describe_progress,
    line_record,
    links_of,
    read_log,
    run_record,
    state_of,
    subject_of,
    title_of,
    where_of,
)
from starsieve.web.words import duration

router = APIRouter(tags=["runs"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the run.")]
Status = Annotated[
    str | None, Query(max_length=20, description="queued, running, done, failed, ...")
]
TaskName = Annotated[str | None, Query(alias="task", max_length=120, description="Of one task.")]
Figure = Annotated[str, Path(max_length=40, description="Which figure.")]
Tail = Annotated[
    int | None, Query(ge=1, le=100_000, description="Only so many lines, the last ones.")
]
TEXT = described_as("text/plain")
_figures: Cached[dict[str, Any]] = Cached(64)

LINES = 200
"""Of a log on the page of a run."""


@router.get("/runs", include_in_schema=False)
def runs_page(
    request: Request,
    archive: Archived,
    trusted: Trusted,
    status: Status = None,
    task: TaskName = None,
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Response:
    """Show runs, the newest first."""
    found = page_runs(archive, status=status, task=task, limit=size, offset=(page - 1) * size)
    chosen = {"status": status, "task": task}
    return render(
        request,
        "runs/list.html",
        runs=[line_record(run, trusted) for run in found.rows],
        page={
            "number": page,
            "size": size,
            "total": found.total,
            "url": lambda number: _address(chosen | {"page": number, "size": size}),
        },
        facets=count_runs(archive, status=status, task=task),
        chosen=chosen,
        narrowed=lambda **changed: _address(chosen | changed),
        badges=BADGES,
        title_of=title_of,
        duration=duration,
    )


@router.get("/runs.json")
def runs_list(
    archive: Archived,
    trusted: Trusted,
    status: Status = None,
    task: TaskName = None,
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Response:
    """Return runs, the newest first, and how many there are of each status and task."""
    found = page_runs(archive, status=status, task=task, limit=size, offset=(page - 1) * size)
    return json_answer(
        {
            "page": page,
            "size": size,
            "total": found.total,
            "facets": count_runs(archive, status=status, task=task),
            "runs": [line_record(run, trusted) for run in found.rows],
        }
    )


@router.get("/runs.csv", responses=CSV)
def runs_csv(
    archive: Archived,
    options: Options,
    trusted: Trusted,
    status: Status = None,
    task: TaskName = None,
) -> Response:
    """Return runs as CSV, the newest first."""
    found = page_runs(archive, status=status, task=task, limit=options.max_rows)
    return csv_answer(runs_table(found.rows, trusted))


@router.get("/runs.vot", responses=VOTABLE)
def runs_votable(
    archive: Archived,
    options: Options,
    trusted: Trusted,
    status: Status = None,
    task: TaskName = None,
) -> Response:
    """Return runs as VOTable, the newest first."""
    found = page_runs(archive, status=status, task=task, limit=options.max_rows)
    return votable_answer(runs_table(found.rows, trusted))


@router.get("/runs/{number:int}", include_in_schema=False)
def run_page(request: Request, archive: Archived, trusted: Trusted, number: Number) -> Response:
    """Show a run: how far it is, what it made, what it said."""
    found = archive.runs.get(number)
    run, state, curves = as_seen(found, trusted), state_of(found), losses_of(archive, found)
    result = run.result or {}
    return render(
        request,
        "runs/run.html",
        figures=bool(curves) or bool(figures_of(result)),
        run=run,
        trusted=trusted,
        state=state,
        badge=BADGES[state],
        title=title_of(run.task),
        subject=subject_of(run.recipe),
        progress=describe_progress(archive, found, trusted),
        ended=state in FINAL,
        links=links_of(run),
        drawn=figures_of(result),
        losses=losses_table(curves) if curves else None,
        losses_height=losses_height(curves) if curves else 0,
        parts=read_result(result, columns_that_lead(run.task)),
        facts=where_of(run),
        log=read_log(archive, number, LINES, trusted),
        command=f"starsieve run {run.task} recipe.toml",
        toml=to_toml(run.recipe),
        python=as_python(run.task, run.recipe),
        again=f"/runs/new?task={run.task}&from={number}" if is_startable(run.task) else None,
    )


@router.get("/runs/{number:int}.json")
def run_record_answer(archive: Archived, trusted: Trusted, number: Number) -> Response:
    """Return all about a run: recipe, versions, seed, progress, result, error, what it made."""
    return json_answer(run_record(archive, archive.runs.get(number), trusted))


@router.get("/runs/{number:int}/progress.json")
def run_progress(archive: Archived, trusted: Trusted, number: Number) -> Response:
    """Return how far a run is, with the last lines of its log."""
    return json_answer(describe_progress(archive, archive.runs.get(number), trusted))


@router.get("/runs/{number:int}/log.txt", responses=TEXT)
def run_log(archive: Archived, trusted: Trusted, number: Number, tail: Tail = None) -> Response:
    """Return what a run said; where an error came from only with the token."""
    return PlainTextResponse(read_log(archive, number, tail, trusted).encode(errors="replace"))


@router.get("/runs/{number:int}/recipe.toml", responses=TEXT)
def run_recipe(archive: Archived, trusted: Trusted, number: Number) -> Response:
    """Return the recipe of a run, as a file that `starsieve run` takes."""
    text = to_toml(as_seen(archive.runs.get(number), trusted).recipe)
    headers = {"content-disposition": f'attachment; filename="run-{number}.toml"'}
    return PlainTextResponse(text.encode(errors="replace"), headers=headers)


@router.get("/runs/{number:int}/figures/{figure}.json")
def run_figure(
    archive: Archived, number: Number, figure: Figure, theme: Theme = "light"
) -> Response:
    """Return a figure of what a run found, for BokehJS."""
    run = archive.runs.get(number)
    curves = losses_of(archive, run) if figure == "losses" else ()
    if curves:
        kept = (run.result or {}).get("best_step")
        return json_answer(as_json(draw_losses(curves, theme, kept), theme))
    made = _figures.get(
        (archive.root, number, run.ended, figure, theme),
        lambda: as_json(draw(run.result or {}, figure, theme), theme),
    )
    return json_answer(made)


@router.post("/runs/{number:int}/cancel")
def cancel_run(request: Request, archive: Archived, who: Writer, number: Number) -> Response:
    """Cancel a run: a queued one never starts, a running one stops at its next step."""
    archive.runs.cancel(number)
    archive.runs.open_log(number).write(f"cancelled by {who}", "WARNING")
    return _changed(request, archive, number)


@router.post("/runs/{number:int}/resume")
def resume_run(request: Request, archive: Archived, who: Writer, number: Number) -> Response:
    """Let a worker go on with a run that failed, was cancelled or interrupted."""
    archive.runs.requeue(number)
    archive.runs.open_log(number).write(f"queued again by {who}")
    return _changed(request, archive, number)


def _changed(request: Request, archive: Archive, number: int) -> Response:
    """Return to the page of a run, or to a program how the run is now."""
    if wants_page(request):
        return RedirectResponse(f"/runs/{number}", 303)
    return json_answer(describe_progress(archive, archive.runs.get(number), True))


def _address(query: Mapping[str, Any]) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"/runs?{urlencode(given)}" if given else "/runs"
