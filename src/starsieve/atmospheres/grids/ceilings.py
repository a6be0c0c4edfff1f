"""What the best of all methods could reach on a grid, given which of its spectra are alike.

Whoever sees a spectrum knows no more than which nodes it can be of. The best answer is the mean of
their labels (for the Huber loss, the value of least expected loss), and the spread about it is lost
to every method: an upper limit of R2, and a lower one of the loss. For copies the nodes are those
of the group. With noise they are all nodes, weighted by how well each explains the observation
(Bayes' theorem, all spectra equally likely beforehand), averaged over simulated observations.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, IntArray
from starsieve.atmospheres.grids.huber import huber_floor
from starsieve.atmospheres.grids.shapes import Shapes
from starsieve.data.spectrum import FloatArray

Progress = Callable[[int, int, str], None]

N_OBSERVED = 4096
"""Simulated observations, at least as many as there are different spectra up to that number."""

CELLS, FEWEST_ROWS = 4_000_000, 16
"""Observations times spectra at a time: 32 MB; and at least so many observations."""
MOST_LEVELS = 128
"""Values that a label may have under noise; of more, neighbours count as one."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The best that can be reached for one label.

    Parameters
    ----------
    label : str
    snr : float
        Signal-to-noise per pixel; infinity for what copies alone impose.
    r2 : float
    huber : float
        Floor of the Huber loss of the standardised label.
    """

    label: str
    snr: float
    r2: float
    huber: float

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {"snr": self.snr, "r2": self.r2, "huber": self.huber}


@dataclass(frozen=True, slots=True, eq=False)
class Confusions:
    """Which values of each label are answered for which, at one signal-to-noise.

    Parameters
    ----------
    snr : float
    by_label : tuple of arrays, shape (n_values, n_values)
        Row: the true value. Columns: mean posterior probability of each value, with sum 1.
    """

    snr: float
    by_label: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Spectra that differ, and the labels that each of them stands for.

    Parameters
    ----------
    shapes : Shapes, shape (n_distinct,)
    weights : array, shape (n_distinct,)
        Share of the grid's spectra that each stands for; the sum is 1.
    values : tuple of arrays, shape (n_values,)
        Of each label in standard deviations; a label of words has none.
    shares : tuple of arrays, shape (n_distinct, n_values)
        How often each value stands behind the spectrum, with sum 1.
    """

    shapes: Shapes
    weights: FloatArray
    values: tuple[FloatArray | None, ...]
    shares: tuple[FloatArray, ...]


def alternatives(axes: tuple[Axis, ...], shapes: Shapes, groups: IntArray) -> Alternatives:
    """Return the different spectra of a grid: one for each group, the first.

    Parameters
    ----------
    axes : tuple of Axis
        Of the same spectra.
    shapes : Shapes, shape (n,)
    groups : array of int, shape (n,)
    """
    _, first, number, counts = np.unique(
        groups, return_index=True, return_inverse=True, return_counts=True
    )
    values, shares = [], []
    for axis in axes:
        codes, levels = _levels(axis)
        table = np.zeros((len(first), codes.max() + 1))
        np.add.at(table, (number, codes), 1.0)
        shares.append(table / counts[:, None])
        values.append(levels)
    weights = counts / counts.sum()
    return Alternatives(shapes.take(first), weights, tuple(values), tuple(shares))


def copy_ceilings(axes: tuple[Axis, ...], groups: IntArray) -> tuple[Ceiling, ...]:
    """Return what groups of equal spectra impose on each label that varies.

    Parameters
    ----------
    axes : tuple of Axis
    groups : array of int, shape (n_spectra,)
        None of them -1.
    """
    found = []
    for axis in axes:
        if axis.is_number and len(np.unique(axis.codes)) > 1:
            label = _standard(axis.numbers[axis.codes])
            order = np.argsort(groups, kind="stable")
            parts = np.split(label[order], np.flatnonzero(np.diff(groups[order])) + 1)
            parts = [part for part in parts if np.ptp(part) > 0]
            lost = sum(float(np.sum((part - part.mean()) ** 2)) for part in parts)
            huber = sum(_huber_of(part) for part in parts)
            found.append(Ceiling(axis.name, np.inf, 1 - lost / len(label), huber / len(label)))
    return tuple(found)


def noisy_ceilings(
    axes: tuple[Axis, ...],
    among: Alternatives,
    snr: tuple[float, ...],
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[tuple[Ceiling, ...], Confusions]:
    """Return what noise leaves of each label, and what is mistaken for what at the first S/N.

    Parameters
    ----------
    axes : tuple of Axis
    among : Alternatives
    snr : tuple of float
        Per pixel, relative to the root-mean-square flux.
    """
    own = [_losses(*pair) for pair in zip(among.shares, among.values, strict=True)]
    added = np.zeros((len(snr), len(axes), 2))
    tables = [np.zeros((share.shape[1],) * 2) for share in among.shares]
    joint = np.concatenate(among.shares, axis=1).astype(np.float32)
    ends = np.cumsum([share.shape[1] for share in among.shares])[:-1]
    for rows, weights, posteriors in _observe(among, snr, seed, progress):
        for level, posterior in enumerate(posteriors):
            for column, part in enumerate(np.split(posterior @ joint, ends, axis=1)):
                answer = part / part.sum(axis=1, keepdims=True, dtype=np.float64)
                if level == 0:
                    tables[column] += (among.shares[column][rows] * weights[:, None]).T @ answer
                losses = _losses(answer, among.values[column]) - own[column][rows]
                added[level, column] += weights @ losses
    with np.errstate(invalid="ignore"):  # a value that was not observed
        rates = tuple(table / table.sum(axis=1, keepdims=True) for table in tables)
    return tuple(_told(axes, snr, among, own, added)), Confusions(snr[0], rates)


def _told(
    axes: tuple[Axis, ...],
    snr: tuple[float, ...],
    among: Alternatives,
    own: list[FloatArray],
    added: FloatArray,
) -> Iterator[Ceiling]:
    """Yield ceilings from the losses by copies, which are exact, and what noise adds to them."""
    for column, axis in enumerate(axes):
        if axis.is_number and among.shares[column].shape[1] > 1:
            losses = among.weights @ own[column] + added[:, column].clip(0.0)
            for level, (variance, huber) in zip(snr, losses.tolist(), strict=True):
                yield Ceiling(axis.name, level, 1 - variance, huber)


def _observe(
    among: Alternatives, snr: tuple[float, ...], seed: int, progress: Progress | None
) -> Iterator[tuple[IntArray, FloatArray, Iterator[FloatArray]]]:
    """Yield blocks of observed spectra, their weights, and posteriors over all of them by S/N."""
    rng = np.random.default_rng(seed)
    shapes = among.shapes
    copies = max(1, N_OBSERVED // len(shapes))
    observed = np.tile(np.arange(len(shapes)), copies)
    if len(observed) > N_OBSERVED:
        observed = rng.choice(len(shapes), N_OBSERVED, replace=False)
    weight = among.weights[observed] / among.weights[observed].sum()
    block = max(FEWEST_ROWS, CELLS // len(shapes))
    for start in range(0, len(observed), block):
        rows = observed[start : start + block]
        noise = rng.normal(size=(len(rows), shapes.vectors.shape[1]))
        cosines = shapes.vectors[rows] @ shapes.vectors.T
        along = noise @ shapes.vectors.T / np.sqrt(noise.shape[1])
        seen = ((cosines + along / level, level) for level in snr)
        posteriors = (_posterior(among, rows, *each) for each in seen)
        yield rows, weight[start : start + block], posteriors
        if progress is not None:
            progress(min(start + block, len(observed)), len(observed), "observing")


def _posterior(among: Alternatives, rows: IntArray, seen: FloatArray, snr: float) -> FloatArray:
    """Return the probability of each spectrum, shape (n_rows, n).

    Parameters
    ----------
    seen : array, shape (n_rows, n)
        Product of what is seen, in units of the norm of the true spectrum, with each unit vector.
        Where brightness does not count, half of its square is the logarithm of the likelihood of
        the best scale.
    """
    information = among.shapes.vectors.shape[1] * snr**2
    if among.shapes.scale_free:
        fit = np.maximum(seen, 0.0, out=seen)
        np.square(fit, out=fit)
        fit *= 0.5 * information
    else:
        ratio = np.exp(among.shapes.log_norm - among.shapes.log_norm[rows][:, None])
        fit = information * (ratio * seen - 0.5 * ratio**2)
    fit += np.log(among.weights)
    fit -= fit.max(axis=1, keepdims=True)
    # Differences need double precision, their exponentials do not.
    chances = np.exp(fit.astype(np.float32))
    chances /= chances.sum(axis=1, keepdims=True)
    return chances


def _levels(axis: Axis) -> tuple[IntArray, FloatArray | None]:
    """Return the codes and standardised values of a label; of very many values, fewer levels."""
    if not axis.is_number:
        return axis.codes, None
    label = _standard(axis.numbers[axis.codes])
    codes = axis.codes
    if len(axis) > MOST_LEVELS:
        codes = codes * MOST_LEVELS // len(axis)
    n = codes.max() + 1
    counts = np.bincount(codes, minlength=n)
    return codes, np.bincount(codes, label, minlength=n) / np.maximum(counts, 1)


def _standard(label: FloatArray) -> FloatArray:
    spread = float(label.std())
    return np.asarray((label - label.mean()) / (spread or 1.0))


def _losses(probabilities: FloatArray, values: FloatArray | None) -> FloatArray:
    """Return variance and least Huber loss of each row, shape (n, 2); zero for words."""
    if values is None:
        return np.zeros((len(probabilities), 2))
    mean = probabilities @ values
    variance = (probabilities @ values**2 - mean**2).clip(0.0)
    return np.stack([variance, huber_floor(probabilities, values)], axis=1)


def _huber_of(part: FloatArray) -> float:
    """Return the least sum of Huber losses of the spectra of one group."""
    return len(part) * float(huber_floor(np.full((1, len(part)), 1 / len(part)), part)[0])
