import numpy as np
import pytest
import torch
from pydantic import ValidationError

from starsieve.archive import Archive
from starsieve.data import SpectrumSet
from starsieve.errors import InterruptedRunError, StarsieveError
from starsieve.learn.history import read_history
from starsieve.representations.convolutional import ConvolutionalVAE
from starsieve.representations.dense import DenseAutoencoder, ProjectedVAE
from starsieve.representations.models import load_representation
from starsieve.representations.observations import Pixels
from starsieve.representations.pca import Projection
from starsieve.representations.recipes import Convolutional, Dense, Projected, TrainRecipe
from starsieve.representations.train import train, train_on
from tests.representations.test_pca import RECIPE, make_spectra

QUICK = {
    "projected": {
        "kind": "projected",
        "n_latents": 3,
        "n_components": 8,
        "hidden": 32,
        "blocks": 1,
    },
    "dense": {"kind": "dense", "n_latents": 3, "hidden": [64, 32]},
    "variational": {"kind": "dense", "n_latents": 3, "hidden": [64, 32], "variational": True},
    "convolutional": {
        "kind": "convolutional",
        "n_latents": 3,
        "channels": [8, 8, 16, 16],
        "kernels": [7, 5, 3, 3],
        "mask_channel": True,
    },
}


def make_recipe(name, **options):
    steps = {"steps": 300, "validate_every": 100, "batch_size": 64, "device": "cpu"}
    more = {"network": QUICK[name], "objective": {"kind": "evidence", "end": 100}}
    return TrainRecipe.model_validate(RECIPE.model_dump() | steps | more | options)


def test_the_published_form_for_harps_has_its_published_size():
    with torch.device("meta"):
        network = ConvolutionalVAE(Convolutional(), 327_680, 0.0)

    assert sum(each.numel() for each in network.parameters()) == 7_046_997
    kinds = [type(layer).__name__ for layer in network.convolutions]
    assert kinds.count("Conv1d") == 15
    assert network.length == 20


@pytest.mark.parametrize("n_pixels", [8, 63, 64, 1001])
def test_convolutions_take_spectra_of_any_length(n_pixels):
    recipe = Convolutional(n_latents=2, channels=(4, 4, 8), kernels=(5, 3, 3), mask_channel=True)
    network = ConvolutionalVAE(recipe, n_pixels, 0.0)
    flux = torch.rand(2, n_pixels)

    found = network.encode(flux, flux > 0, torch.ones_like(flux))

    assert found.mean.shape == found.deviation.shape == (2, 2)
    assert network.decode(found.mean).shape == flux.shape


@pytest.mark.parametrize("n_latents", [2, 8192])
def test_from_two_to_8192_latents_can_be_asked_for(n_latents):
    short = Convolutional(n_latents=n_latents, channels=(2, 2, 2), kernels=(3, 3, 3))
    networks = [
        ConvolutionalVAE(short, 64, 0.0),
        DenseAutoencoder(Dense(n_latents=n_latents, hidden=(8,)), 64, 0.0),
        ProjectedVAE(Projected(n_latents=n_latents, n_components=4, hidden=8), 64, 0.0),
    ]
    flux = torch.rand(2, 64)

    for network in networks:
        found = network.encode(flux, flux > 0, torch.ones_like(flux))
        assert found.mean.shape == (2, n_latents)
        assert network.decode(found.mean).shape == (2, 64)


@pytest.mark.parametrize("name", ["projected", "dense", "convolutional"])
def test_what_is_not_valid_changes_nothing(name):
    torch.manual_seed(0)
    recipe = make_recipe(name).network
    kinds = {
        "projected": ProjectedVAE,
        "dense": DenseAutoencoder,
        "convolutional": ConvolutionalVAE,
    }
    network = kinds[name](recipe, 300, 0.003).eval()
    flux, valid = torch.rand(4, 300), torch.rand(4, 300) > 0.3
    other = torch.where(valid, flux, 77.0)

    with torch.no_grad():
        first = network.encode(flux, valid, torch.full_like(flux, 0.1)).mean
        second = network.encode(other, valid, torch.full_like(flux, 0.1)).mean

    torch.testing.assert_close(first, second)


def test_the_chi_square_of_coefficients_is_that_of_the_pixels():
    generator = torch.Generator().manual_seed(0)
    front = Projection(5, 200, 0.01)
    front.mean.fill_(1.0)
    front.components.copy_(0.1 * torch.randn(5, 200, generator=generator))
    flux = 1 + 0.3 * torch.randn(6, 200, generator=generator)
    valid = torch.rand(6, 200, generator=generator) > 0.2
    sigma = 0.05 + 0.1 * torch.rand(6, 200, generator=generator)
    coefficients = torch.randn(6, 5, generator=generator)

    in_components = front.observe(flux, valid, sigma).chi2(coefficients)
    in_pixels = Pixels.of(flux, valid, sigma, 0.01).chi2(front.decode(coefficients))

    torch.testing.assert_close(in_components, in_pixels, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize("name", list(QUICK))
def test_each_network_learns_more_than_the_mean_spectrum_and_is_found_again(name, tmp_path):
    spectra, _ = make_spectra(300, gaps=True)

    model = train_on(spectra, make_recipe(name, learning_rate=3e-3), {})
    model.save(tmp_path / name)
    loaded = load_representation(tmp_path / name)

    for part in ("training", "validation"):
        scores = model.card.metrics[part]
        assert scores["rms"] < 0.6 * scores["rms_of_mean_spectrum"]
        assert scores["rms_of_pca"] < 0.3 * scores["rms_of_mean_spectrum"]
    found = loaded.encode(spectra)
    assert found.known.all()
    assert (found.sigma is None) == (name == "dense")
    assert loaded.card.kind == ("autoencoder" if name == "dense" else "vae")


@pytest.mark.parametrize("seed", [0, 1])
def test_three_latents_beat_three_components_where_spectra_are_not_linear(seed):
    rng = np.random.default_rng(seed)
    spectra, _ = make_spectra(400, seed=seed)
    widths = rng.uniform(0.001, 0.006, 400)[:, None]
    lines = np.exp(-0.5 * ((spectra.wave - 0.55) / widths) ** 2)
    flux = spectra.flux / np.median(spectra.flux, axis=1, keepdims=True) * (1 - 0.5 * lines)
    broad = type(spectra)(spectra.wave, flux, np.full(flux.shape, 0.005))
    network = QUICK["projected"] | {"n_latents": 4, "hidden": 64}

    card = train_on(broad, make_recipe("projected", network=network, steps=300), {}).card

    assert card.metrics["validation"]["rms"] < 0.9 * card.metrics["validation"]["rms_of_pca"]


def test_an_interrupted_training_goes_on_to_the_same_end(tmp_path):
    spectra, _ = make_spectra(100)
    recipe = make_recipe("projected", steps=60, validate_every=20)
    whole = train_on(spectra, recipe, {}).card.metrics["history"]

    def stop(step, _total, _what):
        if step == 45:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        train_on(spectra, recipe, {}, stop, tmp_path / "state.safetensors")
    seen = []
    again = train_on(
        spectra, recipe, {}, lambda step, *_: seen.append(step), tmp_path / "state.safetensors"
    )

    assert seen[0] == 41
    assert again.card.metrics["history"]["step"] == [20, 40, 60]
    np.testing.assert_allclose(again.card.metrics["history"]["validation"], whole["validation"])


def test_validation_spectra_are_of_other_stars():
    from starsieve.representations.train import held_out

    stars = np.repeat([f"star {n}" for n in range(20)], 5)

    held = held_out(stars, make_recipe("projected", validation_share=0.2))

    assert held.sum() == 20
    assert not set(stars[held]) & set(stars[~held])


def test_losses_and_their_parts_are_written_for_tensorboard(tmp_path):
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    spectra, _ = make_spectra(60)
    recipe = make_recipe("projected", steps=40, validate_every=20)

    train_on(spectra, recipe, {}, log=tmp_path)

    [file] = tmp_path.glob("events*")
    tags = set()
    content = file.read_bytes()
    while content:  # a record: its length, a checksum of that, the event, a checksum
        length = int.from_bytes(content[:8], "little")
        event = event_pb2.Event.FromString(content[12 : 12 + length])
        tags |= {value.tag for value in event.summary.value}
        content = content[16 + length :]
    assert {"training/loss", "training/chi2_reduced", "training/divergence"} <= tags
    assert {"validation/loss", "validation/divergence"} <= tags
    curves = {(curve.part, curve.quantity): curve for curve in read_history(tmp_path)}
    assert {f"{part}/{quantity}" for part, quantity in curves} == tags
    assert curves["validation", "divergence"].steps == (20, 40)
    assert curves["training", "loss"].steps[0] == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"wave_range": [0.6, 0.5]}, "the lower first"),
        ({"network": {"kind": "convolutional", "channels": [8, 8], "kernels": [3, 3]}}, "three"),
        (
            {"network": {"kind": "convolutional", "channels": [8] * 3, "kernels": [3, 4, 3]}},
            "must be odd",
        ),
        ({"network": {"kind": "projected", "n_latents": 1}}, "greater than or equal to 2"),
        (
            {
                "network": {"kind": "projected"},
                "objective": {"kind": "evidence", "reconstruction": "absolute"},
            },
            "ask for 'gaussian'",
        ),
        (
            {"network": {"kind": "dense"}, "objective": {"kind": "total-correlation"}},
            "variational to true",
        ),
        ({"velocity": {"training": "label"}}, "label names the velocities"),
        ({"velocity": {"training": "align"}}, "largest velocity"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, complaint):
    with pytest.raises(ValidationError, match=complaint):
        TrainRecipe.model_validate(RECIPE.model_dump() | options)


def test_what_does_not_fit_into_memory_is_streamed_to_the_same_quality(tmp_path):
    spectra, _ = make_spectra(300)
    with Archive.create(tmp_path / "archive") as archive:
        archive.spectra.add(list(spectra), "made")
        recipe = make_recipe("projected", memory=0.0008, steps=40, batch_size=16)

        metrics = train(recipe, archive)

        assert 3 < metrics["streamed"]["n_sample"] < 100
        assert metrics["streamed"]["n_spectra"] == 300
        mean = metrics["validation"]["rms_of_mean_spectrum"]
        assert metrics["validation"]["rms"] < 0.3 * mean
        assert load_representation("made-pca", archive).encode(spectra).known.all()


def test_a_streamed_training_goes_on_to_the_same_end(tmp_path):
    spectra, _ = make_spectra(120)

    def stop(step, _total, what):
        if (step, what) == (9, "training"):
            raise InterruptedRunError

    short = {"steps": 12, "validate_every": 4, "batch_size": 8}
    ends = []
    for name, interrupted in (("whole", False), ("interrupted", True)):
        with Archive.create(tmp_path / name) as archive:
            archive.spectra.add(list(spectra), "made")
            recipe = make_recipe("projected", memory=0.0003, **short)
            if interrupted:
                with pytest.raises(InterruptedRunError):
                    train(recipe, archive, stop)
            ends.append(train(recipe, archive)["history"]["validation"])

    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-4)


def test_two_instruments_train_together_on_one_grid(tmp_path):
    spectra, truth = make_spectra(200, noise=0.002)
    blue = SpectrumSet(spectra.wave[:330], spectra.flux[:100, :330])
    red = SpectrumSet(spectra.wave[170:], spectra.flux[100:, 170:])
    with Archive.create(tmp_path / "archive") as archive:
        archive.spectra.add(list(blue), "blue")
        archive.spectra.add(list(red), "red")
        both = RECIPE.model_dump() | {"collections": ["blue", "red"]}

        train(TrainRecipe.model_validate(both), archive)

        found = load_representation("made-pca", archive).encode(list(blue) + list(red))
    # The slope is seen by both, and one number means the same in both.
    fits = [
        np.polyfit(found.latents[rows] @ _slope(found, truth), truth[rows, 0], 1)
        for rows in (slice(0, 100), slice(100, 200))
    ]
    np.testing.assert_allclose(fits[0], fits[1], atol=0.35)


def _slope(found, truth):
    return np.linalg.lstsq(found.latents, truth[:, 0] - truth[:, 0].mean(), rcond=None)[0]


def test_an_empty_collection_is_refused(tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        archive.spectra.add([], "made")

        with pytest.raises(StarsieveError, match=r"no spectra in made|No collection"):
            train(RECIPE, archive)
