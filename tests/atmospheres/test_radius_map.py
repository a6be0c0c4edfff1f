"""Chi-square over a parameter and the radius: least at the truth, as deep as by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.fit import fit_grid
from starsieve.atmospheres.models import PosteriorModel
from starsieve.atmospheres.radius_map import LEVELS, map_inference, map_radius
from starsieve.errors import DataError
from starsieve.plots.files import draw
from starsieve.plots.interactive.radius_map import radius_map_figure
from starsieve.plots.interactive.style import as_json
from starsieve.plots.radius_map import plot_radius_map
from tests.atmospheres.made_inferences import make_inference
from tests.atmospheres.test_physical import WAVE, black_bodies, seen_from
from tests.plots.interactive.reading import models

GRID = black_bodies()
POSTERIOR = np.array([[1080.0, 1100.0, 1120.0], [0.85, 0.9, 0.95]])


def fitted(snr=50.0):
    """Fit a dwarf of 1100 K and 0.9 Jupiter radii at 11 pc."""
    prepared, _ = seen_from(GRID, 0.9, 11.0, snr)
    found = fit_grid(GRID, prepared.flux[None], prepared.sigma[None], prepared.valid[None])
    return Fit(
        WAVE,
        prepared.flux,
        prepared.sigma,
        prepared.valid,
        found.model[0],
        dict(zip(GRID.names, found.parameters[0].tolist(), strict=True)),
        float(found.scale[0]),
        float(found.chi2_reduced[0]),
        int(found.n_pixels[0]),
        found.n_free,
    )


@pytest.fixture(scope="module")
def found():
    return map_radius(GRID, fitted(), "teff", Distance(11.0))


def test_the_star_stands_at_the_least_near_the_truth(found):
    row, column = np.unravel_index(np.argmin(found.chi2), found.chi2.shape)

    assert found.best == pytest.approx((1100.0, 0.9), rel=0.01)
    assert found.values[row] == pytest.approx(found.best[0], abs=2 * np.diff(found.values)[0])
    assert found.radius[column] == pytest.approx(found.best[1], abs=2 * np.diff(found.radius)[0])
    assert found.rise.min() == pytest.approx(0.0, abs=0.05)


def test_chi_square_off_the_least_is_that_of_a_fit_by_hand(found):
    fit, far = fitted(), 11.0
    unit = found.best[1] / np.sqrt(fit.scale)
    rows = np.searchsorted(found.values, (1095.0, 1104.0))
    for row, radius in zip(rows, (0.905, 0.895), strict=True):
        column = np.searchsorted(found.radius, radius)
        scale = (found.radius[column] / unit) ** 2

        def cost(logg, row=row, scale=scale):
            model = scale * GRID(np.array([[found.values[row], *np.clip(logg, 4, 5)]]))[0]
            return float(np.sum(((fit.flux - model) / fit.sigma) ** 2))

        by_hand = minimize(cost, [4.5], method="Nelder-Mead").fun
        assert found.chi2[row, column] == pytest.approx(by_hand, abs=0.3)
    assert far == 11.0


def test_hotter_is_smaller(found):
    best = found.radius[np.argmin(found.chi2, axis=1)]

    assert best[0] > best[-1]


def test_contours_hold_what_they_say():
    assert pytest.approx((2.30, 6.18), abs=0.01) == LEVELS


def test_errors_that_explain_too_little_are_inflated():
    fit = fitted()
    small = replace(fit, sigma=fit.sigma / 3, chi2_reduced=9 * fit.chi2_reduced)

    honest, optimist = (map_radius(GRID, each, "teff", Distance(11.0)) for each in (fit, small))

    assert optimist.factor == pytest.approx(9 * fit.chi2_reduced, rel=1e-3)
    inside = [float((each.rise < 6).mean()) for each in (honest, optimist)]
    assert inside[1] == pytest.approx(inside[0], rel=0.25)


def test_a_parallax_is_a_distance(found):
    same = map_radius(GRID, fitted(), "teff", Distance(1000 / 11.0, 0.0, "parallax"))

    np.testing.assert_allclose(same.radius, found.radius)


def test_what_has_no_map_is_refused():
    fit = fitted()
    with pytest.raises(DataError, match="one of teff, logg"):
        map_radius(GRID, fit, "mh", Distance(11.0))
    with pytest.raises(DataError, match="degree of freedom"):
        map_radius(GRID, replace(fit, n_free=fit.n_pixels), "teff", Distance(11.0))
    with pytest.raises(DataError, match="needs a distance"):
        map_inference(make_inference(), object.__new__(PosteriorModel), "teff")


def test_the_figure_has_a_star_contours_and_units(found):
    figure = plot_radius_map(found, LEVELS, POSTERIOR, title="Object $1")

    axes, bar = figure.axes
    assert axes.get_xlabel() == r"$T_{\rm eff}$ (K)"
    assert "Jup" in axes.get_ylabel()
    assert "χ²" in bar.get_ylabel()
    [star] = [line for line in axes.lines if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == found.best
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [*words[:2], words[3]] == ["68 %", "95 %", "posterior, 68 %"]
    draw(figure, "png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_interactive_figure_has_the_same(found, theme):
    item = as_json(radius_map_figure(found, LEVELS, theme, POSTERIOR), theme)

    labels = [m.get("attributes", {}).get("axis_label") for m in models(item)]
    assert {"Teff (K)", "Radius (R_Jup)"} <= set(filter(None, labels))
    legend = [m for m in models(item) if m["name"] == "LegendItem"]
    assert len(legend) == 4
