import json

import numpy as np
import pytest

import starsieve
from starsieve.errors import DataError
from starsieve.readers import Hints, read
from starsieve.readers.units import parse_flux_unit, parse_wave_unit
from tests.readers.made_files import MADE, make_light_curve, make_spex


def test_the_public_name_reads_a_file_given_as_text(tmp_path):
    assert len(starsieve.read(str(make_spex(tmp_path)))) == 1


@pytest.mark.parametrize("layout", MADE)
def test_the_record_is_json(tmp_path, layout):
    reading = read(MADE[layout](tmp_path))

    assert json.loads(json.dumps(reading.to_record()))["layout"] == layout


def test_a_reading_prints_what_was_found_and_assumed(tmp_path):
    text = str(read(make_spex(tmp_path)))

    assert "spectrum (spex), 120 pixels, 0.7 to 2.5 um, flux in erg / (Angstrom s cm2)" in text
    assert "- Medium of the wavelengths not stated" in text


def test_a_reading_shows_itself_in_a_notebook_without_markup_from_the_file(tmp_path):
    folder = tmp_path / "<b>"
    folder.mkdir()

    html = read(make_spex(folder))._repr_html_()

    assert "&lt;b&gt;" in html
    assert "<li>Medium" in html


def test_a_light_curve_is_no_spectrum(tmp_path):
    with pytest.raises(DataError, match="holds a light curve, not one spectrum"):
        _ = read(make_light_curve(tmp_path)).spectrum


def test_a_reading_is_a_sequence(tmp_path):
    reading = read(make_spex(tmp_path))

    assert len(reading) == 1
    assert list(reading) == [reading[0]] == list(reading[:1])
    np.testing.assert_array_equal(reading.spectrum.flux, reading[0].flux)


@pytest.mark.parametrize(
    "wrong", [{"medium": "water"}, {"frame": "galactic"}, {"resolution": -1.0}]
)
def test_impossible_hints_are_refused(wrong):
    with pytest.raises(DataError, match=f"{next(iter(wrong))} must be"):
        Hints(**wrong)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("ergss-1cm-2A-1", "erg / (Angstrom s cm2)"),
        ("ergs s-1 cm-2 A-1", "erg / (Angstrom s cm2)"),
        ("ergs-1cm-2A-1", "erg / (Angstrom s cm2)"),
        ("Wm-2um-1", "W / (um m2)"),
        ("W/m^2/microns", "W / (um m2)"),
        ("erg s^{-1} cm^{-2} \\AA^{-1}", "erg / (Angstrom s cm2)"),
        ("ERG/CM2/S/A", "erg / (Angstrom s cm2)"),
        ("10^-17 erg/s/cm2/Ang", "1e-17 erg / (Angstrom s cm2)"),
        ("1E-17 erg/cm^2/s/Angstrom", "1e-17 erg / (Angstrom s cm2)"),
        ("$\\mu$Jy", "uJy"),
        ("MJy/sr", "MJy / sr"),
        ("e-/s", "electron / s"),
        ("counts", "ct"),
        ("Relative Flux", ""),
        ("normalized", ""),
        ("counts per foo", None),
        ("(" * 500, None),
    ],
)
def test_units_are_understood_in_the_spellings_of_the_field(spelling, unit):
    assert parse_flux_unit(spelling) == unit


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [("Microns", "um"), ("μm", "um"), ("A", "Angstrom"), ("Å", "Angstrom"), ("K", "None")],
)
def test_units_of_wavelength_are_understood(spelling, unit):
    assert str(parse_wave_unit(spelling)) == unit
