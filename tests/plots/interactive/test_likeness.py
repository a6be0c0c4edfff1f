"""Two spectra that were compared, one over the other."""

import numpy as np
import pytest

from starsieve.plots.interactive.likeness import MANY, likeness_figure
from starsieve.plots.interactive.style import Theme, as_json
from starsieve.representations.differences import Overlay
from tests.plots.interactive.reading import columns


def compared(n: int = 300) -> Overlay:
    rng = np.random.default_rng(1)
    wave = np.geomspace(1.0, 2.0, n)
    model = 1 + 0.2 * np.sin(8 * wave)
    weight = np.full(n, 1e4)
    weight[:20] = 0
    return Overlay(wave, model + rng.normal(0, 0.01, n), model, weight)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_spectra_and_their_difference_in_sigma_are_drawn(theme: Theme) -> None:
    overlay = compared()

    item = as_json(likeness_figure(overlay, theme, ("a", "b"), [(1.2, 1.3)]), theme)

    found = columns(item, "compared")
    assert np.isnan(found["query"][:20]).all()
    assert np.nanstd(found["rest"]) == pytest.approx(1.0, abs=0.15)
    assert columns(item, "differing")["x0"].tolist() == pytest.approx([1.2])


def test_a_long_comparison_is_thinned_and_keeps_its_lines() -> None:
    overlay = compared(100_000)
    overlay.flux[50_000] = 9.0

    item = as_json(likeness_figure(overlay, "light", ("a", "b")), "light")

    found = columns(item, "compared")
    assert len(found["x"]) <= 2 * MANY
    assert np.nanmax(found["query"]) == 9.0
