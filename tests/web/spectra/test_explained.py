"""Which grid, and what drives the parameters of a stored spectrum."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.stored import prediction_row
from starsieve.atmospheres.verdict import verdict_of
from starsieve.web.errands import Errand
from starsieve.web.routes import explained
from starsieve.web.spectra.kept import keep
from tests.atmospheres.made_inferences import make_explanation, make_inference
from tests.plots.interactive.reading import columns
from tests.web.spectra.made import MODEL, keep_bare

GRIDS = {"thin": GridAnswer(0.04, 0.31, {"teff": 1290.0}), "thick": GridAnswer(0.96, 0.07, {})}


@pytest.fixture
def answered(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Let the model have answered; return the address of its spectrum."""

    def answered(**state: Any) -> str:
        made = make_inference(
            grids=GRIDS,
            explanation=make_explanation(),
            provenance={"ood_limit": 0.2, "ood_kind": "misfit"},
        )
        quoted = {name: made.quote(name) for name in made.names}
        result = made.to_record() | {
            "names": list(made.names),
            "quoted": quoted,
            "verdict": verdict_of(made),
            "best_fit": keep(tmp_path, made),
            "provenance": dict(made.provenance),
        }
        given = {"status": "done", "result": result, **state}
        errand = Errand("a" * 20, "infer-spectrum", {}, tmp_path, datetime.now(UTC), **given)
        monkeypatch.setattr(explained, "ask", lambda *_: errand)
        return f"/spectra/{keep_bare(archive)}"

    return answered


def test_a_page_tells_grids_verdict_and_drivers(
    browser: TestClient, answered: Callable[..., str]
) -> None:
    address = answered()

    page = browser.get(f"{address}/explained?model={MODEL}")

    assert page.status_code == 200
    assert f'href="/models/{MODEL}"' in page.text
    for words in ("thick", "96%", "up to 20% is trusted", "1.35 to 1.62 µm (2.40 σ)"):
        assert words in page.text, words
    assert f'data-figure="{address}/explanation.json?model={MODEL}"' in page.text


def test_its_twin_and_its_figure_tell_the_same(
    client: TestClient, answered: Callable[..., str]
) -> None:
    address = answered()

    record = client.get(f"{address}/explained.json?model={MODEL}").json()
    figure = client.get(f"{address}/explanation.json?model={MODEL}&theme=dark").json()

    assert record["grids"]["thick"]["weight"] == 0.96
    assert (record["ood_score"], record["ood_limit"]) == (0.07, 0.2)
    assert record["explanation"]["parameters"]["logg"]["influence"][2] == 2.4
    assert 2.4 in columns(figure, "bands1")["influence"]


def test_grids_that_a_run_has_kept_need_no_model(
    client: TestClient, browser: TestClient, archive: Archive, answered: Callable[..., str]
) -> None:
    address = answered()
    made = make_inference(grids=GRIDS, model=MODEL)
    number = int(address.rpartition("/")[2])
    archive.predictions.add(MODEL, None, [prediction_row(number, made)])

    page, record = browser.get(address).text, client.get(f"{address}.json").json()

    (said,) = record["predictions"]
    assert said["grids"] == {name: each.to_record() for name, each in GRIDS.items()}
    assert page.index("Which grid") < page.index(">thick<") < page.index(">thin<")
    assert "<summary>What drives the parameters</summary>" in page
    found = browser.get(f"{address}/explained?model={MODEL}").text
    # What the spectrum's page takes over from there lacks the table that it has by itself.
    assert found.index(">thick<") < found.index('id="explained-found"')
    assert found.count("Which grid") == 2  # the table's name, for those who hear, and its caption


def test_while_the_model_works_nobody_waits(
    client: TestClient, browser: TestClient, answered: Callable[..., str]
) -> None:
    address = answered(status="running", result=None)

    for part in ("explained.json", "explanation.json"):
        assert client.get(f"{address}/{part}?model={MODEL}").status_code == 202
    page = browser.get(f"{address}/explained?model={MODEL}")
    assert page.status_code == 202
    assert "data-poll" in page.text


def test_why_there_is_no_answer_is_told(
    client: TestClient, browser: TestClient, answered: Callable[..., str]
) -> None:
    address = answered(status="failed", result=None, error="The spectrum is too short.")

    assert client.get(f"{address}/explained.json?model={MODEL}").status_code == 400
    assert "too short" in browser.get(f"{address}/explained?model={MODEL}").text
