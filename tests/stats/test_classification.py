"""Scores of classifiers agree with scikit-learn's, and mean what they say."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_curve,
)

from starsieve.errors import DataError
from starsieve.stats import (
    average_precision,
    calibration_error,
    find_threshold,
    precision_recall,
    reliability,
    score_average_precision,
    score_classes,
)


def made_scores(n=400, seed=0, digits=2):
    rng = np.random.default_rng(seed)
    probability = rng.uniform(size=n).round(digits)
    return probability, rng.uniform(size=n) < probability


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_scikit_learn(seed):
    score, positive = made_scores(seed=seed)
    assert average_precision(score, positive) == pytest.approx(
        average_precision_score(positive, score), abs=1e-12
    )


def test_weights_count_rows_as_often_as_they_say():
    score, positive = made_scores()
    weight = np.random.default_rng(1).integers(1, 4, len(score))
    repeated = np.repeat(np.arange(len(score)), weight)
    assert average_precision(score, positive, weight.astype(float)) == pytest.approx(
        average_precision(score[repeated], positive[repeated])
    )
    assert calibration_error(score, positive, weight.astype(float)) == pytest.approx(
        calibration_error(score[repeated], positive[repeated])
    )


def test_precision_and_recall_are_those_of_scikit_learn():
    score, positive = made_scores()
    found = precision_recall(score, positive)
    precision, recall, threshold = precision_recall_curve(positive, score)
    np.testing.assert_allclose(found.threshold[::-1], threshold)
    np.testing.assert_allclose(found.precision[::-1], precision[:-1])
    np.testing.assert_allclose(found.recall[::-1], recall[:-1])
    alarms, _, _ = roc_curve(positive, score, drop_intermediate=False)
    np.testing.assert_allclose(np.append(0, found.false_alarm), alarms)


def test_a_threshold_keeps_the_wanted_precision_and_no_lower_one_does():
    score, positive = made_scores(2000)
    cut = find_threshold(score, positive, 0.9)
    taken = score >= cut.threshold
    assert positive[taken].mean() == pytest.approx(cut.precision)
    assert cut.precision >= 0.9
    assert cut.recall == pytest.approx(positive[taken].sum() / positive.sum())
    lower = np.unique(score[score < cut.threshold])
    assert all(positive[score >= value].mean() < 0.9 for value in lower)


def test_a_precision_that_no_cut_reaches_has_no_threshold():
    score = np.array([0.9, 0.8, 0.1])
    assert find_threshold(score, np.array([False, True, False]), 0.9) is None


def test_reliability_is_that_of_scikit_learn():
    probability, positive = made_scores(1000)
    probability = np.clip(probability + 0.003, 0, 1)  # away from the edges of bins
    bins = reliability(probability, positive)
    share, mean = calibration_curve(positive, probability, n_bins=10)
    np.testing.assert_allclose([each.share for each in bins], share)
    np.testing.assert_allclose([each.probability for each in bins], mean)


def test_calibrated_probabilities_have_a_small_error_and_overconfident_ones_a_large_one():
    probability, positive = made_scores(20_000, digits=6)
    assert calibration_error(probability, positive) < 0.02
    assert calibration_error((probability > 0.5).astype(float), positive) > 0.2


def test_classes_are_scored_as_by_scikit_learn():
    rng = np.random.default_rng(3)
    names = ["planet", "binary", "other"]
    truth, chosen = rng.choice(names, 300), rng.choice(names, 300)
    found = score_classes(chosen, truth, names)
    options = {"labels": names, "average": None}
    np.testing.assert_allclose(
        [each.precision for each in found], precision_score(truth, chosen, **options)
    )
    np.testing.assert_allclose(
        [each.recall for each in found], recall_score(truth, chosen, **options)
    )


def test_a_class_that_is_never_chosen_has_no_precision():
    [score] = score_classes(np.array(["a", "a"]), np.array(["a", "b"]), ["b"])
    assert np.isnan(score.precision)
    assert score.recall == 0


def test_rows_of_a_star_are_drawn_together():
    score, positive = made_scores(300)
    groups = np.repeat(np.arange(100), 3)
    alone = score_average_precision(score, positive, n_resamples=100)
    together = score_average_precision(score, positive, groups, n_resamples=100)
    assert alone.value == together.value
    assert alone.low < alone.value < alone.high


@pytest.mark.parametrize("function", [average_precision, reliability, calibration_error])
def test_what_is_not_a_number_is_refused(function):
    score, positive = made_scores(10)
    score[3] = np.nan
    with pytest.raises(DataError, match="not finite"):
        function(score, positive)
    with pytest.raises(DataError, match="one number per row"):
        function(score[:5], positive)


def test_without_positive_rows_there_is_no_average_precision():
    assert np.isnan(average_precision(np.array([0.1, 0.2]), np.array([False, False])))
