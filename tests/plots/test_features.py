"""Features: as many boxes as columns, in their order; histograms of 31 bins."""

import numpy as np

from starsieve.plots.features import N_BINS, plot_boxes, plot_histograms

RNG = np.random.default_rng(0)


def test_every_column_has_a_box_and_fliers_are_hidden():
    values = np.vstack([RNG.normal(size=(500, 30)), np.full((1, 30), 99.0)])

    figure = plot_boxes(values, [f"{n}" for n in range(30)])

    [axes] = figure.axes
    assert len(axes.patches) == 30
    assert axes.get_ylim()[1] < 10
    assert len(axes.get_xticks()) <= 12


def test_names_stand_under_their_boxes():
    values = np.stack([np.zeros(9), np.ones(9), np.full(9, 2.0)], axis=1)

    figure = plot_boxes(values, ["teff", "c_to_o", "least flux"])

    axes = figure.axes[0]
    shown = [tick.get_text() for tick in axes.get_xticklabels()]
    assert shown[1:] == ["C/O", "least flux"]
    assert "T" in shown[0]
    medians = sorted(line.get_ydata()[0] for line in axes.lines if line.get_color() == "#000000")
    assert medians == [0.0, 1.0, 2.0]


def test_every_feature_has_a_histogram_of_31_bins():
    figure = plot_histograms({"teff": RNG.normal(size=400), "largest flux": np.zeros(400)})

    first, second = figure.axes
    assert len(np.unique(first.patches[0].get_xy()[:, 0])) == N_BINS + 1
    assert second.get_title(loc="left") == "largest flux"
    assert first.get_ylabel() == "Spectra"
