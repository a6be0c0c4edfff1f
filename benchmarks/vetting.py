"""Planets told from the rest on three published sets of signals, beside gradient boosting.

Yu et al. 2019 (TESS full-frame images), Nigraha (TESS two-minute light curves) and Kepler DR24.
A vetter is trained on each, with all numbers of the set that do not tell the answer. All are
judged on stars that they were not trained on: the stars are in as many parts as the vetter has
members, and each part is judged by the member that never saw it. The baseline is histogram gradient
boosting as scikit-learn sets it, on the pixels of the views and the same numbers, with the same
parts. Intervals are by drawing stars again. The shipped vetter, which learnt from all sets at once
and from the numbers that any light curve has, is judged the same way.

Nigraha has up to five looks at a signal: views of different sectors by one ephemeris. A vetter is
given all of a star's light curve, so every method is also judged with the log odds of all looks at
a signal averaged; the goals are for that. In Yu's set one row of seventeen is such a look, in
Kepler's none.
"""

import os
import sys
import tomllib
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from starsieve.learn.library import find_model
from starsieve.stats import average_precision, bootstrap, roc_auc
from starsieve.transits.classifier import DEFAULT, load_vetter
from starsieve.transits.classifier_recipe import TrainVetterRecipe
from starsieve.transits.evaluate_vetter import score_examples
from starsieve.transits.example_files import read_examples
from starsieve.transits.examples import Examples
from starsieve.transits.ranker import folds_of
from starsieve.transits.train_vetter import fit_vetter

SKIPPED = 77
RESAMPLES = 500
TRAINED = "vetter, trained on it"
GOALS = {
    "yu2019_vetting.npz": 0.70,
    "nigraha_2min.npz": 0.80,
    "kepler_dr24_views_2263.npz": 0.985,
}
"""Average precision that a vetter has to reach."""

OPTIONS = {
    "networks": 2,
    "epochs": 40,
    "learning_rate": 2e-3,
    "augment": {"noise": 0.05, "drop_view": 0.05, "drop_number": 0.05},
}
"""For a set of its own, where nothing is missing that another set has.

Of three choices tried on the parts of Nigraha's set; the other sets had no say in it.
"""

RECIPE = Path(__file__).parents[1] / "src" / "starsieve" / "recipes" / f"{DEFAULT}.toml"


def main() -> int:
    """Print the table; return 1 if a goal is missed."""
    folder = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data")) / "tess" / "views"
    if not folder.is_dir():
        print(f"{folder}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    options = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    shipped = load_vetter(find_model(DEFAULT))
    print(f"{'set':28}{'method':24}{'AP':>16}{'AP, looks joined':>18}{'AUC, joined':>16}  planets")
    missed = []
    for name, goal in GOALS.items():
        examples = read_examples(folder / name)
        recipe = TrainVetterRecipe(**options | OPTIONS | {"features": tuple(examples.features)})
        judged = {
            "gradient boosting": boosting(examples, recipe.members),
            TRAINED: fit_vetter(examples, recipe).probability,
            "shipped vetter": score_examples(shipped, examples).planet,
        }
        for method, score in judged.items():
            print_row(name, method, score, examples)
        reached = average_precision(join_looks(judged[TRAINED], examples), examples.planet)
        if reached < goal:
            missed.append(f"{name}: AP {reached:.3f}, goal {goal:g}")
    for line in missed:
        print(f"MISSED: {line}")
    return 1 if missed else 0


def print_row(name: str, method: str, score: np.ndarray, examples: Examples) -> None:
    """Print how well one method does."""
    joined = join_looks(score, examples)
    found = [
        bootstrap(statistic, (values, examples.planet), examples.star, RESAMPLES)
        for statistic, values in (
            (average_precision, score),
            (average_precision, joined),
            (roc_auc, joined),
        )
    ]
    row, both, area = (str(each) for each in found)
    n_planets = f"{examples.planet.sum()} of {len(examples)}"
    print(f"{name:28}{method:24}{row:>16}{both:>18}{area:>16}  {n_planets}", flush=True)


def join_looks(probability: np.ndarray, examples: Examples) -> np.ndarray:
    """Return for each row the mean log odds of all looks at its signal."""
    same = np.column_stack([examples.star, *(examples.features[n] for n in ("period_days", "snr"))])
    _, signal = np.unique(same, axis=0, return_inverse=True)
    odds = np.log(np.clip(probability, 1e-6, 1 - 1e-6) / np.clip(1 - probability, 1e-6, 1))
    return (np.bincount(signal, odds) / np.bincount(signal))[signal]


def boosting(examples: Examples, members: int) -> np.ndarray:
    """Return probabilities by gradient boosting on pixels and numbers, out of fold."""
    x = np.column_stack([*examples.views.values(), *examples.features.values()])
    fold, found = folds_of(examples.star, members), np.zeros(len(examples))
    for number in range(members):
        seen = fold != number
        model = HistGradientBoostingClassifier(random_state=0)
        model.fit(x[seen], examples.planet[seen])
        found[~seen] = model.predict_proba(x[~seen])[:, 1]
    return found


if __name__ == "__main__":
    sys.exit(main())
