"""Spectra of unknown velocities come to rest together."""

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.representations.align import align, make_templates
from starsieve.representations.velocity import estimate_velocity
from tests.representations.test_velocity import WAVE, masked, observed, star

PIXEL = 15.0
"""km/s, of the grid."""

TRUTH = np.random.default_rng(5).uniform(-200, 200, 150)
KIND = np.random.default_rng(6).uniform(0, 1, 150)
SPECTRA = masked(observed(star(KIND, TRUTH), 0.02), slice(550, 580))


def test_unknown_velocities_are_found_up_to_one_zero_point():
    found = align(SPECTRA, WAVE, 300.0, n_templates=2)
    apart = found.velocities.velocity - TRUTH
    assert found.relative
    assert found.settled
    assert found.velocities.known.all()
    assert np.std(apart) < PIXEL / 10
    assert abs(np.median(apart) + np.median(TRUTH)) < 5  # the median star's is the zero point


def test_a_few_known_velocities_fix_the_zero_point():
    known = np.where(np.arange(150) % 10 == 0, TRUTH, np.nan)
    found = align(SPECTRA, WAVE, 300.0, n_templates=2, known=known)
    assert not found.relative
    assert abs(np.median(found.velocities.velocity - TRUTH)) < 0.5


def test_what_was_learnt_from_unknown_velocities_serves_as_well_as_from_rest():
    fresh = np.random.default_rng(9).uniform(-200, 200, 100)
    spectra = observed(star(0.4, fresh), 0.02, seed=3)
    scatter = {}
    learnt = {
        "unknown": align(SPECTRA, WAVE, 300.0, n_templates=2).templates,
        "rest": make_templates(SPECTRA, WAVE, TRUTH, 2, floor=0.003),
    }
    for name, templates in learnt.items():
        found = estimate_velocity(spectra, WAVE, templates, 300.0)
        scatter[name] = np.std(found.velocity - fresh)
    assert scatter["unknown"] < max(1.5 * scatter["rest"], PIXEL / 10)


def test_spectra_without_lines_can_not_be_aligned():
    flat = observed(np.ones((30, len(WAVE))), 0.02)
    with pytest.raises(DataError, match="velocities by a label"):
        align(flat, WAVE, 300.0)


def test_spectra_of_unknown_velocity_take_no_part_in_the_templates():
    velocity = np.where(np.arange(150) < 100, TRUTH, np.nan)
    some = make_templates(SPECTRA, WAVE, velocity, 2, floor=0.003)
    only = make_templates(SPECTRA.take(np.arange(100)), WAVE, TRUTH[:100], 2, floor=0.003)
    assert some[0] == pytest.approx(only[0], rel=1e-4, nan_ok=True)
