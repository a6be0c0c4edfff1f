"""What a network has to beat, through the same noise, nodes and pixels.

Nearest grid point by chi-square, extremely randomised trees, and principal components with a
multilayer perceptron (the latter two by scikit-learn).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from starsieve.atmospheres.fit import fit_grid
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.data.spectrum import BoolArray, FloatArray

NEAREST = "nearest grid point"
N_COMPONENTS = 60
ERROR_FLOOR = 0.01
"""Relative to the peak: models are not better than that, whatever a spectrum's errors say."""


def nearest_grid_point(
    grid: GridInterpolator, flux: FloatArray, sigma: FloatArray, valid: BoolArray
) -> FloatArray:
    """Return the parameters, shape (n, d), of the node of least chi-square with a free scale."""
    peak = np.max(np.where(valid, flux, 0.0), axis=1, keepdims=True)
    return fit_grid(grid, flux, np.hypot(sigma, ERROR_FLOOR * peak), valid, refine=False).parameters


def regressors(seed: int, most: int = N_COMPONENTS) -> Iterator[tuple[str, Any]]:
    """Yield the name and the untrained regressor of each learning baseline.

    Parameters
    ----------
    seed : int
    most : int
        Principal components that there can be.
    """
    yield (
        "extra trees",
        ExtraTreesRegressor(n_estimators=100, min_samples_leaf=2, n_jobs=-1, random_state=seed),
    )
    yield (
        "PCA + perceptron",
        make_pipeline(
            PCA(min(most, N_COMPONENTS), whiten=True, random_state=seed),
            MLPRegressor(
                hidden_layer_sizes=(256, 256), early_stopping=True, max_iter=60, random_state=seed
            ),
        ),
    )


def noisy(
    flux: FloatArray, reference: BoolArray, snr: float, copies: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return copies of spectra with even noise, and its deviation, shapes (copies n, n_pixels).

    The noise of a spectrum is its median flux at `reference` over `snr`, the same in each pixel.
    """
    level = np.median(flux[:, reference], axis=1, keepdims=True)
    sigma = np.tile(np.broadcast_to(level / snr, flux.shape), (copies, 1))
    return np.tile(flux, (copies, 1)) + sigma * rng.normal(size=sigma.shape), sigma


def scale_free(flux: FloatArray, used: BoolArray) -> npt.NDArray[np.float64]:
    """Return the used pixels of spectra divided by their mean, shape (n, n_used)."""
    part = flux[:, used]
    return np.asarray(part / part.mean(axis=1, keepdims=True))


def predict_by_regressor(
    regressor: Any, training: tuple[FloatArray, FloatArray], inputs: FloatArray
) -> FloatArray:
    """Train on (inputs, parameters) and return the parameters of other inputs."""
    scaler = StandardScaler().fit(training[1])
    regressor.fit(training[0], scaler.transform(training[1]))
    return np.asarray(scaler.inverse_transform(regressor.predict(inputs)))
