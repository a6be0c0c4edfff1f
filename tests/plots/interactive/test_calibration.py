"""Figures of calibration: bands, diagonals, and that names are never taken for code."""

import json

import numpy as np
import pytest

from starsieve.plots.interactive.calibration import (
    coverage_figure,
    pairs_figure,
    precision_recall_figure,
    ranks_figure,
    reliability_figure,
)
from starsieve.plots.interactive.style import Theme, as_json
from starsieve.stats import rank_histogram, reliability

RNG = np.random.default_rng(0)
THEMES: tuple[Theme, ...] = ("light", "dark")
ODD = "<img src=x onerror=alert(1)>"


def make_ranks() -> dict[str, dict[str, np.ndarray]]:
    found = rank_histogram(RNG.normal(size=(200, 300)), RNG.normal(size=300))
    names = ("edges", "counts", "expected", "low", "high")
    return {name: {key: getattr(found, key) for key in names} for name in ("teff", "logg", "mh")}


def make_pairs() -> dict[str, dict[str, np.ndarray]]:
    true = RNG.uniform(900, 2400, 200)
    median = true + RNG.normal(0, 40, 200)
    found = {"true": true, "median": median, "q16": median - 40, "q84": median + 40}
    return {"teff": found, "logg": {key: value / 400 for key, value in found.items()}}


@pytest.mark.parametrize("theme", THEMES)
def test_coverage_is_drawn_beside_the_diagonal(theme: Theme) -> None:
    levels = np.linspace(0, 1, 21)
    figure = coverage_figure({"teff": (levels, levels**1.1), "logg": (levels, levels)}, theme)

    assert [item.label.value for item in figure.legend[0].items] == ["Teff", "log g"]
    diagonal = figure.renderers[0].data_source.data
    assert list(diagonal["x"]) == list(diagonal["y"]) == [0, 1]
    json.dumps(as_json(figure, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_ranks_have_a_panel_for_each_label(theme: Theme) -> None:
    layout = ranks_figure(make_ranks(), theme)

    panels = [child for child, *_ in layout.children]
    assert len(panels) == 3
    bars = panels[0].renderers[0].data_source.data
    assert sum(bars["count"]) == 300
    json.dumps(as_json(layout, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_inferred_values_stand_against_true_ones(theme: Theme) -> None:
    layout = pairs_figure(make_pairs(), theme)

    teff, logg = (child for child, *_ in layout.children)
    assert teff.xaxis[0].axis_label == "True Teff (K)"
    assert "mean absolute error" in teff.title.text
    assert teff.x_range.start == teff.y_range.start
    assert logg.yaxis[0].axis_label == "Inferred log g (cgs)"
    json.dumps(as_json(layout, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_probabilities_stand_against_what_came_true(theme: Theme) -> None:
    probability = RNG.uniform(size=2000)
    bins = reliability(probability, RNG.uniform(size=2000) < probability)

    figure = reliability_figure({"made": bins, ODD: bins}, theme)

    points = figure.renderers[-1].data_source.data
    assert list(points["n"]) == [each.n for each in bins]
    assert all(ODD not in tool.tooltips for tool in figure.hover)
    json.dumps(as_json(figure, theme))


def test_what_cuts_give_is_a_step_line() -> None:
    recall, precision = np.linspace(0.01, 1, 100), np.linspace(1, 0.3, 100)

    figure = precision_recall_figure({"made": (recall, precision), ODD: (recall, recall)}, "dark")

    assert len(figure.renderers) == 2
    assert all(ODD not in tool.tooltips for tool in figure.hover)
    json.dumps(as_json(figure, "dark"))
