"""Pages of latent spaces: the map, the sliders, the lists, and what latents mean."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from astropy.io.votable import parse_single_table
from starlette.testclient import TestClient

from starsieve.archive import Archive, LabelRow, PredictionRow
from starsieve.jobs import run_task
from starsieve.representations.latent_space import open_space
from starsieve.representations.models import load_representation
from starsieve.representations.space import Near
from starsieve.web.app import create_app
from starsieve.web.latents.tables import neighbour_row
from starsieve.web.options import WebOptions
from tests.representations.encoding import keep_model, keep_stars
from tests.web.conftest import ADDRESS

N_SPECTRA = 130
BASE = "/latents/observed/made"
UPSIDE_DOWN = {"x_low": 1, "x_high": 0, "y_low": 0, "y_high": 1}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Archive, list[int]]]:
    """An archive with an encoded collection, its labels, and what runs found in it."""
    with Archive.create(tmp_path_factory.mktemp("web") / "archive") as archive:
        keep_model(archive)
        ids = keep_stars(archive, N_SPECTRA)
        run_task("representations.encode", {"collection": "observed", "model": "made"}, archive)
        space = open_space(archive, "observed", "made")
        archive.labels.add(
            LabelRow("teff", 5000 + 100 * float(z), unit="K", origin="made", spectrum=int(number))
            for number, z in zip(space.ids, space.latents[:, 0], strict=True)
        )
        archive.predictions.add(
            "net", None, [PredictionRow(ids[0], {"logg": {"unit": "dex", "median": 4.4}})]
        )
        options = {"collection": "observed", "models": ["made"]}
        run_task("representations.disentangle", options, archive)
        options = {"collection": "observed", "model": "made", "k": 3}
        run_task("representations.outliers", options, archive)
        yield archive, ids


@pytest.fixture(scope="module")
def client(served, tmp_path_factory) -> Iterator[TestClient]:
    options = WebOptions(spool=tmp_path_factory.mktemp("spool"))
    app = create_app(served[0], options)
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ids(served) -> list[int]:
    return served[1]


@pytest.fixture
def space(served):
    return open_space(served[0], "observed", "made")


def get(client, address, **parameters):
    answer = client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_list_leads_to_every_space(client):
    page = get(client, "/latents")

    assert f'href="{BASE}"' in page.text
    (row,) = get(client, "/latents.json").json()["spaces"]
    assert (row["n_spectra"], row["n_latents"]) == (N_SPECTRA, 3)
    assert get(client, "/latents.csv").text.splitlines()[1].startswith("observed,made,130,3,")
    assert parse_single_table(io.BytesIO(get(client, "/latents.vot").content)).nrows == 1


def test_without_embeddings_the_list_says_how_to_make_them(tmp_path: Path):
    with Archive.create(tmp_path / "archive") as archive:
        app = create_app(archive, WebOptions(spool=tmp_path / "spool"))
        with TestClient(app, base_url=ADDRESS) as client:
            page = get(client, "/latents").text
    assert "starsieve encode" in page
    assert "/runs/new?task=representations.encode" in page


def test_the_page_has_sliders_that_tell_most_first(client, space):
    page = get(client, BASE).text

    shown = re.findall(r'<input type="range" id="z(\d+)" min="([^"]+)" max="([^"]+)"', page)
    assert [int(number) for number, *_ in shown] == space.ranges.order.tolist()
    assert all(float(low) < 0 < float(high) for _, low, high in shown)
    assert "style=" not in page
    assert re.findall(r'data-figure="([^"?]+)', page) == [
        f"{BASE}/{name}.json" for name in ("map", "spectrum", "traversal", "meaning-figure")
    ]


def test_a_position_has_an_address(client, ids, space):
    state = {"start": ids[4], "set": "0:1.5", "x": "z0", "y": "teff", "colour": "none"}
    page = get(client, BASE, **state).text

    (shared,) = re.findall(r'id="share" href="([^"]+)"', page)
    said = {k: v[0] for k, v in parse_qs(urlsplit(shared.replace("&amp;", "&")).query).items()}
    assert said == {key: str(value) for key, value in state.items()}
    (value,) = re.findall(r'data-latent="0"[^>]*data-value="([^"]+)"', page)
    moved = space.ranges.middle[0] + float(value) * space.ranges.spread[0]
    assert moved == pytest.approx(1.5)
    (begin,) = re.findall(r'data-latent="0"[^>]*data-begin="([^"]+)"', page)
    begun = space.ranges.middle[0] + float(begin) * space.ranges.spread[0]
    assert begun == pytest.approx(space.latents[4, 0])


def test_the_twin_says_what_the_page_shows(client, ids, space):
    found = get(client, f"{BASE}.json", start=ids[4]).json()

    assert [each["latent"] for each in found["latents"]] == space.ranges.order.tolist()
    values = {each["latent"]: each["value"] for each in found["latents"]}
    assert [values[n] for n in range(3)] == pytest.approx(space.latents[4].tolist())
    told = {each["latent"]: each["says_most_about"] for each in found["latents"]}
    assert told[0].startswith("teff ")
    assert "net:logg" in found["axes"]
    assert found["neighbours"][0]["id"] == ids[4]


def test_the_map_is_a_figure_of_all_spectra(client):
    item = get(client, f"{BASE}/map.json", x="z0", y="z1", colour="teff", theme="dark").json()

    assert {"root_id", "doc"} <= set(item)
    assert "teff (K)" in json.dumps(item)


def test_a_window_is_a_patch_with_what_is_inside(client, space):
    z0, z1, _ = space.latents.T
    window = {"x_low": 0, "x_high": 1, "y_low": -1, "y_high": 2}
    found = get(client, f"{BASE}/window.json", x="z0", y="z1", **window).json()

    inside = (z0 >= 0) & (z0 < 1) & (z1 >= -1) & (z1 < 2)
    assert (found["n_inside"], found["shown"]) == (int(inside.sum()), "points")
    assert set(found["patch"]["data"]) == {"points", "density"}


def test_a_click_finds_the_spectrum_that_is_shown_there(client, ids, space):
    at = {"x": "z0", "y": "z1", "at_x": space.latents[9, 0], "at_y": space.latents[9, 1]}
    found = get(client, f"{BASE}/place.json", **at).json()

    assert (found["id"], found["object"]) == (ids[9], "star 9")


def test_sliders_decode_as_the_model_does(client, served, ids, space):
    model = load_representation("made", served[0])
    found = get(client, f"{BASE}/decode.json", start=ids[2], set="1:0.25", x="z0", y="z1").json()

    point = space.latents[2].copy()
    point[1] = 0.25
    assert found["latents"] == pytest.approx(point.tolist())
    np.testing.assert_allclose(found["flux"], model.decode(point[None])[0], atol=1e-5)
    assert found["place"] == pytest.approx([point[0], 0.25])
    near = space.neighbours(point, 6)
    assert [each["id"] for each in found["neighbours"]] == [each.id for each in near]
    assert found["near"][0] == pytest.approx([float(space.latents[each.row, 0]) for each in near])
    assert found["neighbours"][0]["teff"] == pytest.approx(near[0].labels["teff"])


def test_answers_about_a_position_may_be_kept_for_a_while(client):
    answer = get(client, f"{BASE}/decode.json", set="0:0.5")

    assert answer.headers["cache-control"] == "private, max-age=60"


def test_the_spectrum_is_drawn_with_its_start_and_a_real_one(client, ids):
    item = json.dumps(get(client, f"{BASE}/spectrum.json", start=ids[0], set="0:1").json())

    assert all(f'"name": "{name}"' in item for name in ("decoded", "start", "nearest", "change"))


def test_a_real_spectrum_is_shown_as_the_model_sees_it(client, ids, space, served):
    flux = get(client, f"{BASE}/observed.json", number=ids[3]).json()["flux"]

    decoded = load_representation("made", served[0]).decode(space.latents[3:4])[0]
    assert np.std(np.array(flux) - decoded) < 0.03


def test_a_spectrum_is_not_its_own_neighbour(client, ids):
    own = get(client, f"{BASE}/neighbours.json", start=ids[5], neighbours=4).json()
    moved = get(client, f"{BASE}/neighbours.json", start=ids[5], set="0:0", neighbours=4).json()

    assert ids[5] not in [each["id"] for each in own["neighbours"]]
    assert len(own["neighbours"]) == len(moved["neighbours"]) == 4


def test_where_files_lie_is_nobodys_business():
    near = Near(
        row=2, id=3, object="Gl 229 B", file="/at/home/3.fits", target=None, distance=0.5,
        labels={}, inferred={},
    )  # fmt: skip

    assert neighbour_row(near)["file"] == "3.fits"


def test_a_traversal_is_a_figure(client):
    assert get(client, f"{BASE}/traversal.json", latent=2).json()["root_id"]


def test_what_runs_found_is_shown_beside_principal_components(client):
    found = get(client, f"{BASE}/meaning.json").json()
    page = get(client, BASE).text

    assert {row["of"] for row in found["information"]} == {"made", "PCA-3"}
    best = max(found["information"], key=lambda row: row["nats"])
    assert best["label"] == "teff"
    assert [row["of"] for row in found["scores"]] == ["made", "PCA-3", "the labels themselves"]
    assert f'href="/runs/{found["run"]}"' in page
    assert get(client, f"{BASE}/meaning-figure.json").json()["root_id"]


def test_outliers_are_listed_and_can_be_pointed_out(client):
    page = get(client, BASE, outliers="true").text

    assert "Unlike all others" in page
    assert 'name="outliers" value="true" checked' in page
    assert page.count('<th scope=row><a href="/spectra/') >= 3
    item = json.dumps(get(client, f"{BASE}/map.json", outliers="true").json())
    assert '"name": "outliers_item"' in item


def test_without_runs_the_page_says_how_to_start_them(client, served):
    archive, _ = served
    keep_model(archive, "other", seed=1)
    run_task("representations.encode", {"collection": "observed", "model": "other"}, archive)

    page = get(client, "/latents/observed/other").text

    for task, option in (("disentangle", "models"), ("outliers", "model")):
        start = f"/runs/new?task=representations.{task}&amp;collection=observed&amp;{option}=other"
        assert start in page
    assert get(client, "/latents/observed/other/meaning.json").json() == {"run": None}
    assert client.get("/latents/observed/other/meaning-figure.json").status_code == 404


def test_all_spectra_come_as_a_table(client, space):
    text = get(client, f"{BASE}.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))

    assert len(rows) == N_SPECTRA
    assert [float(row["z1"]) for row in rows] == pytest.approx(space.latents[:, 1].tolist())
    assert float(rows[0]["logg_by_net"]) == 4.4
    assert rows[3]["file"] == "3.fits"
    table = parse_single_table(io.BytesIO(get(client, f"{BASE}.vot").content)).to_table()
    np.testing.assert_allclose(table["teff"], space.labels["teff"])
    assert str(table["teff"].unit) == "K"


def test_a_window_lists_its_spectra_page_by_page(client, space):
    window = {"x": "z0", "y": "z1", "x_low": -1, "x_high": 1, "y_low": -2, "y_high": 2}
    z0, z1, _ = space.latents.T
    inside = space.ids[(z0 >= -1) & (z0 < 1) & (z1 >= -2) & (z1 < 2)].tolist()

    found = get(client, f"{BASE}/spectra.json", **window, size=7, page=2).json()
    page = get(client, f"{BASE}/spectra", **window, size=7).text

    assert found["total"] == len(inside) > 20
    assert [row["id"] for row in found["spectra"]] == inside[7:14]
    assert f"{len(inside)} spectra in a window of the map" in page
    assert "page=2" in page
    assert len(get(client, f"{BASE}/spectra.csv", **window).text.splitlines()) == len(inside) + 1


@pytest.mark.parametrize(
    ("address", "parameters", "status", "words"),
    [
        ("/latents/observed/none", {}, 404, "No embeddings of 'observed' by 'none'"),
        ("/latents/nowhere/made.json", {}, 404, "nowhere"),
        ("/latents/..%2F/made.json", {}, 404, ""),
        ("/latents/Observed/made.json", {}, 422, "collection"),
        (f"{BASE}/decode.json", {"start": 10**6}, 404, "no latents of a spectrum 1000000"),
        (f"{BASE}/decode.json", {"start": 0}, 422, "start"),
        (f"{BASE}/decode.json", {"set": "0"}, 400, "as in 4:1.25,7:-0.3"),
        (f"{BASE}/decode.json", {"set": "9:1"}, 400, "latents 0 to 2, got 9"),
        (f"{BASE}/decode.json", {"set": "0:nan"}, 400, "finite"),
        (f"{BASE}/decode.json", {"set": "0:1" * 4000}, 422, "set"),
        (f"{BASE}/decode.json", {"neighbours": 51}, 422, "neighbours"),
        (f"{BASE}/map.json", {"x": "z9"}, 400, "No axis 'z9'"),
        (f"{BASE}/map.json", {"colour": "<script>"}, 400, "No axis"),
        (f"{BASE}/map.json", {"statistic": "mode"}, 422, "statistic"),
        (f"{BASE}/window.json", {"x_low": 0}, 400, "four edges"),
        (f"{BASE}/window.json", {"x_low": "nan"}, 422, "x_low"),
        (f"{BASE}/window.json", UPSIDE_DOWN, 400, "low to high"),
        (f"{BASE}/place.json", {}, 422, "at_x"),
        (f"{BASE}/observed.json", {"number": 10**6}, 404, "no latents"),
        (f"{BASE}/traversal.json", {"latent": 7}, 400, "latents 0 to 2, got 7"),
        (f"{BASE}/spectra.json", {"size": 501}, 422, "size"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(client, address, parameters, status, words):
    answer = client.get(address, params=parameters)

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]


@pytest.mark.parametrize("low", [-1e15, 0.0, 1e15 - 1])
@pytest.mark.parametrize("width", [1e-320, 1e-9, 1.0, 1e15])
def test_any_window_has_an_answer(client, low, width):
    high = min(low + width, 1e15)
    edges = {"x_low": low, "x_high": high, "y_low": low, "y_high": high}
    answer = client.get(f"{BASE}/window.json", params=edges)

    assert answer.status_code == (200 if high > low else 400)
    at = {"at_x": low, "at_y": high}
    assert client.get(f"{BASE}/place.json", params=at).status_code == 200


@pytest.mark.parametrize("value", ["1e300", "-1e14", "5e-324", "1e9"])
def test_any_position_has_an_answer(client, value):
    for name in ("decode.json", "spectrum.json", "neighbours.json", "map.json", "traversal.json"):
        answer = client.get(f"{BASE}/{name}", params={"set": f"0:{value}"})

        assert answer.status_code in (200, 400), (name, answer.text)
        answer.json()


def test_a_model_that_was_trained_anew_cannot_decode_old_latents(client, served):
    archive, _ = served
    keep_model(archive, "changed", seed=2)
    run_task("representations.encode", {"collection": "observed", "model": "changed"}, archive)
    keep_model(archive, "changed", seed=3)

    answer = client.get("/latents/observed/changed/decode.json")

    assert answer.status_code == 400
    assert "trained anew" in answer.json()["error"]
    assert get(client, "/latents/observed/changed/map.json").json()["root_id"]
