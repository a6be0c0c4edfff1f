"""Containers are frozen, checked where they are made, and travel between processes."""

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given

from starsieve.data import LightCurve, Spectrum, SpectrumSet
from starsieve.errors import DataError
from tests.data import made

WAVE = np.array([1.0, 2.0, 3.0])
ONES = np.ones(3)


@given(made.spectra() | made.spectrum_sets() | made.light_curves())
def test_containers_are_picklable(before):
    after = pickle.loads(pickle.dumps(before))
    for field in fields(before):
        np.testing.assert_equal(getattr(after, field.name), getattr(before, field.name))


@pytest.mark.parametrize(
    "container", [Spectrum(WAVE, ONES), SpectrumSet(WAVE, ONES[None]), LightCurve(WAVE, ONES)]
)
def test_containers_are_frozen(container):
    with pytest.raises(FrozenInstanceError):
        container.flux = ONES


@given(made.spectra() | made.spectrum_sets() | made.light_curves())
def test_only_numbers_with_a_known_error_are_usable(container):
    usable = container.usable
    assert np.all(np.isfinite(container.flux[usable]))
    if container.sigma is not None:
        assert np.all(np.isfinite(container.sigma[usable]) & (container.sigma[usable] > 0))
    if container.valid is not None:
        assert not np.any(usable & ~container.valid)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"wave": np.array([1.0, 1.0, 2.0])}, "strictly increasing .* 1.0 then 1.0 at 0"),
        ({"wave": np.array([3.0, 2.0, 1.0])}, "strictly increasing"),
        ({"wave": np.array([1.0, np.nan, 2.0])}, "nan at 1"),
        ({"wave": np.array([0.0, 1.0, 2.0])}, "must be positive"),
        ({"wave": np.ones((3, 3))}, "one-dimensional"),
        ({"wave": np.array([]), "flux": np.array([])}, "shape"),
        ({"flux": np.ones(2)}, r"flux must have shape \(3,\), got \(2,\)"),
        ({"sigma": np.ones(2)}, "sigma must have shape"),
        ({"valid": np.ones(2, bool)}, "valid must have shape"),
        ({"valid": np.ones(3)}, "array of bool"),
        ({"flux": np.array(["a", "b", "c"])}, "real numbers"),
        ({"flux": [1.0, [2.0], 3.0]}, "real numbers"),
        ({"flux": np.ones(3, complex)}, "real numbers"),
        ({"flux": np.ma.masked_array([1.0, 2.0, 3.0])}, "mask would be lost"),
        ({"medium": "water"}, "medium must be one of vacuum, air"),
        ({"frame": "lsr"}, "frame must be one of"),
        ({"resolution": 0.0}, "resolution must be positive"),
        ({"resolution": np.nan}, "resolution must be positive"),
    ],
)
def test_impossible_spectra_are_refused(fields, message):
    with pytest.raises(DataError, match=message):
        Spectrum(**({"wave": WAVE, "flux": ONES} | fields))


def test_quantities_are_refused_before_their_unit_is_lost():
    units = pytest.importorskip("astropy.units")
    with pytest.raises(DataError, match="unit or mask would be lost"):
        Spectrum(WAVE * 1e4 * units.AA, ONES)


def test_lists_and_other_byte_orders_become_plain_arrays():
    spectrum = Spectrum([1, 2, 3], np.array([1, 2, 3], ">f4"), valid=[True, False, True])
    assert spectrum.wave.dtype == np.float64
    assert spectrum.flux.dtype == np.dtype("=f4")
    assert spectrum.valid.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"flux": ONES}, "n_spectra"),
        ({"flux": np.ones((2, 4))}, "flux must have shape"),
        ({"ids": np.arange(3)}, "ids must have shape"),
        ({"labels": {"teff": ONES}}, "teff must have shape"),
        ({"resolution": -1.0}, "resolution"),
    ],
)
def test_impossible_sets_are_refused(fields, message):
    with pytest.raises(DataError, match=message):
        SpectrumSet(**({"wave": WAVE, "flux": np.ones((2, 3))} | fields))


def test_spectra_of_one_grid_become_a_set_and_come_out_again():
    spectra = [Spectrum(WAVE, ONES * k, ONES, flux_unit="Jy", resolution=9.0) for k in (1, 2)]
    stacked = SpectrumSet.stack(spectra)
    assert stacked.flux_unit == "Jy"
    assert stacked.resolution == 9.0
    for before, after in zip(spectra, stacked, strict=True):
        np.testing.assert_array_equal(after.flux, before.flux)
        np.testing.assert_array_equal(after.sigma, before.sigma)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Spectrum(WAVE + 1, ONES), "another wavelength grid"),
        (Spectrum(WAVE, ONES, flux_unit="Jy"), "is in 'Jy'"),
    ],
)
def test_spectra_that_do_not_belong_together_are_not_stacked(other, message):
    with pytest.raises(DataError, match=message):
        SpectrumSet.stack([Spectrum(WAVE, ONES), other])


def test_nothing_is_not_stacked():
    with pytest.raises(DataError, match="zero spectra"):
        SpectrumSet.stack([])


def test_taken_rows_keep_what_belongs_to_them():
    spectra = SpectrumSet(
        WAVE,
        np.arange(9.0).reshape(3, 3),
        ids=np.array([7, 8, 9]),
        labels={"teff": np.array([1.0, 2.0, 3.0])},
    )
    taken = spectra.take(np.array([2, 0]))
    assert taken.ids.tolist() == [9, 7]
    assert taken.labels["teff"].tolist() == [3.0, 1.0]
    assert taken.flux[:, 0].tolist() == [6.0, 0.0]


def test_a_normalised_light_curve_has_a_median_of_one():
    curve = LightCurve(WAVE, np.array([50.0, 100.0, np.nan]), ONES, flux_unit="electron / s")
    normalised = curve.normalised()
    assert np.median(normalised.flux[normalised.usable]) == 1.0
    assert normalised.sigma[0] == pytest.approx(1 / 75)
    assert normalised.flux_unit == ""


@pytest.mark.parametrize("flux", [np.full(3, np.nan), np.zeros(3), -ONES])
def test_a_light_curve_without_a_level_is_not_normalised(flux):
    with pytest.raises(DataError, match="positive median"):
        LightCurve(WAVE, flux).normalised()


def test_time_may_be_negative_but_must_increase():
    LightCurve(WAVE - 10, ONES)
    with pytest.raises(DataError, match="time must be"):
        LightCurve(WAVE[::-1], ONES)


def test_a_changed_copy_is_checked_again():
    with pytest.raises(DataError, match="flux must have shape"):
        replace(Spectrum(WAVE, ONES), flux=np.ones(2))


def test_quality_flags_are_integers():
    assert LightCurve(WAVE, ONES, quality=np.array([1, 2, 3], ">i4")).quality.dtype == np.int32
    with pytest.raises(DataError, match="quality must be"):
        LightCurve(WAVE, ONES, quality=ONES)


def test_a_spectrum_shows_itself_in_one_line():
    spectrum = Spectrum(wave=np.linspace(1, 2, 500), flux=np.ones(500))

    assert repr(spectrum) == "<Spectrum: 500 pixels, 1 to 2 um, relative flux, no errors>"
