"""Two tiny grids of known truth, and recipes that train on them in a second."""

from itertools import product
from typing import Any

import numpy as np

from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.several.recipes import SeveralRecipe
from starsieve.data import Spectrum, SpectrumSet

WAVE = np.linspace(0.9, 2.4, 30)
TEFF = (800.0, 1000.0, 1200.0, 1500.0, 1800.0)
LOGG = (4.0, 4.5, 5.0, 5.5)
C_TO_O = (0.3, 0.55, 0.9)
SLICE = 5.0
"""The only log g at which the first grid varies C/O."""


def log_flux_at(kind: str, teff: Any, logg: Any, c_to_o: Any = 0.55) -> np.ndarray:
    """Return the log flux, shape (n, n_pixels), of a grid: "bands" or "clouds"."""
    teff, logg, c_to_o = (
        np.atleast_1d(np.asarray(v, float))[:, None] for v in (teff, logg, c_to_o)
    )
    black_body = -5 * np.log(WAVE) - np.log(np.expm1(14388 / (WAVE * teff)))
    first = np.exp(-0.5 * ((WAVE - 1.15) / 0.1) ** 2) * np.exp(0.7 * (logg - 5))
    second = np.exp(-0.5 * ((WAVE - 1.65) / 0.12) ** 2) * (1200 / teff) * np.exp(c_to_o - 0.55)
    # Clouds redden: no parameters of the other grid do that.
    slope = 0.0 if kind == "bands" else 1.5 * (WAVE - 1.6)
    return np.asarray(20 + black_body - first - second + slope)


def make_grid(kind: str) -> SpectrumSet:
    """Return a grid's spectra at its nodes; "bands" has C/O at one log g only."""
    nodes = [(t, g, 0.55) for t, g in product(TEFF, LOGG)]
    if kind == "bands":
        nodes += [(t, SLICE, c) for t, c in product(TEFF, C_TO_O) if c != 0.55]
    values = np.array(nodes)
    labels = {"teff": values[:, 0], "logg": values[:, 1]}
    if kind == "bands":
        labels["c_to_o"] = values[:, 2]
    flux = np.exp(log_flux_at(kind, *values.T))
    return SpectrumSet(wave=WAVE, flux=flux, labels=labels, flux_unit="erg / (um s cm2)")


GRIDS = {kind: make_grid(kind) for kind in ("bands", "clouds")}

RECIPE = {
    "model": "tiny-grids",
    "grids": [{"collection": "bands"}, {"collection": "clouds"}],
    "labels": ["teff", "logg", "c_to_o"],
    "outputs": ["teff", "logg"],
    "resolution": 120.0,
    "steps": 120,
    "batch_size": 64,
    "validate_every": 40,
    "network": {
        "n_components": 6,
        "n_bins": 10,
        "hidden": 24,
        "blocks": 1,
        "context": 12,
        "spline_hidden": 12,
        "bins": 5,
    },
    "trust": {"range": [0.9, 2.4], "bands": [[0.9, 1.6], [1.6, 2.4]]},
}
QUICK = RECIPE | {"steps": 6, "validate_every": 3}


def make_recipe(record: dict[str, Any] = RECIPE, **more: Any) -> SeveralRecipe:
    return SeveralRecipe.model_validate(record | more)


def make_spectrum(kind: str, teff: float, logg: float, seed: int = 0, snr: float = 50) -> Spectrum:
    """Return what is seen of a grid's spectrum at these parameters."""
    flux = np.exp(log_flux_at(kind, teff, logg))[0]
    flux = flux / flux.mean()
    sigma = np.full_like(flux, 1.0 / snr)
    noise = np.random.default_rng(seed).normal(0.0, sigma)
    return Spectrum(wave=WAVE, flux=flux + noise, sigma=sigma)


def observe(kind: str, teff: float, logg: float, seed: int = 0, snr: float = 50) -> Prepared:
    return prepare(make_spectrum(kind, teff, logg, seed, snr), WAVE, make_recipe())
