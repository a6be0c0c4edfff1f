from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.compare import compare, fit_scale
from starsieve.atmospheres.emulators.covariance import Covariance
from starsieve.atmospheres.emulators.emulator import ModelError
from starsieve.data import Spectrum
from starsieve.errors import DataError, ModelMismatchError
from tests.atmospheres.emulators.planted import WAVE, make_grid

POINT = np.array([1250.0, 4.75, 0.1])
SCALE = 3e-20
FINE = np.linspace(1.02, 2.48, 1200)


@pytest.fixture(scope="module")
def emulator():
    return build_emulator(make_grid(), name="planted")


def observe(emulator, seed, snr=20.0, jitter=0.0, wave=WAVE):
    """Make a spectrum of the model, with its own error drawn, at a known scale."""
    rng = np.random.default_rng(seed)
    truth = emulator(POINT)[0] + emulator.error_at(POINT).draw(1, seed)[0]
    flux = SCALE * np.interp(wave, WAVE, truth)
    level = flux.mean()
    noisy = flux + rng.normal(0, np.hypot(level / snr, jitter * level), len(wave))
    return Spectrum(
        wave=wave, flux=noisy, sigma=np.full(len(wave), level / snr), flux_unit="erg / (um s cm2)"
    )


def test_woodbury_is_the_plain_inverse():
    rng = np.random.default_rng(0)
    found = Covariance(rng.uniform(1, 2, 12), rng.normal(size=(3, 12)))
    whole = np.diag(found.diagonal) + found.modes.T @ found.modes
    vector = rng.normal(size=12)

    np.testing.assert_allclose(found.solve(vector), np.linalg.solve(whole, vector))
    np.testing.assert_allclose(found.log_determinant(), np.linalg.slogdet(whole)[1])
    np.testing.assert_allclose(found.chi2(vector), vector @ np.linalg.solve(whole, vector))


def test_p_values_are_even_where_model_and_errors_are_right(emulator):
    found = [compare(observe(emulator, seed), emulator, POINT) for seed in range(150)]

    assert kstest([each.p_value for each in found], "uniform").pvalue > 0.01
    assert np.mean([each.chi2_reduced for each in found]) == pytest.approx(1, abs=0.05)
    assert found[0].freedom == len(WAVE) - 1


def test_the_scale_and_its_error_are_right(emulator):
    found = [compare(observe(emulator, seed), emulator, POINT) for seed in range(150)]

    pulls = np.array([(each.scale - SCALE) / each.scale_error for each in found])

    assert abs(pulls.mean()) < 0.3
    assert 0.85 < pulls.std() < 1.15


def test_errors_that_are_too_small_are_found_and_inflated(emulator):
    found = [
        compare(observe(emulator, seed, snr=100.0, jitter=0.05), emulator, POINT)
        for seed in range(30)
    ]

    assert all(each.p_value < 1e-3 for each in found)
    assert np.median([each.inflation for each in found]) == pytest.approx(0.05, rel=0.15)


def test_right_errors_are_hardly_inflated(emulator):
    found = [compare(observe(emulator, seed), emulator, POINT).inflation for seed in range(30)]

    assert np.median(found) < 0.02
    assert min(found) == 0


def test_fitted_labels_cost_degrees_of_freedom(emulator):
    spectrum = observe(emulator, 0)

    plain, fitted = (compare(spectrum, emulator, POINT, n_fitted=n) for n in (0, 3))

    assert fitted.freedom == plain.freedom - 3
    assert fitted.chi2 == plain.chi2
    assert fitted.p_value < plain.p_value


def test_the_emulators_own_error_counts(emulator):
    spectrum = observe(emulator, 1, snr=30_000.0)
    error = emulator.error_at(POINT)
    parts = (spectrum.flux / SCALE, spectrum.sigma / SCALE, emulator(POINT)[0])

    _, small, chi2 = fit_scale(*parts, error, 0.0)
    _, smaller, larger_chi2 = fit_scale(*parts, ModelError(0 * error.modes, 0 * error.rest), 0.0)

    assert larger_chi2 > 3 * chi2
    assert small > smaller


def test_finer_spectra_are_rebinned_and_their_errors_with_them(emulator):
    found = [compare(observe(emulator, s, 5.0, wave=FINE), emulator, POINT) for s in range(40)]

    assert "rebinned" in " ".join(found[0].notes)
    assert found[0].n_pixels <= len(WAVE)
    assert np.mean([each.chi2_reduced for each in found]) == pytest.approx(1, abs=0.2)


def test_a_unit_per_frequency_gives_the_same(emulator):
    spectrum = observe(emulator, 0)
    factor = WAVE**2 * 1e-4 / 2.998e14 * 1e4  # erg/s/cm2/um to erg/s/cm2/Hz
    other = replace(
        spectrum,
        flux=spectrum.flux * factor,
        sigma=spectrum.sigma * factor,
        flux_unit="erg / (Hz s cm2)",
    )

    assert compare(other, emulator, POINT).chi2 == pytest.approx(
        compare(spectrum, emulator, POINT).chi2, rel=1e-3
    )


def test_masked_bands_do_not_count(emulator):
    found = compare(observe(emulator, 0), emulator, POINT, masked=((1.35, 1.42), (1.8, 1.95)))

    assert found.n_pixels == np.sum(~((WAVE > 1.35) & (WAVE < 1.42) | (WAVE > 1.8) & (WAVE < 1.95)))
    assert not found.valid[np.argmin(np.abs(WAVE - 1.9))]


def test_what_cannot_be_compared_is_refused(emulator):
    spectrum = observe(emulator, 0)

    with pytest.raises(DataError, match="no usable pixel"):
        compare(replace(spectrum, valid=np.zeros(40, dtype=bool)), emulator, POINT)
    with pytest.raises(DataError, match="10 usable pixels are in the model's range"):
        compare(replace(spectrum, valid=np.arange(40) < 10), emulator, POINT)
    with pytest.raises(DataError, match="0 usable pixels"):
        compare(replace(spectrum, wave=WAVE + 5), emulator, POINT)
    with pytest.raises(DataError, match="no positive scale"):
        compare(replace(spectrum, flux=-spectrum.flux), emulator, POINT)
    with pytest.raises(ModelMismatchError, match="outside of the grid"):
        compare(spectrum, emulator, POINT * 2)


def test_missing_errors_are_estimated_and_said(emulator):
    found = compare(replace(observe(emulator, 0), sigma=None), emulator, POINT)

    assert "no errors given" in " ".join(found.notes)


def test_the_figure_shows_both_and_the_models_error(emulator):
    found = compare(observe(emulator, 0), emulator, POINT)

    main, lower = found.plot("planted").axes

    labels = [text.get_text() for text in main.get_legend().get_texts()]
    assert "±1σ, ±2σ of the model" in labels
    assert lower.get_ylabel() == "Residual (σ)"
    assert repr(found).startswith("<Comparison: chi-square")
