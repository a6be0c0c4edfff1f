"""How good a similarity is: known answers for made spectra and latents."""

import numpy as np
import pytest

from starsieve.data import Embeddings
from starsieve.representations.references import common_grid, gather
from starsieve.representations.retrieval import (
    by_latents,
    by_pixels,
    compare_methods,
    judge,
    weighted_components,
)
from tests.representations.made_stars import make_star


def make_latents(n_objects=100, disturbed=0.8, seed=0):
    """Two latents of each object, twice observed: one repeats well, one does not."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.normal(size=(n_objects, 2)), 2, axis=0)
    latents = truth + rng.normal(0, [0.01, disturbed], truth.shape)
    objects = np.repeat([f"star {n}" for n in range(n_objects)], 2)
    return Embeddings(latents, np.arange(2 * n_objects)), objects, truth


def test_partners_are_counted_where_there_are_some():
    objects = np.array(["a", "a", "b", "", ""])
    neighbours = np.array([[1, 2], [2, 0], [0, 1], [4, 0], [3, 0]])

    found = judge("made", neighbours, objects)

    assert found.n_queries == 2
    assert found.found[1] == pytest.approx(0.5)
    assert found.found[10] == pytest.approx(1.0)


def test_an_object_s_own_spectra_say_nothing_of_labels():
    objects = np.array([f"star {n // 2}" for n in range(60)])
    values = np.repeat(np.arange(30.0), 2)
    itself = np.arange(60) ^ 1
    other = (np.arange(60) + 2) % 60

    found = judge("made", np.stack([itself, other], axis=1), objects, {"x": values})

    n, scatter = found.labels["x"]
    assert n == 60
    assert scatter == 0.0  # each other neighbour is off by the same one


@pytest.mark.parametrize("seed", range(3))
def test_repeats_tell_more_than_the_spread(seed):
    embeddings, objects, _ = make_latents(seed=seed)

    repeats = judge("repeats", by_latents(embeddings, objects)[0], objects)
    spread = judge("spread", by_latents(embeddings, objects, "spread")[0], objects)

    assert repeats.n_queries == 200
    assert repeats.found[1] > spread.found[1] + 0.2


def test_latents_without_errors_find_every_partner_first():
    embeddings, objects, truth = make_latents(200, disturbed=0.001)

    neighbours, definition = by_latents(embeddings, objects)
    found = judge("latents", neighbours, objects, {"x": truth[:, 0]})

    assert found.found[1] > 0.9
    assert found.labels["x"][1] < 0.5 * np.std(truth[:, 0])
    assert "repeated spectra" in definition


def test_what_has_no_latents_is_no_neighbour_and_finds_none():
    embeddings, objects, _ = make_latents()
    latents = embeddings.latents.copy()
    latents[7] = np.nan
    holed = Embeddings(latents, embeddings.ids)

    neighbours, _ = by_latents(holed, objects)

    assert not (neighbours == 7).any()
    assert (neighbours[7] == -1).all()


def test_raw_pixels_are_the_baseline():
    stars = [make_star(4500 + 100 * (n // 2), 0.0, snr=300, seed=n) for n in range(40)]
    objects = np.array([f"star {n // 2}" for n in range(40)])

    found = judge("raw", by_pixels(gather(stars, common_grid(stars)), objects), objects)

    assert found.n_queries == 40
    assert found.found[1] > 0.5


def test_tables_have_the_same_columns_in_every_row():
    objects = np.array(["a", "a", "b"])
    rows = compare_methods(
        [
            judge("one", np.array([[1], [0], [0]]), objects),
            judge("other", np.array([[1], [0], [0]]), np.array(["a", "b", "c"])),
        ]
    )

    assert [list(row) for row in rows] == [list(rows[0])] * 2
    assert rows[1]["partner in first 1"] is None


def test_components_keep_what_tells_stars_apart():
    stars = [make_star(4500 + 100 * (n // 2), 0.0, snr=30, seed=n) for n in range(60)]
    objects = np.array([f"star {n // 2}" for n in range(60)])
    references = gather(stars, common_grid(stars))

    latents = weighted_components(references, 2)
    found = judge("pca", by_latents(latents, objects, "spread")[0], objects)

    assert latents.latents.shape == (60, 2)
    assert found.found[10] > 0.6
