"""How well a statistic is known: by drawing the rows again (Efron 1979)."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.stats.checks import check_paired

Rows = npt.NDArray[np.int64]

INTERVAL = (0.16, 0.84)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic, its standard error, and the 16th and 84th percentiles of resamplings."""

    value: float
    error: float
    low: float
    high: float

    def __str__(self) -> str:
        if not self.error > 0:
            return f"{self.value:.4g}"
        digits = max(0, 1 - math.floor(math.log10(self.error)))
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


def bootstrap(
    statistic: Callable[..., float],
    arrays: Sequence[npt.NDArray[Any]],
    groups: npt.NDArray[Any] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return a statistic with its uncertainty.

    Parameters
    ----------
    statistic : callable
        Takes the arrays, gives a number; NaN where it has no meaning, as for an unlucky draw.
    arrays : sequence of arrays, shape (n_rows,) each
    groups : array, shape (n_rows,), optional
        Rows of one group, such as spectra of one object, are drawn or left out together: they
        are not independent.
    n_resamples : int
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Estimate
        Its error is NaN where there are fewer than two groups to draw from.

    Raises
    ------
    DataError
        If the arrays do not fit together or are empty.
    """
    rows = {f"array {number}": array for number, array in enumerate(arrays)}
    check_paired(**rows, **({} if groups is None else {"groups": groups}))
    value = float(statistic(*arrays))
    members = _members(len(arrays[0]), groups)
    drawn = _resamples(members, n_resamples, seed) if len(members) > 1 else iter(())
    values = np.array([statistic(*(array[rows] for array in arrays)) for rows in drawn])
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return Estimate(value, np.nan, np.nan, np.nan)
    low, high = np.quantile(values, INTERVAL)
    return Estimate(value, float(values.std(ddof=1)), float(low), float(high))


def _members(n_rows: int, groups: npt.NDArray[Any] | None) -> list[Rows]:
    """Return the rows of each group; without groups every row is one."""
    if groups is None:
        return list(np.arange(n_rows)[:, None])
    _, number = np.unique(groups, return_inverse=True)
    order = np.argsort(number, kind="stable")
    return np.split(order, np.cumsum(np.bincount(number))[:-1])


def _resamples(members: list[Rows], n_resamples: int, seed: int) -> Iterator[Rows]:
    rng = np.random.default_rng(seed)
    alone = all(len(rows) == 1 for rows in members)
    flat = np.concatenate(members)
    for _ in range(n_resamples):
        chosen = rng.integers(len(members), size=len(members))
        yield flat[chosen] if alone else np.concatenate([members[group] for group in chosen])
