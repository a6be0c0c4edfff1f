import numpy as np
import pytest

from starsieve.data import SpectrumSet
from starsieve.errors import DataError, ModelMismatchError
from starsieve.representations.models import load_representation
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.train import train_on

RECIPE = TrainRecipe.model_validate(
    {
        "collections": ["made"],
        "model": "made-pca",
        "wave_range": [0.5, 0.6],
        "n_pixels": 300,
        "network": {"kind": "pca", "n_latents": 3},
    }
)


def make_spectra(n=300, seed=0, noise=0.005, gaps=False):
    """Make spectra of which three independent numbers say all: two lines and a slope."""
    rng = np.random.default_rng(seed)
    wave = np.linspace(0.49, 0.61, 500)
    truth = rng.uniform(-1, 1, (n, 3))
    shapes = np.stack(
        [
            0.8 * (wave - 0.55) / 0.06,
            *(-0.3 * np.exp(-0.5 * ((wave - at) / 0.002) ** 2) for at in (0.53, 0.57)),
        ]
    )
    flux = 1.2 + truth @ shapes + rng.normal(0, noise, (n, len(wave)))
    sigma = np.full(flux.shape, max(noise, 1e-3))
    valid = np.ones(flux.shape, dtype=bool)
    if gaps:
        for row, start in enumerate(rng.integers(0, 400, n)):
            valid[row, start : start + 80] = False
        flux[~valid] = 0.0
    level = rng.uniform(0.1, 1e4, n)[:, None]
    return SpectrumSet(wave, flux * level, sigma * level, valid), truth


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "made-pca"
    spectra, _ = make_spectra()
    train_on(spectra, RECIPE, {"made.fits": "0" * 64}).save(folder)
    return load_representation(folder)


@pytest.mark.parametrize("gaps", [False, True])
def test_components_bring_spectra_back_to_their_noise(gaps):
    spectra, _ = make_spectra(gaps=gaps)

    card = train_on(spectra, RECIPE, {}).card

    for part in ("training", "validation"):
        assert card.metrics[part]["rms"] < 0.02
        assert card.metrics[part]["rms"] < 0.1 * card.metrics[part]["rms_of_mean_spectrum"]


def test_latents_have_unit_variance_and_know_their_errors(model):
    spectra, _ = make_spectra(400, seed=1)
    clean, _ = make_spectra(400, seed=1, noise=0.0)

    found, truth = model.encode(spectra), model.encode(clean)
    pulls = (found.latents - truth.latents) / found.sigma

    np.testing.assert_allclose(found.latents.std(axis=0), 1, atol=0.2)
    assert 0.3 < pulls.std() < 2
    assert np.median(found.columns["chi2_reduced"]) < 1.5


def test_gaps_do_not_move_latents(model):
    whole, _ = make_spectra(100, seed=2)
    gappy, _ = make_spectra(100, seed=2, gaps=True)

    apart = model.encode(gappy).latents - model.encode(whole).latents
    shifted = (
        model.encode(SpectrumSet(gappy.wave, gappy.flux)).latents - model.encode(whole).latents
    )

    assert np.median(np.abs(apart)) < 0.1
    assert np.median(np.abs(apart)) < 0.3 * np.median(np.abs(shifted))  # zeros as if measured


def test_what_is_decoded_is_what_was_encoded(model):
    spectra, _ = make_spectra(50, seed=3, noise=0.0)

    back = model.reconstruct(spectra)
    again = model.encode(back)

    np.testing.assert_allclose(back.flux, model.prepare(spectra).flux, atol=0.05)
    np.testing.assert_allclose(again.latents, model.encode(spectra).latents, atol=0.2)


def test_a_spectrum_of_another_range_has_no_latents_and_the_others_do(model):
    spectra, _ = make_spectra(3)
    elsewhere = SpectrumSet(spectra.wave + 1, spectra.flux)

    found, reasons = model.encode_with_reasons([*spectra, *elsewhere])

    assert found.known.tolist() == [True] * 3 + [False] * 3
    assert reasons[:3] == ("", "", "")
    assert "micron that the model knows" in reasons[3]
    assert not model.reconstruct(list(elsewhere)).usable.any()


def test_numbers_of_a_set_go_with_its_latents(model):
    spectra, _ = make_spectra(3)
    numbered = SpectrumSet(spectra.wave, spectra.flux, ids=np.array([7, 5, 9]))

    assert model.encode(numbered).ids.tolist() == [7, 5, 9]
    assert model.encode(spectra).ids.tolist() == [0, 1, 2]
    assert model.encode(spectra, ids=[4, 2, 8]).ids.tolist() == [4, 2, 8]


def test_velocities_that_are_known_are_taken_out_and_kept(model):
    spectra, _ = make_spectra(20, noise=0.0)
    moving = SpectrumSet(spectra.wave * (1 + 300 / 299792.458), spectra.flux)

    found = model.encode(moving, velocity=np.full(20, 300.0))

    np.testing.assert_allclose(found.latents, model.encode(spectra).latents, atol=0.2)
    assert found.columns["velocity"].tolist() == [300.0] * 20


def test_latents_of_another_number_are_refused(model):
    with pytest.raises(DataError, match=r"shape \(n, 3\)"):
        model.decode(np.zeros((1, 4)))


def test_too_few_spectra_are_refused_with_the_reason_of_the_others():
    spectra, _ = make_spectra(2)
    flat = SpectrumSet(spectra.wave, np.ones((5, 500)))

    with pytest.raises(DataError, match=r"2 of 7 spectra .* constant"):
        train_on([*spectra, *flat], RECIPE, {})


def test_more_components_than_spectra_are_refused():
    spectra, _ = make_spectra(4)

    with pytest.raises(DataError, match="3 components need more spectra"):
        train_on(spectra.take(slice(0, 3)), RECIPE, {})


def test_a_model_for_something_else_is_refused():
    with pytest.raises(ModelMismatchError, match="not for representations"):
        load_representation("diamondback-spex")


def test_a_model_is_trained_from_the_archive_and_found_again(archive):
    from starsieve.registry import training_task

    spectra, _ = make_spectra(40)
    archive.spectra.add(list(spectra), "made")
    options = RECIPE.model_dump(mode="json")

    task = training_task(options)
    result = task.load()(RECIPE, archive)

    assert task.name == "representations.train"
    assert result["model"] == "made-pca"
    assert load_representation("made-pca", archive).n_latents == 3
