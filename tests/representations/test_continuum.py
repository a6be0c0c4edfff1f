"""Spectra divided by their continuum: lines and bands count, flux calibrations do not."""

import numpy as np
import pytest

from starsieve.data import Spectrum
from starsieve.errors import RecipeError
from starsieve.registry import get_task
from starsieve.representations.continuum import running_level
from starsieve.representations.models import load_representation
from starsieve.representations.prepare import prepare, velocity_grid
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.train import train_on
from tests.representations.made_stars import make_star, make_stars, observe_elsewhere

WAVE = velocity_grid(0.515, 0.585, 600)
CONTINUUM = 4000.0


def test_the_level_of_a_straight_line_is_the_line_also_beside_gaps():
    flux = np.linspace(1.0, 3.0, 400)
    valid = np.ones(400, dtype=bool)
    valid[150:170] = False

    level = running_level(np.where(valid, flux, 0.0), valid, 20.0)

    # within a width of the ends and of the gap the mean is of one side
    away = np.r_[60:100, 220:340]
    np.testing.assert_allclose(level[away], flux[away], rtol=1e-6)
    assert np.abs(level / flux - 1).max() < 0.1


def test_a_smooth_error_of_the_flux_is_divided_away():
    star = make_star(5200, -0.1)
    x = (star.wave - 0.55) / 0.05
    bent = Spectrum(star.wave, star.flux * (1 + 0.3 * x + 0.1 * x**2), resolution=star.resolution)

    plain = prepare([star, bent], WAVE).flux
    flat = prepare([star, bent], WAVE, continuum=CONTINUUM).flux

    assert np.abs(plain[1] - plain[0]).max() > 0.1
    assert np.abs(flat[1] - flat[0]).max() < 0.03  # at the ends of the range
    assert flat[0].min() < 0.9, "lines stay"


def test_two_instruments_share_one_space(tmp_path):
    stars, _ = make_stars(40)
    elsewhere = [observe_elsewhere(star, snr=200.0, seed=n) for n, star in enumerate(stars)]
    found = {}
    for continuum in (None, CONTINUUM):
        recipe = TrainRecipe.model_validate(
            {
                "collections": ["one", "other"],
                "model": "both",
                "wave_range": (0.515, 0.585),
                "n_pixels": 600,
                "resolution": 1500.0,
                "continuum": continuum,
                "network": {"kind": "pca", "n_latents": 4},
            }
        )
        train_on([*stars, *elsewhere], recipe, {}).save(tmp_path / str(continuum))
        model = load_representation(tmp_path / str(continuum))
        here, there = model.encode(stars).latents, model.encode(elsewhere).latents
        distance = ((there[:, None] - here[None]) ** 2).sum(axis=2)
        found[continuum] = np.mean(distance.argmin(axis=1) == np.arange(len(stars)))

    assert found[CONTINUUM] > 0.7
    assert found[CONTINUUM] > found[None] + 0.15


def test_a_width_that_is_none_is_refused():
    options = {
        "collections": ["one"],
        "model": "m",
        "wave_range": (0.5, 0.6),
        "n_pixels": 100,
        "continuum": 0,
    }
    with pytest.raises(RecipeError, match="continuum"):
        get_task("representations.train").read_recipe(options)
