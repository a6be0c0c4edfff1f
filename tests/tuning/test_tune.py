"""Searches: what they find, what they stop, and that nothing is lost when they are cut off."""

import os
import time
import tomllib
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from starsieve.archive import Archive
from starsieve.errors import DataError, NotInArchiveError, RecipeError
from starsieve.learn import threads
from starsieve.tuning import workers
from starsieve.tuning.journal import load, open_study
from starsieve.tuning.results import StudyResult, read_result, read_study, to_csv
from starsieve.tuning.trials import Training, Worker, begin, sweep
from starsieve.tuning.tune import best_text, search
from tests.tuning.made import BOWL, STEPS, BowlRecipe, TuneBowl, loss_of, make_recipe, train_bowl


def found(archive: Archive, name: str = "bowl") -> StudyResult:
    return read_study(archive, name, TuneBowl, weigh=False)


def tried(archive: Archive, name: str = "bowl") -> list[tuple[Any, ...]]:
    """Return the trials that count, as they ended."""
    return [
        (trial.state, trial.value, *trial.values.values())
        for trial in found(archive, name).trials
        if trial.state != "again"
    ]


def test_the_best_options_are_found_and_told(archive: Archive) -> None:
    result = search(make_recipe(trials=24), archive, BOWL)

    study = found(archive)
    own = study.trials[0]
    assert (own.state, dict(own.values)) == (
        "complete", {"bowl.rate": 0.1, "bowl.width": 10, "kind": "a"}
    )  # fmt: skip
    assert own.value == pytest.approx(loss_of(BowlRecipe()) + 1 / STEPS)
    best = result["best"]
    assert best["value"] < 0.7 * float(own.value or 0)
    assert best["values"]["kind"] == "b"
    assert best["value"] == min(trial.value for trial in study.complete)
    assert (result["n_trials"], result["task"]) == (24, "bowl.train")
    assert result["n_complete"] + result["n_pruned"] + result["n_failed"] == 24
    assert sum(result["importances"].values()) == pytest.approx(1.0)
    assert max(result["importances"], key=result["importances"].get) == "bowl.rate"


def test_the_best_recipe_gives_the_best_value_again(archive: Archive) -> None:
    result = search(make_recipe(trials=12), archive, BOWL)

    text = best_text(found(archive))

    recipe = BowlRecipe.model_validate(tomllib.loads(text))
    assert recipe.model_dump(mode="json") == result["recipe"]
    again = train_bowl(recipe, archive, None, None)
    assert again["validation_loss"] == result["best"]["value"]
    assert f"validation_loss {result['best']['value']!r}" in text.splitlines()[0]


def test_the_same_seed_tries_the_same(archive: Archive) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        search(make_recipe(trials=10, study=name, seed=seed), archive, BOWL)

    assert tried(archive, "one") == tried(archive, "two")
    assert tried(archive, "one") != tried(archive, "three")


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been(archive: Archive) -> None:
    search(make_recipe(trials=14, study="whole"), archive, BOWL)
    calls = 0

    def interrupt(done: int, total: int, what: str) -> None:
        nonlocal calls
        calls += 1
        if calls in (30, 40):
            raise KeyboardInterrupt

    recipe = make_recipe(trials=14, study="cut")
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search(recipe, archive, BOWL, interrupt)
    result = search(recipe, archive, BOWL, interrupt)

    assert tried(archive, "cut") == tried(archive, "whole")
    assert found(archive, "cut").counts["again"] == 2
    assert result["n_trials"] == 14


def test_a_finished_study_only_goes_on_with_more_trials(archive: Archive) -> None:
    search(make_recipe(trials=5), archive, BOWL)
    before = tried(archive)

    search(make_recipe(trials=5), archive, BOWL)
    assert tried(archive) == before
    search(make_recipe(trials=8), archive, BOWL)

    assert tried(archive)[:5] == before
    assert len(tried(archive)) == 8


def test_a_trial_whose_process_is_gone_is_tried_again_but_not_for_ever(archive: Archive) -> None:
    recipe = make_recipe(trials=3)
    study = open_study(recipe, archive, BOWL.task)
    run = archive.runs.start("bowl.tune", {})
    begun = begin(study, recipe, archive, Worker("gone", run))
    assert begun is not None
    assert sweep(study, archive, Worker("mine", None)) == 0, "its run goes on"
    archive.runs.finish(run, error="killed")

    for _ in range(3):
        assert sweep(study, archive, Worker("mine", None)) == 1
        again = begin(study, recipe, archive, Worker("gone", run))
        assert again is not None
        params = (again[0].params, begun[0].params)
        assert params[0] == params[1] or _ == 2

    states = [trial.state for trial in read_result(study, recipe, BOWL.task).trials]
    assert states == ["again", "again", "failed", "running"]


def test_a_trial_of_a_process_outside_of_any_run_is_kept_while_that_lives(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(trials=3)
    study = open_study(recipe, archive, BOWL.task)
    monkeypatch.setattr(os, "getpid", os.getppid)
    begin(study, recipe, archive, Worker("other"))
    monkeypatch.undo()
    assert sweep(study, archive, Worker("mine")) == 0
    monkeypatch.setattr(os, "getpid", lambda: 2**22 + 1)  # no process has it
    begin(study, recipe, archive, Worker("gone"))
    monkeypatch.undo()

    assert sweep(study, archive, Worker("mine")) == 1


def test_bad_trials_are_stopped_early(archive: Archive) -> None:
    search(make_recipe(trials=20, pruner={"kind": "median", "startup_trials": 3}), archive, BOWL)
    search(make_recipe(trials=20, study="all", pruner={"kind": "none"}), archive, BOWL)

    pruned = [trial for trial in found(archive).trials if trial.state == "pruned"]
    assert len(pruned) > 5
    assert all(trial.steps < STEPS for trial in pruned)
    complete = sorted(float(trial.value or 0) for trial in found(archive).complete)
    at_first = [loss for trial in pruned for _, loss in trial.losses[:1]]
    assert min(at_first) > complete[0] + 0.5
    assert found(archive, "all").counts.get("pruned") is None


def test_hyperband_lets_few_trials_train_on(archive: Archive) -> None:
    pruner = {"kind": "hyperband", "reduction": 2}
    search(make_recipe(trials=20, pruner=pruner, sampler="random"), archive, BOWL)

    lengths = [trial.steps for trial in found(archive).trials if trial.state != "failed"]
    assert 3 <= lengths.count(STEPS) < 15
    assert min(lengths) < STEPS


def test_what_is_good_can_be_large(archive: Archive) -> None:
    options: dict[str, Any] = {"metric": "scores.score", "direction": "maximise"}
    result = search(make_recipe(trials=25, **options), archive, BOWL)

    values = [trial.value for trial in found(archive).complete]
    assert result["best"]["value"] == max(values)
    budget = found(archive).budget()
    assert (budget.best[1:] >= budget.best[:-1]).all()
    (first, *_) = found(archive).trials
    assert first.losses[0][1] > 0, "losses are told as they are"


def test_the_budget_counts_every_step_and_never_rises(archive: Archive) -> None:
    search(make_recipe(trials=20), archive, BOWL)

    budget = found(archive).budget()

    trials = found(archive).trials
    assert budget.unit == "steps"
    assert budget.spent[-1] == sum(trial.steps for trial in trials)
    assert (budget.best[1:] <= budget.best[:-1]).all()
    assert budget.best[-1] == min(float(t.value or 0) for t in found(archive).complete)


def test_trials_that_fail_say_why_and_the_others_go_on(archive: Archive) -> None:
    search_space = {"bowl.width": {"low": 90, "high": 100}}
    recipe = make_recipe(trials=25, search=search_space, training={"bowl": {"width": 95}})
    result = search(recipe, archive, BOWL)

    failed = [trial for trial in found(archive).trials if trial.state == "failed"]
    assert failed
    assert {trial.error for trial in failed} == {"too wide"}
    assert all(trial.values["bowl.width"] > 98 for trial in failed)
    assert result["n_failed"] == len(failed)


def test_a_search_that_only_fails_is_given_up(archive: Archive) -> None:
    recipe = make_recipe(search={"bowl.width": [99, 100]}, own_first=False)

    with pytest.raises(DataError, match="first 3 trials failed, the last one so: too wide"):
        search(recipe, archive, BOWL)
    with pytest.raises(DataError, match=r"No trial of the study 'bowl' .* \(3 failed\)"):
        best_text(found(archive))


def test_what_every_trial_would_meet_is_raised_at_once(archive: Archive) -> None:
    with pytest.raises(RecipeError, match=r"no number 'los' .*: validation_loss, scores\.score\."):
        search(make_recipe(metric="los"), archive, BOWL)

    def lacking(*_: Any) -> dict[str, float]:
        archive.collections.get("nowhere")
        return {}

    with pytest.raises(NotInArchiveError, match="nowhere"):
        search(make_recipe(study="two"), archive, Training("bowl.train", lacking))
    assert found(archive, "two").counts == {"failed": 1}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"training": {"flag": True}}, "training"),
        ({"seed": 1}, "seed"),
        ({"search": {"kind": ["a", "b"]}, "direction": "maximise"}, "search, another direction"),
    ],
)
def test_trials_of_two_questions_are_never_mixed(
    archive: Archive, change: dict[str, Any], names: str
) -> None:
    search(make_recipe(trials=2), archive, BOWL)

    with pytest.raises(DataError, match=f"study 'bowl' with another {names}: .*--study NAME"):
        search(make_recipe(trials=2, **change), archive, BOWL)
    assert len(tried(archive)) == 2


def test_time_may_end_a_search(archive: Archive) -> None:
    started = time.monotonic()
    slow = {"slow": 0.02}
    search(make_recipe(trials=500, seconds=0.5, training=slow), archive, BOWL)

    assert 1 <= len(tried(archive)) < 20
    assert time.monotonic() - started < 5


def test_a_search_may_begin_with_the_best_of_another(archive: Archive) -> None:
    search(make_recipe(trials=20, study="first"), archive, BOWL)
    best = found(archive, "first").best
    assert best is not None
    changed = {"kind": ["a", "b", "c"], "bowl.rate": {"low": 1e-5, "high": 2.0, "log": True}}

    recipe = make_recipe(trials=7, study="next", search=changed, start_from=["first"])
    result = search(recipe, archive, BOWL)

    first = [dict(trial.values) for trial in found(archive, "next").trials]
    assert {"kind": "b", "bowl.rate": best.values["bowl.rate"]} in first[1:6]
    assert result["warnings"] == []


def test_own_values_outside_of_the_search_are_told_and_not_tried(archive: Archive) -> None:
    narrow = {"bowl.width": {"low": 40, "high": 60}}
    result = search(make_recipe(trials=2, search=narrow), archive, BOWL)

    assert "own values are outside" in result["warnings"][0]
    assert all(40 <= trial.values["bowl.width"] <= 60 for trial in found(archive).trials)


def test_the_table_has_a_row_for_each_trial_and_a_column_for_each_option(archive: Archive) -> None:
    search(make_recipe(trials=6), archive, BOWL)

    head, *rows = to_csv(found(archive)).splitlines()

    assert head == ("trial,state,validation_loss,bowl.rate,bowl.width,kind,steps,seconds,error")
    assert len(rows) == 6
    assert rows[0].startswith("1,complete,")
    assert ",0.1,10,a,5," in rows[0]


def test_several_workers_share_the_trials_and_a_killed_one_loses_none(
    archive: Archive, tmp_path: Path
) -> None:
    told = []
    training = {"kill_file": str(tmp_path / "killed"), "slow": 0.01}
    recipe = make_recipe(trials=8, workers=2, training=training)

    result = search(recipe, archive, BOWL, lambda done, total, what: told.append((done, total)))

    study = found(archive)
    assert (tmp_path / "killed").exists()
    assert result["n_trials"] == 8
    assert study.counts["again"] == 1
    (lost,) = [trial for trial in study.trials if trial.state == "again"]
    same = [trial for trial in study.trials if trial.values == lost.values]
    assert len(same) == 2, "its values were tried again"
    assert len({tuple(trial.values.values()) for trial in study.trials}) == 8
    raw = load(archive, "bowl", "minimise").get_trials()
    assert len({trial.user_attrs["worker"]["pid"] for trial in raw}) >= 2
    assert told[-1][1] == 8


def test_what_a_worker_can_not_do_is_told_to_the_one_that_started_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers.signal, "signal", lambda *_: None)
    monkeypatch.setattr(threads, "share_threads", lambda _: None)
    failures: Any = SimpleQueue()

    workers._work(make_recipe(metric="los"), archive.settings, BOWL, Worker("mine"), failures)

    assert "no number 'los'" in str(failures.get())
