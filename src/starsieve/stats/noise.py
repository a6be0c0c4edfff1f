"""Noise told from the spectrum itself, where no errors are given."""

from typing import Any

import numpy as np
import numpy.typing as npt


def neighbour_scatter(
    flux: npt.NDArray[np.floating[Any]], first: npt.NDArray[np.integer[Any]] | None = None
) -> float:
    """Return the deviation of white noise by the second differences of neighbouring pixels.

    These cancel what is linear over three pixels; white noise of unit deviation leaves sqrt(6)
    there.

    Parameters
    ----------
    flux : array, shape (n_pixels,)
    first : array of int, optional
        First pixels of the triples that count; all by default.

    Returns
    -------
    float
        0 without any triple.

    Examples
    --------
    >>> neighbour_scatter(np.array([1.0, 2.0, 3.0, 4.0]))
    0.0
    """
    first = np.arange(max(len(flux) - 2, 0)) if first is None else first
    second = flux[first + 2] - 2 * flux[first + 1] + flux[first]
    return 1.4826 * float(np.median(np.abs(second))) / np.sqrt(6) if len(second) else 0.0
