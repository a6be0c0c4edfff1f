"""Posteriors of several parameters at once."""

import json
import time

import numpy as np
import pytest

from starsieve.data.labels import plain_symbol
from starsieve.plots.interactive.posteriors import MANY_DRAWS, corner_figure
from starsieve.plots.interactive.style import as_json
from tests.plots.interactive.reading import attributes, columns, has, models

NAMES = ("teff", "logg", "mh")
RANGES = {"teff": (900.0, 2400.0), "logg": (3.5, 5.5), "mh": (-0.5, 0.5)}


def made(n: int = 4_000) -> np.ndarray:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(n, 3))
    teff = 1_200 + 40 * z[:, 0]
    return np.column_stack([teff, 4.5 + 0.1 * z[:, 1], np.clip(0.6 * z[:, 2], -0.5, 0.5)])


def drawn(draws=None, names=NAMES, **options):
    draws = made() if draws is None else draws
    return as_json(corner_figure(draws, names, "light", **options), "light")


def test_every_parameter_and_every_pair_is_drawn():
    item = drawn(ranges=RANGES)
    assert sum(m["name"] == "Figure" for m in models(item)) == 6
    for i in range(3):
        assert columns(item, f"histogram{i}")["count"].sum() == pytest.approx(4_000, rel=0.02)
        for j in range(3):
            assert has(item, f"contours{i}_{j}") == (j < i)


def test_contours_hold_what_they_say():
    points = columns(drawn(), "contours1_0")
    pieces = np.split(
        np.stack([points["x"], points["y"]], 1), np.flatnonzero(np.isnan(points["x"]))
    )
    outlines = [p[1:] for p in pieces if len(p) > 20]
    # half a width of a normal distribution's region of 68 and 95 % in two dimensions
    radii = sorted(np.ptp(outline[:, 0]) / 2 / 40 for outline in outlines)
    assert radii == pytest.approx([1.51, 2.45], rel=0.15)


def test_quantiles_stand_where_they_are():
    draws = made()
    lines = columns(drawn(draws), "quantiles0")
    np.testing.assert_allclose(lines["x"], np.quantile(draws[:, 0], (0.16, 0.5, 0.84)), rtol=1e-6)


def test_all_panels_share_their_draws_and_their_ranges():
    item = drawn()
    assert len(columns(item, "draws")["label0"]) == MANY_DRAWS
    shared = [m for m in models(item) if m["name"] == "Range1d"]
    assert len(shared) == 6  # one for each parameter, one for the height of each histogram


def test_a_posterior_at_the_edge_of_the_grid_shows_what_lies_beyond():
    item = drawn(ranges=RANGES, best={"mh": 0.1, "teff": 1_000.0}, quoted={"mh": "> -0.4 dex"})
    beyond = columns(item, "beyond2")
    assert beyond["low"].tolist()[1] == beyond["high"].tolist()[0] * -1 == 0.5
    assert len(columns(item, "beyond1")["low"]) == 0
    assert attributes(item, "title2")["text"] == "[M/H]  > -0.4 dex"
    assert attributes(item, "range0")["start"] < 1_000
    assert np.isnan(columns(item, "best")["label1"][0])


@pytest.mark.parametrize("draws", [np.ones((50, 2)), np.array([[1.0, 2.0]])])
def test_draws_that_are_all_the_same_are_drawn_too(draws):
    json.dumps(drawn(draws, ("teff", "unheard of")), allow_nan=False)


def test_symbols_are_in_plain_letters():
    assert plain_symbol("teff") == "Teff"
    assert plain_symbol("alpha_fe") == "[α/Fe]"
    assert plain_symbol("unheard_of") == "unheard_of"


def test_a_corner_plot_takes_little_time_once_it_is_built():
    draws = made()
    drawn(draws)
    taken = []
    for _ in range(5):
        started = time.process_time()
        json.dumps(drawn(draws))
        taken.append(time.process_time() - started)
    assert min(taken) < 0.04
