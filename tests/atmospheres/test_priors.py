"""Priors: what is read, what is refused, and what they make of draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.atmospheres.priors import Given, Prior, under_priors
from starsieve.errors import DataError

NAMES = ("teff", "logg")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("logg=4.5+-0.2", Prior("logg", "normal", 4.5, 0.2)),
        (" logg = 4.5 +/- 0.2 ", Prior("logg", "normal", 4.5, 0.2)),
        ("mh=-0.3±1e-1", Prior("mh", "normal", -0.3, 0.1)),
        ("teff=1000..1500", Prior("teff", "uniform", 1000.0, 1500.0)),
        ("mh=-0.5..-0.25", Prior("mh", "uniform", -0.5, -0.25)),
        ("teff=1000. .. 1500.", Prior("teff", "uniform", 1000.0, 1500.0)),
    ],
)
def test_priors_are_read(text, expected):
    assert Prior.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "logg", "logg=", "logg=4.5", "logg=4.5+-", "logg=high", "logg=4.5+-0.2x"],
)
def test_what_is_no_prior_is_refused_with_what_was_expected(text):
    with pytest.raises(DataError, match=r"expected LABEL=MEAN\+-SIGMA or LABEL=LOW\.\.HIGH"):
        Prior.parse(text)


@pytest.mark.parametrize(
    "text", ["logg=4.5+-0", "logg=4.5+--1", "teff=1500..1000", "teff=1..1", "=1..2"]
)
def test_impossible_priors_are_refused(text):
    with pytest.raises(DataError, match="expected a label, and SIGMA above 0 or HIGH above LOW"):
        Prior.parse(text)


@given(st.floats(-1e4, 1e4), st.floats(1e-6, 1e4), st.sampled_from(["normal", "uniform"]))
def test_the_text_of_a_prior_is_read_again(first, size, kind):
    prior = Prior("teff", kind, first, size if kind == "normal" else first + 1.0 + size)

    assert Prior.parse(prior.text) == prior


def test_people_read_priors_with_their_unit():
    assert str(Prior.parse("teff=1000..1500")) == "teff 1000 to 1500 K"
    assert Given("young", (Prior.parse("mh=0.1+-0.2"),)).told() == [
        "age class given: young",
        "prior given: mh 0.1 ± 0.2 dex",
    ]


def test_a_prior_on_what_is_not_inferred_is_refused():
    given = Given(None, (Prior.parse("fsed=1..2"),))

    with pytest.raises(DataError, match="No prior on 'fsed': the model infers teff, logg"):
        given.check(NAMES, knows_ages=False)


def test_an_age_needs_a_model_that_knows_ages():
    Given("field").check(NAMES, knows_ages=True)
    with pytest.raises(DataError, match="tells no ages apart; take ultracool-spex"):
        Given("field").check(NAMES, knows_ages=False)
    with pytest.raises(DataError, match="one of young, intermediate, field, got 'old'"):
        Given("old").check(NAMES, knows_ages=True)  # type: ignore[arg-type]


def draws(n=40_000, seed=0):
    """Draws of two correlated Gaussians: mean 0 and 1, deviation 1, correlation 0.8."""
    covariance = [[1.0, 0.8], [0.8, 1.0]]
    return np.random.default_rng(seed).multivariate_normal([0.0, 1.0], covariance, n)[None]


def test_a_gaussian_under_a_gaussian_prior_is_their_product():
    chosen, effective = under_priors(draws(), NAMES, [Prior("teff", "normal", 1.0, 0.5)], 4000, 0)

    # Conjugate: precision 1 + 4, mean 4/5; the other label follows by regression.
    teff, logg = chosen[0].T
    assert teff.mean() == pytest.approx(0.8, abs=0.03)
    assert teff.std() == pytest.approx(0.2**0.5, abs=0.02)
    assert logg.mean() == pytest.approx(1 + 0.8 * 0.8, abs=0.03)
    assert logg.std() == pytest.approx((1 - 0.64 + 0.64 * 0.2) ** 0.5, abs=0.03)
    assert 4000 < effective[0] < 40_000


def test_a_range_keeps_what_is_inside():
    chosen, effective = under_priors(draws(), NAMES, [Prior("logg", "uniform", 1.0, 9.0)], 500, 0)

    assert chosen[0, :, 1].min() >= 1.0
    assert effective[0] == pytest.approx(20_000, rel=0.05)


def test_priors_multiply():
    both = [Prior("teff", "normal", 1.0, 1.0), Prior("teff", "normal", -1.0, 1.0)]

    chosen, _ = under_priors(draws(), NAMES, both, 4000, 0)

    assert chosen[0, :, 0].mean() == pytest.approx(0.0, abs=0.03)
    assert chosen[0, :, 0].std() == pytest.approx(3**-0.5, abs=0.02)


def test_a_prior_that_excludes_everything_is_told_and_leaves_the_draws():
    prior = [Prior("teff", "uniform", 50.0, 60.0)]
    given = np.concatenate([draws(2000), draws(2000, seed=1) + 55.0])

    chosen, effective = under_priors(given, NAMES, prior, 1000, 0)

    assert effective[0] == 0.0
    assert effective[1] > 1000
    assert np.median(chosen[0, :, 0]) == pytest.approx(0.0, abs=0.1)


def test_the_same_seed_chooses_the_same_draws():
    prior = [Prior("teff", "normal", 1.0, 0.5)]

    first, again, other = (under_priors(draws(500), NAMES, prior, 100, s)[0] for s in (0, 0, 1))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
