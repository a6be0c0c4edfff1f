"""Labels read off latents in the plainest ways, and tables of how well that goes."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from benchmarks._payne import LABELS
from starsieve.data import Embeddings

NEIGHBOURS = (5, 10, 20)
POWERS = (0.0, 0.5, 1.0)
"""Latents are divided by this power of their typical error before distances are taken."""

ASKED = dict(zip(LABELS, (60.0, 0.12, 0.06, 0.05), strict=True))
"""K and dex: label scatter that may not be exceeded."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Latents with their labels, shape (n, n_latents) and (n, n_labels)."""

    embeddings: Embeddings
    labels: FloatArray

    @property
    def usable(self) -> "Known":
        """Those that could be encoded."""
        known = self.embeddings.known
        return Known(self.embeddings.take(known), self.labels[known])


@dataclass(frozen=True, slots=True)
class Scatter:
    """1.48 MAD of the residuals of each label, by neighbours and by a linear probe."""

    neighbours: dict[str, float]
    linear: dict[str, float]

    @property
    def best(self) -> dict[str, float]:
        """The better of the two."""
        return {label: min(self.neighbours[label], self.linear[label]) for label in LABELS}


def measure_scatter(training: Known, choosing: Known, test: Known) -> Scatter:
    """Return the label scatter of `test`; how neighbours are weighed is chosen on `choosing`."""
    training, choosing, test = training.usable, choosing.usable, test.usable
    options = list(product(NEIGHBOURS, POWERS))
    tried = [scatter_of(by_neighbours(training, choosing, *each), choosing) for each in options]
    best = [options[k] for k in np.argmin(tried, axis=0)]
    found = np.array([scatter_of(by_neighbours(training, test, *each), test) for each in best])
    linear = scatter_of(by_linear_probe(training, test), test)
    return Scatter(
        dict(zip(LABELS, np.diag(found).tolist(), strict=True)),
        dict(zip(LABELS, linear.tolist(), strict=True)),
    )


def by_neighbours(training: Known, asked: Known, k: int, power: float) -> FloatArray:
    """Return the mean label of the nearest, shape (n_asked, n_labels)."""
    sigma = training.embeddings.sigma
    scale = 1.0 if sigma is None else np.mean(sigma, axis=0) ** power
    tree = KDTree(training.embeddings.latents / scale)
    rows = tree.query(asked.embeddings.latents / scale, k=k)[1]
    return np.asarray(training.labels[rows].mean(axis=1))


def by_linear_probe(training: Known, asked: Known) -> FloatArray:
    """Return a least-squares plane's labels, shape (n_asked, n_labels)."""
    known, there = (
        np.column_stack([part.embeddings.latents, np.ones(len(part.labels))])
        for part in (training, asked)
    )
    return np.asarray(there @ np.linalg.lstsq(known, training.labels)[0])


def scatter_of(found: FloatArray, asked: Known) -> FloatArray:
    """Return 1.48 MAD of residuals for each label."""
    residual = found - asked.labels
    return np.asarray(1.4826 * np.median(np.abs(residual - np.median(residual, axis=0)), axis=0))


def print_scatter_head(*more: str) -> None:
    """Print the heading, and what is asked."""
    print("".join(["label scatter".ljust(26), *(f"{name:>10s}" for name in (*LABELS, *more))]))
    print("".join(["asked".ljust(26), *(f"{ASKED[label]:10.4g}" for label in LABELS)]))


def print_scatter(name: str, scatter: Scatter, *more: float) -> None:
    """Print two rows: by neighbours, and by a linear probe."""
    for how, values in (("neighbours", scatter.neighbours), ("linear", scatter.linear)):
        cells = [f"{values[label]:10.4g}" for label in LABELS]
        cells += [f"{value:10.3f}" for value in more] if how == "neighbours" else []
        print("".join([f"{name}, {how}".ljust(26), *cells]), flush=True)


def too_scattered(name: str, scatter: Scatter) -> list[str]:
    """Return what exceeds what is asked."""
    return [
        f"{name}: {label} scatters by {value:.4g}, asked {ASKED[label]:g}"
        for label, value in scatter.best.items()
        if not value <= ASKED[label]
    ]
