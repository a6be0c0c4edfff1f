"""Tables of candidates: how well planets are told from false positives, beside simpler learners.

(a) The 95 test rows of a small app of 2019 (its own split; its network: accuracy 0.80, AUC 0.848,
    ECE 0.16), with extra trees on all 33 columns of that app beside it.
(b) All of its 376 decided rows, five folds by star, with a random forest beside it.
(c) The TOI table of October 2025, CP and KP against FP and FA, five folds by star, with gradient
    boosting on eleven columns beside it; what the row's origin and all leaking columns pretend; and
    trained on stars announced before 2021, judged on those after.

In (a) and (b) "two tables" adds decided rows of the 2025 table to the training, none of a star that
is judged. All options are those of the recipe's defaults, plus the columns that only that table
has and the gaps in it, which are those of the TESS Input Catalog of 2019; they were chosen on the
training rows of (a), whose star-wise left-out scores are printed.
Goals are judged over three seeds, what stands beside them for comparison over one. Intervals are
from 16 to 84 % of bootstrap samples of stars.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import train_test_split

from benchmarks._ranking import (
    Judge,
    app_columns,
    decided_as,
    folds,
    judge_with,
    leak_columns,
    leaking,
    make_boosting,
    make_forest,
    make_judge,
    raw_columns,
    report,
)
from starsieve.data.catalogue import Catalogue
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.leaks import LEAKS
from starsieve.transits.ranking_recipe import TrainRankerRecipe
from starsieve.transits.table_features import EXTRA
from starsieve.transits.train_ranker import Decided, decide, fit_ranker, recalibrate

SKIPPED = 77
SEEDS = (0, 1, 2)
FORWARD_FROM = "2021"
VARIANTS: dict[str, tuple[str, ...]] = {
    "with the row's origin": ("origin",),
    "with leaking columns": tuple(leak.name for leak in LEAKS if leak.values is not None),
}
"""What a ranker would pretend with these leaks."""


@dataclass(frozen=True)
class Tables:
    """The three files."""

    app: Catalogue
    stars: Catalogue
    archive: Catalogue


def main() -> int:
    """Print the tables; return 1 if a goal is missed."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data")) / "tess" / "catalogs"
    names = ("toi_example.csv", "tic_catalog_example.csv", "toi_2025-10-04.csv")
    if not all((data / name).is_file() for name in names):
        print(f"{data}: no tables; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    tables = Tables(*(read_catalogue(data / name) for name in names))
    results = App(tables).measure() | measure_archive(tables.archive)
    missed = [
        f"{what}: {name} {results[what][name]:.4f}, goal {sign} {goal}"
        for what, name, sign, goal in GOALS
        if (results[what][name] < goal) == (sign == ">=") and results[what][name] != goal
    ]
    print()
    for line in missed:
        print(f"MISSED: {line}")
    return 1 if missed else 0


GOALS = (
    ("a: two tables", "accuracy", ">=", 0.86),
    ("a: two tables", "auc", ">=", 0.95),
    ("a: two tables", "ece", "<=", 0.10),
    ("b: two tables", "accuracy", ">=", 0.85),
    ("b: two tables", "auc", ">=", 0.93),
    ("b: two tables", "CP recall", ">=", 0.60),
    ("c: ranker", "auc", ">=", 0.935),
    ("c: ranker", "accuracy", ">=", 0.865),
    ("c: ranker", "ece", "<=", 0.04),
)


class App:
    """Everything about the app's table of 2019."""

    def __init__(self, tables: Tables) -> None:
        self.recipe = TrainRankerRecipe(
            tables=(tables.app.file,), others=("FP",), extra=tuple(EXTRA), learn_gaps=True
        )
        self.rows = decide([tables.app], [tables.stars], self.recipe)
        wider = self.recipe.model_copy(update={"others": ("FP", "FA")})
        self.more = decide([tables.archive], [], wider)
        disposition = tables.app["disposition"].astype(str)
        used = np.isin(disposition, ("CP", "KP", "FP"))
        self.confirmed = disposition[used] == "CP"
        self.raw = app_columns(tables.app, tables.stars)[used]

    def measure(self) -> dict[str, dict[str, float]]:
        """Measure (a) and (b)."""
        y = self.rows.planet
        parts = [train_test_split(np.flatnonzero(y == kind), random_state=42) for kind in (1, 0)]
        train, test = (np.concatenate(each) for each in zip(*parts, strict=True))
        split = [(train, test)]
        print(f"(a) {len(train)} rows to train on, {len(test)} to judge, {y[test].sum()} planets")
        print("  the app's network        accuracy 0.800   AUC 0.848   ECE 0.16 (as it stands)")
        forest = make_forest(ExtraTreesClassifier, self.raw, y)
        judges = {
            "two tables": self.judge_both,
            "one table": self.judge_alone,
            "only the table of 2025": self.judge_other,
            "extra trees, 33 columns": forest,
        }
        results = {f"a: {k}": self.report(k, j, [split] * seeds_of(k)) for k, j in judges.items()}
        for name in ("one table", "two tables"):
            self.report_inner(name, judges[name], train)
        print(f"(b) {len(y)} rows, five folds by star, seeds {SEEDS}")
        judges["random forest, 33 columns"] = make_forest(RandomForestClassifier, self.raw, y)
        splits = [folds(self.rows, seed) for seed in SEEDS]
        return results | {
            f"b: {k}": self.report(k, j, splits[: seeds_of(k)]) for k, j in judges.items()
        }

    def report(self, name: str, judge: Judge, splits: list) -> dict[str, float]:
        """Judge and print one learner."""
        return report(name, judge, splits, self.rows, {"CP recall": self.confirmed})

    def report_inner(self, name: str, judge: Judge, train: np.ndarray) -> None:
        """Print what was known when options were chosen: folds within the training rows."""
        rows = self.rows.take(train)

        def inner(seen: np.ndarray, unseen: np.ndarray, seed: int) -> np.ndarray:
            return judge(train[seen], train[unseen], seed)

        report(f"inside training: {name}", inner, [folds(rows, 0)], rows, {})

    def judge_alone(self, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        """Train on this table alone."""
        return self._judge(self.rows.take(train), train, test, seed)

    def judge_both(self, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        """Train on this table and the other one, without the stars that are judged."""
        return self._judge(self.rows.take(train).join(self._others(test)), train, test, seed)

    def judge_other(self, _: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        """Train on the other table alone: different columns, and never calibrated on this one."""
        return judge_with(self._others(test), self.rows.take(test), self.recipe, seed)

    def _judge(self, rows: Decided, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        ranker, _ = fit_ranker(rows, self.recipe.model_copy(update={"seed": seed}))
        ranker = recalibrate(ranker, self.rows.take(train))
        judged = self.rows.take(test)
        # A row of (a) may be of a star of the training, as in the app's own split: no help wanted.
        return ranker.score(judged.features, judged.tic).probability

    def _others(self, test: np.ndarray) -> Decided:
        unseen = ~np.isin(self.more.tic, self.rows.tic[test])
        return self.more.take(np.flatnonzero(unseen))


def seeds_of(name: str) -> int:
    """Return over how many seeds a learner is judged: more than one where a goal is."""
    return len(SEEDS) if name == "two tables" else 1


def measure_archive(table: Catalogue) -> dict[str, dict[str, float]]:
    """Measure (c)."""
    recipe = TrainRankerRecipe(tables=(table.file,))
    rows = decide([table], [], recipe)
    splits = [folds(rows, seed) for seed in SEEDS]
    print(f"(c) {len(rows)} rows of {len(set(rows.tic.tolist()))} stars, five folds by star")
    confirmed = {"CP recall": decided_as(table, recipe) == "CP"}
    baselines = {
        "boosting, 11 columns": raw_columns(table, recipe),
        "origin alone": leak_columns(table, recipe, ("origin",)),
        "errors alone": leak_columns(table, recipe, ("errors",)),
    }
    results = {
        f"c: {name}": report(name, make_boosting(x, rows.planet), splits, rows, confirmed)
        for name, x in baselines.items()
    }
    results["c: ranker"] = report("ranker", make_judge(rows, recipe), splits, rows, confirmed)
    report_leaks(table, rows, recipe, splits[:1], confirmed)
    report_forward(table, rows, recipe, confirmed)
    return results


def report_forward(
    table: Catalogue, rows: Decided, recipe: TrainRankerRecipe, confirmed: dict[str, np.ndarray]
) -> None:
    """Print how a ranker of stars announced before a year does on those announced later."""
    created = np.array([text[:4] for text in table["created"].astype(str)])
    old = created[np.isin(table["disposition"].astype(str), ("CP", "KP", "FP", "FA"))]
    train = np.flatnonzero(old < FORWARD_FROM)
    test = np.flatnonzero((old >= FORWARD_FROM) & ~np.isin(rows.tic, rows.tic[train]))
    print(f"Announced before {FORWARD_FROM}: {len(train)} rows; later: {len(test)}")
    split = [[(train, test)]]
    boosting = make_boosting(raw_columns(table, recipe), rows.planet)
    report("boosting, 11 columns", boosting, split, rows, confirmed)
    report("ranker", make_judge(rows, recipe), split, rows, confirmed)
    report_leaks(table, rows, recipe, split, confirmed)


def report_leaks(
    table: Catalogue,
    rows: Decided,
    recipe: TrainRankerRecipe,
    splits: list,
    confirmed: dict[str, np.ndarray],
) -> None:
    """Print what a ranker would pretend with gaps open, and with leaking columns."""
    learning = recipe.model_copy(update={"learn_gaps": True})
    report("with gaps open", make_judge(rows, learning), splits, rows, confirmed)
    for name, leaks in VARIANTS.items():
        judge = make_judge(leaking(rows, table, recipe, leaks), recipe)
        report(name, judge, splits, rows, confirmed)


if __name__ == "__main__":
    sys.exit(main())
