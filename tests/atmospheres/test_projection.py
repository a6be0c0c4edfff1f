"""The projection onto components, where the light of a spectrum is in few of its pixels."""

import numpy as np
import torch

from starsieve.atmospheres import networks, train
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.networks import Observations, Projection
from starsieve.atmospheres.recipes import Observing, TrainRecipe
from starsieve.atmospheres.simulate import GridSampler, Observer
from starsieve.atmospheres.train import train_on
from starsieve.data import SpectrumSet
from starsieve.readers import read
from tests.atmospheres.regressors.made import LABELS, make_grid

WAVE = np.linspace(0.8, 2.45, 120)


def make_cool_grid():
    """Make spectra of narrow peaks that differ with teff, and next to nothing between them."""
    teff, logg = np.meshgrid(np.arange(250.0, 1250.0, 50.0), np.arange(3.5, 5.6, 0.25))
    teff, logg = teff.ravel()[:, None], logg.ravel()[:, None]
    faint = (1000.0 / teff - 1.0) * (1.0 + 0.3 * (logg - 4.5))
    peaks = ((1.07, 3.0), (1.27, 2.0), (1.58, 0.0), (2.08, 1.5))
    flux = 1e-7 * (1.0 + 0.5 * np.sin(WAVE * teff / 20.0) * np.cos(10.0 * WAVE * logg))
    for centre, slope in peaks:
        flux = flux + np.exp(-0.5 * ((WAVE - centre) / 0.03) ** 2 - slope * faint)
    return SpectrumSet(wave=WAVE, flux=flux, labels={"teff": teff[:, 0], "logg": logg[:, 0]})


def make_projection(grid, n_components, seed=0, n=600):
    generator = torch.Generator().manual_seed(seed)
    sampler = GridSampler(GridInterpolator.from_spectra(grid, LABELS), generator)
    observer = Observer(grid.wave, Observing(), generator)
    projection = Projection(len(grid.wave), n_components)
    projection.fit(sampler.draw(n)[1])
    return projection, observer.observe(sampler.draw(n)[1])


def with_all_digits(projection, seen):
    exact = Projection(projection.basis.shape[1], len(projection.spread)).double()
    exact.load_state_dict(projection.state_dict())
    wide = Observations(seen.flux.double(), seen.sigma.double(), seen.valid)
    return exact(wide)


def test_spectra_with_their_light_in_few_pixels_are_projected_with_all_digits():
    projection, seen = make_projection(make_cool_grid(), 40)

    features = projection(seen)

    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()
    assert (features - with_all_digits(projection, seen)).abs().max() < 0.02


def test_what_single_precision_holds_is_left_to_it(monkeypatch):
    projection, seen = make_projection(make_grid(hole=False), 6)
    expected = projection(seen)

    monkeypatch.setattr(networks, "MOST_CONDITION", 0.0)
    exact = projection(seen)
    monkeypatch.setattr(networks, "MOST_CONDITION", torch.inf)

    assert torch.equal(projection(seen), expected)
    assert not torch.equal(exact, expected)
    assert torch.allclose(exact, expected, atol=0.02)


def test_each_spectrum_is_projected_by_itself():
    projection, seen = make_projection(make_cool_grid(), 40)
    alone = [
        projection(Observations(seen.flux[[i]], seen.sigma[[i]], seen.valid[[i]]))
        for i in range(40)
    ]

    assert torch.allclose(projection(seen)[:40], torch.cat(alone), atol=0.02)


def test_a_spectrum_of_nothing_valid_is_projected():
    projection, seen = make_projection(make_cool_grid(), 40)
    nothing = Observations(seen.flux * 0, seen.sigma * 0, torch.zeros_like(seen.valid))

    assert torch.isfinite(projection(nothing)).all()


def test_a_posterior_of_one_cool_grid_trains(real_data, monkeypatch):
    monkeypatch.setattr(train, "SAMPLE", 2000)
    (grid,) = read(real_data / "browndwarf" / "grids" / "atmo2020pp_spex-prism.h5")
    recipe = TrainRecipe.model_validate(
        {
            "collection": "atmo2020pp",
            "model": "atmo2020pp-spex",
            "labels": ["teff", "logg", "mh"],
            "resolution": 120.0,
            "validation": {"teff": [400.0, 800.0]},
            "network": {"hidden": 16, "blocks": 1, "context": 8, "flow_transforms": 1},
            "steps": 8,
            "batch_size": 64,
            "validate_every": 4,
            "device": "cpu",
        }
    )

    model = train_on(grid, recipe, {})

    assert np.isfinite(model.card.metrics["validation_loss"])
