"""A run as pages and programs see it: how far it is, what it made, and where that is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from starsieve.archive import Archive, RunInfo
from starsieve.archive.run_lists import RunLine, queue_position
from starsieve.archive.run_rows import is_lost
from starsieve.registry import TASKS
from starsieve.web.runs.places import public_log, without_places
from starsieve.web.runs.startable import STARTABLE
from starsieve.web.words import duration

BADGES = {
    "queued": "",
    "running": "warning",
    "done": "good",
    "failed": "bad",
    "cancelled": "",
    "cancelling": "warning",
    "interrupted": "warning",
}
"""Kind of a badge by the state of a run."""

FINAL = ("done", "failed", "cancelled", "interrupted")
SUBJECTS = ("collection", "collections", "labelled", "origin", "model", "models")
"""Options that say what a run is about."""

LAST_LINES = 12
"""Of a log, while a run goes on."""


def state_of(run: RunInfo) -> str:
    """Return the status of a run, as it is: of one whose process is gone nobody may have told."""
    if run.status == "running" and is_lost(run):
        return "interrupted"
    if run.status == "cancelled" and run.ended is None and not is_lost(run):
        return "cancelling"
    return run.status


def title_of(task: str) -> str:
    """Return what a task does, as a title."""
    short = {each.task: each.title for each in STARTABLE}
    return short.get(task) or (TASKS[task].summary.rstrip(".") if task in TASKS else task)


def rate_of(run: RunInfo) -> float | None:
    """Return how much of the part of its work that it is at a run does in a second."""
    if None in (run.since, run.since_done, run.done, run.heartbeat):
        return None
    seconds = (run.heartbeat - run.since).total_seconds()  # type: ignore[operator]
    done = run.done - run.since_done  # type: ignore[operator]
    return done / seconds if seconds > 0 and done > 0 else None


def read_log(archive: Archive, number: int, tail: int | None, trusted: bool) -> str:
    """Return what a run said; to strangers without where things are on the server."""
    text = archive.runs.log(number, tail)
    return text if trusted else public_log(text)


def as_seen(run: RunInfo, trusted: bool) -> RunInfo:
    """Return a run as somebody may see it: strangers do not see where things are."""
    if trusted:
        return run
    return replace(
        run,
        recipe=without_places(dict(run.recipe)),
        result=None if run.result is None else without_places(dict(run.result)),
        error=without_places(run.error),
        host=None,
        pid=None,
    )


def describe_progress(
    archive: Archive, run: RunInfo, trusted: bool, now: datetime | None = None
) -> dict[str, Any]:
    """Return how far a run is, in numbers and in words, with the last lines of its log."""
    state, rate = state_of(run), rate_of(run)
    place = queue_position(archive, run.number) if state == "queued" else None
    left = None
    if state == "running" and rate and run.total and run.done is not None:
        left = (run.total - run.done) / rate
    return {
        "number": run.number,
        "status": state,
        "what": run.what,
        "done": run.done,
        "total": run.total,
        "rate_per_second": rate if state == "running" else None,
        "seconds_left": left,
        "queue_position": place,
        "words": _progress_words(run, state, rate, left, place, now or datetime.now(UTC)),
        "log": read_log(archive, run.number, LAST_LINES, trusted),
    }


def run_record(archive: Archive, run: RunInfo, trusted: bool) -> dict[str, Any]:
    """Return all about a run for programs."""
    seen = as_seen(run, trusted)
    fields = {name: getattr(seen, name) for name in RunInfo.__slots__ if name != "status"}
    links = {"made": [{"title": t, "href": h} for t, h in links_of(run)]}
    return {**fields, **describe_progress(archive, run, trusted), **links}


def line_record(run: RunLine, trusted: bool) -> dict[str, Any]:
    """Return a line of the list."""
    fields = {name: getattr(run, name) for name in RunLine.__slots__ if name != "recipe"}
    took = None if run.started is None or run.ended is None else run.ended - run.started
    return {
        **fields,
        "error": run.error if trusted else without_places(run.error),
        "on": subject_of(run.recipe),
        "seconds": None if took is None else took.total_seconds(),
        "href": f"/runs/{run.number}",
    }


def subject_of(recipe: Mapping[str, Any]) -> str:
    """Return what a run is about: its collections and models."""
    found: list[str] = []
    for name in SUBJECTS:
        value = recipe.get(name)
        found += [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return ", ".join(str(each) for each in found if each)


def links_of(run: RunInfo) -> list[tuple[str, str]]:
    """Return where what a run made can be seen, by title."""
    if run.status != "done":
        return []
    made = {**run.recipe, **(run.result or {})}
    collection, model = str(made.get("collection", "")), str(made.get("model", ""))
    links = {
        "atmospheres.infer": [
            (f"Spectra of {collection}", _address("/spectra", collection=collection))
        ],
        "representations.encode": [
            ("The latent space", f"/latents/{quote(collection)}/{quote(model)}"),
            (f"Spectra of {collection}", _address("/spectra", collection=collection)),
        ],
        "representations.tag": [
            (f"Spectra of {collection}", _address("/spectra", collection=collection))
        ],
        # The names of own candidates begin with their collection.
        "transits.search": [
            ("Its candidates", _address("/candidates", origin="search", q=collection))
        ],
        "transits.vet": [
            ("Its candidates", _address("/candidates", origin="search", q=collection, model=model))
        ],
        "transits.rank": [
            ("The candidates", _address("/candidates", origin=made.get("origin", ""), model=model))
        ],
    }.get(run.task, [])
    if run.task.partition(".")[2].startswith(("train", "evaluate")) and model:
        links = [(f"The model {model}", f"/models/{quote(model)}")]
    return links


def columns_that_lead(task: str) -> dict[str, str]:
    """Return where numbers in what a task returns lead, by the column that they are in."""
    if task.startswith(("atmospheres.", "representations.")):
        return {"spectrum": "/spectra/{}", "id": "/spectra/{}"}
    return {}


def where_of(run: RunInfo) -> dict[str, str]:
    """Return who asked for a run, when it ran, where and for how long, in words."""
    facts = {"asked for by": run.who or "the command line or Python"}
    for words, moment in (
        ("created", run.created),
        ("started", run.started),
        ("ended", run.ended),
    ):
        if moment is not None:
            facts[words] = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    if run.started is not None and run.ended is not None:
        facts["took"] = duration((run.ended - run.started).total_seconds())
    if run.host:
        facts["where"] = f"process {run.pid} on {run.host}"
    if run.seed is not None:
        facts["seed"] = str(run.seed)
    return facts


def as_python(task: str, recipe: Mapping[str, Any]) -> str:
    """Return the lines of Python that run the same."""
    options = ",\n".join(f"    {name!r}: {value!r}" for name, value in recipe.items())
    return (
        "import starsieve\nfrom starsieve.jobs import run_task\n\n"
        f"recipe = {{\n{options},\n}}\n"
        "with starsieve.open_archive() as archive:\n"
        f"    result = run_task({task!r}, recipe, archive)\n"
    )


def _address(path: str, **query: Any) -> str:
    return f"{path}?{urlencode(query)}"


def _progress_words(
    run: RunInfo,
    state: str,
    rate: float | None,
    left: float | None,
    place: int | None,
    now: datetime,
) -> str:
    if state == "queued":
        return "next in the queue" if place == 1 else f"number {place} in the queue"
    if state == "cancelling":
        return "stops at its next step"
    if state != "running":
        return state
    if run.done is None:
        waited = 0.0 if run.started is None else (now - run.started).total_seconds()
        return f"at work for {duration(waited)}"
    words = f"{run.what or 'at work'}: {run.done:,}"
    if run.total:
        words += f" of {run.total:,}"
    if rate:
        words += f", {rate:.3g} per second"
    return words if left is None else f"{words}, {duration(left)} left"
