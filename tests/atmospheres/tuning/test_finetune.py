"""Tuning on labelled spectra: nobody is judged by who saw it, and a kill loses little."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from starsieve.archive import Archive
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.several.model import HASH_DIGITS
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.several.recipes import AgeClasses, FineTuneRecipe
from starsieve.atmospheres.tuning import finetune, judge
from starsieve.atmospheres.tuning.finetune import draw_folds, fine_tune_on
from starsieve.atmospheres.tuning.labelled_spectra import age_class, read_labelled_spectra
from starsieve.atmospheres.tuning.usable import share_folds
from starsieve.errors import DataError, ModelMismatchError
from starsieve.jobs import run_task
from tests.atmospheres.several.conftest import *  # noqa: F403 (its fixtures)
from tests.atmospheres.several.made import make_spectrum, observe

N = 36
AGE = {"column": "age", "young": ["VL-G"], "intermediate": ["ABDMG"]}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """36 spectra of 30 objects; young ones have another log g at the same spectrum."""
    folder = tmp_path_factory.mktemp("labelled")
    temperatures = np.random.default_rng(0).uniform(900, 1700, N // 3)
    scatter = np.random.default_rng(1).normal(0, 0.15, N)
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "object", "spectral_type", "t", "t_err", "g", "age"])
        for row in range(N):
            teff, young = temperatures[row // 3], row % 3 == 0
            spectrum = make_spectrum("bands", teff, 4.8, seed=row // 3)
            name = f"s{row}.csv"
            lines = [
                f"{w},{f},{s}"
                for w, f, s in zip(spectrum.wave, spectrum.flux, spectrum.sigma, strict=True)
            ]
            (folder / name).write_text(f"# {row}\nwave [um],flux,error\n" + "\n".join(lines))
            kind = "L5" if teff > 1300 else "T6"
            word = "VL-G" if young else "" if row % 3 == 1 else "FLD-G"
            gravity = (4.3 if young else 5.2) + scatter[row]
            writer.writerow(
                [name, f"o{row % 30}", kind, teff, "" if row == 5 else 20, gravity, word]
            )
    return path


def make_recipe(table, **more):
    record = {
        "base": "tiny-grids",
        "model": "tiny",
        "table": str(table),
        "columns": {"teff": "t", "logg": "g"},
        "errors": {"teff": "t_err"},
        "independent": ["teff"],
        "age": AGE,
        "folds": 3,
        "members": 1,
        "steps": 80,
        "learning_rate": 3e-2,
        "simulated_weight": 0.0,
        "copies": 2,
        "classes": [1300],
    }
    return FineTuneRecipe.model_validate(record | more)


@pytest.fixture(autouse=True)
def few_simulations(monkeypatch):
    monkeypatch.setattr("starsieve.atmospheres.tuning.pool.SIMULATED", 300)


@pytest.fixture(scope="module")
def labelled(table, tiny_model):
    return read_labelled_spectra(make_recipe(table), tiny_model.recipe, tiny_model.grid.wave)


@pytest.fixture(scope="module")
def made(table, labelled, tiny_model):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("starsieve.atmospheres.tuning.pool.SIMULATED", 300)
        return fine_tune_on(labelled, tiny_model, make_recipe(table))


@pytest.fixture(scope="module")
def tuned(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned") / "tiny"
    made.save(folder)
    return load_model(folder)


def test_all_spectra_of_an_object_are_in_one_fold():
    objects = np.array([f"o{i % 11}" for i in range(40)])

    folds = draw_folds(objects, 4, 0)

    assert {len(set(folds[objects == name])) for name in objects} == {1}
    of_object = [folds[objects == name][0] for name in np.unique(objects)]
    assert sorted(np.bincount(of_object)) == [2, 3, 3, 3]
    assert not np.array_equal(folds, draw_folds(objects, 4, 1))


def test_members_are_trained_on_all_folds_but_their_own(table, labelled, tiny_model, monkeypatch):
    seen = []
    monkeypatch.setattr(finetune, "_tune", lambda network, rows, *_: seen.append(rows))

    fine_tune_on(labelled, tiny_model, make_recipe(table, members=2))

    folds = draw_folds(labelled.objects, 3, 0)
    assert len(seen) == 6
    for number, rows in enumerate(seen):
        assert rows.tolist() == np.flatnonzero(folds != number // 2).tolist()


def test_the_fold_of_a_file_is_found_by_its_hash(tuned, labelled):
    folds = draw_folds(labelled.objects, 3, 0)

    assert tuned.tuned.folds == {
        h[:HASH_DIGITS]: f for h, f in zip(labelled.hashes, folds, strict=True)
    }
    assert tuned.tuned.members_of(None) == tuned.tuned.members
    for fold in range(3):
        assert tuned.tuned.members_of(fold) == (tuned.tuned.members[fold],)


def test_what_is_judged_comes_from_the_members_of_its_fold(tuned):
    seen = [observe("bands", 1200, 4.8)] * 4
    folds = np.array([0, 1, 2, -1])

    judged = infer_several(tuned, seen, 200, 0, folds=folds).draws

    for fold in range(3):
        members = (tuned.tuned.members[fold],)
        alone = replace(tuned, tuned=replace(tuned.tuned, members=members, n_folds=1))
        expected = infer_several(alone, seen[:1], 200, 0).draws[0]
        np.testing.assert_allclose(judged[fold], expected, rtol=1e-4)
    everyone = infer_several(tuned, seen[:1], 200, 0).draws[0]
    np.testing.assert_allclose(judged[3], everyone, rtol=1e-4)
    assert np.abs(judged[0] - judged[1]).max() > 1


def test_a_tuned_model_is_kept_as_it_was_measured(made, tiny_model, tuned):
    for own, kept in zip(made.network["members"], tuned.tuned.members, strict=True):
        found = kept.state_dict()
        for name, value in own.state_dict().items():
            assert torch.equal(value.float(), found[name]), name
        assert torch.equal(found["features.basis"], tiny_model.network.features.basis)


def test_labels_teach_what_no_grid_says(tuned, tiny_model):
    seen = [observe("bands", teff, 4.8, seed=99) for teff in (1000, 1300, 1600)]
    young, field = (np.full(3, number) for number in (1, 3))

    told = [
        np.median(infer_several(tuned, seen, 400, 0, ages=a).draws[:, :, 1], axis=1)
        for a in (young, field)
    ]

    assert (told[0] < told[1] - 0.01).all()
    alone = infer_several(tuned, seen, 200, 0, grids_alone=True).draws
    assert np.array_equal(alone, infer_several(tiny_model, seen, 200, 0).draws)


def test_the_card_tells_errors_and_coverage_of_unseen_objects(tuned, labelled):
    told = tuned.card.metrics["tuned"]

    assert told["n_labelled"] == N
    assert set(told["out_of_fold"]) == {"teff", "logg"}
    assert told["out_of_fold"]["teff"]["all"]["n"] == N
    assert set(told["out_of_fold"]["teff"]) >= {"all", "L", "T6-T9"}
    assert 0.4 < told["out_of_fold"]["teff"]["all"]["coverage_68"] <= 1.0
    logg = told["out_of_fold"]["logg"]["all"]
    assert logg["mae_age_known"] < logg["mae"]
    assert told["recipe"]["table"] == "labels.csv"
    assert set(tuned.card.training_files) == {"bands.h5", *labelled.files}


def test_labels_and_errors_are_read_with_what_is_missing(labelled):
    assert labelled.names == ("teff", "logg")
    assert labelled.errors[5].tolist() == [0.0, 0.0]
    assert labelled.errors[6].tolist() == [20.0, 0.0]
    assert labelled.ages.tolist() == [1, 0, 3] * (N // 3)
    assert len(labelled) == N
    assert labelled.refused == ()


@pytest.mark.parametrize(
    ("cell", "number"),
    [("", 0), ("VL-G", 1), ("VL-G?", 1), ("ABDMG!?", 2), ("VL-G+ABDMG", 1), ("FLD-G", 3), ("x", 3)],
)
def test_words_of_a_column_stand_for_ages(cell, number):
    assert age_class(cell, AgeClasses.model_validate(AGE)) == number


def test_without_ages_nobody_speaks_of_them(table, labelled, tiny_model, tmp_path):
    recipe = make_recipe(table, age=None, steps=4)
    ageless = replace(labelled, ages=np.zeros(N, dtype=int))

    fine_tune_on(ageless, tiny_model, recipe).save(tmp_path)

    model = load_model(tmp_path)
    assert not model.knows_ages
    with pytest.raises(DataError, match="tells no ages apart"):
        infer(make_spectrum("bands", 1200, 4.8), model, age="young")


def test_an_age_that_is_given_counts_and_is_told(tuned):
    spectrum = make_spectrum("bands", 1200, 4.8, seed=98)

    young, field = (infer(spectrum, tuned, age=age, draws=300)[0] for age in ("young", "field"))

    assert np.median(young.draws[:, 1]) < np.median(field.draws[:, 1]) - 0.01
    assert "age class given: young" in young.provenance["assumed"]


def test_a_killed_tuning_goes_on_with_the_same_result(table, labelled, tiny_model, tmp_path):
    recipe, trained = make_recipe(table, steps=4), []

    def kill(done, total, what):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fine_tune_on(labelled, tiny_model, recipe, kill, tmp_path)
    assert len(list(tmp_path.glob("member-*.safetensors"))) == 2
    with pytest.MonkeyPatch.context() as patch:
        inner = finetune._tune
        patch.setattr(finetune, "_tune", lambda *a: (trained.append(1), inner(*a)))
        rest = fine_tune_on(labelled, tiny_model, recipe, keep=tmp_path).save(tmp_path / "rest")

    assert len(trained) == 1
    whole = fine_tune_on(labelled, tiny_model, recipe).save(tmp_path / "whole")
    assert rest.weights_sha256 == whole.weights_sha256


@pytest.mark.parametrize("change", ["seed", "labels", "base", "folds"])
def test_members_of_another_tuning_are_not_used(table, labelled, tiny_model, tmp_path, change):
    fine_tune_on(labelled, tiny_model, make_recipe(table, steps=4), keep=tmp_path)
    recipe = make_recipe(table, steps=4, seed=1 if change == "seed" else 0)
    base = tiny_model
    if change == "labels":
        labelled = replace(labelled, truth=labelled.truth + np.array([[10.0, 0.0]]))
    if change == "folds":
        labelled = replace(labelled, objects=labelled.objects[::-1])
    if change == "base":
        network = finetune.make_network(base.recipe, 30, 2)
        network.features.load_state_dict(base.network.features.state_dict())
        base = replace(base, network=network)
    trained = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetune, "_tune", lambda *_: trained.append(1))
        fine_tune_on(labelled, base, recipe, keep=tmp_path)

    assert len(trained) == 3


def test_a_label_that_the_model_does_not_quote_is_refused(table, labelled, tiny_model):
    other = replace(labelled, names=("teff", "c_to_o"))

    with pytest.raises(DataError, match=r"tiny-grids quotes teff, logg; no spectra tune .*c_to_o"):
        fine_tune_on(other, tiny_model, make_recipe(table))


def test_more_folds_than_objects_are_refused(table, labelled, tiny_model):
    with pytest.raises(DataError, match="31 folds need as many objects, got 30"):
        fine_tune_on(labelled, tiny_model, make_recipe(table, folds=31))


def test_tuning_is_a_task_that_keeps_its_model(table, tiny_folder, archive: Archive):
    folder = archive.models.folder("tiny-grids")
    folder.mkdir(parents=True)
    for file in tiny_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    archive.models.register("tiny-grids")

    run_task("atmospheres.train-tuned", make_recipe(table, steps=4).model_dump(), archive)

    model = load_model("tiny", archive)
    assert model.knows_ages
    assert not list(archive.models.folder("tiny").glob("member-*"))
    with pytest.raises(ModelMismatchError, match="tiny is no model of several grids, or was tuned"):
        finetune.fine_tune(make_recipe(table, base="tiny"), archive)


def test_a_table_without_usable_spectra_is_refused(table, tiny_model, tmp_path):
    (tmp_path / "s.csv").write_text("wave [um],flux\n5.0,1\n5.1,1\n5.2,1\n")
    (tmp_path / "labels.csv").write_text("file,t,g,t_err,age\ns.csv,1000,5,10,\n")

    with pytest.raises(DataError, match=r"none of its spectra can be used. First: s.csv: "):
        read_labelled_spectra(
            make_recipe(tmp_path / "labels.csv"), tiny_model.recipe, tiny_model.grid.wave
        )


def test_errors_that_are_no_numbers_are_refused(table, tiny_model):
    with pytest.raises(DataError, match="Column 'spectral_type' should hold errors of a label"):
        read_labelled_spectra(
            make_recipe(table, errors={"teff": "spectral_type"}),
            tiny_model.recipe,
            tiny_model.grid.wave,
        )


def test_each_spectrum_is_judged_by_members_that_never_saw_it(tuned, table, monkeypatch):
    asked = []
    inner = type(tuned.tuned).members_of

    def listen(self, fold):
        asked.append(fold)
        return inner(self, fold)

    monkeypatch.setattr(type(tuned.tuned), "members_of", listen)

    # Baselines take seconds; who they learn from is theirs to test.
    monkeypatch.setattr(judge, "_trees", lambda *_: np.ones((N, 2)))
    monkeypatch.setattr(judge, "boost_quantiles", lambda *_: np.tile(np.arange(5.0), (N, 1)))

    found = judge.evaluate_several(tuned, table, columns={"teff": "t", "logg": "g"}, draws=100)

    assert set(asked) == {0, 1, 2}
    assert "36 of them belong to what the model was tuned on" in " ".join(found.notes)
    methods = {row["method"] for row in found.metrics}
    assert {"posterior median", "grids alone", "nearest grid point"} <= methods
    assert found.draws["teff"].shape == (100, N)


def test_another_spectrum_of_an_object_is_judged_by_those_who_never_saw_the_object():
    objects = np.array(["a", "a", "b", "c"])

    assert share_folds(np.array([2, -1, -1, 0]), objects).tolist() == [2, 2, -1, 0]
