"""Models find the velocity of what they encode, and encode it at rest."""

import numpy as np
import pytest

from starsieve.data import Spectrum, SpectrumSet
from starsieve.representations.models import Representation, load_representation
from starsieve.representations.recipes import PrincipalComponents, TrainRecipe, Velocity
from starsieve.representations.train import train_on
from tests.representations.test_velocity import WAVE, star

N = 200
PIXEL = 15.0
"""km/s, of the grid."""

TRUTH = np.random.default_rng(11).uniform(-200, 200, N)
KIND = np.random.default_rng(12).uniform(0, 1, N)
FRESH = np.random.default_rng(13).uniform(-200, 200, 60)


def spectra_of(kind: np.ndarray, velocity: np.ndarray, seed: int = 0) -> SpectrumSet:
    flux = star(kind, velocity)
    noise = np.random.default_rng(seed).normal(0, 0.01, flux.shape)
    return SpectrumSet(WAVE, 3.0 * (flux + noise), np.full(flux.shape, 0.03))


def trained(tmp_path, training: str, velocity: np.ndarray) -> Representation:
    label = "vrad" if training == "label" else None
    recipe = TrainRecipe(
        collections=("stars",),
        model="stars",
        wave_range=(float(WAVE[0]), float(WAVE[-1])),
        n_pixels=len(WAVE),
        network=PrincipalComponents(n_latents=2),
        velocity=Velocity(training=training, label=label, largest=300.0, n_templates=2, degree=2),
    )
    told = velocity if training == "label" else None
    train_on(spectra_of(KIND, velocity), recipe, {}, velocity=told).save(tmp_path / "stars")
    return load_representation(tmp_path / "stars")


@pytest.mark.parametrize("training", ["none", "label", "align"])
def test_encoding_finds_velocities_and_gives_latents_of_the_spectrum_at_rest(tmp_path, training):
    model = trained(tmp_path, training, np.zeros(N) if training == "none" else TRUTH)
    kind = np.linspace(0, 1, 60)
    found = model.encode(spectra_of(kind, FRESH, seed=1))
    apart = found.columns["velocity"] - FRESH
    assert found.known.all()
    assert np.std(apart) < PIXEL / 10
    if training != "align":  # whose zero point is that of the median star
        assert abs(np.mean(apart)) < 1.0
    assert abs(np.corrcoef(found.latents[:, 0], kind)[0, 1]) > 0.97
    assert abs(np.corrcoef(found.latents[:, 0], FRESH)[0, 1]) < 0.5


def test_a_velocity_that_is_given_is_not_looked_for(tmp_path):
    model = trained(tmp_path, "none", np.zeros(N))
    given = np.where(np.arange(60) < 30, FRESH, np.nan)
    found = model.encode(spectra_of(np.full(60, 0.5), FRESH), velocity=given)
    assert found.columns["velocity"][:30] == pytest.approx(FRESH[:30], abs=1e-9)
    assert np.isnan(found.columns["velocity_error"][:30]).all()
    assert np.isfinite(found.columns["velocity_error"][30:]).all()


def test_a_spectrum_that_is_at_rest_stays_there(tmp_path):
    model = trained(tmp_path, "none", np.zeros(N))
    flux = star(0.5, 0.0)[0]
    found = model.encode([Spectrum(WAVE, flux, np.full(len(WAVE), 0.01), frame="rest")])
    assert found.columns["velocity"].tolist() == [0.0]


def test_a_spectrum_without_lines_is_not_placed_and_it_is_said_why(tmp_path):
    model = trained(tmp_path, "none", np.zeros(N))
    rng = np.random.default_rng(4)
    hot = Spectrum(WAVE, 1 + rng.normal(0, 0.01, len(WAVE)), np.full(len(WAVE), 0.01))
    good = Spectrum(WAVE, star(0.5, 50.0)[0], np.full(len(WAVE), 0.01))
    found, reasons = model.encode_with_reasons([hot, good])
    assert found.known.tolist() == [False, True]
    assert "velocity is not known" in reasons[0]
    assert reasons[1] == ""
