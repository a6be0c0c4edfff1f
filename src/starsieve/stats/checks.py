"""What all statistics ask of their input."""

from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

FloatArray = npt.NDArray[np.floating[Any]]


def check_finite(**arrays: FloatArray) -> None:
    """Raise DataError naming the first array that holds NaN or infinity."""
    for name, array in arrays.items():
        n_bad = int(np.sum(~np.isfinite(array)))
        if n_bad:
            msg = (
                f"{name} holds {n_bad} of {array.size} numbers that are not finite. "
                "Leave those rows out."
            )
            raise DataError(msg)


def check_paired(**arrays: npt.NDArray[Any]) -> None:
    """Raise DataError unless the arrays are one-dimensional, of one length and not empty."""
    shapes = {array.shape for array in arrays.values()}
    shape = shapes.pop()
    if shapes or len(shape) != 1 or shape == (0,):
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        msg = f"Expected one number per row of each, and at least one row; got {found}."
        raise DataError(msg)
