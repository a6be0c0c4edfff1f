"""A model grid of known truth: smooth everywhere, so that any error is the emulator's."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from starsieve.data import SpectrumSet

WAVE = np.linspace(1.0, 2.5, 40)
TEFF = (800.0, 900.0, 1000.0, 1100.0, 1300.0, 1500.0, 1700.0)
LOGG = (4.0, 4.5, 5.0, 5.5)
MH = (-0.5, 0.0, 0.5)


def log_flux_at(labels: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the planted log flux, shape (n, n_pixels): a black body with a band in it."""
    teff, logg, mh = (np.atleast_1d(labels[name])[:, None] for name in ("teff", "logg", "mh"))
    black_body = -5 * np.log(WAVE) - np.log(np.expm1(14388 / (WAVE * teff)))
    band = np.exp(-0.5 * ((WAVE - 1.4) / 0.12) ** 2)
    depth = 1.5 * (1200 / teff) ** 2 * np.exp(0.3 * (logg - 5) + 0.8 * mh)
    return 20 + black_body - depth * band + 0.2 * np.sin(mh + WAVE)


def as_set(points: np.ndarray, **more: np.ndarray) -> SpectrumSet:
    """Return the grid's spectra at points, shape (n, 3)."""
    labels = dict(zip(("teff", "logg", "mh"), np.asarray(points, dtype=float).T, strict=True))
    return SpectrumSet(
        wave=WAVE,
        flux=np.exp(log_flux_at(labels)),
        labels={**labels, **more},
        flux_unit="erg / (um s cm2)",
        meta={"reference": "Nobody et al."},
    )


NODES = np.array(list(product(TEFF, LOGG, MH)))


def make_grid() -> SpectrumSet:
    """Return the whole grid: 84 nodes."""
    return as_set(NODES)
