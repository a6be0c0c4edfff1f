"""An emulator made ready for many calls: some of its pixels, in one precision."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import Kernel
from starsieve.data.spectrum import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Renderer:
    """Emulated spectra at coordinates, without checks, and with all that is fixed computed once.

    Parameters
    ----------
    kernel : Kernel
    nodes : array, shape (n_nodes, n_labels)
        Coordinates of the grid's nodes.
    weights : array, shape (n_nodes, n_components)
    slopes : array, shape (1 + n_labels, n_pixels)
        What the trend's terms make of log flux.
    components, mean : arrays, shape (n_components, n_pixels), (n_pixels,)
    """

    kernel: Kernel
    nodes: FloatArray
    weights: FloatArray
    slopes: FloatArray
    components: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, emulator: Emulator, dtype: DTypeLike = np.float32) -> Self:
        """Return what renders all pixels of an emulator."""
        kind = np.dtype(dtype)
        nodes, weights, slopes = emulator.weights()
        return cls(
            emulator.kernel.as_type(kind),
            nodes.astype(kind),
            weights.astype(kind),
            (slopes @ emulator.components).astype(kind),
            emulator.components.astype(kind),
            emulator.mean.astype(kind),
        )

    def take(self, pixels: BoolArray) -> Self:
        """Return what renders some of the pixels only."""
        return replace(
            self,
            slopes=self.slopes[:, pixels],
            components=np.ascontiguousarray(self.components[:, pixels]),
            mean=self.mean[pixels],
        )

    def __call__(self, coordinates: FloatArray) -> FloatArray:
        """Return flux densities, shape (n, n_pixels), at coordinates, shape (n, n_labels)."""
        points = coordinates.astype(self.nodes.dtype)
        log_flux = self.kernel.correlate(points, self.nodes) @ self.weights @ self.components
        log_flux += self.kernel.trend(points) @ self.slopes
        log_flux += self.mean
        return np.asarray(np.exp(log_flux, out=log_flux))
