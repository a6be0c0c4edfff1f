"""The page of a model of several grids that was tuned on real labels."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.learn import library

NUMBERS = {"n": 363, "mae": 140.7, "mae_age_known": 100.5, "coverage_68": 0.69}
GRID = {"name": "clouds:thick", "labels": ["teff", "fsed"], "smoothness": "3/2", "noise": 1e-3}
METRICS: dict[str, Any] = {
    "best_step": 4000,
    "box": {"teff": [200.0, 3500.0]},
    "grids": [GRID],
    "tuned": {
        "n_labelled": 562,
        "folds": {"11259d99e8845739": 1},
        "out_of_fold": {"teff": {"L": {**NUMBERS, "coverage_95": 0.97}}},
    },
}


@pytest.fixture
def tuned(archive: Archive) -> str:
    """A model that ships, with the card of one of several grids."""
    folder = archive.models.folder("many")
    folder.mkdir(parents=True)
    shipped = library.find_model("diamondback-spex")
    for name in ("model.json", "weights.safetensors"):
        (folder / name).write_bytes((shipped / name).read_bytes())
    card = json.loads((folder / "model.json").read_text())
    card |= {"name": "many", "metrics": METRICS}
    card["recipe"]["grids"] = [{"collection": "clouds", "only": {}, "share": 0.33}]
    card["grid"] = {"clouds": {"n_spectra": 1445, "findings": ["two look alike"]}}
    (folder / "model.json").write_text(json.dumps(card))
    archive.models.register("many")
    return "many"


def test_a_page_tells_grids_errors_out_of_fold_and_coverage(
    browser: TestClient, tuned: str
) -> None:
    page = browser.get(f"/models/{tuned}")

    assert page.status_code == 200
    for words in ("clouds:thick", "Teff, fsed", "0.33", "1445", "two look alike"):
        assert words in page.text, words
    row = page.text.partition("Errors out of fold")[2].partition("<tbody>")[2]
    for words in (">363<", ">141<", ">K<", "69%", "97%"):
        assert words in row.partition("</tbody>")[0], words
    assert "11259d99e8845739" not in page.text


def test_its_twin_tells_the_same(client: TestClient, tuned: str) -> None:
    tables = client.get(f"/models/{tuned}.json").json()["tables"]

    (fold,) = tables["folds"]
    assert (fold["group"], fold["n"], fold["coverage_95"]) == ("L", 363, 0.97)
    assert tables["grids"][0]["n_spectra"] == 1445


def test_a_model_of_one_grid_has_no_such_tables(client: TestClient, browser: TestClient) -> None:
    assert client.get("/models/diamondback-spex.json").json()["tables"] == {}
    assert "Which grids it knows" not in browser.get("/models/diamondback-spex").text


def test_what_held_nodes_out_or_is_of_several_grids_can_be_evaluated(browser, tuned, archive):
    for name in ("diamondback-spex", "ultracool-spex"):
        assert "Evaluate it" in browser.get(f"/models/{name}").text
    card = archive.models.folder(tuned) / "model.json"
    record = json.loads(card.read_text())
    del record["recipe"]["grids"]
    card.write_text(json.dumps(record | {"recipe": record["recipe"] | {"held_out": {}}}))
    assert "Evaluate it" not in browser.get(f"/models/{tuned}").text

    offered = browser.get("/runs/new?task=atmospheres.evaluate").text
    assert 'value="diamondback-spex"' in offered
    assert 'value="ultracool-spex"' in offered
    assert f'value="{tuned}"' not in offered
