"""An emulator made ready for many calls: some of its pixels, in one precision."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import Kernel, Smoothness
from starsieve.data.spectrum import BoolArray, FloatArray

SQUARES: dict[Smoothness, float] = {"1/2": 1.0, "3/2": 3.0, "5/2": 5.0}
"""What squared distances are multiplied by in kernels of each smoothness."""

SPECTRA_PER_BLOCK = 64
"""Few enough that what is computed of them stays in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Renderer:
    """Emulated spectra at coordinates, without checks, and with all that is fixed computed once.

    Parameters
    ----------
    kernel : Kernel
    shift, scale : arrays, shape (n_labels,)
        What brings coordinates to the kernel's unit of distance.
    nodes : array, shape (n_labels + 2, n_nodes)
        The grid's nodes: a product with points extended alike gives squared distances.
    weights : array, shape (n_nodes, n_components)
    slopes : array, shape (1 + n_labels, n_pixels)
        What the trend's terms make of log flux.
    components, mean : arrays, shape (n_components, n_pixels), (n_pixels,)
    """

    kernel: Kernel
    shift: FloatArray
    scale: FloatArray
    nodes: FloatArray
    weights: FloatArray
    slopes: FloatArray
    components: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, emulator: Emulator, dtype: DTypeLike = np.float32) -> Self:
        """Return what renders all pixels of an emulator."""
        kind = np.dtype(dtype)
        kernel = emulator.kernel
        nodes, weights, slopes = emulator.weights()
        scale = np.sqrt(SQUARES[kernel.smoothness]) / kernel.lengths
        at = (nodes - kernel.centre) * scale
        ones = np.ones((len(at), 1))
        extended = np.concatenate([-2 * at, ones, np.sum(at**2, axis=1)[:, None]], axis=1)
        return cls(
            kernel.as_type(kind),
            kernel.centre.astype(kind),
            scale.astype(kind),
            np.ascontiguousarray(extended.T.astype(kind)),
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
        flux = np.empty((len(points), len(self.mean)), dtype=self.nodes.dtype)
        for start in range(0, len(points), SPECTRA_PER_BLOCK):
            here = slice(start, start + SPECTRA_PER_BLOCK)
            log_flux = np.matmul(self._correlate(points[here]) @ self.weights, self.components)
            log_flux += self.kernel.trend(points[here]) @ self.slopes
            log_flux += self.mean
            np.exp(log_flux, out=flux[here])
        return flux

    def _correlate(self, points: FloatArray) -> FloatArray:
        """Return what `Kernel.correlate` does with the nodes, with as few passes as it takes."""
        at = (points - self.shift) * self.scale
        ones = np.ones((len(at), 1), dtype=at.dtype)
        extended = np.concatenate([at, np.sum(at * at, axis=1)[:, None], ones], axis=1)
        apart = extended @ self.nodes
        np.maximum(apart, 0.0, out=apart)
        smoothness = self.kernel.smoothness
        distance = np.sqrt(apart, out=None if smoothness == "5/2" else apart)
        close = np.negative(distance)
        np.exp(close, out=close)
        if smoothness == "1/2":
            return np.asarray(close)
        distance += 1.0
        if smoothness == "5/2":
            apart /= 3.0
            distance += apart
        close *= distance
        return np.asarray(close)
