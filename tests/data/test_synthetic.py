"""Toy data are reproducible, smooth, and hold the truth that they were made of."""

import numpy as np
import pytest

from starsieve.data import synthetic
from starsieve.errors import DataError


def test_a_grid_holds_every_combination_once():
    spectra = synthetic.model_grid()
    nodes = np.column_stack(list(spectra.labels.values()))
    assert list(spectra.labels) == ["teff", "logg", "mh", "fsed"]
    assert len(np.unique(nodes, axis=0)) == len(spectra) == 6 * 4 * 3 * 4
    assert np.all(spectra.flux > 0)


def test_the_planck_curve_carries_the_power_of_a_black_body():
    wave = np.geomspace(0.1, 1000, 20_000)
    power = np.trapezoid(synthetic._planck(wave, np.array([1500.0])), wave)
    assert power == pytest.approx(5.670374e-5 * 1500**4, rel=1e-4)


@pytest.mark.parametrize("label", ["teff", "logg", "mh", "fsed"])
def test_every_label_can_be_told_from_the_shape(label):
    middle = {"teff": 1300.0, "logg": 4.75, "mh": 0.0, "fsed": 2.0}
    low, high = (
        synthetic.model_grid(**{name: [value] for name, value in (middle | {label: v}).items()})
        for v in (middle[label] * 0.95 - 0.05, middle[label] * 1.05 + 0.05)
    )
    ratio = high.flux[0] / low.flux[0]
    assert np.ptp(ratio / np.median(ratio)) > 0.02


def test_noise_is_as_strong_as_it_says():
    model = next(iter(synthetic.model_grid()))
    observed = synthetic.observe(model, snr=20, seed=1, scale=1e-20, gaps=[(1.3, 1.5)])
    pull = (observed.flux - 1e-20 * model.flux) / observed.sigma
    assert abs(pull.std() - 1) < 0.1
    assert observed.sigma[0] == pytest.approx(1e-20 * np.median(model.flux) / 20)
    inside = (model.wave >= 1.3) & (model.wave <= 1.5)
    np.testing.assert_array_equal(observed.valid, ~inside)


def test_the_same_seed_gives_the_same_noise():
    model = next(iter(synthetic.model_grid()))
    one, same, other = (synthetic.observe(model, 10, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.flux, same.flux)
    assert not np.array_equal(one.flux, other.flux)


@pytest.mark.parametrize(("snr", "scale"), [(0, 1), (-1, 1), (np.nan, 1), (10, 0)])
def test_impossible_noise_is_refused(snr, scale):
    model = next(iter(synthetic.model_grid()))
    with pytest.raises(DataError, match="must be positive"):
        synthetic.observe(model, snr, 0, scale)


def test_transits_are_where_and_as_deep_as_they_say():
    transits = [synthetic.Transit(3.1, 1501.2, 0.15, 0.01), synthetic.Transit(8, 1503, 0.3, 0.002)]
    curve = synthetic.light_curve(transits, seed=3, noise=1e-4)
    inside = [synthetic.in_transit(curve.time, transit) for transit in transits]
    for transit, here, there in zip(transits, inside, inside[::-1], strict=True):
        depth = 1 - curve.flux[here & ~there].mean() / curve.flux[~here & ~there].mean()
        assert depth == pytest.approx(transit.depth, abs=3e-5)
        centres = transit.epoch + transit.period * np.arange(-1, 9)
        distance = np.abs(curve.time[here, None] - centres).min(axis=1)
        assert distance.max() <= transit.duration / 2 + 1e-9


def test_a_sector_has_a_gap_in_its_middle():
    curve = synthetic.light_curve([], seed=0, variability=0.01)
    assert np.diff(curve.time).max() > 0.9
    assert np.ptp(curve.flux) > 0.015
