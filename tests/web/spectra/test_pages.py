"""The page of a spectrum, its figures and twins."""

import re

import numpy as np
import pytest

from starsieve.web.spectra.kept import FILE
from starsieve.web.spectra.stored import get_spectrum
from tests.plots.interactive.reading import attributes, columns, has
from tests.web.spectra.made import MODEL, keep_bare, keep_dwarfs


@pytest.fixture
def dwarfs(archive):
    return keep_dwarfs(archive)


def test_a_page_tells_what_is_known_and_by_whom(browser, dwarfs):
    page = browser.get(f"/spectra/{dwarfs[0]}")
    assert page.status_code == 200
    for words in (
        "made J0000+00",
        "1350 ± 40",
        "173.570 ± 0.020",
        "gaia, of the star",
        "within what the model knows",
        "departs by 4.0% of the mean flux; up to 20% is trusted",
        f'href="/spectra/{dwarfs[0]}/explained?model={MODEL}"',
        "quote the limit, not the value",
        "Medium taken as vacuum.",
        "draws = 300",
        "0" * 64,
        "made_0.fits",
        "<dt>layout</dt><dd>text</dd>",
        f'href="/latents/spex/toy?start={dwarfs[0]}"',
        "archive.spectra.read",
        "starsieve infer",
    ):
        assert words in page.text, words
    assert "/at/home" not in page.text
    assert "style-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]


def test_next_and_previous_keep_how_one_looks_but_not_where(browser, dwarfs):
    page = browser.get(f"/spectra/{dwarfs[1]}?unit=nm&lines=k1&xmin=1000&xmax=1100").text
    links = dict(re.findall(r'rel="(prev|next)"[^>]*href="([^"]+)"', page))
    assert links["prev"].replace("&amp;", "&") == f"/spectra/{dwarfs[0]}?unit=nm&lines=k1"
    assert links["next"].startswith(f"/spectra/{dwarfs[2]}?")
    assert 'rel="next"' not in browser.get(f"/spectra/{dwarfs[-1]}").text


def test_every_state_of_the_controls_is_in_the_page_without_scripts(browser, dwarfs):
    address = f"/spectra/{dwarfs[0]}?medium=air&unit=angstrom&flux=jy&smooth=3&tellurics=true"
    page = browser.get(f"{address}&lines=k1&model={MODEL}&xmin=12400&xmax=12600").text
    for name in ("air", "angstrom", "jy", MODEL):
        assert f'<option value="{name}" selected>' in page
    assert re.search(r'name="lines" value="k1" checked', page)
    assert re.search(r'name="xmin"[^>]*value="12400', page)
    assert "figure.json?medium=air&amp;unit=angstrom" in page


def test_a_form_that_was_left_empty_means_nothing_special(browser, dwarfs):
    empty = "medium=vacuum&unit=um&flux=stored&smooth=&smooth_by=pixels&velocity=&model="
    page = browser.get(f"/spectra/{dwarfs[0]}?{empty}&xmin=&xmax=&range_unit=&range_medium=")
    assert page.status_code == 200
    assert f'data-figure="/spectra/{dwarfs[0]}/figure.json"' in page.text


def test_a_spectrum_of_which_nothing_is_known_gets_a_page_too(browser, client, archive):
    number = keep_bare(archive)
    page = browser.get(f"/spectra/{number}?flux=jy")
    assert page.status_code == 200
    assert f"Spectrum {number}" in page.text
    assert "No model has been asked" in page.text
    assert "has not been encoded yet" in browser.get(f"/spectra/{number}/similar").text
    item = client.get(f"/spectra/{number}/figure.json?flux=jy").json()
    assert "no flux density" in item["about"]["note"]
    assert "sigma" not in client.get(f"/spectra/{number}.csv").text.splitlines()[0]
    assert client.get(f"/spectra/{number}.json").json()["labels"] == []


def test_the_twins_tell_the_same(client, dwarfs, archive):
    record = client.get(f"/spectra/{dwarfs[0]}.json?pixels=true").json()
    assert record["labels"][0] == {
        "name": "teff", "value": 1350.0, "error": 40.0, "unit": "K", "origin": "made",
        "of": "spectrum",
    }  # fmt: skip
    assert record["predictions"][0]["recipe"]["seed"] == 4
    assert record["predictions"][0]["ood_limit"] == 0.2
    assert record["predictions"][0]["verdict"].startswith("Like what the model knows")
    assert record["file"] == "made_0.fits"
    assert record["layout"] == "text"
    assert record["next"] == dwarfs[1]
    assert len(record["pixels"]["flux"]) == record["n_pixels"]
    assert "pixels" not in client.get(f"/spectra/{dwarfs[0]}.json").json()
    rows = client.get(f"/spectra/{dwarfs[0]}.csv").text.splitlines()
    assert len(rows) == record["n_pixels"] + 1
    assert client.get(f"/spectra/{dwarfs[0]}.fits").content.startswith(b"SIMPLE")
    assert b"<VOTABLE" in client.get(f"/spectra/{dwarfs[0]}.vot").content


def test_a_figure_shows_what_its_address_says(client, dwarfs):
    address = f"/spectra/{dwarfs[0]}/figure.json?unit=nm&lines=k1&tellurics=true&smooth=2"
    item = client.get(f"{address}&overlay={dwarfs[1]}&theme=dark").json()
    assert attributes(item, "x_axis")["axis_label"] == "Vacuum wavelength (nm)"
    assert attributes(item, "overlay0_label")["label"]["value"] == "made J0001+00"
    assert has(item, "unsmoothed")
    assert len(columns(item, "guides")["x"]) > 3
    assert "#14171C" in client.get(f"{address}&theme=dark").text
    assert {"k1", "h2o"} <= set(item["about"]["species"])
    assert float(item["about"]["snr"]) == pytest.approx(50, rel=0.3)


def test_spectra_like_one_come_with_distances_labels_and_pictures(browser, client, dwarfs):
    found = client.get(f"/spectra/{dwarfs[2]}/similar.json?k=3").json()
    numbers = [each["id"] for each in found["neighbours"]]
    assert len(numbers) == 3
    assert set(numbers) < set(dwarfs) - {dwarfs[2]}
    distances = [each["distance"] for each in found["neighbours"]]
    assert distances == sorted(distances)
    assert found["model"] == "toy"
    assert found["neighbours"][0]["file"].startswith("made_")
    page = browser.get(f"/spectra/{dwarfs[2]}/similar?unit=nm").text
    assert f'src="/spectra/{dwarfs[1]}/thumbnail.svg"' in page
    assert f"/spectra/{dwarfs[2]}?unit=nm&amp;overlay={dwarfs[1]}" in page
    assert client.get(f"/spectra/{dwarfs[2]}/similar.csv").text.count("\n") == 6
    assert client.get(f"/spectra/{dwarfs[2]}/similar.json?model=nobody").status_code == 404


def test_a_thumbnail_is_a_picture_of_its_own(client, dwarfs):
    answer = client.get(f"/spectra/{dwarfs[0]}/thumbnail.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg xmlns=")
    assert "<polyline" in answer.text


@pytest.mark.parametrize(
    "address",
    ["", ".json", ".fits", ".csv", ".vot", "/figure.json", "/similar.json", "/thumbnail.svg"],
)
def test_a_number_that_nobody_has_is_not_found(client, archive, address):
    answer = client.get(f"/spectra/999{address}")
    assert answer.status_code == 404
    assert "999" in answer.json()["error"]


@pytest.mark.parametrize(
    "query",
    ["medium=water", "unit=inch", "smooth=-1", "smooth=nan", "velocity=1e9", "xmin=inf",
     "overlay=0", "overlay=x", "theme=pink", "lines=" + "x" * 100],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(client, dwarfs, query):
    assert client.get(f"/spectra/{dwarfs[0]}/figure.json?{query}").status_code == 422


@pytest.mark.parametrize("model", ["../../etc", "/tmp", "spex-prism", "nobody", "%00"])
def test_a_model_is_one_of_those_that_infer_parameters(client, dwarfs, model):
    for part in ("figure", "corner", "posterior", "explained", "explanation"):
        answer = client.get(f"/spectra/{dwarfs[0]}/{part}.json?model={model}")
        assert answer.status_code == 404
        assert MODEL in answer.json()["error"]


def test_names_from_files_do_nothing_in_a_page(browser, archive):
    from dataclasses import replace

    from tests.web.spectra.made import brown_dwarf

    name = "<script>window.broken=1</script>{{7*7}}"
    spectrum = replace(brown_dwarf(), meta={"object": name, "note": name, "date": name})
    (number,) = archive.spectra.add([spectrum], "odd")
    page = browser.get(f"/spectra/{number}").text
    assert "<script>window" not in page
    assert "{{7*7}}" in page


def test_pixels_are_read_once_for_the_page_and_its_figure(client, dwarfs, archive, monkeypatch):
    get_spectrum(archive, dwarfs[0])
    monkeypatch.setattr(archive.spectra, "read", None)
    assert client.get(f"/spectra/{dwarfs[0]}/figure.json").status_code == 200


@pytest.mark.slow
def test_a_posterior_is_inferred_again_as_the_run_did_it(client, dwarfs):
    number = dwarfs[0]
    first = client.get(f"/spectra/{number}/corner.json?model={MODEL}")
    assert first.status_code == 202
    errands = client.app.state.errands
    ended = errands.wait(first.json()["id"], 120)
    assert ended.status == "done", ended.error
    assert ended.options == {"spectrum": number, "model": MODEL, "draws": 300, "seed": 4}

    corner = client.get(f"/spectra/{number}/corner.json?model={MODEL}").json()
    assert len(columns(corner, "draws")["label0"]) == 300
    found = client.get(f"/spectra/{number}/posterior.json?model={MODEL}&draws=true").json()
    assert len(found["draws"]) == 300
    assert found["provenance"]["seed"] == 4
    assert found["parameters"]["teff"]["median"] == pytest.approx(np.median(found["draws"], 0)[0])
    item = client.get(f"/spectra/{number}/figure.json?model={MODEL}").json()
    assert len(columns(item, "residuals")["y"]) > 100
    bands = columns(item, "predicted")
    assert (bands["low95"] <= bands["high68"]).all()
    assert len(bands["x"]) == len(columns(item, "model")["x"])
    explained = client.get(f"/spectra/{number}/explained.json?model={MODEL}").json()
    assert explained["verdict"] == found["verdict"]
    assert len(explained["explanation"]["bands_um"]) == 30

    (ended.folder / FILE).unlink()
    again = client.get(f"/spectra/{number}/corner.json?model={MODEL}")
    assert again.status_code == 202  # what is lost is made again


@pytest.mark.slow
def test_what_a_model_does_not_take_is_told_beside_the_figure(client, archive):
    number = keep_bare(archive)
    address = f"/spectra/{number}/figure.json?model={MODEL}"
    first = client.get(address).json()
    assert not has(first, "model")  # the spectrum is shown meanwhile
    ended = client.app.state.errands.wait(first["about"]["waiting"]["id"], 120)
    assert ended.status == "failed"
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.json()["about"]["note"].startswith(f"{MODEL} has no fit: ")
    assert client.get(f"/spectra/{number}/corner.json?model={MODEL}").status_code == 400


def test_the_program_for_python_makes_what_is_seen(
    browser, archive, dwarfs, database_url, monkeypatch
):
    import html

    if database_url is not None:
        monkeypatch.setenv("STARSIEVE_DATABASE_URL", database_url)

    page = browser.get(f"/spectra/{dwarfs[0]}?smooth=80&smooth_by=resolution&flux=jy&unit=nm").text
    codes = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    (program,) = [html.unescape(code) for code in codes if "import starsieve" in code]
    program = program.replace('open_archive("starsieve-archive")', "open_archive(ROOT)")
    program = program.rpartition("print(starsieve.infer")[0]  # which takes seconds
    made = {"ROOT": archive.root}
    exec(program, made)
    item = browser.get(
        f"/spectra/{dwarfs[0]}/figure.json?smooth=80&smooth_by=resolution&flux=jy&unit=nm"
    ).json()
    drawn = columns(item, "observed")
    np.testing.assert_allclose(drawn["x"], made["wave"], rtol=1e-6)
    ratio = made["shown"].flux / drawn["y"]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)  # a power of ten is on the axis
    assert made["shown"].unit == "Jy"
