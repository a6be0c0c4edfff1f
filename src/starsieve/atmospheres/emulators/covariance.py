"""Covariances of many pixels with few modes, solved without writing them out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Covariance:
    """``diag(diagonal) + modes.T @ modes``, by Woodbury's identity.

    Parameters
    ----------
    diagonal : array, shape (n_pixels,)
        Positive.
    modes : array, shape (n_modes, n_pixels)
    """

    diagonal: FloatArray
    modes: FloatArray

    def solve(self, vector: FloatArray) -> npt.NDArray[np.float64]:
        """Return the inverse of the covariance times a vector, shape (n_pixels,)."""
        plain = vector / self.diagonal
        shared = np.linalg.solve(self._inner(), self.modes @ plain)
        return np.asarray(plain - (self.modes.T @ shared) / self.diagonal)

    def chi2(self, residual: FloatArray) -> float:
        """Return the chi-square of residuals, shape (n_pixels,)."""
        return float(residual @ self.solve(residual))

    def log_determinant(self) -> float:
        """Return the logarithm of the determinant."""
        return float(np.sum(np.log(self.diagonal)) + np.linalg.slogdet(self._inner())[1])

    def _inner(self) -> FloatArray:
        scaled = self.modes / self.diagonal
        return np.asarray(np.eye(len(self.modes)) + scaled @ self.modes.T)
