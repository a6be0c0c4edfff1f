"""Principal components of spectra with gaps and errors, found in bounded memory.

Gaps are not zeros: a spectrum is placed among the components by the pixels that it has, each
weighted by its error (a linear Gaussian model, as of Tipping & Bishop 1999, J. R. Stat. Soc. B
61, 611), and while components are looked for, gaps are filled from those found before (as in
Bailey 2012, PASP 124, 1015, by expectation and maximisation).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from starsieve.errors import DataError
from starsieve.representations.observations import Posterior
from starsieve.representations.prepare import Inputs
from starsieve.representations.scale import common_pixels, common_scale

SPARE = 10
"""Components carried along beyond those asked for, so that the last ones are right, too."""

CONVERGED = 1e-4
PAIRS = 2**23
"""Numbers held at a time for the products of components."""

FloatArray = npt.NDArray[np.float64]
Batches = Callable[[], Iterable[Inputs]]
"""Goes once through a training set, some spectra at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """All that spectra say of the coefficients c of components: chi-square as a quadratic form.

    ``chi2(c) = constant - 2 pull @ c + c @ precision @ c``

    Parameters
    ----------
    precision : Tensor, shape (n, k, k)
    pull : Tensor, shape (n, k)
    constant, n_valid : Tensor, shape (n,)
    mean, deviation : Tensor, shape (n, k)
        The coefficients, if each had unit variance before: never less known than that.
    """

    precision: Tensor
    pull: Tensor
    constant: Tensor
    n_valid: Tensor
    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, precision: Tensor, pull: Tensor, constant: Tensor, n_valid: Tensor) -> "Statistics":
        """Complete the record from the quadratic form."""
        k = pull.shape[1]
        total = precision.double() + torch.eye(k, dtype=torch.float64, device=pull.device)
        factor = torch.linalg.cholesky(total)
        mean = torch.cholesky_solve(pull.double()[..., None], factor)[..., 0]
        variance = torch.cholesky_inverse(factor).diagonal(dim1=1, dim2=2)
        deviation = variance.sqrt().to(pull.dtype)
        return cls(precision, pull, constant, n_valid, mean.to(pull.dtype), deviation)

    def __len__(self) -> int:
        return len(self.pull)

    def chi2(self, coefficients: Tensor) -> Tensor:
        """Return chi-square of coefficients, shape (n, k); shape (n,)."""
        # Around its mean, where rounding matters least: chi-squares are differences of large sums.
        apart = coefficients - self.mean
        slope = self.pull - torch.einsum("nij,nj->ni", self.precision, self.mean)
        least = self.constant - ((self.pull + slope) * self.mean).sum(1)
        curved = torch.einsum("ni,nij,nj->n", apart, self.precision, apart)
        return least - 2 * (slope * apart).sum(1) + curved

    def take(self, rows: Tensor) -> "Statistics":
        """Return the given rows."""
        return Statistics(*(getattr(self, each.name)[rows] for each in fields(self)))

    def to(self, device: str) -> "Statistics":
        """Return the same on a device."""
        return Statistics(*(getattr(self, each.name).to(device) for each in fields(self)))

    @classmethod
    def join(cls, parts: Sequence["Statistics"]) -> "Statistics":
        """Put several one after the other."""
        names = [each.name for each in fields(cls)]
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


class Projection(nn.Module):
    """Coefficients of unit variance, and spectra: a linear map, errors and gaps allowed for.

    Parameters
    ----------
    n_components, n_pixels : int
    floor : float
        Relative error that is added to all others in quadrature.
    """

    mean: Tensor
    components: Tensor

    def __init__(self, n_components: int, n_pixels: int, floor: float) -> None:
        super().__init__()
        self.floor = floor
        self.register_buffer("mean", torch.zeros(n_pixels))
        self.register_buffer("components", torch.zeros(n_components, n_pixels))

    def weights(self, valid: Tensor, sigma: Tensor) -> Tensor:
        """Return the inverse variance of each pixel, shape (n, n_pixels)."""
        return valid / (sigma**2 + self.floor**2)

    def observe(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Statistics:
        """Return what spectra, shape (n, n_pixels), say of the coefficients."""
        weights = self.weights(valid, sigma)
        apart = (flux - self.mean) * valid
        k = len(self.components)
        rows, columns = torch.triu_indices(k, k, device=flux.device)
        step = max(1, PAIRS // len(rows))
        pairs = flux.new_zeros(len(flux), len(rows))
        for start in range(0, flux.shape[1], step):
            part = self.components[:, start : start + step]
            pairs += weights[:, start : start + step] @ (part[rows] * part[columns]).T
        precision = flux.new_zeros(len(flux), k, k)
        precision[:, rows, columns] = pairs
        precision[:, columns, rows] = pairs
        pull = (weights * apart) @ self.components.T
        return Statistics.of(precision, pull, (weights * apart**2).sum(1), valid.sum(1))

    def encode(self, flux: Tensor, valid: Tensor, sigma: Tensor) -> Posterior:
        """Return the coefficients of spectra, shape (n, n_pixels)."""
        observed = self.observe(flux, valid, sigma)
        return Posterior(observed.mean, observed.deviation)

    def decode(self, latents: Tensor) -> Tensor:
        """Return spectra, shape (n, n_pixels), of coefficients."""
        return self.mean + latents @ self.components


def fit_components(
    batches: Batches, n_components: int, n_pixels: int, floor: float, passes: int = 4
) -> Projection:
    """Find the principal components of a training set that need not fit into memory.

    Parameters
    ----------
    batches : callable
        Returns an iterable over the training set; called once for the mean, and once for each
        pass over it.
    passes : int
        At most so many; one is enough, and made, where no spectrum has gaps.

    Raises
    ------
    DataError
        If there are not more spectra than components.
    """
    mean, share, n = _masked_mean(batches, n_pixels)
    if n <= n_components:
        msg = f"{n_components} components need more spectra than the {n} that training has."
        raise DataError(msg)
    seen = share > 0
    reference = torch.as_tensor(common_pixels(share))
    found = Projection(n_components, n_pixels, floor)
    found.mean.copy_(torch.as_tensor(np.where(seen, mean, 1.0)))
    explained = 0.0
    for number in range(passes if np.any(share[seen] < 1) else 1):
        found, total = _pass(batches, found, n, reference, filled=number > 0)
        if abs(total - explained) < CONVERGED * total:
            break
        explained = total
    return found


def _masked_mean(batches: Batches, n_pixels: int) -> tuple[FloatArray, FloatArray, int]:
    """Return mean flux and share of valid spectra at each pixel, and the number of spectra."""
    total, there, n = np.zeros(n_pixels), np.zeros(n_pixels), 0
    for inputs in batches():
        total += inputs.flux.sum(axis=0, dtype=float)
        there += inputs.valid.sum(axis=0)
        n += len(inputs)
    return total / np.maximum(there, 1), there / max(n, 1), n


def _pass(
    batches: Batches, before: Projection, n: int, reference: Tensor, *, filled: bool
) -> tuple[Projection, float]:
    """Go through the training set once; return the components, and the variance they explain."""
    k, n_pixels = before.components.shape
    mean = before.mean.numpy().astype(float)
    held = np.zeros((0, n_pixels))
    drift = np.zeros(n_pixels)
    for inputs in batches():
        flux = torch.as_tensor(inputs.flux)
        model = before.mean.expand_as(flux)
        if filled:
            flux, model = _complete(before, inputs, reference)
        rows = np.where(inputs.valid, flux.numpy(), model.numpy()) - mean
        drift += rows.sum(axis=0)
        held = _leading(np.concatenate([held, rows]), k + SPARE)
    found = Projection(k, n_pixels, before.floor)
    scale = np.sqrt(n - 1)
    largest = np.abs(held[:k]).argmax(axis=1)[:, None]
    components = held[:k] * np.sign(np.take_along_axis(held[:k], largest, axis=1)) / scale
    found.components[: len(components)] = torch.as_tensor(components)
    found.mean.copy_(torch.as_tensor(mean + drift / n))
    return found, float((components**2).sum())


def _complete(before: Projection, inputs: Inputs, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return spectra on the scale of whole ones, and what the components make of them."""
    flux, valid = torch.as_tensor(inputs.flux), torch.as_tensor(inputs.valid)
    sigma = torch.as_tensor(inputs.sigma)
    scale = common_scale(before, flux, valid, sigma, reference)
    flux = flux / scale
    return flux, before.decode(before.encode(flux, valid, sigma / scale).mean)


def _leading(rows: FloatArray, k: int) -> FloatArray:
    """Return k rows that span what matters of many: singular vectors times singular values."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    order = np.argsort(values)[::-1][:k]
    return np.asarray(vectors[:, order].T @ rows)
