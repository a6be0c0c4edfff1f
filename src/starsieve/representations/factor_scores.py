"""MIG, DCI and SAP of latents for the labels of a selection."""

from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.representations.disentangle_recipe import MeaningOptions
from starsieve.representations.selection import Selection
from starsieve.stats.disentanglement import LEAST_VALUES, Dci, Gap, dci, mig, sap
from starsieve.stats.information import LEAST_ROWS


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """MIG, DCI and SAP of one set of latents."""

    mig: Gap
    dci: Dci
    sap: Gap

    def to_record(self) -> dict[str, float]:
        """Return one number each, as tables show them."""
        return {
            "mig": self.mig.value,
            "disentanglement": self.dci.disentanglement,
            "completeness": self.dci.completeness,
            "informativeness": self.dci.informativeness,
            "sap": self.sap.value,
        }


def score(latents: FloatArray, selection: Selection, options: MeaningOptions) -> Scores | None:
    """Return MIG, DCI and SAP, or None if too few spectra have all labels."""
    rows, factors = selection.factors()
    if not can_score(factors):
        return None
    return score_factors(np.asarray(latents[rows]), factors, options)


def score_factors(latents: FloatArray, factors: FloatArray, options: MeaningOptions) -> Scores:
    """Return MIG, DCI and SAP of latents for factors, all known."""
    return Scores(
        mig(latents, factors),
        dci(latents, factors, options.importance, seed=options.seed),
        sap(latents, factors),
    )


def can_score(factors: FloatArray) -> bool:
    """Return whether enough spectra have all labels, and these vary among them."""
    varied = all(len(np.unique(column)) >= LEAST_VALUES for column in factors.T)
    return len(factors) >= LEAST_ROWS and varied
