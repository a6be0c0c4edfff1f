"""What `benchmarks.ranking` judges, and how: columns, learners, folds, a line of a table."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from starsieve.data.catalogue import Catalogue
from starsieve.stats import bootstrap, roc_auc
from starsieve.transits.leaks import leak_features
from starsieve.transits.ranking_recipe import TrainRankerRecipe
from starsieve.transits.table_features import MEASURED, STATED, FeatureTable
from starsieve.transits.train_ranker import Decided, calibration_error, fit_ranker

N_RESAMPLES = 100
APP_COLUMNS = (
    "epoch_btjd", "period_days", "duration_hours", "depth_ppm", "radius_earth", "insolation_earth",
    "teq_k", "snr", "distance_pc", "logg", "radius",
)  # fmt: skip
APP_STAR_COLUMNS = (
    "ra", "dec", "pmra_mas_yr", "pmdec_mas_yr", "parallax_mas", "gallong", "gallat", "eclong",
    "eclat", "tmag", "teff", "logg", "mh", "radius", "mass", "density", "luminosity", "distance_pc",
    "ebv", "numcont", "contamination", "priority",
)  # fmt: skip


Judge = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""Training rows, rows to judge, seed: probabilities of the latter."""


def app_columns(app: Catalogue, stars: Catalogue) -> np.ndarray:
    """Return the 33 columns that the app's network took, in the table's order."""
    row_of = {star: row for row, star in enumerate(stars["tic"].tolist())}
    rows = [row_of[star] for star in app["tic"].tolist()]
    own = [app[name] for name in APP_COLUMNS]
    return np.stack(own + [stars[name][rows] for name in APP_STAR_COLUMNS], axis=1)


def make_forest(kind: Any, x: np.ndarray, y: np.ndarray) -> Judge:
    """Return an untuned forest of 500 trees on columns as they are."""

    def judge(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        model = make_pipeline(SimpleImputer(), kind(500, random_state=seed))
        return model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]

    return judge


def decided_as(table: Catalogue, recipe: TrainRankerRecipe) -> np.ndarray:
    """Return the dispositions of the decided rows."""
    disposition = table["disposition"].astype(str)
    return disposition[np.isin(disposition, (*recipe.planets, *recipe.others))]


def raw_columns(table: Catalogue, recipe: TrainRankerRecipe) -> np.ndarray:
    """Return the physical columns of the decided rows as they are."""
    used = np.isin(table["disposition"].astype(str), (*recipe.planets, *recipe.others))
    return np.stack([table[name][used] for name in (*MEASURED, *STATED)], axis=1)


def leak_columns(table: Catalogue, recipe: TrainRankerRecipe, names: tuple) -> np.ndarray:
    """Return leaking numbers of the decided rows."""
    used = np.isin(table["disposition"].astype(str), (*recipe.planets, *recipe.others))
    values = leak_features(table, names).values[used]
    return values[:, np.isfinite(values).any(axis=0)]  # the table has not every column


def leaking(
    rows: Decided, table: Catalogue, recipe: TrainRankerRecipe, names: tuple[str, ...]
) -> Decided:
    """Return decided rows with the numbers of some leaks among their features."""
    values = leak_columns(table, recipe, names)
    leaks = FeatureTable(tuple(f"leak {n}" for n in range(values.shape[1])), values)
    return replace(rows, features=rows.features.join(leaks))


def make_boosting(x: np.ndarray, y: np.ndarray) -> Judge:
    """Return untuned gradient boosting on columns as they are."""

    def judge(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        model = HistGradientBoostingClassifier(random_state=seed).fit(x[train], y[train])
        return model.predict_proba(x[test])[:, 1]

    return judge


def make_judge(rows: Decided, recipe: TrainRankerRecipe) -> Judge:
    """Return a ranker that is trained as the recipe says."""

    def judge(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        return judge_with(rows.take(train), rows.take(test), recipe, seed)

    return judge


def judge_with(train: Decided, test: Decided, recipe: TrainRankerRecipe, seed: int) -> np.ndarray:
    """Train on rows and return probabilities of others."""
    ranker, _ = fit_ranker(train, recipe.model_copy(update={"seed": seed}))
    return ranker.score(test.features, test.tic).probability


def folds(rows: Decided, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return five splits that never part the rows of a star."""
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    return list(splitter.split(rows.features.values, rows.planet, rows.tic))


def report(
    name: str, judge: Judge, splits: list, rows: Decided, recalls: dict[str, np.ndarray]
) -> dict[str, float]:
    """Judge all rows of each split, print means over the splits, and return them."""
    judged = [judge_split(judge, split, seed, len(rows)) for seed, split in enumerate(splits)]
    used = np.flatnonzero(np.isfinite(judged[0]))
    y = rows.planet
    measures: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "accuracy": lambda p, y: float(np.mean((p >= 0.5) == y)),
        "auc": roc_auc,
        "ece": calibration_error,
    }

    def over_splits(measure: Callable[[np.ndarray, np.ndarray], float], i: np.ndarray) -> float:
        return float(np.mean([measure(p[i], y[i]) for p in judged]))

    found = {
        key: bootstrap(partial(over_splits, measure), (used,), rows.tic[used], N_RESAMPLES)
        for key, measure in measures.items()
    }
    cells = [f"{key} {e.value:.3f} ({e.low:.3f}-{e.high:.3f})" for key, e in found.items()]
    values = {key: each.value for key, each in found.items()}
    for key, which in recalls.items():
        own = used[which[used]]
        values[key] = float(np.mean([p[own] >= 0.5 for p in judged]))
        cells.append(f"{key} {values[key]:.2f} of {len(own)}")
    print(f"  {name:42s} {'   '.join(cells)}", flush=True)
    return values


def judge_split(judge: Judge, split: list, seed: int, n_rows: int) -> np.ndarray:
    """Return probabilities of the rows that a split judges; NaN for all others."""
    probability = np.full(n_rows, np.nan)
    for train, test in split:
        probability[test] = judge(train, test, seed)
    return probability
