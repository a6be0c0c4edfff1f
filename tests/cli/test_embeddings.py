"""What grows out of embeddings, as typed: ``starsieve tag``, ``outliers`` and ``sliders``."""

import json
from pathlib import Path

import numpy as np
import pytest

from starsieve.archive import Archive, LabelRow
from starsieve.data import Spectrum
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.train import train_on
from tests.cli.conftest import write_table
from tests.cli.terminal import Terminal
from tests.representations.made_stars import make_star

RECIPE = TrainRecipe.model_validate(
    {
        "collections": ["library"],
        "model": "toy",
        "wave_range": [0.505, 0.595],
        "n_pixels": 400,
        "network": {"kind": "pca", "n_latents": 3},
    }
)
N_LIBRARY = 90
MARK = "emission star"


def make_library(seed: int, n: int) -> tuple[list[Spectrum], np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.stack([rng.uniform(4000, 7000, n), rng.uniform(-0.8, 0.4, n)], axis=1)
    stars = [
        make_star(*row, snr=100, seed=seed + i, meta={"object": f"S{seed}-{i}"})
        for i, row in enumerate(labels)
    ]
    return stars, labels


def make_unusual() -> Spectrum:
    star = make_star(5500, 0.0, snr=100)
    flux = star.flux + 0.8 * np.exp(-0.5 * ((star.wave - 0.55) / 0.002) ** 2)
    return Spectrum(star.wave, flux, star.sigma, resolution=star.resolution, meta={"object": MARK})


@pytest.fixture(scope="module")
def archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a labelled library and a survey, both encoded, and one odd spectrum."""
    root = tmp_path_factory.mktemp("archive") / "archive"
    library, labels = make_library(0, N_LIBRARY)
    survey, _ = make_library(500, 30)
    with Archive.create(root) as store:
        ids = store.spectra.add(library, "library")
        store.spectra.add([*survey, make_unusual()], "survey")
        rows = zip(ids, labels.tolist(), strict=True)
        store.labels.add(
            LabelRow(name, value, unit=unit, origin="made", spectrum=number)
            for number, pair in rows
            for name, unit, value in zip(("teff", "mh"), ("K", "dex"), pair, strict=True)
        )
        train_on(library, RECIPE, {"made.fits": "0" * 64}).save(store.models.folder("toy"))
        store.models.register("toy")
    return root


@pytest.fixture
def here(archive_folder: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("STARSIEVE_ARCHIVE", str(archive_folder))
    with Archive.open(archive_folder) as store:
        done = {info.collection for info in store.embeddings.list()}
    for name in {"library", "survey"} - done:
        assert terminal("encode", "--collection", name, "--model", "toy").code == 0
    return terminal


def test_a_survey_is_tagged_and_its_labels_are_right(here, archive_folder):
    outcome = here("tag", "survey", "--from", "library", "--model", "toy", "--json")

    _, truth = make_library(500, 30)
    assert outcome.code == 0
    assert len(outcome.records) == 31
    found = [each["parameters"].get("teff") for each in outcome.records[:30]]
    errors = [abs(each["median"] - t) for each, t in zip(found, truth[:, 0], strict=True) if each]
    assert len(errors) > 22
    assert np.median(errors) < 150
    assert all(each["q16"] < each["median"] < each["q84"] for each in found if each)
    assert all(each["unit"] == "K" for each in found if each)


def test_tags_are_kept_with_the_run_that_made_them(here, archive_folder):
    done = here("tag", "survey", "--from", "library", "--model", "toy", "--label", "teff")

    with Archive.open(archive_folder) as store:
        rows = store.predictions.read("survey", "toy.tags")
        run = store.runs.get(rows[0].run)
    assert done.code == 0
    assert "teff" in done.out
    assert "mh" not in done.out
    assert run.task == "representations.tag"
    assert run.result["labels"]["teff"]["origin"] == ["made"]
    assert len(run.result["embeddings_sha256"]) == 64


def test_an_unusual_spectrum_leads_the_outliers(here):
    ranked = here("outliers", "survey", "--model", "toy", "--json", "-k", "3").records

    assert ranked[0]["object"] == MARK
    assert ranked[0]["misfit"] > 3
    assert [each["rank"] for each in ranked] == [1, 2, 3]


def test_a_report_shows_the_outliers(here, tmp_path):
    done = here("outliers", "survey", "--model", "toy", "-k", "2", "--report", tmp_path / "out")

    page = (tmp_path / "out" / "index.html").read_text()
    assert done.code == 0
    assert MARK in done.out
    assert page.count("<svg") == 3
    assert MARK in page


def test_sliders_answer_in_json(here):
    outcome = here("sliders", "toy", "--collection", "library", "--set", "1=0.5", "--json")

    (answer,) = outcome.records
    assert outcome.code == 0
    assert answer["latents"][1] == 0.5
    assert len(answer["flux"]) == len(answer["wave"]) == 400
    assert abs(np.median(answer["flux"]) - 1) < 0.3
    assert 4000 <= answer["labels"]["teff"]["value"] <= 7000


def test_sliders_draw_a_strip(here, tmp_path):
    words = ("--collection", "library", "--traverse", "0", "--steps", "4")
    outcome = here("sliders", "toy", *words, "--figure", tmp_path / "strip.png")

    assert outcome.code == 0
    assert (tmp_path / "strip.png").read_bytes().startswith(b"\x89PNG")
    assert "latent" in outcome.out.splitlines()[0]


def test_sliders_start_from_a_file(here, tmp_path):
    hot = write_table(tmp_path / "hot.csv", make_star(6900, 0.0, snr=200))
    cool = write_table(tmp_path / "cool.csv", make_star(4100, 0.0, snr=200))

    near = [
        here("sliders", "toy", "--collection", "library", "--at", file, "--json").records[0]
        for file in (hot, cool)
    ]

    assert near[0]["labels"]["teff"]["value"] > near[1]["labels"]["teff"]["value"] + 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tag", "nothing", "--from", "library", "--model", "toy"), "nothing"),
        (("tag", "survey", "--from", "library", "--model", "other"), "other"),
        (("tag", "library", "--from", "survey", "--model", "toy"), "no labels to learn from"),
        (
            ("tag", "survey", "--from", "library", "--model", "toy", "--label", "age"),
            "age: 0 stars",
        ),
        (("outliers", "survey", "--model", "other"), "starsieve encode"),
        (("sliders", "toy"), "Say which: --collection"),
        (("sliders", "toy", "--collection", "library", "--set", "7=1"), "latents 0 to 2, got 7"),
        (("sliders", "toy", "--collection", "library", "--set", "x=1"), "set.x"),
        (("sliders", "toy", "--collection", "library", "--at", "none.fits"), "none.fits"),
        (("sliders", "nowhere"), "No model 'nowhere'"),
    ],
)
def test_what_makes_no_sense_is_one_line(here, words, message):
    outcome = here(*words)

    assert outcome.code == 1
    assert len(outcome.messages) == 1
    assert message in outcome.err


def test_a_setting_without_a_value_is_a_matter_of_usage(here):
    outcome = here("sliders", "toy", "--collection", "library", "--set", "3")

    assert outcome.code == 2
    assert "LATENT=VALUE" in outcome.err


def test_plain_records_are_json_without_nan(here):
    outcome = here("outliers", "survey", "--model", "toy", "--json")

    assert all(json.loads(line)["score"] >= 0 for line in outcome.out.splitlines())
