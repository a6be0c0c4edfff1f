"""Models in the app: cards, losses, evaluations, what they made, and their files."""

import hashlib
import html
import io
import json
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive, PredictionRow
from starsieve.jobs import run_task
from starsieve.learn import library
from starsieve.learn.history import FILE
from starsieve.learn.log import Log
from starsieve.learn.model import read_card
from starsieve.web.models.files import zipped
from tests.conftest import make_spectra
from tests.representations.encoding import keep_model, keep_stars

SHIPPED = [info.name for info in library.list_models()]


@pytest.fixture
def mine(archive: Archive) -> str:
    """A representation of the archive's own, with a history, that has encoded its spectra."""
    keep_model(archive)
    keep_stars(archive, 12)
    with Log(archive.models.folder("made") / FILE) as log:
        for step in (1, 10, 20):
            log.add(step, "training", {"loss": 3 / step})
    run_task("representations.encode", {"collection": "observed", "model": "made"}, archive)
    return "made"


def test_models_are_listed_own_ones_first(client: TestClient, mine: str) -> None:
    listed = client.get("/models.json").json()["models"]

    assert [each["name"] for each in listed] == [mine, *SHIPPED]
    assert listed[0]["origin"] == "archive"
    assert client.get("/models.csv").text.splitlines()[0] == "name,origin,kind,gives,description"
    assert b"<VOTABLE" in client.get("/models.vot").content


def test_a_model_of_the_archive_hides_a_shipped_one_of_its_name(
    client: TestClient, archive: Archive
) -> None:
    folder = archive.models.folder("toi-ranker")
    folder.mkdir(parents=True)
    for path in library.find_model("toi-ranker").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    archive.models.register("toi-ranker")

    listed = client.get("/models.json").json()["models"]

    assert [each["origin"] for each in listed if each["name"] == "toi-ranker"] == ["archive"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_model_has_a_page_with_its_card_in_full(
    client: TestClient, browser: TestClient, name: str
) -> None:
    card = read_card(library.find_model(name))

    page = browser.get(f"/models/{name}")
    record = client.get(f"/models/{name}.json").json()

    assert page.status_code == 200
    for source in card.sources:
        assert source.split(",")[0] in html.unescape(page.text)
    assert card.weights_sha256 in page.text
    assert record["card"] == json.loads(card.model_dump_json())
    assert record["origin"] == "shipped"


def test_losses_are_drawn_where_somebody_wrote_them_down(
    client: TestClient, browser: TestClient, mine: str
) -> None:
    for name in (mine, "diamondback-spex"):
        assert f"/models/{name}/losses.json" in browser.get(f"/models/{name}").text
        assert client.get(f"/models/{name}/losses.json?theme=dark").json()["root_id"]
    assert client.get(f"/models/{mine}/history.csv").text.splitlines()[1] == "1,training,loss,3.0"
    page = browser.get("/models/toi-ranker").text
    assert "Nobody wrote down how its training went" in page
    assert client.get("/models/toi-ranker/losses.json").status_code == 404


def test_a_page_tells_what_a_model_made_here(
    browser: TestClient, client: TestClient, archive: Archive, mine: str
) -> None:
    ids = archive.spectra.add(list(make_spectra(3)), "night")
    archive.predictions.add("diamondback-spex", None, [PredictionRow(n, {}) for n in ids])

    assert 'href="/latents/observed/made"' in browser.get(f"/models/{mine}").text
    assert client.get(f"/models/{mine}.json").json()["use"]["embeddings"] == {"observed": 12}
    page = browser.get("/models/diamondback-spex").text
    assert 'href="/spectra?collection=night"' in page
    assert "It has made nothing" in browser.get("/models/miles-optical").text


def test_the_newest_evaluation_stands_on_the_page(
    browser: TestClient, client: TestClient, archive: Archive, mine: str
) -> None:
    for _ in range(2):
        run_task("representations.evaluate", {"collection": "observed", "model": mine}, archive)

    page = browser.get(f"/models/{mine}").text

    runs = [each["run"] for each in client.get(f"/models/{mine}.json").json()["evaluations"]]
    assert runs == [3, 2]
    assert 'By <a href="/runs/3">run 3</a>' in page
    assert "raw pixels" in page
    assert 'Earlier ones: <a href="/runs/2">' in page


def test_an_evaluation_of_an_earlier_training_says_so(
    browser: TestClient, archive: Archive, mine: str
) -> None:
    run_task("representations.evaluate", {"collection": "observed", "model": mine}, archive)
    assert "of an earlier training" not in browser.get(f"/models/{mine}").text

    archive.models.register(mine)

    assert "of an earlier training" in browser.get(f"/models/{mine}").text


def test_a_models_folder_can_be_downloaded_and_used(
    client: TestClient, archive: Archive, mine: str, tmp_path: Path
) -> None:
    answer = client.get(f"/models/{mine}/model.zip")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        assert whole.testzip() is None
        whole.extractall(tmp_path)
    assert answer.headers["content-disposition"] == 'attachment; filename="made.zip"'
    assert sorted(path.name for path in (tmp_path / mine).iterdir()) == [
        *("history.csv", "model.json", "weights.safetensors")
    ]
    card = read_card(library.find_model(tmp_path / mine))
    weights = client.get(f"/models/{mine}/weights.safetensors").content
    assert hashlib.sha256(weights).hexdigest() == card.weights_sha256
    assert client.get(f"/models/{mine}/model.json").json()["name"] == mine


def test_a_large_model_is_sent_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "weights.safetensors").write_bytes(bytes(5_000_000))

    pieces = list(zipped(tmp_path, "large"))

    assert max(map(len, pieces)) < 2_000_000
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as whole:
        assert whole.getinfo("large/weights.safetensors").file_size == 5_000_000


@pytest.mark.parametrize(
    "name",
    [
        *("no-such-model", "%2e%2e", "..%2f..%2fetc%2fpasswd", "A", "a" * 200, "pretrained"),
        *("%00", "model.json"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".json", "/model.zip", "/weights.safetensors"])
def test_only_names_of_models_lead_anywhere(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, name: str, suffix: str
) -> None:
    monkeypatch.chdir(library.PRETRAINED.parent)

    assert client.get(f"/models/{name}{suffix}").status_code in (404, 422)
