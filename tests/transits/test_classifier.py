"""A trained vetter tells planets from the rest, says how sure it is, and why."""

import json
from dataclasses import replace

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.errors import DataError, FileError, ModelMismatchError, NotInArchiveError
from starsieve.learn.history import read_history
from starsieve.learn.model import CARD, WEIGHTS, Model
from starsieve.stats import roc_auc
from starsieve.transits.classifier import CLASSES, classify, load_vetter
from starsieve.transits.classifier_recipe import EvaluateVetterRecipe, TrainVetterRecipe
from starsieve.transits.evaluate_vetter import evaluate_vetter
from starsieve.transits.example_files import read_examples
from starsieve.transits.train_vetter import balance, fit_blend, fit_vetter, train_vetter
from starsieve.transits.vetting_inputs import inputs_of
from starsieve.transits.views import Views
from tests.transits.vetting_examples import SMALL, made_signal, write_made_examples


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A file of examples, and a vetter that was trained on it, saved."""
    folder = tmp_path_factory.mktemp("vetter")
    write_made_examples(folder / "made.npz")
    recipe = TrainVetterRecipe(model="small", files=(str(folder / "made.npz"),), **SMALL)
    trained = fit_vetter(read_examples(folder / "made.npz"), recipe)
    vetter = trained.vetter
    Model(vetter.card, vetter.all_networks(), vetter.to_arrays()).save(folder / "small")
    return folder, trained


@pytest.fixture(scope="module")
def unseen():
    rng = np.random.default_rng(99)
    kinds = ["planet", "eclipsing binary", "systematics"] * 10
    made = [made_signal(rng, kind) for kind in kinds]
    return [each for each, _ in made], [each for _, each in made], np.array(kinds)


def test_planets_are_told_from_the_rest(trained, unseen):
    views, numbers, kinds = unseen
    verdicts = classify(load_vetter(trained[0] / "small"), views, numbers)
    planet = np.array([verdict.planet_probability for verdict in verdicts])
    assert roc_auc(planet, kinds == "planet") > 0.95
    assert roc_auc(trained[1].probability, read_examples(trained[0] / "made.npz").planet) > 0.95


def test_binaries_are_named_although_junk_left_its_class_open(trained, unseen):
    views, numbers, kinds = unseen
    verdicts = classify(load_vetter(trained[0] / "small"), views, numbers)
    binary = np.array([each.class_probabilities["eclipsing binary"] for each in verdicts])
    assert roc_auc(binary, kinds == "eclipsing binary") > 0.9


def test_class_probabilities_add_up_to_one(trained, unseen):
    for verdict in classify(trained[1].vetter, *unseen[:2]):
        assert tuple(verdict.class_probabilities) == CLASSES
        assert sum(verdict.class_probabilities.values()) == pytest.approx(1)
        assert verdict.class_probabilities["planet"] == verdict.planet_probability
        assert 0 <= verdict.spread < 0.5


def test_a_saved_vetter_answers_as_before(trained, unseen):
    views, numbers, _ = unseen
    before = classify(trained[1].vetter, views, numbers)
    after = classify(load_vetter(trained[0] / "small"), views, numbers)
    for first, second in zip(before, after, strict=True):
        assert second.planet_probability == pytest.approx(first.planet_probability, abs=1e-6)
        assert [what for what, _ in second.reasons] == [what for what, _ in first.reasons]


def test_a_signal_is_judged_alike_alone_and_among_others(trained, unseen):
    views, numbers, _ = unseen
    together = classify(trained[1].vetter, views, numbers)
    [alone] = classify(trained[1].vetter, views[4:5], numbers[4:5])
    assert alone.planet_probability == pytest.approx(together[4].planet_probability, abs=1e-6)


def test_reasons_are_what_the_answer_loses_without_a_part(trained, unseen):
    views, numbers, _ = unseen
    vetter = trained[1].vetter
    [verdict] = classify(vetter, views[:1], numbers[:1])
    weights = dict(verdict.reasons)
    what = next(what for what in weights if what.endswith(" view"))
    lost = replace(views[0], **{what.replace(" ", "_"): None})
    [without] = classify(vetter, [lost], numbers[:1])

    def odds(each):
        return np.log(each.planet_probability / (1 - each.planet_probability))

    assert weights[what] == pytest.approx(odds(verdict) - odds(without), abs=1e-3)
    sizes = [abs(weight) for weight in weights.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_a_vetter_works_without_numbers_and_with_one_view(trained, unseen):
    views, _, kinds = unseen
    only = [Views(local_view=each.local_view) for each in views]
    verdicts = classify(trained[1].vetter, only, [{} for _ in only])
    planet = np.array([each.planet_probability for each in verdicts])
    assert np.isfinite(planet).all()
    assert roc_auc(planet, kinds == "planet") > 0.7


def test_what_is_missing_is_said(trained):
    [verdict] = classify(trained[1].vetter, [Views()], [{}])
    assert np.isfinite(verdict.planet_probability)
    assert "too few data" in verdict.warnings[0]
    assert any("single event" in each for each in verdict.warnings)
    assert verdict.reasons == ()


def test_a_star_of_the_training_set_is_judged_by_who_never_saw_it(trained):
    folder, result = trained
    examples = read_examples(folder / "made.npz")
    _, views, numbers, _ = (None, *write_made_examples(folder / "again.npz"))
    verdicts = classify(result.vetter, views, numbers, tic=examples.star.tolist())
    found = np.array([each.planet_probability for each in verdicts])
    # The blend is that of all parts of the stars there, and of the other parts here.
    np.testing.assert_allclose(found, result.probability, atol=0.1)


def test_no_signals_give_no_verdicts_and_uneven_ones_an_error(trained, unseen):
    vetter = trained[1].vetter
    assert classify(vetter, [], []) == []
    with pytest.raises(DataError, match="got 30, 29"):
        classify(vetter, unseen[0], unseen[1][1:])
    with pytest.raises(DataError, match="got 30, 30, 1"):
        classify(vetter, unseen[0], unseen[1], tic=[1])


def test_inputs_of_another_vetter_are_refused(trained, unseen):
    other = inputs_of(*unseen[:2], ("snr",), ("local_view",))
    with pytest.raises(ModelMismatchError, match="takes other inputs"):
        trained[1].vetter.score(other)


def test_damaged_models_are_refused(trained, tmp_path):
    source = trained[0] / "small"
    for name, change in (("columns", None), ("network", {"chanels": 3})):
        folder = tmp_path / name
        folder.mkdir()
        (folder / WEIGHTS).write_bytes((source / WEIGHTS).read_bytes())
        card = json.loads((source / CARD).read_text())
        card["recipe"][name] = change
        (folder / CARD).write_text(json.dumps(card))
        with pytest.raises(ModelMismatchError, match="does not describe a vetter"):
            load_vetter(folder)
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / CARD).write_bytes((source / CARD).read_bytes())
    (cut / WEIGHTS).write_bytes((source / WEIGHTS).read_bytes()[:1000])
    with pytest.raises(FileError, match="not the weights"):
        load_vetter(cut)
    with pytest.raises(NotInArchiveError):
        load_vetter("no-such-vetter")


def test_training_and_judging_are_tasks_on_an_archive(tmp_path):
    write_made_examples(tmp_path / "made.npz", 60)
    files = (str(tmp_path / "made.npz"),)
    with Archive.create(tmp_path / "archive") as archive:
        steps = []
        result = train_vetter(
            TrainVetterRecipe(model="mine", files=files, **SMALL),
            archive,
            lambda done, total, what: steps.append((done, total, what)),
        )
        assert load_vetter("mine", archive).card.weights_sha256 == result["weights_sha256"]
        assert steps[-1][0] == steps[-1][1]
        curves = read_history(archive.models.folder("mine"))
        n_networks = SMALL["members"] * SMALL.get("networks", 1)
        assert {curve.part for curve in curves} == {f"network {n + 1}" for n in range(n_networks)}
        report = tmp_path / "report"
        found = evaluate_vetter(
            EvaluateVetterRecipe(model="mine", files=files, report=str(report)), archive
        )
    [score] = found["sources"]
    assert (score["n"], score["n_planets"], score["n_seen"]) == (60, 20, 60)
    assert score["average_precision"]["value"] > 0.8
    assert sum(each["n"] for each in score["reliability"]) == 60
    assert score["precision_recall"]["recall"][-1] == 1.0
    page = (report / "vetter.html").read_text()
    for words in ("average precision", "Thresholds", "Reliability", "eclipsing binary"):
        assert words.lower() in page.lower()


def test_the_same_seed_gives_the_same_vetter(trained):
    examples = read_examples(trained[0] / "made.npz")
    again = fit_vetter(examples, TrainVetterRecipe(model="small", files=("made.npz",), **SMALL))
    np.testing.assert_array_equal(again.odds, trained[1].odds)


def test_too_few_examples_are_refused(trained):
    examples = read_examples(trained[0] / "made.npz")
    recipe = TrainVetterRecipe(files=("made.npz",), **SMALL)
    with pytest.raises(DataError, match="too few"):
        fit_vetter(examples.take(np.arange(1)), recipe)
    with pytest.raises(DataError, match="too few"):
        fit_vetter(examples.take(np.flatnonzero(~examples.planet)), recipe)


def test_weights_give_each_source_the_same_share_of_planets(trained):
    examples = read_examples(trained[0] / "made.npz")
    weight = balance(examples, 0.1)
    assert weight[examples.planet].sum() / weight.sum() == pytest.approx(0.1)
    assert weight.mean() == pytest.approx(1)


def test_a_blend_ignores_what_says_nothing_and_calibrates_the_rest():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=20_000)
    positive = rng.uniform(size=len(truth)) < 1 / (1 + np.exp(-(1.5 * truth - 1)))
    odds = np.column_stack([truth, rng.normal(size=len(truth))])
    blend = fit_blend(odds, positive, np.ones(len(truth)))
    np.testing.assert_allclose(blend, [1.5, 0.0, -1.0], atol=0.08)
    assert (blend[:2] >= 0).all()
