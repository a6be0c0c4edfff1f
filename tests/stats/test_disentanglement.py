"""Factors in dimensions of their own score high, mixed ones low; planted dimensions are counted."""

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from starsieve.errors import DataError
from starsieve.stats import disentanglement as dis
from starsieve.stats import informative as inf


def planted(seed, n=1000, n_factors=3, n_empty=2):
    """Return factors, latents with one each and some of noise, and the same latents rotated."""
    rng = np.random.default_rng(seed)
    factors = rng.uniform(-1, 1, (n, n_factors))
    own = factors + 0.03 * rng.normal(size=factors.shape)
    empty = 0.01 * rng.normal(size=(n, n_empty))
    # An even mix of all: a random one may happen to be close to none.
    rotation = special_ortho_group.rvs(n_factors, random_state=seed)
    while np.abs(rotation).max() > 0.9:
        seed += 1
        rotation = special_ortho_group.rvs(n_factors, random_state=seed)
    return factors, np.hstack([own, empty]), np.hstack([own @ rotation, empty])


@pytest.mark.parametrize("seed", range(3))
def test_own_dimensions_score_high_and_rotated_ones_low(seed):
    factors, own, rotated = planted(seed)

    assert dis.sap(own, factors).value > 0.9
    assert dis.sap(rotated, factors).value < dis.sap(own, factors).value - 0.15
    assert dis.mig(own, factors).value > 0.5
    assert dis.mig(rotated, factors).value < dis.mig(own, factors).value / 2
    trees, mixed = dis.dci(own, factors, seed=seed), dis.dci(rotated, factors, seed=seed)
    assert min(trees.disentanglement, trees.completeness, trees.informativeness) > 0.9
    assert max(mixed.disentanglement, mixed.completeness) < 0.85
    assert mixed.informativeness > 0.8


def test_the_order_and_sign_of_dimensions_do_not_matter():
    factors, own, _ = planted(0)
    turned = -own[:, ::-1]

    assert dis.mig(turned, factors).value == pytest.approx(dis.mig(own, factors).value, abs=0.02)
    assert dis.sap(turned, factors).value == pytest.approx(dis.sap(own, factors).value)


def test_a_lasso_sees_lines_and_trees_see_folds():
    factors, own, _ = planted(0)
    own[:, 0] = np.abs(own[:, 0]) + 2 * (own[:, 0] > 0)  # folded, and torn apart again

    lasso, trees = (dis.dci(own, factors, kind) for kind in ("lasso", "trees"))

    assert trees.r2[0] > 0.9
    assert lasso.r2[0] < trees.r2[0]
    assert trees.importance[:, 0].argmax() == 0
    np.testing.assert_allclose(trees.importance.sum(axis=0), 1)


def test_factors_that_depend_on_each_other_can_not_be_apart():
    rng = np.random.default_rng(0)
    teff = rng.normal(size=1000)
    factors = np.column_stack([teff, teff + 0.5 * rng.normal(size=teff.size)])

    assert dis.sap(factors, factors).value < 0.5


def test_one_factor_or_one_dimension_is_no_reason_to_fail():
    factors, own, _ = planted(0)

    one_factor = dis.dci(own, factors[:, :1])
    one_latent = dis.dci(own[:, :1], factors)

    assert np.isnan(one_factor.disentanglement)
    assert one_factor.completeness > 0.9
    assert np.isnan(one_latent.completeness)
    assert dis.sap(own[:, :1], factors[:, :1]).value > 0.9


@pytest.mark.parametrize(
    ("latents", "factors", "message"),
    [
        (np.ones((200, 2)), np.ones(200), "Expected latents of shape"),
        (np.ones((200, 2)), np.ones((100, 1)), "Expected latents of shape"),
        (np.ones((50, 2)), np.ones((50, 1)), "Can't say: 50 rows"),
        (np.ones((200, 0)), np.ones((200, 1)), "Can't say: latents are"),
        (np.ones((200, 1)), np.arange(200.0)[:, None] % 3, "factor 0 has 3 values"),
        (np.full((200, 1), np.nan), np.arange(200.0)[:, None], "latents holds 200"),
    ],
)
def test_what_can_not_be_scored_is_refused(latents, factors, message):
    for score in (dis.mig, dis.sap, dis.dci):
        with pytest.raises(DataError, match=message):
            score(latents, factors)


@pytest.mark.parametrize("n_factors", [1, 3, 6])
def test_planted_factors_are_counted(n_factors):
    rng = np.random.default_rng(n_factors)
    sigma = np.full((500, 16), 0.995)
    sigma[:, :n_factors] = 0.1
    latents = 0.003 * rng.normal(size=sigma.shape)
    latents[:, :n_factors] = rng.normal(size=(500, n_factors))

    by_mad = inf.find_informative(inf.absolute_deviations(latents), inf.MAD_THRESHOLD)
    by_kl = inf.find_informative(inf.divergences(latents, sigma), inf.KL_THRESHOLD)

    assert by_mad.rows.tolist() == by_kl.rows.tolist() == list(range(n_factors))
    assert by_mad.count == n_factors
    assert by_mad.low < 0.01 < 0.3 < by_mad.high
    assert by_mad.margin > 2


def test_the_count_stays_the_same_within_its_bounds():
    found = inf.find_informative(np.array([0.5, 0.03, 0.004]), 0.02)

    counts = inf.count_by_threshold(found.measure, np.array([0.0041, 0.0299, 0.031, 0.6]))

    assert (found.low, found.high) == (0.004, 0.03)
    assert counts.tolist() == [2, 2, 1, 0]
    assert found.margin == pytest.approx(1.5)


def test_the_divergence_of_a_gaussian_is_the_analytic_one():
    divergence = inf.divergences(np.full((4, 1), 2.0), np.full((4, 1), 0.5))

    assert divergence[0] == pytest.approx(0.5 * (4 + 0.25 - 1) + np.log(2))
    assert inf.divergences(np.zeros((4, 1)), np.ones((4, 1)))[0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inf.find_informative(np.ones(2), 0.0), "must be positive, got 0"),
        (lambda: inf.divergences(np.ones((3, 2)), np.zeros((3, 2))), "positive sigma"),
        (lambda: inf.absolute_deviations(np.ones((0, 2))), "rows in it"),
    ],
)
def test_impossible_measures_are_refused(call, message):
    with pytest.raises(DataError, match=message):
        call()
