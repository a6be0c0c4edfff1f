import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from starsieve.errors import DataError
from starsieve.stats.neighbours import ExactIndex, nearest


def search_in_full(
    latents: np.ndarray, queries: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest of each query the slow way, with ties in the order of rows."""
    gaps = latents[None].astype(float) - queries[:, None].astype(float)
    distances = np.sqrt((gaps**2).sum(axis=2))
    order = np.argsort(np.where(np.isnan(distances), np.inf, distances), axis=1, kind="stable")
    return np.take_along_axis(distances, order, axis=1)[:, :k], order[:, :k]


def make_vectors(kind: str, seed: int, n: int = 5000, d: int = 24) -> np.ndarray:
    """Make vectors: in all directions, around a curved sheet, in clumps, with twins, far away."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, d))
    if kind == "sheet":
        return np.tanh(rng.normal(size=(n, 3)) @ rng.normal(size=(3, d))) + 0.01 * noise
    if kind == "clumps":
        return 10 * rng.normal(size=(50, d))[rng.integers(0, 50, n)] + 1e-4 * noise
    if kind == "twins":
        return noise[rng.integers(0, n // 10, n)]
    if kind == "far away":
        return noise + 1e4
    if kind == "one axis":
        return noise * np.array([100.0, *[1e-3] * (d - 1)])
    return noise


@pytest.mark.parametrize(
    "kind", ["all directions", "sheet", "clumps", "twins", "far away", "one axis"]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_nearest_are_those_of_a_full_search(kind: str, dtype: type) -> None:
    vectors = make_vectors(kind, seed=1).astype(dtype)
    rng = np.random.default_rng(2)
    queries = vectors[:12] + np.repeat([0, 1e-3], 6)[:, None] * rng.normal(size=(12, 24))

    distances, rows = ExactIndex.of(vectors).nearest(queries, 15)

    true_distances, true_rows = search_in_full(vectors, queries, 15)
    np.testing.assert_array_equal(rows, true_rows)
    np.testing.assert_allclose(distances, true_distances, rtol=1e-9, atol=1e-12)


def test_queries_one_by_one_and_all_at_once_give_the_same() -> None:
    vectors = make_vectors("sheet", seed=3)
    queries = make_vectors("sheet", seed=4)[:40]

    _, together = nearest(vectors, queries, 5)

    for number, query in enumerate(queries):
        assert (
            nearest(vectors, query[None], 5)[1].tolist() == together[number : number + 1].tolist()
        )


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float64, (30, 3), elements=st.integers(-3, 3).map(float)),
    arrays.arrays(np.float64, (6, 3), elements=st.integers(-4, 4).map(float)),
    st.integers(1, 30),
)
def test_of_equally_far_ones_the_lower_row_comes_first(
    vectors: np.ndarray, queries: np.ndarray, k: int
) -> None:
    for asked in (queries, queries[:2]):
        distances, rows = nearest(vectors, asked, k)

        true_distances, true_rows = search_in_full(vectors, asked, k)
        np.testing.assert_array_equal(rows, true_rows)
        np.testing.assert_allclose(distances, true_distances, rtol=1e-12)


def test_what_is_not_known_is_never_found_and_finds_nothing() -> None:
    vectors = make_vectors("all directions", seed=5, n=200)
    vectors[::2, 7] = np.nan
    queries = vectors[:8].copy()

    for asked in (queries, queries[:3]):
        distances, rows = nearest(vectors, asked, 100)

        assert (rows[::2] == -1).all()
        assert np.isnan(distances[::2]).all()
        assert sorted(rows[1].tolist()) == list(range(1, 200, 2))
        assert rows[1, 0] == 1


def test_vectors_that_are_all_the_same_have_neighbours() -> None:
    vectors = np.ones((10, 4), dtype=np.float32)

    distances, rows = ExactIndex.of(vectors).nearest(vectors, 3)

    assert rows.tolist() == [[0, 1, 2]] * 10
    assert (distances == 0).all()


def test_impossible_questions_are_refused() -> None:
    vectors = np.zeros((5, 3))

    for latents, queries, k, words in (
        (vectors, np.zeros((2, 4)), 1, r"shape \(m, 3\)"),
        (vectors, np.zeros(3), 1, r"shape \(m, 3\)"),
        (np.zeros(5), np.zeros((1, 1)), 1, r"shape \(n, d\)"),
        (vectors, vectors[:1], 6, "5 known vectors.*got k=6"),
        (vectors, vectors, 0, "got k=0"),
        (np.full((5, 3), np.nan), vectors, 1, "None of the 5 vectors"),
        (vectors, np.full((1, 3), 1e30), 1, "at most 1e\\+15"),
    ):
        with pytest.raises(DataError, match=words):
            nearest(latents, queries, k)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01, 0.0005])
def test_an_index_finds_only_what_is_wanted(share):
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(20_000, 6))
    vectors[17] = np.nan
    wanted = rng.uniform(size=len(vectors)) < share
    wanted[[5, 17, 600]] = True
    k = 2

    distances, rows = ExactIndex.of(vectors).nearest(vectors[:3], k, wanted)

    among = np.flatnonzero(wanted & np.isfinite(vectors).all(axis=1))
    expected = nearest(vectors[among], vectors[:3], k)
    assert np.array_equal(rows, among[expected[1]])
    assert np.allclose(distances, expected[0])


def test_more_than_is_wanted_cannot_be_asked_for():
    wanted = np.array([True, False, True])

    with pytest.raises(DataError, match="k=3"):
        ExactIndex.of(np.eye(3)).nearest(np.eye(3), 3, wanted)
