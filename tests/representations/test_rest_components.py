"""Principal components of stored spectra are those of the spectra that latents are of."""

import numpy as np
import pytest

from starsieve.archive import LabelRow
from starsieve.data import Embeddings
from starsieve.errors import NotInArchiveError
from starsieve.representations import rest_components
from starsieve.representations.disentangle import disentangle_stored
from starsieve.representations.disentangle_recipe import DisentangleRecipe
from starsieve.representations.models import load_representation
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.rest_components import components_of
from starsieve.representations.train import train_on
from tests.representations.made_stars import make_star, make_stars


def components(recipe="pca", n=3):
    """Return a recipe of principal components as a model."""
    return TrainRecipe(
        collections=("stars",),
        model=recipe,
        wave_range=(0.505, 0.595),
        n_pixels=500,
        network={"kind": "pca", "n_latents": n},
    )


@pytest.fixture
def stored(archive):
    """Give an archive with stars, their labels, a model and its latents."""
    stars, labels = make_stars(110, snr=200)
    ids = archive.spectra.add(stars, "stars")
    rows = [
        LabelRow(name, float(value), None, "", "made", spectrum=number)
        for number, pair in zip(ids, labels, strict=True)
        for name, value in zip(("teff", "feh"), pair, strict=True)
    ]
    archive.labels.add(rows)
    train_on(stars, components(), {}).save(archive.models.folder("pca"))
    archive.models.register("pca")
    found = load_representation("pca", archive).encode(stars, ids=np.array(ids))
    codes = Embeddings(found.latents, found.ids, None, found.columns, "pca", "stars")
    archive.embeddings.add(codes, "0" * 64)
    return archive


def test_components_made_on_the_way_say_as_much_as_those_of_a_trained_model(stored):
    recipe = DisentangleRecipe(collection="stars", models=("pca",), bins=(5,))

    trained, made = disentangle_stored(recipe, stored).meanings

    assert (trained.name, made.name, made.baseline) == ("pca", "PCA-3", True)
    assert made.codes.latents.shape == (110, 3)
    first = [each.codes.latents[:, 0] for each in (trained, made)]
    assert abs(np.corrcoef(*first)[0, 1]) > 0.95
    assert made.information["teff"][made.best("teff")].p_value < 0.01


def test_spectra_are_brought_to_rest_by_the_velocities_of_their_latents(archive):
    stars = [make_star(5500, 0.0, velocity=v) for v in (-300.0, 0.0, 300.0)]
    stars += [make_star(6000, -0.5, velocity=v) for v in (-300.0, 0.0, 300.0)]
    ids = np.array(archive.spectra.add(stars, "stars"))
    train_on(stars, components(n=2), {}).save(archive.models.folder("pca"))
    archive.models.register("pca")
    velocity = np.array([-300.0, 0, 300, -300, 0, 300])
    shifted = Embeddings(np.zeros((6, 2)), ids, model="pca", collection="stars")
    known = Embeddings(
        np.zeros((6, 2)), ids, columns={"velocity": velocity}, model="pca", collection="stars"
    )

    moving = components_of(archive, [shifted], ids)[0].latents
    resting = components_of(archive, [known], ids)[0].latents

    def apart(latents):
        within = np.ptp(latents[:3], axis=0).max()
        return within / abs(latents[:3, 0].mean() - latents[3:, 0].mean())

    assert apart(resting) < 0.2
    assert apart(moving) > 2 * apart(resting)


def test_many_spectra_of_many_pixels_are_looked_at_on_a_coarser_grid(stored, monkeypatch):
    monkeypatch.setattr(rest_components, "MOST_NUMBERS", 110 * 50)
    codes = stored.embeddings.read("stars")

    (coarse,) = components_of(stored, [codes], codes.ids)

    assert coarse.latents.shape == (110, 3)
    assert abs(np.corrcoef(coarse.latents[:, 0], codes.latents[:, 0])[0, 1]) > 0.9


def test_a_model_that_is_not_there_is_named(stored):
    recipe = DisentangleRecipe(collection="stars", models=("vae",))

    with pytest.raises(NotInArchiveError, match=r"'vae'.*There are: pca"):
        disentangle_stored(recipe, stored)
