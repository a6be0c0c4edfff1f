"""Units and media that wavelengths and fluxes are shown in."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data.units import (
    FLUX_CHOICES,
    FLUX_DENSITIES,
    WAVE_UNITS,
    convert_flux,
    flux_choices,
    from_axis,
    readable_unit,
    to_axis,
)
from starsieve.errors import DataError


@given(st.floats(0.2, 30), st.sampled_from(sorted(WAVE_UNITS)), st.sampled_from(["vacuum", "air"]))
def test_an_axis_can_be_read_back(wave, unit, medium):
    shown = to_axis(np.array([wave]), unit, medium)
    np.testing.assert_allclose(from_axis(shown, unit, medium), wave, rtol=1e-12)


def test_sodium_is_where_textbooks_have_it():
    assert to_axis(np.array([0.5891583]), "nm", "air")[0] == pytest.approx(588.995, abs=1e-3)
    assert to_axis(np.array([0.5891583]), "angstrom", "vacuum")[0] == pytest.approx(5891.583)


@pytest.mark.parametrize("choice", sorted(FLUX_DENSITIES))
@pytest.mark.parametrize("unit", ["W / (um m2)", "erg / (Angstrom s cm2)", "Jy"])
def test_flux_densities_convert_as_astropy_does(unit, choice):
    wave, flux = np.array([0.5, 1.0, 2.5]), np.array([1.0, 3.0, 2.0])
    found = convert_flux(wave, flux, 0.1 * flux, unit, choice)
    expected = (flux * u.Unit(unit)).to_value(
        FLUX_DENSITIES[choice], u.spectral_density(wave * u.um)
    )
    np.testing.assert_allclose(found.flux, expected, rtol=1e-12)
    np.testing.assert_allclose(found.sigma, 0.1 * expected, rtol=1e-12)
    assert found.unit == FLUX_DENSITIES[choice]


def test_a_normalised_flux_is_one_in_the_middle_of_its_good_pixels():
    flux = np.array([2.0, 4.0, 6.0, 1e9])
    good = np.array([True, True, True, False])
    found = convert_flux(np.arange(1.0, 5.0), flux, np.ones(4), "ct", "normalised", good)
    assert found.flux[:3].tolist() == [0.5, 1.0, 1.5]
    assert found.sigma.tolist() == [0.25] * 4
    assert found.unit == ""


def test_noise_around_zero_is_normalised_by_its_height():
    found = convert_flux(np.arange(1.0, 4.0), np.array([-1.0, 0.0, -4.0]), None, "", "normalised")
    assert found.flux.tolist() == [-0.25, 0.0, -1.0]


@pytest.mark.parametrize("unit", ["", "ct", "nonsense", "electron / s"])
def test_what_is_no_flux_density_is_shown_as_stored_or_normalised(unit):
    assert flux_choices(unit) == ("stored", "normalised")
    with pytest.raises(DataError, match="stored, normalised"):
        convert_flux(np.ones(1), np.ones(1), None, unit, "jy")


def test_every_choice_is_open_to_a_flux_density():
    assert flux_choices("mJy") == FLUX_CHOICES


@pytest.mark.parametrize("choice", ["stored", "nonsense"])
def test_as_stored_nothing_changes_and_other_words_are_refused(choice):
    wave, flux = np.ones(1), np.ones(1)
    if choice == "stored":
        assert convert_flux(wave, flux, None, "ct", choice).flux is flux
    else:
        with pytest.raises(DataError, match="nonsense"):
            convert_flux(wave, flux, None, "ct", choice)


def test_units_are_printed_as_people_write_them():
    assert readable_unit("erg / (Angstrom s cm2)") == "erg Å⁻¹ s⁻¹ cm⁻²"
    assert readable_unit("wibble\n") == "wibble "
