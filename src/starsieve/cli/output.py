"""What goes where: data to standard output, messages to standard error."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TextIO

import typer

PLAIN_INTERVAL = 10.0
"""Seconds between lines of progress where there is no terminal."""

MOST_SHOWN = 8
"""Items of a list that people are shown."""

Progress = Callable[[int, int | None, str], None]
"""``progress(done, total, what)``, as every long job calls it."""


class FailedItem(Protocol):
    """An item of several that failed."""

    @property
    def file(self) -> str: ...
    @property
    def error(self) -> str: ...


def write_record(record: Mapping[str, Any]) -> None:
    """Write one JSON object as one line; what is not finite becomes null."""
    typer.echo(json.dumps(_finite(record), ensure_ascii=False, allow_nan=False, default=str))


def write_text(text: str) -> None:
    """Write data for people."""
    typer.echo(text)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write an aligned table; wrapped on a terminal, one line per row everywhere else."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    wide = None if sys.stdout.isatty() else 10_000  # a pipe has no width to fit into
    console = Console(file=sys.stdout, width=wide, highlight=False)
    with console.capture() as capture:
        console.print(table)
    lines = (line.rstrip() for line in capture.get().splitlines())
    typer.echo("\n".join(line for line in lines if line))


def write_facts(record: Mapping[str, Any]) -> None:
    """Write a record for people: a line per fact, tables within by dotted names."""
    write_table(("what", "value"), _flatten(record))


def say(message: str) -> None:
    """Tell the user something, in one line on standard error."""
    typer.echo("starsieve: " + " ".join(message.split()), err=True)


def hint(message: str) -> None:
    """Say what to do next; only where a person is reading."""
    if sys.stderr.isatty():
        typer.echo(f"next: {message}", err=True)


def report_failures(failures: Sequence[FailedItem], n_done: int, as_json: bool) -> None:
    """List items that failed, then leave with exit code 3, or 1 if not one was done.

    Raises
    ------
    typer.Exit
        If there are failures.
    """
    for failure in failures:
        if as_json:
            write_record({"file": failure.file, "error": failure.error})
        named = failure.error.startswith((failure.file, Path(failure.file).name))
        say(failure.error if named else f"{failure.file}: {failure.error}")
    if failures:
        if n_done + len(failures) > 1:
            say(f"{len(failures)} of {n_done + len(failures)} failed.")
        raise typer.Exit(3 if n_done else 1)


@contextmanager
def show_progress(what: str) -> Iterator[Progress]:
    """Show how far a long job is: a bar with rate and time left, or now and then a line."""
    if sys.stderr.isatty():
        with _bar(what) as progress:
            yield progress
    else:
        yield _PlainProgress(what, sys.stderr)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    fixed = Column(width=32, no_wrap=True, overflow="ellipsis")  # names of files must not jump
    columns = (
        TextColumn("{task.description}", table_column=fixed),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def progress(done: int, total: int | None, what_now: str = "") -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:.3g}/s" if speed else ""
            bar.update(task, completed=done, total=total, description=what_now or what, rate=rate)

        yield progress


class _PlainProgress:
    """An occasional line, for logs."""

    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream
        self._total: int | None = None
        self._first = 0
        self._started = self._last = monotonic()

    def __call__(self, done: int, total: int | None, what_now: str = "") -> None:
        now = monotonic()
        if total != self._total:  # the next step of the job, with a rate of its own
            self._total, self._first, self._started = total, done, now
        if now - self._last < PLAIN_INTERVAL:
            return
        self._last = now
        rate = (done - self._first) / (now - self._started) if now > self._started else 0.0
        text = f"{what_now or self._what}: {done}"
        if total:
            text += f" of {total}"
        if rate > 0:
            text += f", {rate:.3g}/s"
            if total:
                text += f", {duration((total - done) / rate)} left"
        typer.echo(text, err=True, file=self._stream)


def duration(seconds: float) -> str:
    """Return a duration as people say it.

    Examples
    --------
    >>> duration(42), duration(200), duration(7300)
    ('42 s', '3 min 20 s', '2 h 1 min')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _flatten(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _as_text(value)


def _as_text(value: Any) -> str:
    """Return a value in one line; of a long list only how it begins."""
    if isinstance(value, Mapping):
        return " ".join(_as_text(item) for item in value.values())
    if isinstance(value, list | tuple):
        shown = [_as_text(item) for item in value[:MOST_SHOWN]]
        more = [f"... ({len(value)} in all)"] if len(value) > MOST_SHOWN else []
        return ", ".join([*shown, *more])
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def _finite(value: Any) -> Any:
    """Return `value` as JSON can hold it: NumPy values as Python's, NaN and infinities as None."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
