import csv
import json

import numpy as np
import pytest

from starsieve.atmospheres.baselines import NEAREST
from starsieve.atmospheres.evaluate import evaluate, evaluate_simulated
from starsieve.atmospheres.evaluate_labelled import NETWORK
from starsieve.atmospheres.labelled import read_labelled, type_group
from starsieve.data import Spectrum
from starsieve.data.synthetic import SPEX_RESOLUTION, model_flux, observe
from starsieve.errors import DataError, FileError, RecipeError


@pytest.fixture(scope="module")
def simulated(toy_model):
    return evaluate_simulated(toy_model, copies=1, draws=200)


def rows_of(evaluation, label):
    return {row["method"]: row for row in evaluation.metrics if row["label"] == label}


def test_baselines_stand_beside_the_network_on_the_same_spectra(simulated):
    rows = rows_of(simulated, "teff")

    assert set(rows) == {NETWORK, NEAREST, "extra trees", "PCA + perceptron"}
    assert {row["n"] for row in rows.values()} == {48}
    assert rows[NETWORK]["mae"] < 60


def test_only_held_out_nodes_are_evaluated_on(simulated):
    assert set(simulated.truth["teff"]) == {1600.0}


def test_the_baseline_never_sees_held_out_nodes(simulated):
    # With the node itself in reach, it would be right to the kelvin for most.
    assert rows_of(simulated, "teff")[NEAREST]["mae"] > 100


def test_an_evaluation_is_json_a_table_and_a_page(simulated, tmp_path):
    record = json.loads(json.dumps(simulated.to_record()))

    assert record["n"] == 48
    assert {c["level"] for c in record["intervals"]["logg"]} >= {0.68, 0.95}
    assert "extra trees" in str(simulated)
    assert "extra trees" in simulated.write_report(tmp_path).read_text()


@pytest.fixture
def table(toy_model, tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "spectra"
    folder.mkdir()
    rows = []
    for number in range(12):
        teff, logg = rng.uniform(1100, 1900), rng.uniform(4.2, 5.3)
        flux = model_flux(toy_model.grid.wave, *np.array([[teff], [logg], [0.0], [3.0]]))[0]
        s = observe(Spectrum(toy_model.grid.wave, flux, resolution=SPEX_RESOLUTION), 50.0, number)
        np.savetxt(folder / f"{number}.txt", np.stack([s.wave, s.flux, s.sigma], axis=1))
        rows.append(
            [f"{number}.txt", f"T{number % 9}", f"{teff:.1f}", f"{logg:.3f}", "OK", 10 * number]
        )
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["file", "spectral_type", "teff_true", "logg", "flag", "snr"], *rows]
        )
    return path


def test_a_table_of_labelled_files_is_evaluated_by_group(toy_model, table):
    found = evaluate(toy_model, table, columns={"teff": "teff_true"}, where=["snr>=20"], draws=200)

    groups = {(row["group"], row["method"]): row for row in found.metrics if row["label"] == "teff"}
    assert groups["all", NETWORK]["n"] == groups["all", NEAREST]["n"] == 10
    assert groups["all", NETWORK]["mae"] < 80
    assert ("T6-T9", NETWORK) in groups


def test_every_condition_and_operator_selects(toy_model, table):
    names = toy_model.grid.names
    counts = {
        where: len(read_labelled(table, names, {"teff": "teff_true"}, [where]))
        for where in ("snr>100", "snr<=20", "flag=OK", "snr=50", "spectral_type=T0")
    }

    assert counts == {"snr>100": 1, "snr<=20": 3, "flag=OK": 12, "snr=50": 1, "spectral_type=T0": 2}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"where": ["nothing>3"]}, RecipeError, "Condition 'nothing>3' is not understood"),
        ({"where": ["snr>many"]}, RecipeError, "'many' is no number"),
        ({"where": ["snr>1000"]}, DataError, "no row is left"),
        ({"columns": {"teff": "temperature"}}, RecipeError, "a column of the table"),
        ({"columns": {"mass": "snr"}}, RecipeError, "one of the labels"),
    ],
)
def test_what_is_not_understood_is_said(toy_model, table, options, error, message):
    with pytest.raises(error, match=message):
        read_labelled(table, toy_model.grid.names, **options)


def test_a_file_that_the_table_names_must_be_there(toy_model, table):
    (table.parent / "spectra" / "3.txt").unlink()

    with pytest.raises(FileError, match=r"3\.txt: the table names it"):
        read_labelled(table, toy_model.grid.names)


@pytest.mark.parametrize("text", ["", "file,teff\n", "no labels here\nx\n"])
def test_a_table_that_is_none_is_refused(toy_model, tmp_path, text):
    (tmp_path / "t.csv").write_text(text)

    with pytest.raises(DataError, match=r"t\.csv: "):
        read_labelled(tmp_path / "t.csv", toy_model.grid.names)


@pytest.mark.parametrize(
    ("text", "group"), [("L0", "L"), ("T5.5", "T0-T5"), ("T6p", "T6-T9"), ("sdM9", "M"), ("WD", "")]
)
def test_spectral_types_fall_into_groups(text, group):
    assert type_group(text) == group
