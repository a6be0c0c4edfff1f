"""A spectrum to look into."""

import json
import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.plots.interactive.spectra import spectrum_figure
from starsieve.plots.interactive.spectrum_overlays import Overlay
from starsieve.plots.interactive.spectrum_view import (
    MANY_PIXELS,
    OUTSIDE,
    SpectrumLook,
    SpectrumView,
    view_of_axis,
)
from starsieve.plots.interactive.style import as_json
from tests.plots.interactive.reading import attributes, columns, has
from tests.plots.made_bands import bands_of

UNIT = "erg / (Angstrom s cm2)"


@dataclass(frozen=True)
class Fitted:
    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    model_flux: FloatArray
    flux_unit: str = UNIT


def made(n: int = 4_000, unit: str = UNIT, height: float = 1e-15) -> Spectrum:
    """Return a slope with a potassium line, noise, and some pixels that are not valid."""
    rng = np.random.default_rng(0)
    wave = np.linspace(1.1, 2.4, n)
    line = 0.5 * np.exp(-0.5 * ((wave - 1.2435675) / 0.002) ** 2)
    sigma = np.full(n, 0.02 * height)
    flux = height * (2.5 - wave / 2 - line) + rng.normal(0, sigma)
    valid = np.ones(n, bool)
    valid[n // 2 : n // 2 + 20] = False
    return Spectrum(wave, flux, sigma, valid, flux_unit=unit, resolution=1_000)


def fitted(spectrum: Spectrum) -> Fitted:
    wave = spectrum.wave[::4]
    valid = (wave < 1.35) | (wave > 1.42)
    model = 1e-15 * (2.5 - wave / 2)
    return Fitted(wave, spectrum.flux[::4], spectrum.sigma[::4], valid, model)


def drawn(spectrum: Spectrum, look: SpectrumLook | None = None, **others):
    return as_json(spectrum_figure(spectrum, "light", look, **others), "light")


def test_a_spectrum_is_drawn_with_errors_and_without_pixels_that_are_not_valid():
    spectrum = made()
    item = drawn(spectrum)
    points = columns(item, "observed")
    np.testing.assert_allclose(points["x"], spectrum.wave, rtol=1e-6)
    assert np.array_equal(np.isnan(points["y"]), ~spectrum.usable)
    errors = (points["high"] - points["low"])[spectrum.usable]
    np.testing.assert_allclose(errors, 0.04, rtol=1e-3)
    assert np.nanmedian(points["snr"]) == pytest.approx(80, rel=0.1)
    assert len(columns(item, "masked")["x"]) == 20
    assert attributes(item, "y_axis")["axis_label"] == "Flux (10⁻¹⁵ erg Å⁻¹ s⁻¹ cm⁻²)"
    assert attributes(item, "x_axis")["axis_label"] == "Vacuum wavelength (µm)"
    assert not has(item, "model")
    assert not has(item, "lanes")


def test_units_and_medium_are_those_asked_for():
    look = SpectrumLook(medium="air", wave_unit="angstrom", flux="jy")
    item = drawn(made(), look)
    assert attributes(item, "x_axis")["axis_label"] == "Wavelength in air (Å)"
    assert attributes(item, "y_axis")["axis_label"] == "Flux (10⁻² Jy)"
    assert columns(item, "observed")["x"][0] == pytest.approx(10_996.99, abs=0.01)
    assert "0.000000000 Å" not in json.dumps(item)
    assert item["about"]["medium"] == "air"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_predicted_spectra_are_shaded_where_the_model_is(theme):
    spectrum = made()
    fit = fitted(spectrum)
    spread = 1e-17 * np.random.default_rng(0).normal(size=(400, 1))
    bands = bands_of(fit.model_flux + spread)
    look = SpectrumLook(wave_unit="nm", flux="erg_s_cm2_um")
    item = as_json(spectrum_figure(spectrum, theme, look, fit=fit, bands=bands), theme)

    shown, model = columns(item, "predicted"), columns(item, "model")
    np.testing.assert_allclose(shown["x"], model["x"])
    order = [shown[name] for name in ("low95", "low68", "high68", "high95")]
    assert all((lower < upper).all() for lower, upper in pairwise(order))
    for name, kept in (("low95", bands.q025), ("high68", bands.q84)):
        np.testing.assert_allclose(shown[name] / model["y"], kept / fit.model_flux, rtol=1e-5)
    assert "68, 95 % predicted" in json.dumps(item)


def test_without_a_model_nothing_is_predicted():
    spectrum = made()
    assert not has(drawn(spectrum, fit=fitted(spectrum)), "predicted")
    assert not has(drawn(spectrum, bands=bands_of(np.ones((2, 1_000)))), "predicted")


def test_a_normalised_flux_is_about_one_with_its_model_and_its_neighbour():
    spectrum = made()
    look = SpectrumLook(flux="normalised")
    twin = Spectrum(spectrum.wave, 7 * spectrum.flux, flux_unit="ct")
    item = drawn(spectrum, look, fit=fitted(spectrum), overlays=[Overlay("twin", twin)])
    heights = columns(item, "observed")["y"]
    assert np.nanmedian(heights) == pytest.approx(1, abs=1e-4)
    good = spectrum.usable
    np.testing.assert_allclose(columns(item, "overlay0")["y"][good], heights[good], rtol=1e-3)
    model = columns(item, "model")
    np.testing.assert_allclose(np.nanmedian(model["y"]), 1, atol=0.05)
    assert attributes(item, "y_axis")["axis_label"] == "Normalised flux"


def test_a_flux_in_counts_cant_be_shown_in_jansky():
    with pytest.raises(DataError, match="stored, normalised"):
        drawn(made(unit="ct"), SpectrumLook(flux="jy"))


def test_species_stand_where_they_absorb_in_the_frame_of_the_star():
    look = SpectrumLook(species=("k1", "h2o", "he2"), tellurics=True, velocity=100.0)
    item = drawn(made(), look)
    lines = columns(item, "lines")
    expected = 1.2435675 * (1 + 100 / 299_792.458)
    assert np.abs(lines["x"] - expected).min() < 1e-6
    np.testing.assert_array_equal(columns(item, "guides")["x"], lines["x"])
    titles = attributes(item, "row_axis")["major_label_overrides"]["entries"]
    assert [title for _, title in titles] == ["⊕ air", "K I", "H₂O"]  # helium is out of range
    air = [row == 0 for row in columns(item, "bands")["row"]]
    starts = columns(item, "bands")["x0"][air]
    assert np.abs(starts - 1.33).min() < 1e-6  # which does not move with the star


def test_a_model_is_drawn_with_residuals_and_what_was_not_compared():
    spectrum = made()
    item = drawn(spectrum, fit=fitted(spectrum))
    left = columns(item, "residuals")["y"]
    valid = fitted(spectrum).valid
    assert np.array_equal(np.isnan(left), ~valid)
    assert np.nanstd(left[left > -4]) == pytest.approx(1, abs=0.1)
    ranges = columns(item, "unfitted")
    assert ranges["x0"][0] == pytest.approx(1.35, abs=2e-3)
    assert ranges["x1"][0] == pytest.approx(1.42, abs=2e-3)
    assert "residual" in columns(item, "observed")


def test_smoothing_shows_both_and_makes_errors_smaller():
    item = drawn(made(), SpectrumLook(smooth_pixels=16))
    smoothed, raw = columns(item, "observed"), columns(item, "unsmoothed")
    assert np.nanstd(np.diff(smoothed["y"])) < 0.2 * np.nanstd(np.diff(raw["y"]))
    assert np.nanmedian(smoothed["snr"]) > 250


def test_of_many_pixels_those_are_drawn_that_keep_narrow_lines():
    spectrum = made(300_000)
    flux = spectrum.flux.copy()
    flux[123_456] = 0.0
    deep = Spectrum(spectrum.wave, flux, spectrum.sigma, flux_unit=UNIT)
    item = drawn(deep)
    points = columns(item, "observed")
    assert len(points["x"]) <= MANY_PIXELS
    assert points["y"].min() == 0
    assert item["about"]["thinned"]


def test_a_view_is_drawn_in_full_and_what_lies_beyond_sparsely():
    spectrum = made(300_000)
    item = drawn(spectrum, SpectrumLook(view=(1.24, 1.25)))
    points = columns(item, "observed")
    inside = (spectrum.wave >= 1.24) & (spectrum.wave <= 1.25)
    assert np.sum((points["x"] >= 1.24) & (points["x"] <= 1.25)) == inside.sum()
    assert len(points["x"]) <= inside.sum() + 2 * OUTSIDE
    assert attributes(item, "x")["start"] == pytest.approx(1.24)
    assert attributes(item, "x")["reset_start"] < 1.1
    assert not item["about"]["thinned"]


@pytest.mark.parametrize("view", [(5.0, 6.0), (1.3, 1.2)])
def test_a_view_of_nothing_becomes_that_of_everything(view):
    view = SpectrumView.of(made(), SpectrumLook(view=view))
    assert view.bounds == view.whole


def test_a_range_of_an_axis_is_understood_in_its_unit_and_medium():
    low, high = view_of_axis(5895.92, 5889.95, "angstrom", "air")
    assert (low, high) == pytest.approx((0.58915832, 0.58975534), abs=1e-7)


@pytest.mark.parametrize(
    "spectrum",
    [
        Spectrum(np.array([1.0]), np.array([2.0])),
        Spectrum(np.array([1.0, 2.0]), np.array([np.nan, np.nan]), np.array([1.0, 1.0])),
        Spectrum(np.array([1.0, 2.0, 3.0]), np.zeros(3), np.ones(3)),
        Spectrum(np.array([1.0, 2.0, 3.0]), np.array([1e300, 1e-300, 1.0])),
    ],
)
def test_odd_spectra_are_drawn_too(spectrum):
    for look in (SpectrumLook(), SpectrumLook(flux="normalised", smooth_pixels=2, tellurics=True)):
        json.dumps(drawn(spectrum, look, overlays=[Overlay("other", made())]), allow_nan=False)


def test_words_from_files_stay_words():
    item = drawn(made(), overlays=[Overlay("<script>alert(1)</script>\n$", made())])
    label = attributes(item, "overlay0_label")["label"]
    assert label == {"type": "value", "value": "<script>alert(1)</script> $"}


def test_a_unit_that_nobody_knows_stays_a_word_under_the_pointer():
    item = drawn(made(unit="<img onerror=alert(1)> @x $y"))
    tips = attributes(item, "hover")["tooltips"]
    assert "<img" not in tips
    assert "&lt;img onerror=alert(1)&gt; &#64;x &#36;y" in tips


def test_values_under_the_pointer_have_their_units():
    tips = attributes(drawn(made(), SpectrumLook(wave_unit="nm")), "hover")["tooltips"]
    assert "nm</div>" in tips
    assert "@y{0.0000} 10⁻¹⁵ erg Å⁻¹ s⁻¹ cm⁻²" in tips


def test_a_figure_of_a_spectrum_takes_little_time():
    spectrum = made()
    look = SpectrumLook(species=("k1", "h2o", "feh"), tellurics=True, smooth_pixels=3)
    makers = (
        lambda: drawn(spectrum),
        lambda: drawn(spectrum, look, fit=fitted(spectrum), overlays=[Overlay("a", spectrum)] * 5),
    )
    for make in makers:
        make()  # builds the template
        taken = []
        for _ in range(5):
            started = time.process_time()
            json.dumps(make())
            taken.append(time.process_time() - started)
        assert min(taken) < 0.04
