"""The models of several grids that ship have learned what their grids say."""

import pytest

from starsieve.atmospheres.evaluate_grids import TOLD, evaluate_on_grids
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.tuning.judge import ALONE, NEAREST

MODELS = ("ultracool-spex", "ultracool-prism", "bobcat-co")


@pytest.mark.parametrize("name", MODELS)
def test_posteriors_are_nearer_to_the_truth_than_the_nearest_node_and_hold_it(name):
    found = evaluate_on_grids(load_model(name), n=200, draws=100)

    mae = {(row["label"], row["method"]): row for row in found.metrics if row["group"] == "all"}
    for label in found.truth:
        nearest = mae[label, NEAREST]["mae"]
        assert mae[label, ALONE]["mae"] < 0.9 * nearest, label
        assert mae[label, TOLD]["r2"] > 0.4, label
        [level] = [each for each in found.intervals()[label] if each["level"] == 0.68]
        assert 0.55 < level["coverage"] < 0.85, label
