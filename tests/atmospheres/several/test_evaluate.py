"""Models of several grids, judged on simulated spectra between their nodes."""

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.atmospheres.evaluate import evaluate
from starsieve.atmospheres.evaluate_grids import TOLD, evaluate_on_grids
from starsieve.atmospheres.recipes import EvaluateRecipe
from starsieve.atmospheres.stored import evaluate_model
from starsieve.atmospheres.tuning.judge import ALONE, NEAREST
from starsieve.errors import DataError

N = 120


@pytest.fixture(scope="module")
def judged(tiny_model):
    return evaluate_on_grids(tiny_model, n=N, draws=100)


def rows_of(evaluation, group="all", label="teff"):
    found = (r for r in evaluation.metrics if (r["group"], r["label"]) == (group, label))
    return {row["method"]: row for row in found}


def test_all_grids_one_grid_and_the_nearest_node_are_judged_on_the_same_spectra(judged):
    rows = rows_of(judged)

    assert set(rows) == {ALONE, TOLD, NEAREST}
    assert {row["n"] for row in rows.values()} == {judged.n}
    per_grid = [rows_of(judged, group)[TOLD]["n"] for group in ("bands", "clouds")]
    assert sum(per_grid) == judged.n <= N


def test_the_truth_lies_between_the_nodes_and_intervals_know_about_how_far(judged):
    teff = judged.truth["teff"]
    assert 800 <= teff.min() < teff.max() <= 1800
    assert len(np.unique(teff)) == judged.n

    [level] = [each for each in judged.intervals()["teff"] if each["level"] == 0.68]
    assert 0.5 < level["coverage"] < 0.9


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(tiny_model, judged):
    again = evaluate_on_grids(tiny_model, n=N, draws=100)
    other = evaluate_on_grids(tiny_model, n=N, draws=100, seed=1)

    assert again.metrics == judged.metrics
    assert not np.array_equal(other.truth["teff"][:50], judged.truth["teff"][:50])


def test_without_a_table_this_is_how_a_model_of_several_grids_is_evaluated(tiny_model):
    found = evaluate(tiny_model, draws=20)

    assert "between their nodes" in found.on
    assert "told its grid" in str(found)


def test_an_archive_evaluates_it_and_refuses_options_without_a_meaning(tiny_folder, tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        folder = archive.models.folder("tiny")
        folder.mkdir(parents=True)
        for file in tiny_folder.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        archive.models.register("tiny")

        record = evaluate_model(EvaluateRecipe(model="tiny", draws=20), archive)

        assert set(record["calibration"])
        assert record["metrics"]["all"]["teff"][NEAREST]["n"] == record["n"]
        with pytest.raises(DataError, match="leave snr out"):
            evaluate_model(EvaluateRecipe(model="tiny", snr=20.0), archive)


def test_values_that_a_grid_ties_are_spread_in_training_only_if_asked(tiny_model):
    from starsieve.atmospheres.several.train import Simulated

    def tied(width):
        recipe = tiny_model.recipe.model_copy(update={"tied_width": width})
        made = Simulated.draw(
            recipe, tiny_model.members, tiny_model.box, tiny_model.grid.wave, 400, 0
        )
        solar = float(tiny_model.box.scale("c_to_o", np.array(0.55)))
        c_to_o = made.batch.points[made.batch.grid == 0, 2].numpy()
        return np.abs(c_to_o - solar)

    assert np.mean(tied(0.0) < 1e-6) > 0.3
    spread = tied(0.1)
    assert np.mean(spread < 1e-6) < 0.05
    assert np.mean(spread <= 0.1 + 1e-6) > 0.3
