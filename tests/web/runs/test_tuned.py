"""The page of a run that searched for the best options of a recipe."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.tuning.tune import search
from tests.tuning.made import BOWL, make_recipe


@pytest.fixture
def tuned(archive: Archive) -> dict[str, Any]:
    """A run that tuned a bowl."""
    number = archive.runs.start("atmospheres.tune", {"study": "bowl"})
    result = search(make_recipe(trials=8), archive, BOWL, run=number)
    archive.runs.finish(number, result=result)
    return result


def test_a_search_is_drawn_and_its_trials_are_a_table(
    client: TestClient, browser: TestClient, tuned: dict[str, Any]
) -> None:
    page = browser.get("/runs/1").text

    assert "Budget: the best value by what was spent" in page
    assert "Options one by one" in page
    assert "bowl.width" in page
    assert page.count("<td>complete</td>") + page.count(">complete<") >= tuned["n_complete"]
    for name in ("budget", "slices"):
        figure = client.get(f"/runs/1/figures/{name}.json?theme=dark")
        assert figure.status_code == 200
        assert figure.json()["doc"]
    assert client.get("/runs/1/figures/ranks.json").status_code == 404
