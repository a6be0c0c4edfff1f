"""Many spectra of few shapes, kept small."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray


def compress(log_flux: FloatArray, tolerance: float) -> dict[str, npt.NDArray[np.float32]]:
    """Return log fluxes, shape (n, n_pixels), by their mean and singular vectors.

    As many components are kept as the log flux needs to come back within `tolerance`.
    """
    mean = log_flux.mean(axis=0)
    left, values, components = np.linalg.svd(log_flux - mean, full_matrices=False)
    coefficients = left * values
    kept = 1
    while kept < len(values):
        back = coefficients[:, :kept] @ components[:kept]
        if np.abs(back + mean - log_flux).max() < tolerance:
            break
        kept = min(len(values), kept + 16)
    return {
        "mean": mean.astype(np.float32),
        "components": components[:kept].astype(np.float32),
        "coefficients": coefficients[:, :kept].astype(np.float32),
    }


def decompress(arrays: Mapping[str, Any], prefix: str) -> npt.NDArray[np.float64]:
    """Return the log fluxes, shape (n, n_pixels), that `compress` made arrays of."""
    coefficients = arrays[f"{prefix}coefficients"].astype(np.float64)
    back = arrays[f"{prefix}mean"] + coefficients @ arrays[f"{prefix}components"]
    return np.asarray(back, dtype=np.float64)
