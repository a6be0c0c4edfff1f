"""Figures of searches: what is marked, what is cut off, and which axes are logarithmic."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from starsieve.plots.files import draw
from starsieve.plots.searched import SearchedOption, SearchedTrials
from starsieve.plots.style import VERMILLION
from starsieve.plots.tuning import (
    MOST_OPTIONS,
    plot_budget,
    plot_importances,
    plot_losses,
    plot_pairs,
    plot_slices,
)


def make_trials(n: int = 30, *, options: int = 3, largest: bool = False) -> SearchedTrials:
    """Make trials of which the last but one diverged, and every fifth was stopped."""
    rng = np.random.default_rng(1)
    value = rng.uniform(0.5, 1.5, n)
    value[7], value[-2] = 0.1, 500.0
    value = -value if largest else value
    value[::5] = np.nan
    made = [
        SearchedOption("rate", 10 ** rng.uniform(-4, -1, n), log=True, ends=(1e-4, 0.1)),
        SearchedOption("hidden", rng.integers(1, 4, n) * 32.0, ends=(32, 96)),
        SearchedOption("kind", rng.integers(0, 2, n).astype(float), choices=("flow", "mixture")),
    ]
    made += [SearchedOption(f"more {k}", rng.uniform(0, 1, n)) for k in range(options - 3)]
    return SearchedTrials("validation_loss", value, made, best=7, largest=largest)


def stars(figure: Figure) -> list[tuple[float, float]]:
    """Return where stars are."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() == "*" and line.get_color() == VERMILLION
    ]


def test_the_best_trial_is_a_star_on_every_slice() -> None:
    trials = make_trials()

    figure = plot_slices(trials)

    rate, hidden, kind = stars(figure)
    assert rate == (trials.options[0].values[7], 0.1)
    assert hidden == (trials.options[1].values[7], 0.1)
    assert abs(kind[0] - trials.options[2].values[7]) < 0.3
    scales = [axes.get_xscale() for axes in figure.axes]
    assert scales == ["log", "linear", "linear"]
    names = [tick.get_text() for tick in figure.axes[2].get_xticklabels()]
    assert names == ["flow", "mixture"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["rate", "hidden", "kind"]
    assert figure.axes[0].get_ylabel() == "Validation loss"


@pytest.mark.parametrize("largest", [False, True])
def test_a_diverged_trial_does_not_hide_the_others(largest: bool) -> None:
    trials = make_trials(largest=largest)

    low, high = trials.limits

    best = -0.1 if largest else 0.1
    assert low < best < high
    assert high - low < 5
    figure = plot_slices(trials)
    beyond = [line for line in figure.axes[0].lines if line.get_marker() in "^v"]
    assert sum(len(line.get_xdata()) for line in beyond) >= 1


def test_every_pair_of_options_has_a_panel_with_a_star() -> None:
    figure = plot_pairs(make_trials())

    assert len(stars(figure)) == 3
    assert len(figure.axes) == 4, "three panels and the bar of colours"
    many = plot_pairs(make_trials(options=12))
    assert len(stars(many)) == MOST_OPTIONS * (MOST_OPTIONS - 1) / 2


def test_the_best_so_far_is_a_falling_line() -> None:
    trials = make_trials()
    spent = np.arange(1, 31) * 100.0
    best = np.fmin.accumulate(trials.value)

    figure = plot_budget(trials, spent, trials.value, best, "steps")

    (axes,) = figure.axes
    line = next(each for each in axes.lines if each.get_color() == VERMILLION)
    drawn = np.asarray(line.get_ydata(), dtype=float)
    assert (np.diff(drawn[np.isfinite(drawn)]) <= 0).all()
    assert axes.get_xlabel() == "Steps of all trainings so far"
    assert plot_budget(trials, spent, trials.value, best, "s").axes[0].get_xlabel().endswith("(s)")


def test_importances_are_written_beside_their_bars() -> None:
    figure = plot_importances([("rate", 0.7), ("hidden", 0.3)])

    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["70%", "30%"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["rate", "hidden"]


def test_losses_are_drawn_for_trials_that_were_stopped_or_never_validated() -> None:
    trials = make_trials(10)
    steps = np.arange(1, 6)
    losses = [(steps[:n], 1.0 / steps[:n]) for n in (3, 5, 0, 5, 5, 1, 5, 5, 5, 5)]

    figure = plot_losses(trials, losses)

    assert draw(figure, "png").startswith(b"\x89PNG")
    best = [line for line in figure.axes[0].lines if line.get_lw() == 1.8]
    assert len(best[0].get_xdata()) == 5


def test_trials_that_are_all_alike_can_be_drawn() -> None:
    option = SearchedOption("rate", np.ones(3), log=True)
    trials = SearchedTrials("loss", np.zeros(3), [option, option], best=0)
    losses = [(np.array([1, 2]), np.zeros(2))] * 3

    figures = (plot_slices(trials), plot_pairs(trials), plot_losses(trials, losses))

    assert all(draw(figure, "png") for figure in figures)
    low, high = trials.limits
    assert low < 0 < high
