"""What a run made, in facts and tables: whatever a task returns can be read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from starsieve.web.tables import Column, WebTable

KEYS: Mapping[str, tuple[str, ...]] = {
    "metrics": ("group", "label", "method"),
    "intervals": ("label",),
    "mutual information": ("label", "latent"),
}
"""What the keys of nested results are, by the last part of their title."""

POSITIONS = frozenset({"latent"})
"""Keys that are a place in a list."""

DIGITS = 4
MOST_ROWS = 200
MOST_PARTS = 40
MOST_WORDS = 30
"""Of a list of values that are shown in a line."""

VALUES = frozenset({"value", "nats"})
"""What a value with an error may be called."""

DRAWN = frozenset({"calibration", "history", "precision_recall", "reliability", "budget", "tried"})
"""What figures show."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a result: facts by name, or a table.

    `links` are the table's columns that lead somewhere, and where each row has the address.
    """

    title: str
    facts: Mapping[str, str]
    table: WebTable | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def read_result(result: Mapping[str, Any], links: Mapping[str, str] | None = None) -> list[Part]:
    """Return a result part by part; what is single comes first, in one part without a title.

    Parameters
    ----------
    result : mapping
    links : mapping of str to str, optional
        Where the numbers in a column of a table lead, as in ``{"spectrum": "/spectra/{}"}``.
    """
    return [_linked(part, links or {}) for part in islice(_parts("", result), MOST_PARTS)]


def show_value(value: Any) -> str:
    """Return a single value as people read it."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return str(value)


def _parts(title: str, value: Any) -> Iterator[Part]:
    if isinstance(value, Mapping):
        yield from _of_mapping(title, value)
    elif isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
        yield from _of_rows(title, value)


def _linked(part: Part, links: Mapping[str, str]) -> Part:
    if part.table is None:
        return part
    names = {column.name for column in part.table.columns} & set(links)
    rows = [
        {**row, **{f"to {n}": links[n].format(row[n]) for n in names if isinstance(row[n], int)}}
        for row in part.table.rows
    ]
    return replace(
        part, table=replace(part.table, rows=rows), links={name: f"to {name}" for name in names}
    )


def _of_mapping(title: str, value: Mapping[str, Any]) -> Iterator[Part]:
    inner = {key: each for key, each in value.items() if key not in DRAWN}
    rows = _flatten(inner, KEYS.get(title.rpartition(" · ")[2], ("name",)))
    if rows:
        yield from _of_rows(title, rows)
        return
    facts = {
        _words(key): _in_line(each)
        for key, each in inner.items()
        if _fits_in_line(each) and each != {}
    }
    if facts:
        yield Part(title, facts)
    alike = {key: each for key, each in inner.items() if _is_row(each)}
    if len(alike) > 1 and len({tuple(each) for each in alike.values()}) == 1:
        yield from _of_rows(title, [{"name": _words(key), **each} for key, each in alike.items()])
        inner = {key: each for key, each in inner.items() if key not in alike}
    for key, each in inner.items():
        if not _fits_in_line(each):
            yield from _parts(" · ".join(filter(None, (title, _words(key)))), each)


def _of_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    shown = rows[:MOST_ROWS]
    names: dict[str, None] = {}
    for row in shown:
        told = (key for key, each in row.items() if _is_cell(each) and not _is_empty(each))
        names |= {key: None for key in told if key not in DRAWN}
    if names:
        columns = [Column(name, _words(name)) for name in names]
        table = WebTable(
            "result",
            columns,
            [{name: _cell(row.get(name)) for name in names} for row in shown],
            title=title,
            notes=(f"{len(rows)} rows, the first {MOST_ROWS} are shown.",)
            if len(rows) > MOST_ROWS
            else (),
        )
        yield Part(title, {}, table)
    for row in shown:
        deeper = {k: v for k, v in row.items() if not _is_cell(v) and k not in DRAWN}
        label = next((str(v) for v in row.values() if isinstance(v, str)), "")
        for key, each in deeper.items():
            yield from _parts(" · ".join(filter(None, (title, label, _words(key)))), each)


def _flatten(value: Any, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows that lie in mappings as deep as there are keys, with these; else nothing."""
    key, *deeper = keys
    if key in POSITIONS and isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping) or not value:
        return []
    found: list[dict[str, Any]] = []
    for name, each in value.items():
        if deeper:
            rows = _flatten(each, deeper)
        elif isinstance(each, list):
            rows = [dict(row) for row in each] if all(map(_is_row, each)) else []
        else:
            rows = [dict(each)] if _is_row(each) else []
        if not rows:
            return []
        found += [{key: name, **row} for row in rows]
    return found


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _is_cell(value: Any) -> bool:
    return _fits_in_line(value) or _is_estimate(value)


def _is_empty(value: Any) -> bool:
    return not _is_scalar(value) and not value


def _is_estimate(value: Any) -> bool:
    return isinstance(value, Mapping) and "error" in value and not VALUES.isdisjoint(value)


def _is_row(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(_is_cell, value.values()))


def _fits_in_line(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_scalar(each) for each in value)
    return _is_scalar(value) or (isinstance(value, Mapping) and not value)


def _in_line(value: Any) -> str:
    if isinstance(value, list | tuple):
        more = f", … ({len(value)} in all)" if len(value) > MOST_WORDS else ""
        return ", ".join(show_value(each) for each in value[:MOST_WORDS]) + more
    return show_value(value)


def _cell(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    if _is_estimate(value):
        (name, *_) = VALUES & set(value)
        return f"{show_value(value[name])} ± {show_value(value['error'])}"
    if _is_scalar(value):
        return value
    return _in_line(value) if _fits_in_line(value) else None  # what does not is a part of its own


def _words(name: str) -> str:
    return name.replace("_", " ")
