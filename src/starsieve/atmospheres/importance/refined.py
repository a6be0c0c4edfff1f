"""What refining a posterior gives."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.data.spectrum import FloatArray

FEW = 0.02
"""Effective share of draws below which the answer rests on a handful of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A posterior under an emulator's likelihood.

    Parameters
    ----------
    draws : array, shape (n_draws, n_labels)
        In the labels' units; they all count the same.
    scale : array, shape (n_draws,)
        Factor from the model grid's flux density to the observed one.
    inflation : array, shape (n_draws,)
        What is added to the errors, relative to the mean flux.
    p_value : float
        Posterior predictive: of data further from their model, with all errors fitted.
    at : array, shape (n_labels,)
        The highest peak, where the emulator's error was taken.
    ess : float
        Effective number of the weighted draws that these were taken from, of which there are up
        to four times as many where few are effective.
    ess_network : float
        The same share of draws for the network's own: what weighting those would have given.
    log_evidence : float
        Log of the mean likelihood over the prior, of fluxes relative to their mean: what grids
        can be compared by, on the same pixels.
    n_rendered : int
        Spectra that were rendered.
    """

    draws: FloatArray
    scale: FloatArray
    inflation: FloatArray
    p_value: float
    at: FloatArray
    ess: float
    ess_network: float
    log_evidence: float
    n_rendered: int

    @property
    def too_few(self) -> bool:
        """Whether the answer rests on a handful of draws."""
        return self.ess < FEW * len(self.draws)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        low, middle, high = np.quantile(self.inflation, (0.16, 0.5, 0.84)).tolist()
        return {
            "ess": self.ess,
            "ess_fraction": self.ess / len(self.draws),
            "ess_network": self.ess_network,
            "log_evidence": self.log_evidence,
            "p_value": self.p_value,
            "inflation": {"median": middle, "q16": low, "q84": high},
        }
