"""An emulator: spectra of a model grid at any parameters, with the error of that.

The logarithm of flux is decomposed into principal components, which a Gaussian process carries
between the nodes, as Starfish does (Czekala et al. 2015, ApJ 812, 128). Its error is not the
process' own, which would be the same everywhere: where a grid is rough, nodes left out are
predicted badly, and their neighbours say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import DTypeLike

from starsieve.atmospheres.emulators.process import TREND_VARIANCE, Kernel
from starsieve.atmospheres.emulators.space import Space
from starsieve.data.spectrum import FloatArray
from starsieve.errors import ModelMismatchError
from starsieve.learn.model import EmulatorCard

NEIGHBOURS = 10
"""Nodes around a point whose errors, when they were left out, make the error there."""

SPECTRA_PER_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class ModelError:
    """The error of one emulated spectrum, as a covariance of few modes and a remainder.

    Parameters
    ----------
    modes : array, shape (n_modes, n_pixels)
        In the unit of flux; the covariance is ``modes.T @ modes``, and `rest` ** 2 on its diagonal.
    rest : array, shape (n_pixels,)
        Standard deviation of what differs from pixel to pixel.
    """

    modes: FloatArray
    rest: FloatArray

    @property
    def sigma(self) -> npt.NDArray[np.float64]:
        """Standard deviation of each pixel, shape (n_pixels,)."""
        return np.asarray(np.sqrt(np.sum(self.modes**2, axis=0) + self.rest**2))

    @property
    def covariance(self) -> npt.NDArray[np.float64]:
        """Covariance of the pixels, shape (n_pixels, n_pixels)."""
        return np.asarray(self.modes.T @ self.modes + np.diag(self.rest**2))

    def draw(self, n: int, seed: int) -> npt.NDArray[np.float64]:
        """Return n random errors, shape (n, n_pixels), to be added to the spectrum."""
        rng = np.random.default_rng(seed)
        shared = rng.standard_normal((n, len(self.modes))) @ self.modes
        return np.asarray(shared + rng.standard_normal((n, len(self.rest))) * self.rest)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Emulator:
    """A model grid made continuous.

    Parameters
    ----------
    card : EmulatorCard
        Where it comes from, for which range, and how well it predicts nodes left out.
    space : Space
        The grid's labels and nodes.
    wave : array, shape (n_pixels,)
        Vacuum micron.
    kernel : Kernel
    inverse : array, shape (n_nodes, n_nodes)
        Of the covariance of the nodes.
    mean : array, shape (n_pixels,)
        Mean logarithm of flux.
    components : array, shape (n_components, n_pixels)
        Orthonormal.
    values : array, shape (n_nodes, n_components)
        The nodes' log flux in the components.
    misses : array, shape (n_nodes, n_components)
        What each node differs by from the prediction of all others, over the deviation that the
        process expects of it.
    rest : array, shape (n_pixels,)
        Standard deviation of log flux that the components leave.
    """

    card: EmulatorCard
    space: Space
    wave: FloatArray
    kernel: Kernel
    inverse: FloatArray
    mean: FloatArray
    components: FloatArray
    values: FloatArray
    misses: FloatArray
    rest: FloatArray

    def __repr__(self) -> str:
        labels = ", ".join(self.space.names)
        size = f"{len(self.space.nodes)} nodes, {len(self.wave)} pixels"
        return f"Emulator({self.card.name!r}: {labels}; {size})"

    @property
    def names(self) -> tuple[str, ...]:
        """The free labels: the columns of parameters."""
        return self.space.names

    def contains(self, parameters: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether parameters, shape (n, n_labels), are inside of the grid, shape (n,)."""
        return self.space.contains(np.atleast_2d(parameters))

    def __call__(
        self,
        parameters: FloatArray,
        *,
        extrapolate: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> FloatArray:
        """Return flux densities at parameters.

        Parameters
        ----------
        parameters : array, shape (n, n_labels)
            Columns are `names`, in the labels' units.
        extrapolate : bool
            Answer outside of the grid, too.
        dtype : dtype
            Of the result. ``numpy.float32`` is twice as fast, and off by 0.3 % at most.

        Returns
        -------
        array, shape (n, n_pixels)
            In the grid's unit of flux.

        Raises
        ------
        ModelMismatchError
            If a point is outside of the grid, and `extrapolate` is not given.
        """
        parameters = self._checked(parameters, extrapolate)
        flux = np.empty((len(parameters), len(self.wave)), dtype=dtype)
        for rows, block in self.blocks(parameters, dtype):
            flux[rows] = block
        return flux

    def blocks(
        self, parameters: FloatArray, dtype: DTypeLike = np.float64
    ) -> Iterator[tuple[slice, FloatArray]]:
        """Yield flux densities of many parameters block by block, wherever these lie.

        A million spectra need not be in memory at once.
        """
        kind = np.dtype(dtype)
        nodes, weights, slopes = (part.astype(kind) for part in self.weights())
        kernel = self.kernel.as_type(kind)
        components, mean = self.components.astype(kind), self.mean.astype(kind)
        points = self.space.coordinates(parameters).astype(kind)
        for start in range(0, len(points), SPECTRA_PER_BLOCK):
            rows = slice(start, min(start + SPECTRA_PER_BLOCK, len(points)))
            here = points[rows]
            values = kernel.correlate(here, nodes) @ weights + kernel.trend(here) @ slopes
            log_flux = values @ components
            log_flux += mean
            yield rows, np.exp(log_flux, out=log_flux)

    def sigma(self, parameters: FloatArray, *, extrapolate: bool = False) -> FloatArray:
        """Return the standard deviation of each pixel, shape (n, n_pixels), in the flux' unit.

        Raises
        ------
        ModelMismatchError
            As a call.
        """
        parameters = self._checked(parameters, extrapolate)
        points = self.space.coordinates(parameters)
        squares = (self.misses @ self.components) ** 2
        spread = np.empty((len(points), len(self.wave)))
        for start in range(0, len(points), SPECTRA_PER_BLOCK):
            rows = slice(start, start + SPECTRA_PER_BLOCK)
            near = self._neighbours(points[rows])
            local = np.mean(squares[near], axis=1)
            spread[rows] = self._variance(points[rows])[:, None] * local + self.rest**2
        return np.sqrt(spread) * self(parameters, extrapolate=True)

    def error_at(self, parameters: FloatArray, *, extrapolate: bool = False) -> ModelError:
        """Return the error at one point, shape (n_labels,), with its correlations.

        Raises
        ------
        ModelMismatchError
            As a call.
        """
        point = self._checked(parameters, extrapolate)
        if len(point) != 1:
            msg = f"Expected one point of {len(self.names)} parameters, got {len(point)}."
            raise ModelMismatchError(msg)
        flux = self(point, extrapolate=True)[0]
        return ModelError(self.log_modes(point)[0] * flux, self.rest * flux)

    def log_modes(self, parameters: FloatArray) -> npt.NDArray[np.float64]:
        """Return the modes of the error of log flux, shape (n, n_modes, n_pixels).

        At parameters, shape (n, n_labels), wherever these lie; `rest` is to be added.
        """
        at = self.space.coordinates(np.atleast_2d(parameters))
        near = self._neighbours(at)
        scale = np.sqrt(self._variance(at) / near.shape[1])
        return np.asarray(scale[:, None, None] * (self.misses[near] @ self.components))

    def _checked(self, parameters: FloatArray, extrapolate: bool) -> npt.NDArray[np.float64]:
        found = np.atleast_2d(np.asarray(parameters, dtype=np.float64))
        if found.ndim != 2 or found.shape[1] != len(self.names):
            msg = (
                f"Parameters must have shape (n, {len(self.names)}): {', '.join(self.names)}; "
                f"got {np.shape(parameters)}."
            )
            raise ModelMismatchError(msg)
        outside = ~self.space.contains(found)
        if np.any(outside) and not extrapolate:
            more = f" ({np.sum(outside)} of {len(found)} points are outside)"
            msg = (
                f"{self.space.why_outside(found[outside][0])}{more if len(found) > 1 else ''}. "
                "Ask for extrapolation if it is meant."
            )
            raise ModelMismatchError(msg)
        return found

    def weights(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the nodes' coordinates, their weights, and those of the trend's terms."""
        nodes = self.space.coordinates(self.space.nodes)
        weights = self.inverse @ self.values
        return nodes, weights, TREND_VARIANCE * (self.kernel.trend(nodes).T @ weights)

    def _neighbours(self, points: FloatArray) -> npt.NDArray[np.int64]:
        nodes = self.space.coordinates(self.space.nodes)
        return nearest_of(self.kernel, points, nodes)

    def _variance(self, points: FloatArray) -> FloatArray:
        """Return the variance of the process at points, shape (n,)."""
        nodes = self.space.coordinates(self.space.nodes)
        across = self.kernel.covariance(points, nodes)
        own = 1.0 + TREND_VARIANCE * np.sum(self.kernel.trend(points) ** 2, axis=1)
        known = np.sum((across @ self.inverse) * across, axis=1)
        return np.asarray(np.maximum(own - known, 0.0) + self.kernel.noise)


def nearest_of(
    kernel: Kernel, points: FloatArray, nodes: FloatArray, *, skip_self: bool = False
) -> npt.NDArray[np.int64]:
    """Return the nodes that the kernel ties most to points, shape (n, `NEIGHBOURS` or fewer).

    Parameters
    ----------
    points, nodes : arrays, shape (n, n_labels), (n_nodes, n_labels)
        Coordinates.
    skip_self : bool
        Leave out the diagonal: points are the nodes.
    """
    close = kernel.correlate(points, nodes)
    if skip_self:
        np.fill_diagonal(close, -1.0)
    number = min(NEIGHBOURS, len(nodes) - int(skip_self))
    return np.argsort(-close, axis=1, kind="stable")[:, :number]
