"""How a spectrum is looked at, as an address says it."""

from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from starsieve.web.spectra.look import NOT_CARRIED, Look


def test_a_look_at_nothing_special_needs_no_words():
    assert Look().query() == ""
    assert Look(medium="vacuum", smooth=0).query() == ""


def test_a_look_survives_its_address():
    look = Look(
        medium="air",
        unit="angstrom",
        lines=["na1", "k1"],
        tellurics=True,
        overlay=[4, 9],
        xmin=5885.0,
        xmax=5900.0,
        smooth=3,
        velocity=-22.7,
    )
    words = parse_qs(look.query().removeprefix("?"))
    single = {k: v if k in ("lines", "overlay") else v[0] for k, v in words.items()}
    assert Look.model_validate(single) == look


def test_what_belongs_to_one_spectrum_does_not_go_along():
    look = Look(unit="nm", overlay=[4], xmin=500.0, xmax=600.0)
    assert look.query(NOT_CARRIED) == "?unit=nm"
    assert Look(unit="nm", theme="dark").query() == "?unit=nm"


def test_a_range_is_understood_in_the_unit_it_was_written_in():
    look = Look(unit="um", medium="vacuum", xmin=5889.951, xmax=5895.9242)
    written = look.model_copy(update={"range_unit": "angstrom", "range_medium": "air"})
    assert written.view == pytest.approx((0.5891583, 0.5897558), abs=1e-7)


@pytest.mark.parametrize("ends", [(1.0, None), (None, 2.0), (1.0, 1.0), (-1.0, 2.0), (0.0, 1.0)])
def test_half_a_range_or_an_impossible_one_is_none(ends):
    assert Look(xmin=ends[0], xmax=ends[1]).view is None


def test_a_flux_that_cant_be_converted_is_shown_as_stored():
    assert Look(flux="jy").fitting("ct").flux == "stored"
    assert Look(flux="jy").fitting("W / (um m2)").flux == "jy"
    assert Look(flux="normalised").fitting("").flux == "normalised"


@pytest.mark.parametrize(
    "wrong",
    [
        {"medium": "water"},
        {"smooth": -1},
        {"smooth": float("nan")},
        {"xmin": float("inf")},
        {"velocity": 1e9},
        {"overlay": [0]},
        {"overlay": list(range(1, 9))},
        {"lines": ["x" * 81]},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Look.model_validate(wrong)


def test_species_that_nobody_knows_are_left_out():
    assert Look(lines=["na1", "<b>"]).to_spectrum_look().species == ("na1",)
