"""Model grids with planted faults."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from starsieve.data import SpectrumSet
from starsieve.data.synthetic import FLUX_UNIT, model_flux

MH = (-1.0, -0.7, -0.5, -0.3, 0.0, 0.3, 0.5, 0.7, 1.0, 1.3, 1.7, 2.0)
C_TO_O = (0.25, 0.5, 1.0, 1.5, 2.0, 2.5)


def make_grid(
    teff: Sequence[float] = (800.0, 1400.0, 2000.0),
    logg: Sequence[float] = (4.0, 5.0),
    mh: Sequence[float] = (-0.5, 0.0, 0.5),
    c_to_o: Sequence[float] = (0.5, 1.0, 1.5),
) -> SpectrumSet:
    """Make a complete grid, in which every label leaves its mark on each spectrum."""
    nodes = np.array(list(product(teff, logg, mh, c_to_o)))
    return spectra_at(nodes, nodes)


def spectra_at(nodes: np.ndarray, shown: np.ndarray) -> SpectrumSet:
    """Make spectra that look like those of the parameters `shown`, whatever their labels."""
    wave = np.geomspace(0.9, 2.5, 104)
    t, g, m, c = shown.T
    band = np.exp(-0.5 * ((wave - 1.15) / 0.06) ** 2) + np.exp(-0.5 * ((wave - 1.65) / 0.1) ** 2)
    flux = model_flux(wave, t, g, m, np.full(len(t), 2.0)) * np.exp(-0.3 * c[:, None] * band)
    labels = dict(zip(("teff", "logg", "mh", "c_to_o"), nodes.T, strict=True))
    return SpectrumSet(wave, flux, labels=labels, flux_unit=FLUX_UNIT)


def make_planted(
    teff: Sequence[float] = (800.0, 1400.0, 2000.0), logg: Sequence[float] = (4.0, 5.0)
) -> SpectrumSet:
    """Make a grid with the fault of TelescopeML's: equal spectra under different labels."""
    nodes = np.array(list(product(teff, logg, MH, C_TO_O)))
    shown = nodes.copy()
    shown[nodes[:, 2] <= 0, 2] = -0.5
    shown[(nodes[:, 2] > 0.2) & (nodes[:, 2] < 0.8), 2] = 0.5
    shown[nodes[:, 3] <= 0.5, 3] = 0.375
    return spectra_at(nodes, shown)
