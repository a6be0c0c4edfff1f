"""A model spectrum at any parameters inside a complete grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, ModelMismatchError

Nodes = tuple[npt.NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, eq=False)
class GridInterpolator:
    """Multilinear interpolation of log flux in a complete (rectilinear) model grid.

    Exact on the nodes, and continuous up to and on the edges of the grid. Between nodes each
    parameter counts in steps of its own nodes: half-way is half-way between two nodes.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    names : tuple of str
        The grid's parameters.
    nodes : tuple of arrays
        The values that each parameter takes, increasing.
    log_flux : array, shape (n_nodes_1, ..., n_nodes_d, n_pixels)
        Natural logarithm of the flux density at the nodes.
    """

    wave: FloatArray
    names: tuple[str, ...]
    nodes: Nodes
    log_flux: FloatArray

    @classmethod
    def from_spectra(cls, spectra: SpectrumSet, names: Sequence[str]) -> Self:
        """Arrange a model grid's spectra by their labels.

        Raises
        ------
        DataError
            If a label is missing, a flux is not positive, or a node is missing or there twice.
        """
        for name in names:
            if name not in spectra.labels:
                known = ", ".join(spectra.labels) or "none"
                msg = f"The grid has no label {name!r}. It has: {known}."
                raise DataError(msg)
        if not (np.all(np.isfinite(spectra.flux)) and np.all(spectra.flux > 0)):
            bad = int(np.sum(~np.all(np.isfinite(spectra.flux) & (spectra.flux > 0), axis=1)))
            msg = (
                f"{bad} of the grid's {len(spectra)} spectra have fluxes that are not finite and "
                "positive; take them out before interpolating."
            )
            raise DataError(msg)
        columns = [np.asarray(spectra.labels[name], dtype=np.float64) for name in names]
        nodes = tuple(np.unique(column) for column in columns)
        place = tuple(np.searchsorted(n, c) for n, c in zip(nodes, columns, strict=True))
        shape = tuple(len(n) for n in nodes)
        count = np.zeros(shape, dtype=np.int64)
        np.add.at(count, place, 1)
        if np.any(count != 1):
            msg = (
                f"A grid of {' x '.join(str(n) for n in shape)} nodes in {', '.join(names)} needs "
                f"one spectrum for each; {int(np.sum(count == 0))} nodes have none and "
                f"{int(np.sum(count > 1))} have several; starsieve evaluate --grid FILE says which."
            )
            raise DataError(msg)
        log_flux = np.empty((*shape, len(spectra.wave)))
        log_flux[place] = np.log(spectra.flux)
        return cls(np.asarray(spectra.wave), tuple(names), nodes, log_flux)

    def __call__(self, parameters: FloatArray) -> npt.NDArray[np.float64]:
        """Return spectra, shape (n, n_pixels), at parameters, shape (n, n_parameters).

        Raises
        ------
        ModelMismatchError
            If a parameter lies outside of the grid.
        """
        parameters = np.atleast_2d(parameters)
        for name, nodes, values in zip(self.names, self.nodes, parameters.T, strict=True):
            outside = (values < nodes[0]) | (values > nodes[-1])
            if np.any(outside):
                msg = (
                    f"{name} = {values[outside][0]:g} is outside of the grid, which goes from "
                    f"{nodes[0]:g} to {nodes[-1]:g}."
                )
                raise ModelMismatchError(msg)
        return np.exp(self.log_at(self.to_steps(parameters)))

    def log_at(self, steps: FloatArray) -> npt.NDArray[np.float64]:
        """Return log flux, shape (n, n_pixels), at positions in steps of nodes, shape (n, d)."""
        rows, weights = self._corners(steps)
        return np.asarray((weights[:, :1] @ self._flat[rows])[:, 0])

    def log_with_slopes(self, steps: FloatArray) -> npt.NDArray[np.float64]:
        """Return log flux and its derivative by each step, shape (n, 1 + d, n_pixels)."""
        rows, weights = self._corners(steps)
        return np.asarray(weights @ self._flat[rows])

    def _corners(self, steps: FloatArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return each cell's corner rows, (n, 2^d), and their weights, (n, 1 + d, 2^d).

        The first weight of a corner is that of the value, the others those of the slopes.
        """
        last = np.maximum(np.array(self.shape) - 2, 0)
        cells = np.clip(np.floor(steps).astype(np.int64), 0, last)
        inside = steps - cells
        n_corners = 2 ** len(self.names)
        rows = np.empty((len(steps), n_corners), dtype=np.int64)
        weights = np.empty((len(steps), 1 + len(self.names), n_corners))
        for number, corner in enumerate(product((0, 1), repeat=len(self.names))):
            side = np.array(corner)
            # A parameter with one node only has no far side; its weight there is zero.
            at = np.minimum(cells + side, np.array(self.shape) - 1)
            rows[:, number] = np.ravel_multi_index(tuple(at.T), self.shape)
            share = np.where(side == 1, inside, 1 - inside)
            weights[:, 0, number] = np.prod(share, axis=1)
            for axis in range(len(self.names)):
                others = np.prod(np.delete(share, axis, axis=1), axis=1)
                weights[:, 1 + axis, number] = others * (2 * side[axis] - 1)
        return rows, weights

    @property
    def _flat(self) -> FloatArray:
        return self.log_flux.reshape(-1, self.log_flux.shape[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of nodes of each parameter."""
        return tuple(len(nodes) for nodes in self.nodes)

    def to_steps(self, parameters: FloatArray) -> npt.NDArray[np.float64]:
        """Return where parameters lie, counted in nodes: 0 is the first, n - 1 the last."""
        return count_steps(self.nodes, parameters)

    def from_steps(self, steps: FloatArray) -> npt.NDArray[np.float64]:
        """Return the parameters at positions counted in nodes."""
        return np.stack(
            [
                np.interp(steps[..., i], np.arange(len(nodes)), nodes)
                for i, nodes in enumerate(self.nodes)
            ],
            axis=-1,
        )

    def take(self, name: str, kept: npt.NDArray[np.bool_]) -> Self:
        """Return the grid with only those nodes of one parameter."""
        axis = self.names.index(name)
        nodes = (*self.nodes[:axis], self.nodes[axis][kept], *self.nodes[axis + 1 :])
        return self._with(nodes, np.compress(kept, self.log_flux, axis=axis))

    def split(self, held_out: Mapping[str, Sequence[float]]) -> tuple[Self, Self | None]:
        """Return the grid without whole nodes of its parameters, and those nodes.

        Parameters
        ----------
        held_out : mapping of str to values
            For example ``{"teff": (1300, 1900)}``. Only one parameter at a time can be held out,
            and not its first or last node: what is left has to surround it.

        Raises
        ------
        DataError
            If a value is no inner node.
        """
        if not held_out:
            return self, None
        if len(held_out) > 1:
            msg = f"Only one parameter's nodes can be held out, got {', '.join(held_out)}."
            raise DataError(msg)
        [(name, values)] = held_out.items()
        if name not in self.names:
            msg = f"The grid has no parameter {name!r}. It has: {', '.join(self.names)}."
            raise DataError(msg)
        nodes = self.nodes[self.names.index(name)]
        wrong = [v for v in values if v not in nodes[1:-1]]
        if wrong:
            msg = f"{name} = {wrong[0]:g} is no inner node. Those are: {nodes[1:-1].tolist()}."
            raise DataError(msg)
        out = np.isin(nodes, values)
        return self.take(name, ~out), self.take(name, out)

    def refined(self, name: str, values: FloatArray) -> Self:
        """Return the grid with other nodes of one parameter, by cubic splines of log flux.

        Raises
        ------
        DataError
            If there are fewer than four nodes, or values outside of them.
        """
        axis = self.names.index(name)
        nodes = self.nodes[axis]
        if len(nodes) < 4:
            msg = f"{name} has {len(nodes)} nodes; a cubic spline needs at least four."
            raise DataError(msg)
        if values[0] < nodes[0] or values[-1] > nodes[-1]:
            msg = f"{name} can't be extended beyond {nodes[0]:g} to {nodes[-1]:g}."
            raise DataError(msg)
        log_flux = CubicSpline(nodes, self.log_flux, axis=axis)(values)
        return self._with(
            (*self.nodes[:axis], np.asarray(values), *self.nodes[axis + 1 :]), log_flux
        )

    def flat(self) -> SpectrumSet:
        """Return the nodes' spectra with their labels."""
        mesh = np.meshgrid(*self.nodes, indexing="ij")
        return SpectrumSet(
            wave=self.wave,
            flux=np.exp(self.log_flux.reshape(-1, len(self.wave))),
            labels={n: values.ravel() for n, values in zip(self.names, mesh, strict=True)},
        )

    def subdivided_nodes(self, name: str, factor: int) -> npt.NDArray[np.float64]:
        """Return one parameter's nodes with each step divided into `factor` equal ones."""
        nodes = self.nodes[self.names.index(name)]
        n_fine = (len(nodes) - 1) * factor + 1
        return np.interp(np.arange(n_fine) / factor, np.arange(len(nodes)), nodes)

    def _with(self, nodes: Nodes, log_flux: FloatArray) -> Self:
        return type(self)(self.wave, self.names, nodes, log_flux)


def count_steps(nodes: Sequence[FloatArray], parameters: FloatArray) -> npt.NDArray[np.float64]:
    """Return where parameters, shape (..., n_labels), lie between the nodes of each label."""
    columns = [np.interp(parameters[..., i], n, np.arange(len(n))) for i, n in enumerate(nodes)]
    return np.stack(columns, axis=-1)
