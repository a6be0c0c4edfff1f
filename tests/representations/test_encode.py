from pathlib import Path

import numpy as np
import pytest

import starsieve
from starsieve.archive import Archive, LabelRow
from starsieve.data import Embeddings, LightCurve, Spectrum, SpectrumSet
from starsieve.errors import (
    DataError,
    InterruptedRunError,
    ModelMismatchError,
    NotInArchiveError,
)
from starsieve.jobs import run_task
from starsieve.representations.encode import encode, encode_collection
from starsieve.representations.encode_recipe import EncodeRecipe
from starsieve.representations.models import load_representation
from tests.conftest import make_spectra
from tests.representations.encoding import keep_model, keep_stars, make_stars

RECIPE = EncodeRecipe(collection="observed", model="made")


@pytest.fixture(autouse=True)
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that even a small collection is of several blocks, written in several parts.
    monkeypatch.setattr("starsieve.representations.encode.PIXELS_AT_A_TIME", 300 * 7)
    monkeypatch.setattr("starsieve.representations.encode.KEEP_ITEMS", 10)


def test_an_archives_embeddings_are_what_the_model_makes_of_its_spectra(archive: Archive) -> None:
    model_hash = keep_model(archive)
    ids = keep_stars(archive)

    result = encode_collection(RECIPE, archive)

    assert (result["n_encoded"], result["n_left_out"], result["n_failed"]) == (30, 0, 0)
    kept = archive.embeddings.read("observed", "made")
    truth = load_representation("made", archive).encode(make_stars(30), ids=ids)
    assert kept.ids.tolist() == ids
    np.testing.assert_allclose(kept.latents, truth.latents, rtol=1e-4, atol=1e-4)
    assert set(kept.columns) == set(truth.columns)
    np.testing.assert_allclose(kept.columns["coverage"], truth.columns["coverage"])
    assert archive.embeddings.info("observed").model_hash == model_hash


def test_the_run_is_kept_with_the_latents(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_model(archive)
    keep_stars(archive)
    told: list[int | None] = []
    add = archive.embeddings.add

    def note(embeddings: Embeddings, model_hash: str, run: int | None = None) -> int:
        told.append(run)
        return add(embeddings, model_hash, run)

    monkeypatch.setattr(archive.embeddings, "add", note)
    run_task("representations.encode", RECIPE.model_dump(), archive)

    assert set(told) == {1}


def test_gridded_collections_are_encoded_like_others(archive: Archive) -> None:
    keep_model(archive)
    stars = make_stars(30)
    archive.spectra.add_grid(SpectrumSet.stack(stars), "observed")

    assert encode_collection(RECIPE, archive)["n_encoded"] == 30

    truth = load_representation("made", archive).encode(stars)
    kept = archive.embeddings.read("observed", "made")
    np.testing.assert_allclose(kept.latents, truth.latents, rtol=1e-4, atol=1e-4)


def test_what_is_encoded_is_left_out_until_the_model_is_another(archive: Archive) -> None:
    keep_model(archive)
    keep_stars(archive, 12)
    encode_collection(RECIPE, archive)
    archive.spectra.add(make_stars(5, seed=9), "observed")

    more = encode_collection(RECIPE, archive)
    again = encode_collection(RECIPE.model_copy(update={"again": True}), archive)
    keep_model(archive, seed=1)
    anew = encode_collection(RECIPE, archive)

    counts = [(each["n_encoded"], each["n_left_out"]) for each in (more, again, anew)]
    assert counts == [(5, 12), (17, 0), (17, 0)]
    assert len(archive.embeddings.read("observed")) == 17


def test_an_encoding_that_was_cancelled_goes_on_where_it_was(archive: Archive) -> None:
    keep_model(archive)
    keep_stars(archive)

    def cancel(done: int, total: int, what: str) -> None:
        if done > 10:
            msg = "cancelled"
            raise InterruptedRunError(msg)

    with pytest.raises(InterruptedRunError):
        encode_collection(RECIPE, archive, cancel)

    n_kept = len(archive.embeddings.read("observed"))
    assert 10 < n_kept < 30
    result = encode_collection(RECIPE, archive)
    assert (result["n_encoded"], result["n_left_out"]) == (30 - n_kept, n_kept)
    assert len(archive.embeddings.read("observed")) == 30


def test_what_cannot_be_encoded_is_named_and_the_others_go_on(archive: Archive) -> None:
    keep_model(archive)
    wave = np.linspace(0.49, 0.61, 300)
    bad = [
        Spectrum(wave, np.zeros(300), meta={"object": "dark"}),
        Spectrum(wave + 1, np.ones(300), meta={"object": "red"}),
        Spectrum(wave, np.full(300, np.nan)),
    ]
    ids = archive.spectra.add([*bad, *make_stars(9)], "observed")

    for _ in range(2):  # they are tried again, and named again
        result = encode_collection(RECIPE, archive)

        assert result["n_failed"] == 3
        assert [each["spectrum"] for each in result["failed"]] == ids[:3]
        assert "dark" in result["failed"][0]["file"]
        assert "micron" in result["failed"][1]["error"]
        assert archive.embeddings.read("observed").ids.tolist() == ids[3:]


def test_known_velocities_are_taken_out(archive: Archive) -> None:
    keep_model(archive)
    velocities = np.linspace(-300, 300, 6)
    stars = [
        Spectrum(one.wave * (1 + v / 299_792.458), one.flux, one.sigma)
        for one, v in zip(make_stars(6), velocities, strict=True)
    ]
    ids = archive.spectra.add(stars, "observed")
    labels = [LabelRow("velocity", v, spectrum=n) for n, v in zip(ids, velocities, strict=True)]
    archive.labels.add(labels[:5])
    recipe = RECIPE.model_copy(update={"velocity": "velocity"})

    result = encode_collection(recipe, archive)

    kept = archive.embeddings.read("observed")
    truth = load_representation("made", archive).encode(make_stars(6)[:5])
    np.testing.assert_allclose(kept.latents, truth.latents, atol=0.05 * np.ptp(truth.latents))
    np.testing.assert_allclose(kept.columns["velocity"], velocities[:5])
    assert [each["spectrum"] for each in result["failed"]] == ids[5:]


def test_what_cannot_work_is_refused(archive: Archive) -> None:
    keep_model(archive)
    ids = keep_stars(archive, 2)
    archive.light_curves.add([LightCurve(np.arange(9.0), np.ones(9))], "curves")
    archive.spectra.add(make_stars(3, low=1.0, high=2.0), "red")

    for changes, error, words in (
        ({"collection": "obsrved"}, NotInArchiveError, "obsrved"),
        ({"model": "mad"}, NotInArchiveError, "No model 'mad'"),
        ({"model": "diamondback-spex"}, ModelMismatchError, "not for representations"),
        ({"collection": "curves"}, DataError, "light curves"),
        ({"collection": "red"}, ModelMismatchError, "None of the 3 spectra of 'red'"),
        ({"velocity": "rv"}, DataError, "has a label 'rv'"),
    ):
        with pytest.raises(error, match=words):
            encode_collection(RECIPE.model_copy(update=changes), archive)
    (archive.collections.folder("observed") / "flux" / "c" / "0").unlink()
    starsieve.archive.check(archive, repair=True)
    with pytest.raises(DataError, match="'observed' is empty"):
        encode_collection(RECIPE, archive)
    assert ids


def test_spectra_and_files_are_encoded_without_an_archive(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a") as archive:
        keep_model(archive)
        folder = archive.models.folder("made")
    model = load_representation(folder)
    stars = make_stars(3)
    file = tmp_path / "star.csv"
    rows = zip(stars[1].wave, stars[1].flux, stars[1].sigma, strict=True)
    file.write_text("wave_um,flux,sigma\n" + "\n".join(f"{w},{f},{s}" for w, f, s in rows))

    latents = starsieve.encode(stars, model).latents

    assert latents.shape == (3, 3)
    np.testing.assert_allclose(encode(stars[1], folder).latents, latents[1:2], rtol=1e-4)
    stacked = encode(SpectrumSet.stack(stars), model)
    np.testing.assert_allclose(stacked.latents, latents, rtol=1e-4, atol=1e-5)
    mixed = encode([stars[0], file], model)
    np.testing.assert_allclose(mixed.latents, latents[:2], rtol=1e-3, atol=1e-3)


def test_spectra_that_cannot_be_encoded_are_warned_of(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a") as archive:
        keep_model(archive)
        model = load_representation("made", archive)
    stars = make_stars(2)

    with pytest.warns(UserWarning, match="2 of 2 spectra can't be encoded by 'made'"):
        found = encode(make_spectra(2), model)
    assert not found.known.any()
    with pytest.raises(DataError, match="got int"):
        encode([stars[0], 3], model)  # type: ignore[list-item]
    with pytest.raises(starsieve.errors.FileError):
        encode(tmp_path / "nothing.fits", model)
