"""Weighted draws against a posterior that was computed point by point."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.importance.box import from_logit, log_prior, to_logit
from starsieve.atmospheres.importance.peaks import Slope, climb
from starsieve.atmospheres.importance.sample import ENOUGH, MOST_TIMES, resample, sample
from starsieve.atmospheres.importance.weights import effective_size, log_mean, normalise


@pytest.fixture(scope="module")
def by_points(likelihood):
    """Return points of the box on a lattice around the truth, and their log posterior."""
    middles = np.linspace(0, 1, 101)[1::2]
    axes = [2 * middles - 1, 0.3 * middles - 0.25, 2 * middles - 1]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    return points, likelihood(points), cell / 8.0


@pytest.fixture(scope="module")
def peaks(likelihood):
    slope = Slope(likelihood.box, likelihood.renderer, likelihood.precision.at(3))
    starts = to_logit(np.array([[0.0, 0.0, 0.0], [-0.5, 0.3, 0.8]]))
    return climb(slope, starts)


@pytest.fixture(scope="module")
def found(likelihood, peaks):
    return sample(likelihood, peaks.mixture, 4000, np.random.default_rng(0))


def test_climbs_end_near_the_highest_point(peaks, by_points):
    points, log_posterior, _ = by_points
    # The highest of the density over logits, as it is climbed.
    best = points[np.argmax(log_posterior + log_prior(to_logit(points)))]

    np.testing.assert_allclose(from_logit(peaks.highest), best, atol=0.08)


def test_weighted_draws_have_the_moments_of_the_posterior(found, by_points):
    points, log_posterior, _ = by_points
    exact = normalise(log_posterior)
    mean = exact @ points
    spread = np.sqrt(exact @ (points - mean) ** 2)
    weights = normalise(found.log_weights)

    ours = weights @ found.points
    np.testing.assert_allclose((ours - mean) / spread, 0.0, atol=0.08)
    np.testing.assert_allclose(
        np.sqrt(weights @ (found.points - ours) ** 2) / spread, 1.0, atol=0.06
    )
    assert effective_size(found.log_weights) > 0.3 * len(found.points)


def test_the_evidence_is_the_integral_over_the_prior(found, by_points):
    _, log_posterior, cell = by_points
    integral = np.logaddexp.reduce(log_posterior) + np.log(cell)

    assert log_mean(found.log_weights) == pytest.approx(integral, abs=0.06)


def test_more_is_drawn_where_few_draws_are_effective(likelihood, peaks):
    # Proposals far too narrow: of their draws a handful would stand for all the others.
    narrow = replace(peaks.mixture, factors=0.02 * peaks.mixture.factors)

    found = sample(likelihood, narrow, 200, np.random.default_rng(0))
    drawn = resample(
        found,
        normalise(found.log_weights),
        likelihood.precision.inflations,
        200,
        np.random.default_rng(1),
    )

    enough = effective_size(found.log_weights) >= ENOUGH * 200
    assert 200 < len(found.points) == len(found.chi2) <= MOST_TIMES * 200
    assert enough or len(found.points) == MOST_TIMES * 200
    assert len(drawn.points) == 200


def test_resampled_draws_have_scales_that_fit(found, likelihood):
    rng = np.random.default_rng(1)
    inflations = likelihood.precision.inflations

    drawn = resample(found, normalise(found.log_weights), inflations, 4000, rng)

    models = likelihood.models(drawn.points[:300]) * drawn.scale[:300, None]
    off = np.sqrt(np.mean((models - likelihood.seen.flux) ** 2, axis=1))
    assert np.median(off) < 0.05
    assert set(drawn.inflation) <= set(inflations)
    assert np.median(drawn.chi2) == pytest.approx(40, rel=0.5)
