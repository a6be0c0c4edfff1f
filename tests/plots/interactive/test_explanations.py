"""Each parameter without each band, in panels that are zoomed together."""

import json

import numpy as np
import pytest

from starsieve.plots.interactive.explanations import explanation_figure
from starsieve.plots.interactive.style import as_json
from tests.atmospheres.made_inferences import NAMES, make_explanation
from tests.plots.interactive.reading import attributes, columns, models


def drawn(explained=None, theme="light"):
    return as_json(explanation_figure(explained or make_explanation(), theme), theme)


def test_intervals_stand_at_their_bands_and_one_that_is_missing_is_hatched():
    explained = make_explanation()
    item = drawn(explained)

    bars = columns(item, "bands1")
    kept = np.delete(np.arange(6), 4)
    np.testing.assert_allclose(bars["start"], explained.bands[kept, 0], rtol=1e-6)
    np.testing.assert_allclose(bars["high"], explained.without[kept, 1, 2], rtol=1e-6)
    np.testing.assert_allclose(bars["shift"][2], -2.0, rtol=1e-5)
    np.testing.assert_allclose(bars["widening"][2], 2.5, rtol=1e-5)
    assert np.all((bars["start"] < bars["left"]) & (bars["right"] < bars["end"]))
    assert columns(item, "missing")["low"] == pytest.approx(explained.bands[4:5, 0])
    assert columns(item, "whole1")["median"] == pytest.approx(explained.whole[1, 1])


def test_only_what_exceeds_the_floor_stands_out():
    opacity = [columns(drawn(), f"bands{i}")["opacity"] for i in range(len(NAMES))]

    assert (opacity[1] > 0.5).tolist() == [False, False, True, False, False]
    assert all(np.all(opacity[i] < 0.5) for i in (0, 2, 3))


def test_panels_share_their_wavelengths():
    ranges = [m for m in models(drawn()) if m["name"] == "Range1d"]

    assert len(ranges) == 1 + len(NAMES)
    assert attributes(drawn(), "wave")["start"] == pytest.approx(0.8)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_that_can_be_left_out_is_a_figure_too(theme):
    none = make_explanation()
    none.without[:], none.influence[:] = np.nan, np.nan

    item = drawn(none, theme)

    assert len(columns(item, "missing")["low"]) == 6
    assert "NaN" not in json.dumps(item)
