"""What is unlike all others comes first, whatever makes it so."""

import numpy as np
import pytest

from starsieve.data import Embeddings
from starsieve.errors import DataError
from starsieve.representations.outliers import find_outliers


def make_usual(n=300, seed=0):
    rng = np.random.default_rng(seed)
    latents = rng.normal(size=(n, 3))
    chi2 = rng.chisquare(500, n) / 500
    return latents, chi2


def embed(latents, chi2=None):
    columns = {} if chi2 is None else {"chi2_reduced": chi2}
    return Embeddings(latents, np.arange(len(latents)) + 50, columns=columns)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_lonely_and_a_badly_drawn_spectrum_come_first(seed):
    latents, chi2 = make_usual(seed=seed)
    latents[17] = [9.0, -9.0, 9.0]
    chi2[42] = 8.0

    found = find_outliers(embed(latents, chi2))

    assert set(found.ids[found.order[:2]].tolist()) == {67, 92}
    assert found.loneliness[17] > 3
    assert found.misfit[42] > 3
    assert np.all(np.diff(found.score[found.order]) <= 0)


def test_usual_spectra_have_small_scores():
    found = find_outliers(embed(*make_usual()))

    assert np.median(found.score) < 1.5
    assert np.mean(found.score > 5) < 0.05


def test_a_well_drawn_spectrum_in_company_is_no_outlier_for_being_better_than_others():
    latents, chi2 = make_usual()
    latents[3], chi2[3] = 0.0, 0.01

    found = find_outliers(embed(latents, chi2))

    assert found.score[3] < np.median(found.score)


def test_spectra_of_the_same_star_are_no_company():
    latents, chi2 = make_usual()
    latents[:15] = np.random.default_rng(1).normal(8.0, 0.01, (15, 3))
    stars = np.arange(300)
    stars[:15] = 0

    hidden = find_outliers(embed(latents, chi2))
    seen = find_outliers(embed(latents, chi2), stars)

    assert hidden.loneliness[:15].max() < 0
    assert set(seen.order[:15].tolist()) == set(range(15))


def test_what_could_not_be_encoded_has_no_score_and_is_not_listed():
    latents, chi2 = make_usual()
    latents[5] = np.nan

    found = find_outliers(embed(latents, chi2))

    assert np.isnan(found.score[5])
    assert len(found.order) == 299
    assert 5 not in found.order


def test_without_a_reconstruction_loneliness_decides():
    latents, _ = make_usual()
    latents[17] = [9.0, -9.0, 9.0]

    found = find_outliers(embed(latents))

    assert found.order[0] == 17
    assert np.isnan(found.misfit).all()


def test_the_same_spectrum_many_times_is_no_outlier_and_no_error():
    latents, chi2 = make_usual()
    latents[:40] = 0.1

    found = find_outliers(embed(latents, chi2))

    assert np.isfinite(found.score).all()
    assert found.loneliness[:40].max() < 0


def test_identical_spectra_are_all_equally_usual():
    found = find_outliers(embed(np.ones((30, 2)), np.ones(30)))

    assert (found.score == 0).all()


@pytest.mark.parametrize("n", [1, 5, 19])
def test_too_few_spectra_are_refused(n):
    with pytest.raises(DataError, match=f"{n} spectra are encoded; at least 20"):
        find_outliers(embed(np.random.default_rng(0).normal(size=(n, 2))))
