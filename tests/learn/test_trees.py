"""Trees as arrays answer as the models that they were made of."""

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from starsieve.errors import DataError, ModelMismatchError
from starsieve.learn.trees import (
    Forest,
    explain_forest,
    forest_arrays,
    mean_answer,
    predict_forest,
)

CLOSE = 1e-6


def make_rows(n=400, seed=0):
    """Make rows whose class depends on two of five features, as float32 holds them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5)).astype(np.float32).astype(np.float64)
    y = x[:, 0] + x[:, 1] ** 2 + rng.normal(0, 0.5, n) > 0.5
    return x, y


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier])
def test_a_forest_answers_as_scikit_learn(kind):
    x, y = make_rows()
    model = kind(20, min_samples_leaf=2, random_state=0).fit(x, y)
    other, _ = make_rows(seed=1)

    answer = predict_forest(forest_arrays(model), other)

    np.testing.assert_allclose(answer, model.predict_proba(other)[:, 1], atol=CLOSE)


def test_boosted_trees_answer_as_scikit_learn():
    x, y = make_rows()
    model = HistGradientBoostingClassifier(max_iter=40, max_features=0.5, random_state=0).fit(x, y)
    other, _ = make_rows(seed=1)

    answer = predict_forest(forest_arrays(model), other)

    np.testing.assert_allclose(answer, model.decision_function(other), atol=1e-5)


def test_values_on_a_threshold_take_the_same_way():
    x = np.round(make_rows()[0] * 4) / 4
    y = x[:, 0] > 0.2
    model = ExtraTreesClassifier(10, random_state=0).fit(x, y)
    forest = forest_arrays(model)

    ties = np.repeat(forest.threshold[forest.feature >= 0][:50, None].astype(float), 5, axis=1)

    np.testing.assert_allclose(
        predict_forest(forest, ties), model.predict_proba(ties)[:, 1], atol=CLOSE
    )


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, HistGradientBoostingClassifier])
def test_contributions_add_up_to_the_answer(kind):
    x, y = make_rows()
    forest = forest_arrays(kind(random_state=0).fit(x, y))

    answer, shares = explain_forest(forest, x)

    np.testing.assert_allclose(answer, predict_forest(forest, x), atol=CLOSE)
    np.testing.assert_allclose(mean_answer(forest) + shares.sum(axis=1), answer, atol=CLOSE)
    weight = np.abs(shares).mean(axis=0)
    assert weight[:2].min() > 2 * weight[2:].max()


def test_a_forest_comes_back_from_its_arrays():
    x, y = make_rows()
    forest = forest_arrays(ExtraTreesClassifier(5, random_state=0).fit(x, y))

    again = Forest.from_arrays(forest.to_arrays("a."), "a.")

    np.testing.assert_array_equal(predict_forest(again, x), predict_forest(forest, x))


def test_no_rows_give_no_answers():
    x, y = make_rows()
    forest = forest_arrays(ExtraTreesClassifier(5, random_state=0).fit(x, y))

    assert predict_forest(forest, x[:0]).shape == (0,)


@pytest.mark.parametrize("damage", ["endless", "outside", "short", "unknown"])
def test_damaged_trees_are_refused(damage):
    x, y = make_rows()
    arrays = forest_arrays(ExtraTreesClassifier(5, random_state=0).fit(x, y)).to_arrays()
    if damage == "endless":
        arrays["skip"] = np.zeros_like(arrays["skip"])
    elif damage == "outside":
        arrays["skip"] = arrays["skip"] + 10**6
    elif damage == "short":
        arrays["value"] = arrays["value"][:-1]
    else:
        del arrays["root"]

    with pytest.raises(ModelMismatchError, match=r"damaged|root"):
        Forest.from_arrays(arrays)


def test_gaps_and_missing_features_are_refused():
    x, y = make_rows()
    forest = forest_arrays(ExtraTreesClassifier(5, random_state=0).fit(x, y))
    gap = x.copy()
    gap[3, 1] = np.nan

    for wrong in (gap, x[:, :2]):
        with pytest.raises(DataError, match="finite values of at least 5 features"):
            predict_forest(forest, wrong)


def test_other_models_are_refused():
    x, y = make_rows()

    with pytest.raises(DataError, match="DecisionTreeRegressor"):
        forest_arrays(DecisionTreeRegressor().fit(x, y))


@pytest.mark.parametrize("n_answers", [1, 3])
def test_a_forest_of_values_answers_as_scikit_learn(n_answers):
    x, _ = make_rows()
    y = np.stack([np.sin(x[:, k]) + x[:, 3] for k in range(n_answers)], axis=1).squeeze()
    model = RandomForestRegressor(10, max_features=0.5, random_state=0).fit(x, y)
    other, _ = make_rows(seed=1)

    answer = predict_forest(forest_arrays(model), other)

    np.testing.assert_allclose(answer, model.predict(other), atol=CLOSE)


def test_boosted_values_answer_as_scikit_learn():
    x, _ = make_rows()
    model = HistGradientBoostingRegressor(max_iter=30, random_state=0).fit(x, x[:, 0] * x[:, 1])
    other, _ = make_rows(seed=1)

    answer = predict_forest(forest_arrays(model), other)

    np.testing.assert_allclose(answer, model.predict(other), atol=1e-5)
