"""A ranker learns what it should, says why, and goes on when a row makes no sense."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.errors import DataError, FileError, ModelMismatchError, RecipeError
from starsieve.learn.history import read_history
from starsieve.readers.catalogues import read_catalogue
from starsieve.stats import roc_auc
from starsieve.transits.leaks import LEAKS, leak_features
from starsieve.transits.ranker import Ranker, folds_of, load_ranker
from starsieve.transits.ranking import rank
from starsieve.transits.ranking_recipe import BoostingOptions, ForestOptions, TrainRankerRecipe
from starsieve.transits.table_features import MEASURED, FeatureTable
from starsieve.transits.train_ranker import (
    calibration_error,
    decide,
    fit_ranker,
    recalibrate,
    train_ranker,
)
from tests.transits.made_candidates import COLUMNS, make_rows, write_rows

SMALL = {
    "members": 3,
    "boosting": BoostingOptions(iterations=25, learning_rate=0.2),
    "forest": ForestOptions(trees=10),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("tables") / "toi.csv", make_rows())


@pytest.fixture(scope="module")
def recipe(table):
    return TrainRankerRecipe(tables=(str(table),), **SMALL)


@pytest.fixture(scope="module")
def decided(recipe):
    return decide([read_catalogue(recipe.tables[0])], [], recipe)


@pytest.fixture(scope="module")
def trained(decided, recipe):
    return fit_ranker(decided, recipe)


@pytest.fixture
def model(archive, recipe):
    train_ranker(recipe, archive)
    return archive.models.folder(recipe.model)


def test_unseen_candidates_are_told_apart(trained, recipe, tmp_path):
    ranker, metrics = trained
    other = read_catalogue(write_rows(tmp_path / "other.csv", make_rows(seed=1)))
    unseen = decide([other], [], recipe)

    scores = ranker.score(unseen.features, np.zeros(len(unseen), dtype=np.int64))

    assert roc_auc(scores.probability, unseen.planet) > 0.9
    assert calibration_error(scores.probability, unseen.planet) < 0.15
    assert metrics["auc"] > 0.9
    assert not scores.seen.any()


def test_a_star_of_the_training_is_judged_by_who_never_saw_it(trained, decided):
    ranker, metrics = trained

    scores = ranker.score(decided.features, decided.tic)

    assert scores.seen.all()
    assert roc_auc(scores.probability, decided.planet) == pytest.approx(metrics["auc"])
    x = ranker.fill(decided.features)
    fold = folds_of(decided.tic[:1], len(ranker.members))[0]
    odds = ranker.members[fold].log_odds(x[:1])
    np.testing.assert_allclose(scores.probability[:1], ranker.calibrate(odds), atol=1e-9)


def test_a_gap_as_such_says_nothing_unless_asked_for(decided, recipe):
    values = decided.features.values.copy()
    star = [decided.features.names.index(name) for name in ("teff", "star_mass", "evolution")]
    blank = np.flatnonzero(~decided.planet)[::2]
    values[np.ix_(blank, star)] = np.nan
    names = decided.features.names
    gappy = replace(decided, features=FeatureTable(names, values))
    planets = decided.take(np.flatnonzero(decided.planet)).features
    unknown = planets.values.copy()
    unknown[:, star] = np.nan
    nobody = np.zeros(len(unknown), dtype=np.int64)

    def lost(ranker):
        known = ranker.score(planets, nobody).probability
        return (known - ranker.score(FeatureTable(names, unknown), nobody).probability).mean()

    closed, _ = fit_ranker(gappy, recipe)
    opened, _ = fit_ranker(gappy, recipe.model_copy(update={"learn_gaps": True}))

    assert lost(closed) == pytest.approx(0.0, abs=0.02)
    assert lost(opened) > 0.03


def test_rows_of_one_star_are_in_one_fold():
    folds = folds_of(np.array([42, 7, 42, 42]), 5)

    assert folds[0] == folds[2] == folds[3]
    assert set(folds_of(np.arange(1, 200), 5).tolist()) == {0, 1, 2, 3, 4}


def test_the_same_recipe_gives_the_same_ranker(trained, decided, recipe):
    again, _ = fit_ranker(decided, recipe)

    first, second = trained[0].to_arrays(), again.to_arrays()

    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_probabilities_follow_another_share_of_planets(trained, recipe, tmp_path):
    rows = [row for n, row in enumerate(make_rows(n=600, seed=2)) if n % 2 or n % 12 == 0]
    for number, row in enumerate(rows):
        row[COLUMNS["tic"]] = str(900_000 + number)
    few = decide([read_catalogue(write_rows(tmp_path / "few.csv", rows))], [], recipe)

    ranker = recalibrate(trained[0], few)

    probability = ranker.score(few.features, few.tic).probability
    assert probability.mean() == pytest.approx(few.planet.mean(), abs=0.01)


def test_a_kept_ranker_answers_as_the_trained_one(trained, decided, recipe, archive):
    train_ranker(recipe, archive)

    card, ranker = load_ranker(recipe.model, archive)

    found = ranker.score(decided.features, decided.tic).probability
    np.testing.assert_array_equal(
        found, trained[0].score(decided.features, decided.tic).probability
    )
    assert list(card.training_files) == ["toi.csv"]
    assert card.recipe["tables"] == ["toi.csv"]
    grown, unseen = read_history(archive.models.folder(recipe.model))
    assert (grown.part, unseen.part) == ("training", "unseen stars")
    assert grown.steps == tuple(range(1, recipe.boosting.iterations + 1))
    assert grown.values[-1] < grown.values[0]
    assert grown.values[-1] < unseen.values[-1]


def test_every_row_gets_a_probability_in_the_order_of_the_table(model, table):
    ranking = rank(table, model)

    assert [row.toi for row in ranking] == [row[COLUMNS["toi"]] for row in make_rows()]
    record = ranking[0].to_record()
    assert 0 < record["planet_probability"] < 1
    assert len(record["reasons"]) == 3
    assert all(" a planet" in reason for reason in record["reasons"])
    assert "training table" in record["warnings"][0]


def test_reasons_name_what_is_wrong_with_a_row(model, tmp_path):
    rows = make_rows(n=1)
    rows[0] |= {COLUMNS["radius"]: "60", COLUMNS["depth"]: "200000", COLUMNS["tic"]: "5"}

    (row,) = rank(write_rows(tmp_path / "big.csv", rows), model)

    assert row.planet_probability < 0.3
    assert any("radius" in reason and "against" in reason for reason in row.reasons)


def test_rows_that_make_no_sense_are_named_and_the_others_go_on(model, tmp_path):
    rows = make_rows(n=6)
    rows[1][COLUMNS["depth"]] = "-5"
    rows[2][COLUMNS["duration"]] = ""
    rows[3][COLUMNS["duration"]] = "9999"

    ranking = rank(write_rows(tmp_path / "bad.csv", rows), model)

    assert [row.toi for row in ranking] == ["1000.01", "1004.01", "1005.01"]
    assert [failure.file for failure in ranking.failures] == [
        f"bad.csv line {line}" for line in (3, 4, 5)
    ]
    assert "expected a depth" in ranking.failures[0].error
    assert "TOI 1002.01: expected a duration above 0 h, got nothing" in ranking.failures[1].error
    assert "not shorter than the period" in ranking.failures[2].error


def test_unknown_values_are_said(model, tmp_path):
    rows = make_rows(n=2)
    for name in ("period", "teff", "logg", "star_radius"):
        rows[0][COLUMNS[name]] = ""

    ranking = rank(write_rows(tmp_path / "gaps.csv", rows), model)

    assert any("No period is known" in warning for warning in ranking[0].warnings)
    assert any(MEASURED["teff"].words in warning for warning in ranking[0].warnings)
    assert len(ranking[1].warnings) == 1


def test_a_table_of_stars_says_more_about_stars(model, table, tmp_path):
    tic = tmp_path / "tic.csv"
    rows = make_rows()
    lines = [f"{row[COLUMNS['tic']]},9.5,10.0,9.0,3000,3.0,5.0,1.0" for row in rows[::2]]
    tic.write_text("ID,ra,dec,Tmag,Teff,logg,rad,mass\n" + "\n".join(lines) + "\n")

    with_stars = rank(table, model, stars=tic)

    plain = rank(table, model)
    changed = [
        a.planet_probability != b.planet_probability for a, b in zip(plain, with_stars, strict=True)
    ]
    assert any(changed[::2])
    with pytest.raises(DataError, match="TESS Input Catalog"):
        rank(table, model, stars=table)


def test_rankings_print_and_become_tables(model, table):
    ranking = rank(table, model)

    assert "1000.01" in str(ranking[:3])
    assert repr(ranking) == "<Ranking: 240 rows, 0 failed>"
    best = ranking.best_first()
    assert best[0].planet_probability >= best[-1].planet_probability
    found = ranking.to_table()
    assert found.colnames[:3] == ["toi", "tic", "planet_probability"]
    assert found.meta["table"] == "toi.csv"
    assert "<table>" in ranking._repr_html_()
    assert list(ranking.to_pandas()["toi"][:1]) == ["1000.01"]


def test_a_missing_or_renamed_column_is_named(model, tmp_path):
    rows = [
        {("Deepness" if name == "Depth (ppm)" else name): value for name, value in row.items()}
        for row in make_rows(n=4)
    ]

    with pytest.raises(DataError, match="depth"):
        rank(write_rows(tmp_path / "renamed.csv", rows), model)


def test_a_missing_file_is_named(model, tmp_path):
    with pytest.raises(FileError, match=r"nowhere\.csv"):
        rank(tmp_path / "nowhere.csv", model)


def test_a_table_of_one_kind_can_not_be_learnt_from(tmp_path):
    rows = [row for row in make_rows(n=20) if row[COLUMNS["disposition"]] == "FP"]
    path = write_rows(tmp_path / "one.csv", rows)
    recipe = TrainRankerRecipe(tables=(str(path),))

    with pytest.raises(DataError, match="Both are needed"):
        decide([read_catalogue(path)], [], recipe)


def test_too_few_rows_for_the_members_are_refused(decided, recipe):
    alone = decided.take(np.flatnonzero(decided.tic == decided.tic[0]))

    with pytest.raises(DataError, match="too few"):
        fit_ranker(alone, recipe)


def test_unknown_features_of_a_recipe_are_refused(table, recipe):
    catalogue = read_catalogue(table)

    with pytest.raises(RecipeError, match="colour"):
        decide([catalogue], [], recipe.model_copy(update={"without": ("colour",)}))
    with pytest.raises(DataError, match="colour"):
        decide([catalogue], [], recipe.model_copy(update={"extra": ("colour",)}))


def test_no_leaking_column_is_used_unless_asked_for(table, recipe):
    catalogue = read_catalogue(table)

    plain = decide([catalogue], [], recipe).features.names
    leaking = decide([catalogue], [], recipe.model_copy(update={"include_leaks": True}))

    kinds = {name.partition(".")[0] for name in leaking.features.names} - set(plain)
    assert kinds == {leak.name for leak in LEAKS if leak.values is not None}
    assert not {"epoch_btjd", "ra", "dec", "pmra_mas_yr"} & set(plain)


def test_leaks_are_numbers_of_the_table(table):
    catalogue = read_catalogue(table)

    leaks = leak_features(catalogue, ("order", "planets", "digits"))

    number = leaks.select(["order.name"]).values[:, 0]
    np.testing.assert_allclose(number[:2], [1000.01, 1001.01])
    assert leaks.select(["planets.rows"]).values.min() >= 1
    for leak in LEAKS:
        assert leak.reason.endswith(".")


def test_a_ranker_of_other_features_is_refused(trained, decided):
    ranker, _ = trained
    fewer = decided.features.select(ranker.names[1:])

    with pytest.raises(ModelMismatchError, match=ranker.names[0]):
        ranker.fill(fewer)


def test_a_damaged_ranker_is_refused(trained):
    ranker, _ = trained
    arrays = ranker.to_arrays()

    with pytest.raises(ModelMismatchError, match="medians"):
        Ranker.from_arrays(ranker.names[1:], arrays)
    with pytest.raises(ModelMismatchError, match="calibration"):
        Ranker.from_arrays(ranker.names, {k: v for k, v in arrays.items() if k != "calibration"})


def test_a_model_for_something_else_is_refused(table):
    with pytest.raises(ModelMismatchError, match=r"not for transits\.rank"):
        rank(table, "diamondback-spex")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "stars", "auc"),
    [
        ("toi_2025-10-04.csv", None, 0.905),
        ("toi_example.csv", None, 0.81),
        ("toi_example.csv", "tic_catalog_example.csv", 0.92),
    ],
)
def test_real_tables_are_ranked_by_the_shipped_model(real_data, name, stars, auc):
    folder = real_data / "tess" / "catalogs"
    catalogue = read_catalogue(folder / name)
    disposition = dict(zip(catalogue["line"].tolist(), catalogue["disposition"], strict=True))
    decided = [line for line, said in disposition.items() if said in ("CP", "KP", "FP", "FA")]
    rows = np.isin(catalogue["line"], decided)
    table = replace(catalogue, columns={n: v[rows] for n, v in catalogue.columns.items()})

    ranking = rank(table, stars=folder / stars if stars else None)

    probability = np.array([row.planet_probability for row in ranking])
    planet = np.array([disposition[row.line] in ("CP", "KP") for row in ranking])
    assert len(ranking) + len(ranking.failures) == rows.sum()
    assert roc_auc(probability, planet) > auc


@pytest.mark.real_data
def test_the_shipped_ranker_is_that_of_its_card(real_data):
    card, ranker = load_ranker()
    path = real_data / "tess" / "catalogs" / "toi_2025-10-04.csv"

    assert card.training_files == {path.name: read_catalogue(path).content_hash}
    assert card.metrics["auc"] > 0.905
    assert len(ranker.members) == card.recipe["members"]
