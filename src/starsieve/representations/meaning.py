"""What each latent says about each label, and whether it says anything else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import FloatArray
from starsieve.representations.disentangle_recipe import MeaningOptions
from starsieve.representations.factor_scores import Scores, score
from starsieve.representations.selection import Selection
from starsieve.stats.histogram_information import (
    HistogramInformation,
    measure_histogram_information,
)
from starsieve.stats.information import (
    LEAST_ROWS,
    Information,
    conditional_information,
    information_null,
    measure_information,
)
from starsieve.stats.informative import (
    Informative,
    absolute_deviations,
    divergences,
    find_informative,
)

MOST_CONDITIONED = 6
"""Latents whose information is looked at under a condition: those with most of it."""

CONDITIONED_SPECTRA = 2000
"""Counting neighbours in two dimensions takes longer; so many give errors small enough."""

SURE = 0.01
"""p-value below which information is taken to be beyond chance."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What a latent says about a label beyond what a confounder of that label says.

    Parameters
    ----------
    latent : int
    label, given : str
    plain, conditional : Information
        Without and with knowledge of `given`.
    """

    latent: int
    label: str
    given: str
    plain: Information
    conditional: Information


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What the latents of one model mean.

    Parameters
    ----------
    name : str
    baseline : bool
        Whether these are principal components.
    codes : Embeddings
    mad : Informative
        By median absolute deviation; of principal components relative to the largest.
    kl : Informative, optional
        By divergence from the prior, where the model gives posteriors.
    information : mapping of str to tuple of Information
        By label, one for each latent.
    histograms : mapping of str to tuple of tuple of HistogramInformation
        By label, for each number of bins one for each latent.
    partial : tuple of Partial
    scores : Scores, optional
        None if too few spectra have all labels.
    """

    name: str
    baseline: bool
    codes: Embeddings
    mad: Informative
    kl: Informative | None
    information: Mapping[str, tuple[Information, ...]]
    histograms: Mapping[str, tuple[tuple[HistogramInformation, ...], ...]]
    partial: tuple[Partial, ...]
    scores: Scores | None

    @property
    def n_latents(self) -> int:
        """Number of latents."""
        return int(self.codes.latents.shape[1])

    def table(self) -> npt.NDArray[np.float64]:
        """Return mutual information in nats, shape (n_latents, n_labels)."""
        return np.array([[each.value for each in row] for row in self.information.values()]).T

    def best(self, label: str) -> int:
        """Return the latent that says most about a label."""
        return int(np.argmax([each.value for each in self.information[label]]))

    def chance(self, label: str) -> float:
        """Return how probable it is that the best of all latents says as much by chance alone."""
        return self.information[label][self.best(label)].chance_of_best(self.n_latents)

    def chance_text(self, label: str) -> str:
        """Return `chance` for a table; a tail is not known any further out than a millionth."""
        chance = self.chance(label)
        return "< 1e-6" if chance < 1e-6 else f"{chance:.1g}"

    def leading(self) -> tuple[int, int]:
        """Return two latents for a map: the best of different labels, if there are such."""
        table = self.table()
        best = sorted(
            {self.best(label) for label in self.information}, key=lambda i: -table[i].max()
        )
        others = [i for i in np.argsort(-table.max(axis=1)).tolist() if i not in best]
        one, two = sorted([*best, *others][:2])
        return one, two

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "model": self.name,
            "baseline": self.baseline,
            "n_latents": self.n_latents,
            "informative_by_mad": _count(self.mad),
            "informative_by_kl": None if self.kl is None else _count(self.kl),
            "mutual_information": {
                label: [_record(each) for each in row] for label, row in self.information.items()
            },
            "partial": [
                {
                    "latent": each.latent,
                    "label": each.label,
                    "given": each.given,
                    "plain": _record(each.plain),
                    "conditional": _record(each.conditional),
                }
                for each in self.partial
            ],
            "scores": None if self.scores is None else self.scores.to_record(),
        }


class Estimator:
    """Estimate informations of one selection; nulls are made once for like numbers of spectra."""

    def __init__(self, selection: Selection, options: MeaningOptions) -> None:
        self.selection = selection
        self.options = options
        self._nulls: dict[int, FloatArray] = {}

    def information(self, x: FloatArray, y: FloatArray) -> Information:
        """Return the mutual information where both are known."""
        k, seed = self.options.neighbours, self.options.seed
        rows = np.isfinite(x) & np.isfinite(y)
        n = int(rows.sum())
        return measure_information(x[rows], y[rows], k, null=self._null(n), seed=seed)

    def _null(self, n: int) -> FloatArray:
        """Return the null of so many rows: that of nearly as many, whose scatter goes as theirs."""
        step = int(np.log(n) / np.log(1.1))
        made = max(LEAST_ROWS, int(1.1**step))
        if made not in self._nulls:
            options = self.options
            self._nulls[made] = information_null(made, options.neighbours, seed=options.seed)
        return np.asarray(self._nulls[made] * np.sqrt(made / n))

    def histograms(self, x: FloatArray, y: FloatArray) -> list[HistogramInformation]:
        """Return the estimates of the histogram for every number of bins."""
        rows = np.isfinite(x) & np.isfinite(y)
        return [
            measure_histogram_information(x[rows], y[rows], n_bins, seed=self.options.seed)
            for n_bins in self.options.bins
        ]

    def conditional(self, x: FloatArray, y: FloatArray, given: FloatArray) -> Information:
        """Return the conditional mutual information where all are known."""
        rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & np.isfinite(given))
        rng = np.random.default_rng(self.options.seed)
        rows = np.sort(rng.permutation(rows)[:CONDITIONED_SPECTRA])
        return conditional_information(
            x[rows], y[rows], given[rows], self.options.neighbours, seed=self.options.seed
        )


def describe(
    codes: Embeddings,
    estimator: Estimator,
    confounders: Mapping[str, str],
    *,
    baseline: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Meaning:
    """Return what the latents of one model mean.

    Parameters
    ----------
    codes : Embeddings
        Of the spectra of the estimator's selection.
    estimator : Estimator
    confounders : mapping of str to str
        By label, the other one that it hangs together with most.
    baseline : bool
        Whether these are principal components.
    progress : callable, optional
        Called with how many latents are done, of how many, for there a run may be cancelled.
    """
    options, selection = estimator.options, estimator.selection
    latents = np.asarray(codes.latents, dtype=np.float64)
    mad, kl = _informative(codes, options, baseline)
    labels = {name: selection.known.values[name] for name in selection.labels}
    information: dict[str, list[Information]] = {name: [] for name in labels}
    counted: dict[str, list[list[HistogramInformation]]] = {name: [] for name in labels}
    for number, column in enumerate(latents.T):
        if progress is not None:
            progress(number, latents.shape[1])
        for name, values in labels.items():
            information[name].append(estimator.information(column, values))
            counted[name].append(estimator.histograms(column, values))
    return Meaning(
        name=codes.model,
        baseline=baseline,
        codes=codes,
        mad=mad,
        kl=kl,
        information={name: tuple(row) for name, row in information.items()},
        histograms={name: tuple(zip(*row, strict=True)) for name, row in counted.items()},
        partial=_partial(latents, information, estimator, confounders),
        scores=score(latents, selection, options),
    )


def _informative(
    codes: Embeddings, options: MeaningOptions, baseline: bool
) -> tuple[Informative, Informative | None]:
    """Return the informative latents by deviation and, where there are posteriors, divergence."""
    latents = np.asarray(codes.latents, dtype=np.float64)
    spread = absolute_deviations(latents)
    if baseline:  # their scale is that of the flux, not of a prior
        spread = spread / max(float(spread.max()), np.finfo(float).tiny)
    kl = None
    if codes.sigma is not None and not baseline:
        kl = find_informative(divergences(latents, codes.sigma), options.kl_threshold)
    return find_informative(spread, options.mad_threshold), kl


def _partial(
    latents: FloatArray,
    information: Mapping[str, Sequence[Information]],
    estimator: Estimator,
    confounders: Mapping[str, str],
) -> tuple[Partial, ...]:
    found = []
    values = estimator.selection.known.values
    for label, given in confounders.items():
        plain = information[label]
        most = np.argsort([-each.value for each in plain])[:MOST_CONDITIONED]
        found += [
            Partial(
                int(row),
                label,
                given,
                plain[row],
                estimator.conditional(latents[:, row], values[label], values[given]),
            )
            for row in sorted(most)
            if plain[row].p_value < SURE
        ]
    return tuple(found)


def _count(found: Informative) -> dict[str, Any]:
    return {
        "count": found.count,
        "latents": found.rows.tolist(),
        "threshold": found.threshold,
        "same_count_from": found.low,
        "same_count_to": found.high,
        "measure": found.measure.tolist(),
    }


def _record(information: Information) -> dict[str, float]:
    return {
        "nats": information.value,
        "error": information.error,
        "null": information.null_mean,
        "null_scatter": information.null_scatter,
        "p_value": information.p_value,
        "n": information.n,
    }
