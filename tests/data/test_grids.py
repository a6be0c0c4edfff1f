"""Wavelength grids, air and vacuum, velocities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data import grids
from starsieve.errors import DataError

formulas = pytest.mark.parametrize("formula", ["morton2000", "ciddor1996"])

NIST = {
    "Mg II k": (0.279_635_2, 0.279_552_8),
    "[O III]": (0.500_824_0, 0.500_684_3),
    "Na D2": (0.589_158_33, 0.588_995_10),
    "Na D1": (0.589_755_81, 0.589_592_42),
    "H alpha": (0.656_461_4, 0.656_280_1),
}
"""Wavelengths (micron) in vacuum and in air, as published."""


@formulas
@pytest.mark.parametrize("line", NIST)
def test_published_lines_are_where_they_should_be(line, formula):
    vacuum, air = NIST[line]
    assert grids.vacuum_to_air(np.array([vacuum]), formula)[0] == pytest.approx(air, abs=2e-7)
    assert grids.air_to_vacuum(np.array([air]), formula)[0] == pytest.approx(vacuum, abs=2e-7)


@formulas
@given(st.floats(0.2, 100.0))
def test_air_and_vacuum_invert_each_other(formula, wave):
    vacuum = np.array([wave])
    there = grids.vacuum_to_air(vacuum, formula)
    np.testing.assert_allclose(grids.air_to_vacuum(there, formula), vacuum, rtol=4e-16)
    assert there[0] < wave


@formulas
@given(st.floats(0.01, 0.1999))
def test_below_two_tenths_of_a_micron_all_is_vacuum(formula, wave):
    given_wave = np.array([wave])
    assert grids.vacuum_to_air(given_wave, formula)[0] == wave
    assert grids.air_to_vacuum(given_wave, formula)[0] == wave


@formulas
def test_wavelengths_in_vacuum_keep_their_order(formula):
    air = np.linspace(0.15, 30.0, 100_000)
    assert np.all(np.diff(grids.air_to_vacuum(air, formula)) >= 0)


def test_the_two_formulas_agree_to_a_metre_per_second_or_so():
    wave = np.linspace(0.3, 1.0, 100)
    ratio = grids.vacuum_to_air(wave) / grids.vacuum_to_air(wave, "ciddor1996")
    assert np.all(np.abs(ratio - 1) < 2e-8)


@given(st.floats(-299_000.0, 299_000.0))
def test_the_rest_frame_undoes_a_doppler_shift(velocity):
    wave = np.linspace(0.5, 2.0, 20)
    there = grids.doppler_shift(wave, velocity)
    np.testing.assert_allclose(grids.rest_frame(there, velocity), wave, rtol=1e-12)


def test_a_receding_source_is_red():
    shifted = grids.doppler_shift(np.array([1.0]), 30.0)[0]
    assert shifted == pytest.approx(1 + 30 / grids.SPEED_OF_LIGHT, abs=1e-8)


@pytest.mark.parametrize("velocity", [3e5, -3e5, np.nan])
def test_no_source_is_as_fast_as_light(velocity):
    with pytest.raises(DataError, match="between -c and c"):
        grids.doppler_shift(np.ones(1), velocity)


def test_grids_reach_from_end_to_end():
    for grid in (grids.linear_grid(0.5, 2.0, 11), grids.log_grid(0.5, 2.0, 11)):
        assert grid[0] == pytest.approx(0.5)
        assert grid[-1] == pytest.approx(2.0)
        assert len(grid) == 11


@given(st.floats(10, 1e4), st.floats(1, 4))
def test_a_grid_of_constant_resolution_has_it_everywhere(resolution, per_element):
    grid = grids.resolution_grid(1.0, 1.5, resolution, per_element)
    np.testing.assert_allclose(grid[:-1] / np.diff(grid), resolution * per_element, rtol=1e-7)
    assert grid[-1] <= 1.5 * (1 + 1e-9)
    assert grid[-1] * (1 + 1 / (resolution * per_element)) > 1.5 * (1 - 1e-9)


@pytest.mark.parametrize(("start", "stop", "resolution"), [(2, 1, 10), (0, 1, 10), (1, 2, 0)])
def test_an_impossible_grid_is_refused(start, stop, resolution):
    with pytest.raises(DataError, match="A grid needs"):
        grids.resolution_grid(start, stop, resolution)
