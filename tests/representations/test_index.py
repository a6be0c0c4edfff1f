from pathlib import Path

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.errors import ArchiveError, DataError, FileError
from starsieve.representations.index import LatentIndex, index_of, measure_recall
from starsieve.stats.neighbours import ExactIndex, nearest
from tests.representations.encoding import keep_stars


def make_latents(n: int = 3000, seed: int = 0, n_latents: int = 12) -> np.ndarray:
    """Make latents around a curved sheet of three dimensions."""
    rng = np.random.default_rng(seed)
    sheet = np.tanh(rng.normal(size=(n, 3)) @ np.random.default_rng(0).normal(size=(3, n_latents)))
    return (1000 + 50 * sheet + 0.5 * rng.normal(size=(n, n_latents))).astype(np.float32)


def test_an_index_finds_nearly_all_of_the_nearest() -> None:
    latents, queries = make_latents(), make_latents(100, seed=1)

    index = LatentIndex.build(latents, recall=0.95)
    distances, rows = index.nearest(queries, 10)

    true_distances, _ = nearest(latents, queries, 10)
    assert index.facts.recall >= 0.95
    assert measure_recall(distances, true_distances) >= 0.93
    assert (np.diff(distances, axis=1) >= 0).all()
    gaps = latents[rows].astype(float) - queries[:, None]
    np.testing.assert_allclose(distances, np.sqrt((gaps**2).sum(axis=2)), rtol=1e-9)


def test_latents_that_are_not_known_are_not_found() -> None:
    latents = make_latents(300)
    latents[::3] = np.nan

    distances, rows = LatentIndex.build(latents).nearest(latents[:6], 20)

    assert (rows[[0, 3]] == -1).all()
    assert np.isnan(distances[[0, 3]]).all()
    found = rows[[1, 2, 4, 5]]
    assert (found % 3 > 0).all()
    assert found[:, 0].tolist() == [1, 2, 4, 5]


def test_an_index_comes_back_and_is_refused_for_other_latents(tmp_path: Path) -> None:
    latents, queries = make_latents(500), make_latents(20, seed=1)
    index = LatentIndex.build(latents)
    with pytest.raises(FileError, match="no index"):
        LatentIndex.load(tmp_path, latents)
    index.save(tmp_path)

    again = LatentIndex.load(tmp_path, latents.copy())

    assert again.facts == index.facts
    np.testing.assert_array_equal(again.nearest(queries, 5)[1], index.nearest(queries, 5)[1])
    for other in (latents[:-1], latents[::-1], latents.astype(float), make_latents(500, seed=2)):
        with pytest.raises(ArchiveError, match="other latents"):
            LatentIndex.load(tmp_path, other)


@pytest.mark.parametrize("name", ["index.usearch", "index.json"])
def test_a_damaged_index_is_told(tmp_path: Path, name: str) -> None:
    latents = make_latents(100)
    LatentIndex.build(latents).save(tmp_path)
    (tmp_path / name).write_bytes(b"{}")

    with pytest.raises(FileError, match="Build it anew"):
        LatentIndex.load(tmp_path, latents)


def test_impossible_questions_are_refused() -> None:
    latents = make_latents(50)
    index = LatentIndex.build(latents)

    with pytest.raises(DataError, match=r"shape \(m, 12\)"):
        index.nearest(latents[:, :5], 3)
    with pytest.raises(DataError, match="knows 50 latents"):
        index.nearest(latents, 51)
    with pytest.raises(DataError, match="was asked for"):
        LatentIndex.build(latents, recall=1.5)


def test_many_embeddings_get_an_index_that_is_kept_until_they_change(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starsieve.representations.index.EXACT_UP_TO", 20)
    ids = np.array(keep_stars(archive, 60))
    few = Embeddings(make_latents(20), ids[:20], model="made", collection="observed")
    archive.embeddings.add(few, "a" * 64)
    assert isinstance(index_of(archive, archive.embeddings.read("observed")), ExactIndex)

    for n in (40, 60):
        many = Embeddings(make_latents(n), ids[:n], model="made", collection="observed")
        archive.embeddings.add(many, "a" * 64)
        stored = archive.embeddings.read("observed")
        built = index_of(archive, stored)
        file = archive.embeddings.folder("observed") / "index.usearch"
        written = file.stat().st_mtime_ns

        again = index_of(archive, stored)

        assert isinstance(built, LatentIndex)
        assert isinstance(again, LatentIndex)
        assert again.facts == built.facts
        assert file.stat().st_mtime_ns == written
        assert again.nearest(stored.latents[-1:], 1)[1].tolist() == [[n - 1]]
