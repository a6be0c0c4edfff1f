import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starsieve.archive import Archive, check, summarise
from starsieve.archive.arrays import Arrays, Column
from starsieve.data import Embeddings
from starsieve.errors import DataError, NotInArchiveError
from tests.archive.children import keep_embeddings, latents_of
from tests.archive.test_spectra import make_spectrum
from tests.test_ingest import answer, child

ANY_ARCHIVE = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def add_spectra(archive: Archive, n: int = 10, collection: str = "observed") -> np.ndarray:
    spectra = [make_spectrum(5, seed=number) for number in range(n)]
    return np.array(archive.spectra.add(spectra, collection))


def make_embeddings(ids: np.ndarray, n_latents: int = 3, seed: int = 0, **more: Any) -> Embeddings:
    rng = np.random.default_rng(seed)
    latents = rng.normal(size=(len(ids), n_latents)).astype(np.float32)
    given: dict[str, Any] = {
        "sigma": rng.uniform(0.1, 1, latents.shape).astype(np.float32),
        "columns": {"velocity": rng.normal(size=len(ids)), "coverage": rng.uniform(size=len(ids))},
        "model": "harps",
        "collection": "observed",
    }
    return Embeddings(latents, ids, **(given | more))


def assert_same(one: Embeddings, other: Embeddings) -> None:
    assert (one.model, one.collection) == (other.model, other.collection)
    np.testing.assert_array_equal(one.ids, other.ids)
    assert one.latents.dtype == other.latents.dtype
    np.testing.assert_array_equal(one.latents, other.latents)
    assert (one.sigma is None) == (other.sigma is None)
    if one.sigma is not None and other.sigma is not None:
        np.testing.assert_array_equal(one.sigma, other.sigma)
    assert set(one.columns) == set(other.columns)
    for name, values in one.columns.items():
        np.testing.assert_array_equal(values, other.columns[name])


def test_embeddings_come_back_in_the_order_of_the_collection(archive: Archive) -> None:
    ids = add_spectra(archive)
    given = make_embeddings(ids[[7, 2, 9, 0]])
    given.latents[1] = np.nan

    assert archive.embeddings.add(given, "a" * 64) == 4

    assert_same(archive.embeddings.read("observed", "harps"), given.take(np.array([3, 1, 0, 2])))
    assert_same(archive.embeddings.read("observed"), given.take(np.array([3, 1, 0, 2])))


@ANY_ARCHIVE
@given(st.lists(st.lists(st.integers(0, 19), min_size=1, max_size=20, unique=True), max_size=6))
def test_the_last_that_was_said_of_a_spectrum_counts(
    archive: Archive, batches: list[list[int]]
) -> None:
    if "observed" not in archive.collections.names():  # the archive is that of earlier examples
        add_spectra(archive, 20)
    ids = np.array([info.id for info in archive.spectra.table("observed")])
    truth: dict[int, float] = {}

    for seed, batch in enumerate(batches):
        given = make_embeddings(ids[batch], seed=seed)
        archive.embeddings.add(given, "a" * 64)
        truth |= dict(zip(given.ids.tolist(), given.latents[:, 0].tolist(), strict=True))

    assert archive.embeddings.ids("observed", "harps", "a" * 64) == set(truth)
    if truth:
        found = archive.embeddings.read("observed")
        assert found.ids.tolist() == sorted(truth)
        assert found.latents[:, 0].tolist() == [truth[each] for each in sorted(truth)]
        assert check(archive).clean
        archive.embeddings.remove("observed", "harps")


def test_encoding_again_and_again_takes_no_more_room_than_twice(archive: Archive) -> None:
    ids = add_spectra(archive)
    for seed in range(6):
        archive.embeddings.add(make_embeddings(ids, seed=seed), "a" * 64)

    arrays = Arrays(archive.embeddings.folder("observed") / "vectors", [Column("latents", "f4")], 3)
    assert arrays.length() == 20
    assert_same(archive.embeddings.read("observed"), make_embeddings(ids, seed=5))
    assert check(archive).problems == ()


def test_latents_that_a_dead_writer_left_are_used_again(archive: Archive) -> None:
    ids = add_spectra(archive)
    archive.embeddings.add(make_embeddings(ids[:5]), "a" * 64)
    arrays = Arrays(archive.embeddings.folder("observed") / "vectors", [Column("latents", "f4")], 3)
    arrays.write(5, {"latents": np.ones((9, 3), dtype=np.float32)})

    (problem,) = check(archive).problems

    assert (problem.what, problem.harmless) == ("9 rows of latents that nothing uses", True)
    assert check(archive, repair=True).clean
    assert check(archive).problems == ()
    archive.embeddings.add(make_embeddings(ids[5:]), "a" * 64)
    assert len(archive.embeddings.read("observed")) == 10


def test_a_model_trained_anew_drops_what_it_made_before(archive: Archive) -> None:
    ids = add_spectra(archive)
    archive.embeddings.add(make_embeddings(ids), "a" * 64)
    old = archive.embeddings.folder("observed")

    archive.embeddings.add(make_embeddings(ids[:4], n_latents=5, seed=1), "b" * 64)

    found = archive.embeddings.read("observed")
    assert found.latents.shape == (4, 5)
    assert not old.exists()
    assert archive.embeddings.ids("observed", "harps", "a" * 64) == set()
    assert archive.embeddings.ids("observed", "harps", "b" * 64) == set(ids[:4].tolist())
    assert check(archive).problems == ()


def test_several_models_are_kept_apart(archive: Archive) -> None:
    ids = add_spectra(archive)
    one = make_embeddings(ids, sigma=None, columns={})
    other = make_embeddings(ids, n_latents=7, seed=1, model="pca")
    for each in (one, other):
        archive.embeddings.add(each, "a" * 64)

    assert_same(archive.embeddings.read("observed", "harps"), one)
    assert_same(archive.embeddings.read("observed", "pca"), other)
    with pytest.raises(DataError, match="several models, harps, pca"):
        archive.embeddings.read("observed")
    with pytest.raises(NotInArchiveError, match="There are: harps, pca"):
        archive.embeddings.read("observed", "vae")
    listed = archive.embeddings.list()
    assert [(i.model, i.n_items, i.n_latents, i.columns) for i in listed] == [
        ("harps", 10, 3, ()),
        ("pca", 10, 7, ("velocity", "coverage")),
    ]
    assert archive.embeddings.info("observed", "pca") == listed[1]
    assert summarise(archive).n_embeddings == 20


def test_removed_embeddings_are_gone_and_can_be_made_again(archive: Archive) -> None:
    ids = add_spectra(archive)
    archive.embeddings.add(make_embeddings(ids), "a" * 64)

    archive.embeddings.remove("observed", "harps")

    with pytest.raises(NotInArchiveError, match="starsieve encode --collection observed"):
        archive.embeddings.read("observed")
    with pytest.raises(NotInArchiveError):
        archive.embeddings.remove("observed", "harps")
    assert check(archive).problems == ()
    archive.embeddings.add(make_embeddings(ids, seed=5), "a" * 64)
    assert_same(archive.embeddings.read("observed"), make_embeddings(ids, seed=5))


def test_what_does_not_fit_is_refused_and_nothing_stored(archive: Archive) -> None:
    ids = add_spectra(archive)
    other = add_spectra(archive, 1, "other")
    good = make_embeddings(ids)

    for bad, error, words in (
        (replace(good, model=""), DataError, "names of their collection and model"),
        (replace(good, model="../x"), DataError, "no name"),
        (replace(good, collection="obsrved"), NotInArchiveError, "obsrved"),
        (make_embeddings(np.append(ids, other)), NotInArchiveError, f"No spectrum {other[0]} in"),
        (make_embeddings(np.append(ids, 999)), NotInArchiveError, "No spectrum 999 in"),
    ):
        with pytest.raises(error, match=words):
            archive.embeddings.add(bad, "a" * 64)
    with pytest.raises(DataError, match="hash"):
        archive.embeddings.add(good, "")
    assert archive.embeddings.list() == []
    archive.embeddings.add(good, "a" * 64)
    for bad, words in (
        (make_embeddings(ids, n_latents=4), "number of latents, 3, than these, 4"),
        (replace(good, sigma=None), "types of latents and sigma"),
        (replace(good, columns={"velocity": good.columns["velocity"]}), "set of columns"),
    ):
        with pytest.raises(DataError, match=words):
            archive.embeddings.add(bad, "a" * 64)
    assert_same(archive.embeddings.read("observed"), good)


def test_embeddings_go_with_their_spectrum(archive: Archive) -> None:
    ids = add_spectra(archive)
    archive.embeddings.add(make_embeddings(ids), "a" * 64)
    (archive.collections.folder("observed") / "flux" / "c" / "0").unlink()

    assert check(archive, repair=True).clean

    assert check(archive).problems == ()
    assert len(archive.embeddings.read("observed")) == 0


def damage_vectors(folder: Path) -> None:
    shard = folder / "vectors" / "latents" / "c" / "1" / "0"
    shard.write_bytes(shard.read_bytes()[:-9])


def lose_columns(folder: Path) -> None:
    (folder / "numbers" / "columns" / "c" / "1" / "0").unlink()


@pytest.mark.parametrize("damage", [damage_vectors, lose_columns])
def test_embeddings_that_are_lost_are_forgotten_and_can_be_made_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    monkeypatch.setattr("starsieve.archive.arrays.VALUES_PER_CHUNK", 6)
    monkeypatch.setattr("starsieve.archive.arrays.CHUNKS_PER_SHARD", 1)
    ids = add_spectra(archive)
    # Two rows of three latents are a shard, and so are three of two columns.
    archive.embeddings.add(make_embeddings(ids), "a" * 64)
    damage(archive.embeddings.folder("observed"))

    found = check(archive)
    repaired = check(archive, repair=True)

    assert not found.clean
    assert "embeddings have lost their numbers" in found.problems[0].what
    assert repaired.clean
    assert check(archive).clean
    kept = archive.embeddings.read("observed")
    assert 7 <= len(kept) <= 8
    missing = sorted(set(ids.tolist()) - archive.embeddings.ids("observed", "harps", "a" * 64))
    archive.embeddings.add(make_embeddings(np.array(missing)), "a" * 64)
    assert len(archive.embeddings.read("observed")) == 10


def test_numbers_of_no_embeddings_are_harmless_and_removed(archive: Archive) -> None:
    ids = add_spectra(archive)
    archive.embeddings.add(make_embeddings(ids), "a" * 64)
    stray = archive.root / "embeddings" / "observed" / "harps@0123456789abcdef"
    stray.mkdir()

    (problem,) = check(archive).problems

    assert problem.harmless
    assert check(archive, repair=True).clean
    assert not stray.exists()
    assert_same(archive.embeddings.read("observed"), make_embeddings(ids))


def assert_of_one_training(archive: Archive) -> int:
    """Return of which training the embeddings are; each must be of its own spectrum."""
    found = archive.embeddings.read("observed", "m")
    training = int(archive.embeddings.info("observed").model_hash.removeprefix("training "))
    np.testing.assert_array_equal(found.latents, latents_of(found.ids, training))
    np.testing.assert_array_equal(found.columns["velocity"], found.ids)
    return training


def test_a_killed_writer_leaves_the_old_embeddings_or_the_new_ones(
    archive: Archive, database_url: str | None
) -> None:
    ids = add_spectra(archive, 60)
    root, moments = archive.root, random.Random(20)
    begin = time.monotonic()
    with child(keep_embeddings, root, database_url, 1) as (_, connection):
        assert [answer(connection), answer(connection)] == ["begins", "done"]
    duration, kept = time.monotonic() - begin, 1

    for number in range(1, 9):
        # Every second one writes over what is there, the others are of a model trained anew.
        training = 1 + number // 2
        arguments = (root, database_url, training)
        with child(keep_embeddings, *arguments) as (process, connection):
            assert answer(connection) == "begins"
            time.sleep(moments.uniform(0, duration / 2))
            process.kill()

        assert check(archive).clean
        before, kept = kept, assert_of_one_training(archive)
        assert kept in (before, training)  # it may have been killed before it wrote anything
        if number % 3 == 0:
            assert check(archive, repair=True).clean
            assert check(archive).problems == ()

    with child(keep_embeddings, root, database_url, 9) as (_, connection):
        assert [answer(connection), answer(connection)] == ["begins", "done"]
    assert assert_of_one_training(archive) == 9
    assert archive.embeddings.read("observed").ids.tolist() == ids.tolist()
    assert check(archive, repair=True).clean  # numbers that the last one killed left are harmless
    assert check(archive).problems == ()
