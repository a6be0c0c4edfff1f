"""The page of a star: that star's light, and all else that is known of it."""

import io

import pytest
from astropy.io import fits
from astropy.io.votable import parse_single_table
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.readers import read
from tests.plots.interactive.reading import attributes, columns
from tests.web.planets.made import Planets, keep_planets
from tests.web.planets.test_candidate import settle


@pytest.fixture
def planets(archive: Archive) -> Planets:
    return keep_planets(archive)


def test_a_page_has_all_that_is_of_the_star_and_nothing_of_others(
    browser: TestClient, planets: Planets
) -> None:
    page = browser.get(f"/targets/{planets.bright}").text

    for words in (
        *("pi Toy", "TIC 11", "84.29000", "TOI 101.01", "own pi Toy.01", "5772 ± 90"),
        *("PDCSAP_FLUX", "SAP_FLUX", "LC_INIT", "tess_s0001_lc.fits", "a_lc.fits", "slit"),
        *("starsieve fetch light-curves 11 --products lc,dvt", f"/targets/{planets.dark}"),
        f"/targets/{planets.bright}/periodogram/turn.json",
    ):
        assert words in page, words
    assert "CTOI 12.01" not in page
    assert "/at/home" not in page


def test_the_light_that_is_asked_for_is_drawn(client: TestClient, planets: Planets) -> None:
    base = f"/targets/{planets.bright}"

    drawn = settle(client, f"{base}/light-curve.json?flux=raw&sector=1&theme=dark")

    assert len(columns(drawn, "points")["x"]) > 1000
    assert columns(drawn, "trend")["x"].size == 0
    whole = client.get(f"{base}/light-curve.json").json()
    assert columns(whole, "trend")["x"].size > 100
    marks = columns(whole, "marks")
    assert set(marks["name"]) == {"TOI 101.01", "own .01"}
    assert list(columns(whole, "stretches")["text"]) == ["sector 1"]
    for kind in ("box", "turn"):
        figure = client.get(f"{base}/periodogram/{kind}.json").json()
        assert "TOI 101.01" in columns(figure, "marked")["text"]
        assert client.get(f"{base}/periodogram/{kind}.csv").text.startswith("period,power")
    assert client.get(f"{base}/light-curve.json?flux=flat").status_code == 200
    validated = client.get(f"{base}/validated/0.json").json()
    assert min(columns(validated, "bins")["y"]) < -1  # ppt
    assert client.get(f"{base}.json").json()["seen"]["validated"][0]["name"] == "sector 1, event 1"
    assert client.get(f"{base}/light-curve.json?sector=7").status_code == 404
    assert client.get(f"{base}/validated/5.json").status_code == 404


def test_the_page_keeps_what_is_chosen_without_scripts(
    browser: TestClient, planets: Planets
) -> None:
    page = browser.get(f"/targets/{planets.bright}?flux=flat&sector=").text

    assert '<option value="flat" selected>' in page
    assert f'data-figure="/targets/{planets.bright}/light-curve.json?flux=flat"' in page


def test_the_sky_has_its_neighbours(client: TestClient, planets: Planets) -> None:
    drawn = client.get(f"/targets/{planets.bright}/sky.json?radius=120").json()

    assert list(columns(drawn, "neighbours")["name"]) == ["TIC 12"]
    assert attributes(drawn, "x")["start"] == 120
    assert client.get(f"/targets/{planets.nameless}/sky.json").status_code == 404


def test_stars_of_which_little_is_known_get_a_page_and_a_command(
    browser: TestClient, client: TestClient, planets: Planets
) -> None:
    dark = browser.get(f"/targets/{planets.dark}").text
    assert "starsieve fetch light-curves 12" in dark
    assert "starsieve fetch tic 12" in dark
    bare = browser.get(f"/targets/{planets.nameless}").text
    assert "no TIC number" in bare
    assert "starsieve ingest" in bare
    for number in (planets.dark, planets.nameless):
        assert client.get(f"/targets/{number}.json").json()["light_curves"] == []
        assert client.get(f"/targets/{number}/light-curve.json").status_code == 404


def test_a_star_is_found_by_its_number(
    browser: TestClient, client: TestClient, planets: Planets
) -> None:
    answer = browser.get("/tic/11", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/targets/{planets.bright}")
    assert client.get("/tic/11.json").json()["star"]["name"] == "pi Toy"
    missing = client.get("/tic/424242.json")
    assert missing.status_code == 404
    assert "starsieve fetch light-curves 424242" in missing.json()["error"]


def test_a_light_curve_comes_as_files(
    client: TestClient, archive: Archive, planets: Planets, tmp_path
) -> None:
    (info,) = archive.light_curves.table("tess")
    base = f"/light-curves/{info.id}"
    (curve,) = archive.light_curves.read([info.id])

    content = client.get(f"{base}.fits").content
    with fits.open(io.BytesIO(content)) as hdus:
        assert hdus[0].header["TICID"] == 11
        assert hdus[0].header["SRCFILE"] == "tess_s0001_lc.fits"
        assert len(hdus[1].data) == len(curve)
    file = tmp_path / "again.fits"
    file.write_bytes(content)
    lines = client.get(f"{base}.csv").text.splitlines()
    assert lines[0].startswith("time_btjd,flux")
    assert len(lines) == len(curve) + 1
    assert float(lines[1].split(",")[0]) == curve.time[0]
    table = parse_single_table(io.BytesIO(client.get(f"{base}.vot").content)).to_table()
    assert len(table) == len(curve)
    record = client.get(f"{base}.json?cadences=true").json()
    assert record["kind"] == "corrected"
    assert record["cadences"]["time"][0] == curve.time[0]
    assert "cadences" not in client.get(f"{base}.json").json()
    assert client.get("/light-curves/999.json").status_code == 404


def test_a_file_of_corrected_flux_with_flags_is_read_as_one_of_the_mission(
    client: TestClient, archive: Archive, tmp_path
) -> None:
    from starsieve.ingest import ingest
    from starsieve.settings import Settings
    from tests.readers.made_files import make_light_curve

    ingest([make_light_curve(tmp_path)], "tess", archive, Settings())
    (info,) = archive.light_curves.table("tess")
    file = tmp_path / "again.fits"

    file.write_bytes(client.get(f"/light-curves/{info.id}.fits").content)

    [curve] = read(file)
    (kept,) = archive.light_curves.read([info.id])
    assert curve.meta["target"] == kept.meta["target"]
    assert curve.usable.sum() == kept.usable.sum()
