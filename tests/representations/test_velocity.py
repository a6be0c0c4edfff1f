"""Velocities are recovered with errors that hold, or it is said why they can't be."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.errors import DataError
from starsieve.representations.prepare import Inputs
from starsieve.representations.shifts import log_step, pixels_of, shift_to_rest, velocity_of
from starsieve.representations.velocity import (
    AT_EDGE,
    NO_LINES,
    NO_PIXELS,
    Velocities,
    estimate_velocity,
)

WAVE = np.geomspace(0.5, 0.5 * np.exp(1200 * 5e-5), 1201)
"""Steps of 15 km/s."""

LINES = np.random.default_rng(7).uniform(np.log(WAVE[0]) - 0.01, np.log(WAVE[-1]) + 0.01, 60)
DEPTHS = np.random.default_rng(8).uniform(0.05, 0.5, (2, 60))
LARGEST = 300.0


def star(kind: npt.ArrayLike, velocity: npt.ArrayLike, strength: float = 1.0) -> np.ndarray:
    """Return spectra of lines of known depth, exact at any velocity, shape (n, n_pixels)."""
    kind, velocity = np.atleast_1d(kind), np.atleast_1d(velocity)
    at = LINES + np.log1p(velocity / SPEED_OF_LIGHT)[:, None]
    depth = strength * (DEPTHS[0] + kind[:, None] * (DEPTHS[1] - DEPTHS[0]))
    flux = np.ones((len(velocity), len(WAVE)))
    for number in range(len(LINES)):
        apart = (np.log(WAVE) - at[:, number, None]) / 7.5e-5
        flux -= depth[:, number, None] * np.exp(-0.5 * apart**2)
    return flux


def observed(flux: np.ndarray, noise: float, seed: int = 0) -> Inputs:
    rng = np.random.default_rng(seed)
    n = len(flux)
    return Inputs(
        (flux + noise * rng.standard_normal(flux.shape)).astype(np.float32),
        np.ones(flux.shape, np.bool_),
        np.full(flux.shape, noise, np.float32),
        np.ones(n),
        np.ones(n),
    )


def masked(inputs: Inputs, gone: slice) -> Inputs:
    valid = inputs.valid.copy()
    valid[:, gone] = False
    flux = np.where(valid, inputs.flux, 0)
    return replace(inputs, valid=valid, flux=flux, sigma=np.where(valid, inputs.sigma, np.inf))


TEMPLATES = np.concatenate([star(0.5, 0.0), star(1.0, 0.0) - star(0.0, 0.0)])


def estimate(inputs: Inputs, largest: float = LARGEST) -> Velocities:
    return estimate_velocity(inputs, WAVE, TEMPLATES, largest, degree=2)


@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_errors_of_velocities_are_as_large_as_they_say(noise):
    rng = np.random.default_rng(1)
    truth, kind = rng.uniform(-250, 250, 400), rng.uniform(0, 1, 400)
    found = estimate(observed(star(kind, truth), noise))
    pulls = (found.velocity - truth) / found.error
    assert found.known.all()
    assert 0.85 < np.std(pulls) < 1.15
    assert abs(np.mean(pulls)) < 0.2
    assert 0.95 < np.median(found.chi2) < 1.05


def test_velocity_is_found_across_gaps_and_under_a_tilted_flux():
    truth = np.random.default_rng(2).uniform(-250, 250, 100)
    tilt = 1 + 0.3 * np.linspace(-1, 1, len(WAVE)) ** 2
    found = estimate(masked(observed(star(0.3, truth) * tilt, 0.02), slice(300, 700)))
    assert np.all(np.abs(found.velocity - truth) < 6 * found.error)
    whole = estimate(observed(star(0.3, truth) * tilt, 0.02))
    assert np.median(found.error / whole.error) > 1.05  # it knows that it has seen less


def test_what_is_zero_inside_of_a_gap_does_not_matter():
    inputs = masked(observed(star(0.3, np.array([40.0])), 0.02), slice(500, 600))
    flux = inputs.flux.copy()
    flux[:, 500:600] = 77.0
    assert estimate(replace(inputs, flux=flux)).velocity == pytest.approx(
        estimate(inputs).velocity, abs=1e-6
    )


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (observed(np.ones((1, len(WAVE))), 0.01), NO_LINES),
        (observed(star(0.5, 20.0, strength=0.01), 0.1), NO_LINES),
        (masked(observed(star(0.5, 20.0), 0.01), slice(0, 1195)), NO_PIXELS),
        (observed(star(0.5, 345.0), 0.01), AT_EDGE),
    ],
    ids=["constant", "no lines", "few pixels", "too fast"],
)
def test_a_velocity_that_can_not_be_known_is_none_and_says_why(inputs, reason):
    found = estimate(inputs)
    assert found.reasons == (reason,)
    assert np.isnan([found.velocity, found.error]).all()


def test_a_comb_of_lines_is_ambiguous_and_names_the_other_velocity():
    teeth = np.arange(60, 1150, 20)
    rest = 1 - 0.3 * np.exp(-0.5 * ((np.arange(len(WAVE)) - teeth[:, None]) / 1.6) ** 2).sum(axis=0)
    inputs = observed(np.roll(rest, 3)[None], 0.1)
    inputs = masked(masked(inputs, slice(0, 300)), slice(900, len(WAVE)))
    found = estimate_velocity(inputs, WAVE, rest[None], 450.0, degree=1)
    tooth = 20 * log_step(WAVE) * SPEED_OF_LIGHT
    assert found.ambiguous.all()
    apart = np.abs(found.second - found.velocity) / tooth
    assert apart == pytest.approx(np.round(apart), abs=0.1)
    assert not estimate(observed(star(0.5, 45.0), 0.01)).ambiguous.any()


def test_no_spectra_have_no_velocities():
    assert len(estimate(observed(np.ones((0, len(WAVE))), 0.01))) == 0


def test_uneven_grids_are_refused():
    inputs = observed(star(0.5, 0.0), 0.01)
    with pytest.raises(DataError, match="constant velocity steps"):
        estimate_velocity(inputs, np.linspace(0.5, 0.53, 1201), TEMPLATES, 100.0)


def test_a_shifted_spectrum_comes_to_rest():
    truth = np.array([-123.4, 0.0, 217.9])
    moved = masked(observed(star(0.5, truth), 1e-9), slice(400, 450))
    rest = shift_to_rest(moved, WAVE, truth)
    apart = np.where(rest.valid, rest.flux - star(0.5, 0.0), 0)
    assert np.abs(apart[:, 30:-30]).max() < 0.02  # beside gaps, where lines are cut
    assert np.median(np.abs(apart)) < 1e-5
    assert np.array_equal(rest.valid[1], moved.valid[1])
    to_the_right = round(float(pixels_of(123.4, log_step(WAVE))))
    gap = np.flatnonzero(~rest.valid[0, 50:-50]) + 50
    assert gap[0] == pytest.approx(400 + to_the_right, abs=1)


def test_a_spectrum_of_unknown_velocity_is_not_placed():
    rest = shift_to_rest(observed(star(0.5, 10.0), 0.01), WAVE, np.array([np.nan]))
    assert not rest.valid.any()


def test_pixels_and_velocities_are_each_others_inverse():
    velocity = np.array([-3000.0, 0.0, 12.5])
    assert velocity_of(pixels_of(velocity, 5e-5), 5e-5) == pytest.approx(velocity)
