"""The figures and tables of a run that searched for the best options of a recipe."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.tuning import (
    PANELS_IN_A_ROW,
    SearchedValues,
    budget_figure,
    slices_figure,
)
from starsieve.web.tables import Column, WebTable

Result = Mapping[str, Any]
DECADE = 10.0
"""Numbers that span more are drawn on a logarithmic axis."""


def is_tuned(result: Result) -> bool:
    """Return whether a result is one of such a search."""
    return "budget" in result and isinstance(result.get("tried"), list)


def draw_budget(result: Result, theme: Theme) -> Any:
    """Return the figure of the best value by what was spent."""
    budget = result["budget"]
    spent, value, best = (
        np.array(budget[name], dtype=float) for name in ("spent", "value", "best")
    )
    return budget_figure(spent, value, best, budget["unit"], result["metric"], theme)


def draw_slices(result: Result, theme: Theme) -> Any:
    """Return the figure of the value against each option."""
    trials = [trial for trial in result["tried"] if trial["state"] == "complete"]
    numbers = [trial["number"] for trial in trials]
    value = np.array([trial["value"] for trial in trials], dtype=float)
    options = [_option(name, trials) for name in result["best"]["values"]]
    best = int(np.argmax(value) if result["direction"] == "maximise" else np.argmin(value))
    return slices_figure(numbers, value, options, result["metric"], best, theme)


def about_budget(result: Result) -> tuple[str, str, int, WebTable]:
    """Return title, text, height in pixels and numbers of the figure of the budget."""
    title = "Budget: the best value by what was spent"
    alt = "Best value of all trials so far against the steps, or the time, of their trainings."
    return title, alt, 420, _budget_table(result)


def about_slices(result: Result) -> tuple[str, str, int, WebTable]:
    """Return title, text, height in pixels and numbers of the figure of options."""
    title = "Options one by one"
    alt = "Value of each trial that went to its end against each option; the best one is a star."
    few = len(result["best"]["values"]) <= PANELS_IN_A_ROW
    return title, alt, 280 if few else 560, _trials_table(result)


def _budget_table(result: Result) -> WebTable:
    budget = result["budget"]
    columns = [Column("spent", unit=budget["unit"]), Column("value"), Column("best")]
    names = [column.name for column in columns]
    rows = [
        dict(zip(names, row, strict=True))
        for row in zip(*(budget[name] for name in names), strict=True)
    ]
    return WebTable("budget", columns, rows)


def _trials_table(result: Result) -> WebTable:
    names = list(result["best"]["values"])
    columns = [Column("number", "trial"), Column("state"), Column("value", result["metric"])]
    columns += [Column(f"option {name}", name) for name in names]
    columns += [Column("steps"), Column("seconds", unit="s"), Column("error")]
    rows = [
        {**trial, **{f"option {name}": _shown(trial["values"].get(name)) for name in names}}
        for trial in result["tried"]
    ]
    return WebTable("trials", columns, rows)


def _option(name: str, trials: list[Mapping[str, Any]]) -> SearchedValues:
    values = [trial["values"].get(name) for trial in trials]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if not numbers:
        return SearchedValues(name, [_cell(value) for value in values])
    array = np.array(values, dtype=float)
    return SearchedValues(name, array, bool(array.min() > 0 and array.max() > DECADE * array.min()))


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: Any) -> Any:
    return _cell(value) if isinstance(value, list | dict) else value
