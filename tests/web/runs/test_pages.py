"""Runs in the app: lists, pages, files, starting, cancelling, resuming, and what strangers see."""

import re
import tomllib
from typing import Any

import pytest
from starlette.testclient import TestClient

from starsieve import registry
from starsieve.archive import Archive
from starsieve.errors import StarsieveError
from starsieve.jobs import run_task, worker
from starsieve.learn.history import FILE
from starsieve.learn.log import Log
from tests.archive.test_light_curves import make_curve
from tests.cli.tasks import COUNT
from tests.conftest import make_spectra

FORM = "application/x-www-form-urlencoded"
OUTLIERS = "representations.outliers"


@pytest.fixture
def runs(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A run that ended well, one that failed in an unexpected way, and one that waits."""
    monkeypatch.setitem(registry.TASKS, COUNT.name, COUNT)
    run_task(COUNT.name, {"up_to": 5}, archive)
    with pytest.raises(ValueError, match="stumbled"):
        run_task(COUNT.name, {"fail_at": 1}, archive)
    waiting = archive.runs.queue(COUNT.name, {"up_to": 2}, who="Vera")
    return [1, 2, waiting]


@pytest.fixture
def spex(archive: Archive) -> str:
    archive.spectra.add(list(make_spectra(4)), "spex")
    return "spex"


def test_runs_are_listed_with_their_facets(client: TestClient, runs: list[int]) -> None:
    found = client.get("/runs.json", params={"status": "failed"}).json()

    assert [(run["number"], run["status"]) for run in found["runs"]] == [(2, "failed")]
    assert found["facets"]["statuses"] == {"done": 1, "failed": 1, "queued": 1}
    assert found["total"] == 1
    csv = client.get("/runs.csv").text.splitlines()
    assert csv[0].startswith("number,task,on,status")
    assert len(csv) == 4
    assert b"<VOTABLE" in client.get("/runs.vot").content


def test_a_list_of_runs_comes_in_pages(browser: TestClient, runs: list[int]) -> None:
    page = browser.get("/runs?size=2&page=2")

    assert page.status_code == 200
    assert "/runs/1" in page.text
    assert "/runs/3" not in page.text
    assert browser.get("/runs?status=odd").text.count("No run fits") == 1


def test_a_run_has_a_page_and_everything_for_programs(
    client: TestClient, browser: TestClient, runs: list[int]
) -> None:
    page = browser.get("/runs/1").text
    record = client.get("/runs/1.json").json()

    assert "counted" in page
    assert "up_to = 5" in page
    assert record["result"] == {"counted": 5}
    assert record["status"] == "done"
    assert record["versions"]["python"]
    recipe = client.get("/runs/1/recipe.toml")
    assert tomllib.loads(recipe.text) == {"seed": 0, "up_to": 5, "seconds": 0.0}
    assert client.get("/runs/1/log.txt?tail=1").text.endswith("done\n")


def test_a_run_that_failed_shows_why(browser: TestClient, runs: list[int]) -> None:
    assert "ValueError: stumbled at 1" in browser.get("/runs/2").text


def test_where_an_error_came_from_is_for_those_with_the_token(
    client: TestClient, runs: list[int], token: str
) -> None:
    stranger = client.get("/runs/2/log.txt").text
    record = client.get("/runs/2.json").json()
    writer = client.get("/runs/2/log.txt", headers={"authorization": f"Bearer {token}"}).text

    assert "in count" in writer
    assert "in count" not in stranger
    assert record["host"] is record["pid"] is None


def test_places_in_errors_are_not_told_to_strangers(
    client: TestClient, browser: TestClient, archive: Archive
) -> None:
    with pytest.raises(StarsieveError):
        run_task(OUTLIERS, {"collection": "no-such", "model": "spex-prism"}, archive)

    for address in ("/runs.json", "/runs/1.json", "/runs/1/log.txt", "/runs.csv"):
        answer = client.get(address).text
        assert "no-such" in answer
        assert str(archive.root) not in answer
    for address in ("/runs", "/runs/1"):
        assert str(archive.root) not in browser.get(address).text


def test_how_far_a_run_is_can_be_asked_for(client: TestClient, archive: Archive) -> None:
    number = archive.runs.start("atmospheres.infer", {})
    archive.runs.progress(number, 10, 100, "inferring")
    archive.runs.progress(number, 40, 100, "inferring")
    queued = archive.runs.queue("atmospheres.infer", {})

    told = client.get(f"/runs/{number}/progress.json").json()
    waiting = client.get(f"/runs/{queued}/progress.json").json()

    assert (told["status"], told["done"], told["total"]) == ("running", 40, 100)
    assert told["rate_per_second"] > 0
    assert told["seconds_left"] == pytest.approx(60 / told["rate_per_second"])
    assert re.fullmatch(r"inferring: 40 of 100, \S+ per second, .* left", told["words"])
    assert waiting["words"] == "next in the queue"
    assert waiting["queue_position"] == 1


def test_a_run_whose_worker_was_killed_shows_as_interrupted(
    client: TestClient, browser: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = archive.runs.start(OUTLIERS, {})
    monkeypatch.setattr("starsieve.archive.run_rows._is_alive", lambda pid: False)

    assert client.get(f"/runs/{number}.json").json()["status"] == "interrupted"
    assert "Its process is gone" in browser.get(f"/runs/{number}").text
    assert archive.runs.get(number).status == "running", "looking changes nothing"


def test_a_queued_run_can_be_cancelled_and_resumed(
    writer: TestClient, archive: Archive, runs: list[int]
) -> None:
    cancelled = writer.post("/runs/3/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert writer.post("/runs/3/cancel").status_code == 404
    resumed = writer.post("/runs/3/resume", headers={"x-starsieve-name": "Edwin"})

    assert resumed.json()["status"] == "queued"
    assert worker(archive, once=True) == 1
    assert archive.runs.get(3).status == "done"
    log = archive.runs.log(3)
    assert "cancelled by web" in log
    assert "queued again by Edwin" in log
    assert writer.post("/runs/3/resume").status_code == 404


@pytest.mark.parametrize("address", ["/runs", "/runs/3/cancel", "/runs/3/resume"])
def test_nothing_runs_without_the_token(
    client: TestClient, archive: Archive, runs: list[int], address: str
) -> None:
    answer = client.post(address, json={"task": OUTLIERS, "recipe": {}})

    assert answer.status_code == 401
    assert archive.runs.get(3).status == "queued"
    assert len(archive.runs.list()) == 3


def test_a_program_starts_a_run(writer: TestClient, archive: Archive, spex: str) -> None:
    answer = writer.post(
        "/runs",
        json={"task": OUTLIERS, "recipe": {"collection": spex, "model": "spex-prism", "k": 3}},
        headers={"x-starsieve-name": "Vera"},
    )

    assert answer.status_code == 201
    assert answer.json() == {"run": 1, "task": OUTLIERS, "status": "queued", "href": "/runs/1"}
    run = archive.runs.get(1)
    assert (run.recipe["k"], run.recipe["neighbours"], run.who) == (3, 10, "Vera")


def test_a_browser_starts_a_run_with_a_form(
    writer: TestClient, archive: Archive, spex: str
) -> None:
    fields = {"task": OUTLIERS, "collection": spex, "model": "spex-prism", "k": "7"}

    answer = writer.post("/runs", data=fields, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/1")
    assert archive.runs.get(1).recipe["k"] == 7


def test_a_form_that_is_wrong_comes_back_as_it_was_filled(
    browser: TestClient, archive: Archive, token: str, spex: str
) -> None:
    fields = {"task": OUTLIERS, "collection": spex, "model": "spex-prism", "k": "seven"}

    answer = browser.post("/runs", data=fields, headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 400
    assert "got &#39;seven&#39;" in answer.text
    assert 'value="seven"' in answer.text
    assert archive.runs.list() == []


@pytest.mark.parametrize(
    ("task", "recipe", "words"),
    [
        (OUTLIERS, {"collection": "nowhere", "model": "spex-prism"}, "no 'nowhere' here"),
        (OUTLIERS, {"collection": "spex", "model": "toi-ranker"}, "no 'toi-ranker' here"),
        (OUTLIERS, {"collection": "spex"}, "option 'model' is missing"),
        (OUTLIERS, {"collection": "spex", "model": "spex-prism", "kk": 1}, "did you mean 'k'?"),
        ("representations.encode", {"collection": "spex", "model": "/etc"}, "no '/etc' here"),
        (
            "representations.disentangle",
            {"collection": "spex", "models": ["spex-prism"], "report": "/tmp/x"},
            "names a place on the server",
        ),
        ("transits.vet", {"collection": "spex"}, "no 'spex' here"),
        ("transits.train", {"files": ["/etc/passwd"]}, "can be started from here"),
        ("transits.make-examples", {"file": "/tmp/x.npz"}, "can be started from here"),
    ],
)
def test_what_is_not_offered_can_not_be_started(
    writer: TestClient, archive: Archive, spex: str, task: str, recipe: dict[str, Any], words: str
) -> None:
    answer = writer.post("/runs", json={"task": task, "recipe": recipe})

    assert answer.status_code in (400, 404)
    assert words in answer.json()["error"]
    assert archive.runs.list() == []


def test_processes_are_no_more_than_the_machine_has_cores(
    writer: TestClient, archive: Archive
) -> None:
    archive.light_curves.add([make_curve(50)], "stars")
    recipe = {"collection": "stars", "workers": 100_000}

    answer = writer.post("/runs", json={"task": "transits.search", "recipe": recipe})

    assert answer.status_code == 400
    assert "workers: at most" in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"task": 3}', "application/json"),
        (b'{"task": "representations.outliers", "recipe": []}', "application/json"),
        (b'{"task": "x", "other": 1}', "application/json"),
        (b"task=", FORM),
        (b"", FORM),
        (b"task=representations.train&network.kind.kind=a&network.kind=b&.kind=c", FORM),
        (b"\xff\xfe", "text/plain"),
    ],
)
def test_nonsense_starts_nothing(
    writer: TestClient, archive: Archive, body: bytes, kind: str
) -> None:
    answer = writer.post("/runs", content=body, headers={"content-type": kind})

    assert answer.status_code in (400, 404, 422)
    assert list(answer.json()) == ["error"]
    assert archive.runs.list() == []


def test_what_can_be_started_is_described(client: TestClient, spex: str) -> None:
    listed = client.get("/runs/new.json").json()
    outliers = client.get("/runs/new.json", params={"task": OUTLIERS}).json()

    assert OUTLIERS in {each["task"] for each in listed}
    assert outliers["offered"]["collection"] == ["spex"]
    assert "spex-prism" in outliers["offered"]["model"]
    assert "k" in outliers["schema"]["properties"]
    disentangle = client.get("/runs/new.json?task=representations.disentangle").json()
    assert "report" not in disentangle["schema"]["properties"]
    assert client.get("/runs/new.json?task=odd").status_code == 404


def test_every_form_can_be_shown(browser: TestClient, client: TestClient, spex: str) -> None:
    assert "Search and vet" in browser.get("/runs/new").text
    for each in client.get("/runs/new.json").json():
        page = browser.get("/runs/new", params={"task": each["task"]})
        assert page.status_code == 200
        assert 'name="seed"' in page.text


def test_a_form_begins_with_what_its_address_says(
    browser: TestClient, archive: Archive, spex: str
) -> None:
    asked = {"task": OUTLIERS, "collection": spex, "model": "spex-prism", "k": "9"}
    page = browser.get("/runs/new", params=asked).text
    assert '<option value="spex" selected>' in page
    archive.runs.queue(OUTLIERS, {"collection": spex, "model": "miles-optical", "k": 3})
    again = browser.get("/runs/new", params={"task": OUTLIERS, "from": 1}).text
    assert '<option value="miles-optical" selected>' in again
    assert 'value="3"' in again
    shipped = browser.get("/runs/new?task=representations.train&recipe=optical-map").text
    assert 'value="my-optical-map"' in shipped
    assert "Falcón" not in shipped, "whom to cite depends on the spectra"


def test_a_training_never_replaces_a_model(writer: TestClient, spex: str) -> None:
    recipe = {"collections": [spex], "model": "spex-prism", "wave_range": [1, 2], "n_pixels": 50}

    answer = writer.post("/runs", json={"task": "representations.train", "recipe": recipe})

    assert answer.status_code == 400
    assert "already" in answer.json()["error"]


def test_losses_can_be_watched_while_a_training_runs(
    client: TestClient, browser: TestClient, archive: Archive
) -> None:
    number = archive.runs.start("representations.train", {"model": "mine"})
    assert client.get(f"/runs/{number}/figures/losses.json").status_code == 404
    with Log(archive.models.folder("mine") / FILE) as log:
        for step in range(1, 50):
            log.add(step, "training", {"loss": 1 / step, "learning_rate": 1e-3})
        log.add(49, "validation", {"loss": 0.1})

    figure = client.get(f"/runs/{number}/figures/losses.json?theme=dark")

    assert figure.json()["root_id"]
    assert "Losses by step, so far" in browser.get(f"/runs/{number}").text


def test_calibration_of_an_evaluation_is_drawn(
    client: TestClient, browser: TestClient, archive: Archive
) -> None:
    number = archive.runs.start("atmospheres.evaluate", {"model": "diamondback-spex"})
    label = {
        "unit": "K",
        "n": 3,
        "coverage": {"level": [0.0, 0.5, 1.0], "share": [0.0, 0.4, 1.0]},
        "ranks": {
            "edges": [0.0, 0.5, 1.0], "counts": [1, 2], "expected": [1.5, 1.5], "low": [0, 0],
            "high": [3, 3], "p_value": 0.5,
        },
        "pairs": {
            "true": [1000.0, 1100.0], "median": [1010.0, 1080.0], "q16": [990.0, 1060.0],
            "q84": [1030.0, 1100.0],
        },
    }  # fmt: skip
    archive.runs.finish(
        number, result={"model": "diamondback-spex", "calibration": {"teff": label}}
    )

    page = browser.get(f"/runs/{number}").text

    for name in ("coverage", "pairs", "ranks"):
        address = f"/runs/{number}/figures/{name}.json"
        assert address in page
        assert client.get(address).json()["root_id"]
    assert client.get(f"/runs/{number}/figures/cuts.json").status_code == 404


def test_a_run_says_where_what_it_made_is(client: TestClient, archive: Archive) -> None:
    number = archive.runs.start("representations.encode", {"collection": "spex", "model": "mine"})
    archive.runs.finish(number, result={"collection": "spex", "model": "mine"})

    made = client.get(f"/runs/{number}.json").json()["made"]

    assert made[0] == {"title": "The latent space", "href": "/latents/spex/mine"}


@pytest.mark.parametrize(
    "address", ["/runs/0", "/runs/99999999999999999999.json", "/runs/7/log.txt", "/runs/x"]
)
def test_a_run_that_is_not_there_is_no_defect(client: TestClient, address: str) -> None:
    assert client.get(address).status_code in (404, 422)
