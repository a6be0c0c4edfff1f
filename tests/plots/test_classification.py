"""Figures of classifiers show what the statistics say."""

import numpy as np

from starsieve.plots import plot_precision_recall, plot_reliability
from starsieve.stats import average_precision


def judged():
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=500)
    return probability, rng.uniform(size=500) < probability


def test_the_legend_gives_the_average_precision_of_each():
    score, positive = judged()
    figure = plot_precision_recall({"network": (score, positive), "trees": (score**2, positive)})
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    wanted = f"{average_precision(score, positive):.3f}"
    assert texts == [f"network: AP {wanted}", f"trees: AP {wanted}"]
    assert len(figure.axes) == 2


def test_calibrated_probabilities_lie_on_the_diagonal():
    figure = plot_reliability({"vetter": judged()})
    line = figure.axes[0].get_lines()[1]
    shares, probabilities = np.array(line.get_ydata(), float), np.array(line.get_xdata(), float)
    np.testing.assert_allclose(shares, probabilities, atol=0.2)


def test_weights_move_the_shares():
    probability, positive = judged()
    heavy = np.where(positive, 4.0, 1.0)
    plain = plot_reliability({"vetter": (probability, positive)})
    weighted = plot_reliability({"vetter": (probability, positive)}, {"vetter": heavy})
    first, second = (
        np.array(f.axes[0].get_lines()[1].get_ydata(), float) for f in (plain, weighted)
    )
    assert np.mean(second) > np.mean(first) + 0.1
