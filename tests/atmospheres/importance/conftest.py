"""A planted grid, smooth and small, with its emulator."""

import numpy as np
import pytest

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.importance.box import Box
from starsieve.atmospheres.importance.likelihood import (
    Likelihood,
    Observation,
    Precision,
    likely_inflations,
)
from starsieve.atmospheres.importance.render import Renderer
from starsieve.atmospheres.interpolator import GridInterpolator
from tests.atmospheres.emulators.planted import make_grid

NAMES = ("mh", "teff", "logg")
"""Not in the emulator's order."""

TRUTH = np.array([0.2, -0.1, 0.3])
"""Of the box."""


@pytest.fixture(scope="session")
def planted_grid():
    return GridInterpolator.from_spectra(make_grid(), NAMES)


@pytest.fixture(scope="session")
def planted_emulator(planted_grid):
    return build_emulator(planted_grid.flat())


@pytest.fixture(scope="session")
def planted_box(planted_grid, planted_emulator):
    return Box.of(planted_grid, planted_emulator)


@pytest.fixture(scope="session")
def likelihood(planted_box, planted_emulator):
    """Make the likelihood of a spectrum of S/N 30 at `TRUTH`, with an emulator that may err."""
    rng = np.random.default_rng(0)
    renderer = Renderer.of(planted_emulator, np.float64)
    model = renderer(planted_box.coordinates(TRUTH[None]))[0]
    model /= model.mean()
    sigma = np.full(len(model), 0.03)
    seen = Observation(model + sigma * rng.normal(size=len(model)), sigma)
    modes = 0.02 * np.stack([model, model * np.sin(np.arange(len(model)))])
    rest = 0.01 * model
    precision = Precision.of(seen, modes, rest, *likely_inflations(seen, modes, rest, model))
    return Likelihood(seen, planted_box, renderer, precision)
