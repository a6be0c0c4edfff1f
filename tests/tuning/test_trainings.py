"""Every training that there is can be tuned, and its best recipe gives the best value again."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data.synthetic import model_grid
from starsieve.errors import NotInArchiveError, RecipeError
from starsieve.jobs import resume, run_task
from starsieve.registry import TASKS, get_task, shipped_recipes, training_task, tuning_of
from starsieve.transits import train_vetter as vetters
from starsieve.transits import tune as tune_transits
from starsieve.tuning.results import StudyResult, read_study
from starsieve.tuning.tune import best_text
from tests.atmospheres.conftest import SMALL
from tests.atmospheres.regressors.made import make_grid
from tests.atmospheres.regressors.made import make_recipe as make_regressor
from tests.representations.test_networks import make_recipe as make_representation
from tests.representations.test_pca import make_spectra
from tests.transits.made_candidates import make_rows, write_rows
from tests.transits.made_vetter import TINY, make_signals

NETWORK = {"n_components": 6, "hidden": 16, "context": 8, "flow_hidden": 8, "flow_transforms": 1}
GRID = SMALL | {"steps": 6, "validate_every": 2, "batch_size": 16, "network": NETWORK}
FEW = {"logg": (4.5, 5.0), "mh": (-0.5, 0.5), "fsed": (1.0, 4.0)}
RATES = {"low": 1e-4, "high": 1e-1, "log": True}


def read(archive: Archive, name: str) -> StudyResult:
    kind: Any = tuning_of(archive.studies.get(name).task).recipe
    return read_study(archive, name, kind, weigh=False)


def train_best(archive: Archive, name: str) -> dict[str, Any]:
    """Train by the best recipe of a study, as from its file."""
    result = read(archive, name)
    options = tomllib.loads(best_text(result))
    assert training_task(options).name == result.task
    return run_task(result.task, options, archive)


def test_a_posterior(archive: Archive) -> None:
    archive.spectra.add_grid(model_grid(**FEW, wave=np.linspace(0.9, 2.4, 80)), "toy-grid")
    search = {"learning_rate": RATES, "network": {"hidden": [8, 16, 32]}}
    pruner = {"kind": "median", "startup_trials": 1}
    told: list[str] = []

    result = run_task(
        "atmospheres.tune",
        {"training": GRID, "search": search, "trials": 3, "pruner": pruner},
        archive,
        lambda done, total, what: told.append(what),
    )

    assert result["study"] == "toy"
    assert [model.name for model in archive.models.list()] == [], "no trial keeps its model"
    assert result["n_complete"] + result["n_pruned"] == 3
    assert len(read(archive, "toy").trials[0].losses) == 3
    assert told[0] == "trial 1"
    assert told[-1].startswith("trial 3, best ")
    assert train_best(archive, "toy")["validation_loss"] == result["best"]["value"]


REGRESSORS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "convolutional": ({"steps": 30, "validate_every": 10}, {"network.filters": [2, 4]}),
    "random-forest": ({}, {"network.min_leaf": {"low": 1, "high": 20, "log": True}}),
    "gradient-boosting": ({}, {"network.n_rounds": {"low": 2, "high": 40}}),
    "pca-ridge": ({}, {"network": {"penalty": {"low": 1e-3, "high": 1e3, "log": True}}}),
    "nearest": ({}, {"network.floor": {"low": 1e-3, "high": 0.3, "log": True}}),
}


def make_regressor_training(kind: str, **changes: Any) -> dict[str, Any]:
    return make_regressor(kind, **changes).model_dump(mode="json")


@pytest.mark.parametrize("kind", REGRESSORS)
def test_a_regressor(archive: Archive, kind: str) -> None:
    archive.spectra.add_grid(make_grid(), "toy")
    changes, search = REGRESSORS[kind]
    training = make_regressor_training(kind, **changes)
    pruner = {"kind": "median", "startup_trials": 1}
    options = {"training": training, "search": search, "trials": 3, "pruner": pruner}

    result = run_task("atmospheres.tune", options, archive)

    assert result["n_complete"] + result["n_pruned"] == 3
    found = read(archive, f"toy-{kind}")
    assert found.budget().unit == ("steps" if kind == "convolutional" else "s")
    assert len(found.trials[0].losses) == (3 if kind == "convolutional" else 0)
    assert archive.models.list() == [], "no trial keeps its model"
    assert train_best(archive, f"toy-{kind}")["validation_loss"] == result["best"]["value"]


def test_a_network_that_goes_badly_is_stopped_early(archive: Archive) -> None:
    archive.spectra.add_grid(make_grid(), "toy")
    training = make_regressor_training("convolutional", steps=40, validate_every=10)
    search = {"learning_rate": [3e-3, 1e-9]}
    pruner = {"kind": "median", "startup_trials": 1}
    options = {"training": training, "search": search, "trials": 6, "pruner": pruner}

    result = run_task("atmospheres.tune", options, archive)

    stopped = [t for t in read(archive, "toy-convolutional").trials if t.state == "pruned"]
    assert stopped
    assert all(t.values["learning_rate"] == 1e-9 and t.steps < 40 for t in stopped)
    assert result["best"]["values"] == {"learning_rate": 3e-3}


def test_kinds_of_regressors_are_tuned_against_each_other(archive: Archive) -> None:
    archive.spectra.add_grid(make_grid(), "toy")
    networks = [make_regressor_training(kind)["network"] for kind in ("nearest", "pca-ridge")]
    training = make_regressor_training("nearest")
    options = {"training": training, "search": {"network": networks}, "trials": 4}

    result = run_task("atmospheres.tune", options, archive)

    assert result["best"]["values"]["network"]["kind"] == "pca-ridge"
    assert result["best"]["value"] < result["tried"][0]["value"]


def test_a_posterior_and_a_regressor_are_not_compared() -> None:
    network = [{"kind": "pca-ridge"}, {"kind": "mixture"}]
    options = {"training": make_regressor_training("nearest"), "search": {"network": network}}

    with pytest.raises(RecipeError, match="mixture and nearest, pca-ridge are not judged by the"):
        get_task("atmospheres.tune").read_recipe(options)


def test_a_regressor_is_not_tuned_on_what_it_was_trained_on() -> None:
    options = {"training": make_regressor_training("random-forest", validation={})}

    with pytest.raises(RecipeError, match=r"validation names no nodes, .* validation = \{ teff"):
        get_task("atmospheres.tune").read_recipe(options)


def test_a_posterior_tuned_on_nodes_that_it_was_trained_on_says_so() -> None:
    options = {"training": {**GRID, "validation": {}}}
    recipe: Any = get_task("atmospheres.tune").read_recipe(options)

    assert recipe.warnings() == [
        "training.validation names no nodes: the loss is that of nodes trained on."
    ]


def test_other_labels_prepared_otherwise_are_another_question() -> None:
    training = make_regressor_training("pca-ridge")
    steps = [[{"kind": "scale-labels"}], [{"kind": "log10"}, {"kind": "scale-labels"}]]
    options = {"training": training, "search": {"network.preparation": steps}}
    recipe: Any = get_task("atmospheres.tune").read_recipe(options)

    assert recipe.warnings()[0].startswith("network.preparation changes what validation_loss")


def test_a_posterior_of_several_grids(archive: Archive) -> None:
    wave = np.linspace(0.9, 2.4, 80)
    archive.spectra.add_grid(model_grid(**FEW, wave=wave), "one")
    archive.spectra.add_grid(model_grid(**FEW | {"logg": (4.0, 5.0)}, wave=wave), "two")
    training = {
        "model": "both",
        "grids": [{"collection": "one"}, {"collection": "two"}],
        "labels": ["teff", "logg", "mh", "fsed"],
        "outputs": ["teff", "logg"],
        "resolution": 120.0,
        **{"steps": 6, "validate_every": 3, "batch_size": 16},
        "network": {
            **{"n_components": 4, "n_bins": 8, "hidden": 8, "blocks": 1, "context": 8},
            **{"spline_hidden": 8, "bins": 4},
        },
    }
    options = {"training": training, "search": {"network.hidden": [8, 16]}, "trials": 1}

    result = run_task("atmospheres.tune-several", options, archive)

    assert len(read(archive, "both").trials[0].losses) == 2
    assert train_best(archive, "both")["validation_loss"] == result["best"]["value"]


def test_a_cancelled_run_is_resumed_to_the_end(archive: Archive) -> None:
    archive.spectra.add(list(make_spectra(60)[0]), "made")
    training = make_representation("projected", steps=6, validate_every=3, batch_size=8)
    options = {"training": training.model_dump(), "search": {"learning_rate": RATES}, "trials": 3}
    steps = 0

    def stop(done: int, total: int, what: str) -> None:
        nonlocal steps
        steps += 1
        if steps == 11:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_task("representations.tune", options, archive, stop)
    (run,) = archive.runs.list()
    assert run.status == "interrupted"

    result = resume(run.number, archive)

    assert (result["n_trials"], result["n_failed"]) == (3, 0)
    assert read(archive, result["study"]).counts["again"] == 1


def test_a_representation(archive: Archive) -> None:
    archive.spectra.add(list(make_spectra(60)[0]), "made")
    training = make_representation("projected", steps=12, validate_every=4, batch_size=8)
    options = {"training": training.model_dump(), "trials": 2, "search": {"learning_rate": RATES}}

    result = run_task("representations.tune", options, archive)

    assert len(read(archive, result["study"]).trials[0].losses) == 3
    again = train_best(archive, result["study"])
    assert again["validation_loss"] == result["best"]["value"]


def test_a_training_without_a_validation_loss_says_what_it_has(archive: Archive) -> None:
    archive.spectra.add(list(make_spectra(60)[0]), "made")
    training = make_representation("projected", network={"kind": "pca", "n_latents": 2})
    options = {"training": training.model_dump(), "search": {"network.n_latents": [2, 3]}}

    with pytest.raises(RecipeError, match=r"no number 'validation_loss' to tune by\. There"):
        run_task("representations.tune", options, archive)


def test_a_ranker(archive: Archive, tmp_path: Path) -> None:
    table = write_rows(tmp_path / "toi.csv", make_rows())
    training = {"tables": [str(table)], "members": 2, "forest": {"trees": 5}}
    search = {"boosting": {"iterations": {"low": 2, "high": 20}}}
    options = {"training": training, "search": search, "trials": 2, "own_first": False}

    result = run_task("transits.tune-ranker", options, archive)

    assert result["metric"] == "brier"
    assert read(archive, "my-ranker").budget().unit == "steps", "trees are steps"
    assert train_best(archive, "my-ranker")["brier"] == result["best"]["value"]


def test_a_vetter(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (vetters, tune_transits):
        monkeypatch.setattr(module, "read_examples", lambda _: make_signals(60))
    training = TINY | {"model": "mine", "epochs": 8}
    options = {
        "training": training,
        "search": {"network.hidden": [4, 8]},
        "metric": "made.roc_auc",
        "direction": "maximise",
        "trials": 2,
    }

    result = run_task("transits.tune", options, archive)

    assert 0.5 < result["best"]["value"] <= 1.0
    assert train_best(archive, "mine")["made"]["roc_auc"] == result["best"]["value"]


def tunable_recipes() -> list[str]:
    """Names of the recipes that ship, but for rankings."""
    return [name for name in shipped_recipes() if name != "rank-toi"]


@pytest.mark.parametrize("name", tunable_recipes())
def test_every_shipped_training_has_something_that_is_usually_searched(name: str) -> None:
    options = tomllib.loads(shipped_recipes()[name].read_text())
    training = training_task(options).name
    if training == "atmospheres.train-tuned":
        pytest.skip("it has no search")
    task = tuning_of(training)
    metric = {"metric": "yu.roc_auc"} if task.name == "transits.tune" else {}

    recipe: Any = task.read_recipe({"training": options, **metric})

    assert recipe.search
    assert recipe.warnings() == []


def test_every_training_has_a_search() -> None:
    trainings = [name for name in TASKS if name.rpartition(".")[2].startswith("train")]

    assert len(trainings) >= 4
    for name in set(trainings) - {"atmospheres.train-tuned"}:
        assert tuning_of(name).recipe.model_fields["training"].annotation is get_task(name).recipe


def test_a_training_without_a_search_is_told_from_those_with_one() -> None:
    with pytest.raises(NotInArchiveError, match=r"train-tuned\. There are: atmospheres\.tune, "):
        tuning_of("atmospheres.train-tuned")


def test_a_search_on_what_is_not_there_ends_at_once(archive: Archive) -> None:
    options = {"training": GRID, "search": {"learning_rate": RATES}}

    with pytest.raises(Exception, match="toy-grid"):
        run_task("atmospheres.tune", options, archive)
    assert read(archive, "toy").counts == {"failed": 1}
