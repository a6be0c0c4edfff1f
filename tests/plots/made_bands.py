"""Quantiles of made spectra."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class MadeBands:
    q025: np.ndarray
    q16: np.ndarray
    median: np.ndarray
    q84: np.ndarray
    q975: np.ndarray


def bands_of(draws: np.ndarray) -> MadeBands:
    """Return the quantiles of draws, shape (n_draws, n_pixels)."""
    return MadeBands(*np.quantile(draws, (0.025, 0.16, 0.5, 0.84, 0.975), axis=0))
