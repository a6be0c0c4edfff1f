"""Figures of a study for a browser."""

from typing import Any

import numpy as np

from starsieve.errors import DataError
from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.tuning import SearchedValues, budget_figure, slices_figure
from starsieve.tuning.results import StudyResult, need_best
from starsieve.tuning.space import Choices, label_of

KINDS = ("budget", "slices")


def draw_interactive(result: StudyResult, kind: str, theme: Theme = "light") -> Any:
    """Return a figure of a study, by Bokeh.

    Parameters
    ----------
    kind : {"budget", "slices"}

    Raises
    ------
    DataError
        If no trial went to its end, or there is no such figure.
    """
    best, metric = need_best(result), result.recipe.metric
    if kind == "budget":
        budget = result.budget()
        return budget_figure(budget.spent, budget.value, budget.best, budget.unit, metric, theme)
    if kind != "slices":
        msg = (
            f"There is no interactive figure {kind!r} of a study; there are {' and '.join(KINDS)}."
        )
        raise DataError(msg)
    trials = result.complete
    values = np.array([trial.value for trial in trials], dtype=float)
    options = [_option(result, name) for name in result.recipe.search]
    numbers = [trial.number for trial in trials]
    return slices_figure(numbers, values, options, metric, trials.index(best), theme)


def _option(result: StudyResult, name: str) -> SearchedValues:
    values = [trial.values[name] for trial in result.complete]
    if isinstance(result.recipe.search[name], Choices):
        return SearchedValues(name, [label_of(value) for value in values])
    return SearchedValues(name, np.array(values, dtype=float), name in result.log_scaled)
