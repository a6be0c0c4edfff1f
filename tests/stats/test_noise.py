"""Noise from neighbouring pixels."""

import numpy as np
import pytest

from starsieve.stats.noise import neighbour_scatter


def test_white_noise_on_a_slope_is_measured():
    rng = np.random.default_rng(0)
    flux = np.linspace(0, 50, 4000) + rng.normal(0, 0.3, 4000)

    assert neighbour_scatter(flux) == pytest.approx(0.3, rel=0.08)


def test_only_the_named_triples_count():
    flux = np.array([0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0])

    assert neighbour_scatter(flux, np.array([0, 4])) == 0.0
    assert neighbour_scatter(flux[:2]) == 0.0
