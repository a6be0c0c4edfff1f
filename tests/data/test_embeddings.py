"""Embeddings: rows that stay together."""

import numpy as np
import pytest

from starsieve.data import Embeddings
from starsieve.errors import DataError


def made(n: int = 3) -> Embeddings:
    return Embeddings(
        np.arange(2.0 * n).reshape(n, 2),
        np.arange(n) + 10,
        np.ones((n, 2)),
        {"velocity": np.arange(float(n))},
        "toy",
        "stars",
    )


def test_rows_are_taken_with_all_that_belongs_to_them():
    some = made().take(np.array([2, 0]))

    assert some.ids.tolist() == [12, 10]
    assert some.columns["velocity"].tolist() == [2, 0]
    assert (some.model, some.collection) == ("toy", "stars")
    assert repr(some) == "<Embeddings of 'stars' by 'toy': 2 x 2>"


def test_a_row_without_latents_is_not_known():
    latents = np.array([[1.0, 2.0], [np.nan, 1.0]])
    assert Embeddings(latents, np.array([1, 2])).known.tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latents": np.zeros(3)}, "latents must have shape"),
        ({"ids": np.array([1, 1, 2])}, "same item"),
        ({"sigma": np.ones((3, 1))}, "sigma must have shape"),
        ({"columns": {"velocity": np.ones(2)}}, "velocity must have shape"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        Embeddings(**({"latents": np.zeros((3, 2)), "ids": np.arange(3)} | change))
