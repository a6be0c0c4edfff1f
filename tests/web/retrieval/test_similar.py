"""Spectra like one, by way of the app."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.representations.similarity import similar
from starsieve.web.retrieval.asked import Asked
from tests.browser.made_archive import OWN_MODEL, REPRESENTATION, SPECTRA, Whole
from tests.web.served import PAGES, asking, wait_for


@pytest.fixture(scope="module")
def client(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(whole.root, tmp_path_factory.mktemp("spool")) as client:
        yield client


def ask(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/similar.json", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_by_latents_the_answer_is_that_of_the_command_line_and_comes_at_once(
    client: TestClient, whole: Whole
) -> None:
    number = whole.spectra[4]
    found = ask(client, query=number, by="latent", model=REPRESENTATION, k=6)

    with Archive.open(whole.root) as archive:
        expected = similar(number, archive=archive, by="latent", model=REPRESENTATION, k=6)
    assert found["status"] == "done"
    assert found["definition"] == expected.definition
    assert found["n_compared"] == expected.n_compared
    assert [each["id"] for each in found["neighbours"]] == [each.id for each in expected]
    assert [each["distance"] for each in found["neighbours"]] == pytest.approx(
        [each.distance for each in expected], rel=1e-6
    )


def test_a_query_never_finds_itself(client: TestClient, whole: Whole) -> None:
    number = whole.spectra[4]
    found = ask(client, query=number, by="latent", k=50)

    assert number not in [each["id"] for each in found["neighbours"]]


def test_filters_narrow_what_may_be_found(client: TestClient, whole: Whole) -> None:
    number = whole.spectra[4]
    every = ask(client, query=number, k=50)
    label = next(name for name in every["neighbours"][0]["labels"])
    values = sorted(each["labels"][label] for each in every["neighbours"])
    middle = values[len(values) // 2]

    some = ask(client, query=number, k=50, where=[f"{label}>{middle}"])
    others = ask(client, query=number, k=50, other_objects=True)

    assert 0 < len(some["neighbours"]) < len(every["neighbours"])
    assert all(each["labels"][label] > middle for each in some["neighbours"])
    assert len(others["neighbours"]) <= len(every["neighbours"])


def test_a_circle_on_the_sky_narrows_it_too(client: TestClient, whole: Whole) -> None:
    with Archive.open(whole.root) as archive:
        infos = [archive.spectra.info(number) for number in whole.spectra]
        there = infos[7]
        star = archive.targets.get(there.target)
    found = ask(client, query=whole.spectra[4], k=50, ra=star.ra, dec=star.dec, radius=1.0)

    assert [each["id"] for each in found["neighbours"]] == [there.id]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"query": 999_999}, 404, "999999"),
        ({"query": 1, "collection": "nowhere"}, 404, "No collection 'nowhere'"),
        ({"query": 1, "by": "latent", "model": "nobody"}, 404, "no latents by 'nobody'"),
        ({"query": 1, "where": "teff>9e9"}, 400, "is left that meets"),
        ({"query": 1, "where": "nonsense"}, 400, "is not understood"),
        ({"query": 1, "by": "smell"}, 422, "by: "),
        ({"query": 1, "k": 0}, 422, "k: "),
        ({"query": 1, "ra": 10}, 422, "a circle on the sky needs ra, dec and radius"),
        ({"query": 1, "low": 2, "high": 1}, 422, "low must be below high"),
        ({"query": 1, "low": "inf"}, 422, "low: "),
        ({"query": 1, "collection": "../../etc"}, 422, "collection: "),
        ({"upload": "x" * 24}, 404, "no such work"),
        ({"upload": "../../../etc/passwd"}, 422, "upload: "),
    ],
)
def test_impossible_questions_are_refused(
    client: TestClient, asked: dict[str, Any], status: int, words: str
) -> None:
    for twin in ("json", "csv", "vot"):
        answer = client.get(f"/similar.{twin}", params=asked)
        assert answer.status_code == status
        assert words in answer.json()["error"]


def test_without_a_question_there_are_spectra_to_begin_with(client: TestClient) -> None:
    page = client.get("/similar", headers=PAGES)

    assert page.status_code == 200
    assert "Begin with one of these" in page.text
    assert ask(client)["status"] == "empty"


def test_a_page_leads_from_a_neighbour_to_the_next_question(
    client: TestClient, whole: Whole
) -> None:
    number = whole.spectra[4]
    asked = {"query": number, "by": "latent", "k": 3, "other_objects": "true"}
    page = client.get("/similar", params=asked, headers=PAGES)
    first = ask(client, **asked)["neighbours"][0]["id"]

    assert f"/similar?query={first}&amp;" in page.text
    assert f"/similar/pair.json?query={number}&amp;neighbour={first}" in page.text
    assert "starsieve similar" in page.text
    assert client.get("/similar", params=asked | {"query": first}, headers=PAGES).status_code == 200


def test_tables_hold_what_the_page_shows(client: TestClient, whole: Whole) -> None:
    asked = {"query": whole.spectra[4], "k": 5}
    rows = list(csv.reader(io.StringIO(client.get("/similar.csv", params=asked).text)))
    votable = client.get("/similar.vot", params=asked)

    assert len([row for row in rows if row]) >= 6
    assert "VOTABLE" in votable.text


def test_a_pair_is_drawn_and_explained(client: TestClient, whole: Whole) -> None:
    asked = {"query": whole.spectra[4], "neighbour": whole.spectra[5], "theme": "dark"}
    found = client.get("/similar/pair.json", params=asked).json()

    assert found["doc"]["roots"]
    assert "differ" in found["about"]["why"]
    assert "km/s" in found["about"]["velocity"]
    assert found["about"]["record"]["id"] == whole.spectra[5]


def test_a_pair_without_common_wavelengths_is_told(client: TestClient, whole: Whole) -> None:
    asked = {"query": whole.spectra[4], "neighbour": whole.spectra[5], "low": 9.0}
    answer = client.get("/similar/pair.json", params=asked)

    assert answer.status_code == 400
    assert "no usable pixels between 9" in answer.json()["error"]


def test_hostile_names_are_shown_and_not_run(client: TestClient, whole: Whole) -> None:
    page = client.get("/similar", params={"query": whole.odd[0]}, headers=PAGES)

    assert page.status_code in (200, 202)
    assert "<script>window" not in page.text


def test_an_address_says_everything() -> None:
    asked = Asked(query=3, by="both", where=["teff>5", "mh<0"], low=1.0, high=2.0, k=4)

    words = asked.words(query=7)

    assert words.startswith("?query=7&by=both&low=1.0&high=2.0&where=teff%3E5&where=mh%3C0&k=4")
    assert Asked().words() == ""
    assert asked.key() == Asked(**asked.model_dump()).key()
    with pytest.raises(ValidationError, match="not both"):
        Asked(query=3, upload="x" * 24)


@pytest.mark.slow
def test_spectra_are_compared_apart_and_once(client: TestClient, whole: Whole) -> None:
    number = whole.spectra[4]
    asked = f"query={number}&by=spectrum&k=4"
    waiting = client.get(f"/similar.json?{asked}")
    page = client.get(f"/similar?{asked}", headers=PAGES)
    csv_while = client.get(f"/similar.csv?{asked}")

    found = wait_for(client, f"/similar.json?{asked}")

    assert waiting.status_code == 202
    assert waiting.headers["retry-after"] == "2"
    assert "data-poll" in page.text or "differ" in page.text
    assert csv_while.status_code in (200, 202)
    with Archive.open(whole.root) as archive:
        expected = similar(number, archive=archive, by="spectrum", k=4)
    assert [each["id"] for each in found["neighbours"]] == [each.id for each in expected]
    assert all("/" not in each["file"] for each in found["neighbours"])
    again = client.get(f"/similar.json?{asked}")
    assert again.status_code == 200  # kept: whoever asks the same gets the same
    assert "Distance:" in client.get(f"/similar?{asked}", headers=PAGES).text


@pytest.mark.slow
def test_a_range_counts_for_latents_too(client: TestClient, whole: Whole) -> None:
    asked = f"query={whole.spectra[4]}&by=latent&model={REPRESENTATION}&low=1.0&high=2.4&k=3"

    found = wait_for(client, f"/similar.json?{asked}")

    assert found["status"] == "done"
    assert any("between 1 and 2.4 um counted" in note for note in found["notes"])


@pytest.mark.slow
def test_what_can_not_be_compared_is_told_on_the_page(client: TestClient, whole: Whole) -> None:
    asked = f"query={whole.spectra[4]}&by=spectrum&low=9"

    found = wait_for(client, f"/similar.json?{asked}")

    assert found["status"] == "failed"
    assert "no usable pixels between 9" in found["error"]
    assert "no usable pixels" in client.get(f"/similar?{asked}", headers=PAGES).text


@pytest.mark.slow
def test_an_upload_is_asked_with(client: TestClient, whole: Whole, tmp_path: Any) -> None:
    from tests.browser.made_archive import draw_brown_dwarf
    from tests.web.uploads.test_work import write_csv

    write_csv(draw_brown_dwarf(), tmp_path / "sent.csv")
    content = (tmp_path / "sent.csv").read_bytes()
    sent = client.post("/uploads", files={"file": ("sent.csv", content)})
    upload = wait_for(client, sent.json()["url"])
    model = upload["result"]["latents"]["model"]

    at_once = ask(client, upload=upload["id"], by="latent", model=model, k=3)
    other = OWN_MODEL if model == REPRESENTATION else REPRESENTATION
    apart = wait_for(client, f"/similar.json?upload={upload['id']}&by=latent&model={other}&k=3")
    spectra = wait_for(client, f"/similar.json?upload={upload['id']}&by=spectrum&k=3")
    nearest = spectra["neighbours"][0]["id"]
    pair = client.get(f"/similar/pair.json?upload={upload['id']}&neighbour={nearest}")

    assert at_once["collection"] == SPECTRA
    assert [len(each["neighbours"]) for each in (at_once, apart, spectra)] == [3, 3, 3]
    assert apart["model"] == other
    assert pair.status_code == 200
    page = client.get(f"/similar?upload={upload['id']}", headers=PAGES)
    assert f"/uploads/{upload['id']}" in page.text
