"""What reads labels off latents once it is fitted: values, conformal errors, and refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import check_shapes
from starsieve.errors import ModelMismatchError
from starsieve.representations.probes import Option, Probe, Scaling
from starsieve.stats.neighbours import nearest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEVELS = (0.6827, 0.95)
"""Probabilities of the intervals that go with each value."""

NEIGHBOURHOOD = 20
"""Labelled neighbours whose errors say how hard a place is."""

FAR_NEIGHBOUR = 5
"""The labelled neighbour whose distance says how far a spectrum is from all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """Probes of one label fitted to all labelled spectra, or to all but a fold.

    Parameters
    ----------
    probes : sequence of Probe
        Of one option each; the answer is their mean.
    scaled : array, shape (n_items, n_latents)
        Latents of those spectra, scaled as distances are taken.
    missed : array, shape (n_items,)
        How far off their held-out predictions were, in the label's unit.
    """

    probes: Sequence[Probe]
    scaled: FloatArray
    missed: FloatArray

    def predict(self, latents: FloatArray) -> FloatArray:
        """Return values, shape (n_items,)."""
        found = [probe.predict(latents)[:, 0, 0] for probe in self.probes]
        return np.asarray(np.mean(found, axis=0), np.float64)

    def look_around(self, scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the distance to the labelled ones and the error expected there, (n_items,)."""
        k = min(NEIGHBOURHOOD, len(self.scaled))
        distances, rows = nearest(self.scaled, scaled, k)
        # Half of it is everybody's: a few neighbours that did well by chance promise nothing.
        local = 0.5 * (self.missed[rows].mean(axis=1) + self.missed.mean())
        far = distances[:, min(FAR_NEIGHBOUR, k) - 1]
        return np.asarray(far, np.float64), np.asarray(local, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class LabelTagger:
    """What reads one label off latents.

    Parameters
    ----------
    options : tuple of Option
        Those that did best on held-out stars.
    final : Member
        Fitted to all labelled spectra.
    held_out : tuple of Member
        Fold by fold, fitted without its stars: for spectra of just these stars.
    quantiles : dict of float to float
        Half width of the interval of each level of `LEVELS`, in units of the expected error.
    farthest : float
        Distance beyond which there is no answer.
    n_spectra, n_stars : int
        Labelled ones.
    scatter, bias : float
        1.48 times the median absolute error of held-out predictions, and their median error.
    """

    options: tuple[Option, ...]
    final: Member
    held_out: tuple[Member, ...]
    quantiles: Mapping[float, float]
    farthest: float
    n_spectra: int
    n_stars: int
    scatter: float
    bias: float


@dataclass(frozen=True, slots=True, eq=False)
class LabelTags:
    """One label of many spectra, NaN where there is no answer; arrays of shape (n_items,).

    Parameters
    ----------
    value : array
    half_width : dict of float to array
        Of the interval of each level.
    distance : array
        To labelled spectra, 1 at the limit beyond which there is no answer.
    """

    value: FloatArray
    half_width: Mapping[float, FloatArray]
    distance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """What reads labels off the latents of one model.

    Parameters
    ----------
    model : str
        The model whose latents it reads.
    labels : dict of str to LabelTagger
    refused : dict of str to str
        Labels that nothing could be fitted to, and why.
    errors : array, shape (n_latents,)
        Typical errors of the latents, their units here.
    scaling : Scaling
        Of distances.
    folds : dict
        The fold that each labelled star was held out in.
    """

    model: str
    labels: Mapping[str, LabelTagger]
    refused: Mapping[str, str]
    errors: FloatArray
    scaling: Scaling
    folds: Mapping[Any, int]

    def __repr__(self) -> str:
        return f"<Tagger: {', '.join(self.labels)} from latents of {self.model or 'a model'!r}>"

    def tag(
        self, embeddings: Embeddings, groups: npt.ArrayLike | None = None
    ) -> dict[str, LabelTags]:
        """Return labels of spectra with their errors.

        A spectrum of a star that was learnt from is judged by what was fitted without that star.

        Parameters
        ----------
        embeddings : Embeddings
        groups : array, shape (n_items,), optional
            The star of each, as in `fit_tags`; without it all are taken to be unknown stars.

        Raises
        ------
        ModelMismatchError
            If the embeddings are of another model, or of another number of latents.
        """
        self._check(embeddings)
        folds = np.full(len(embeddings), -1)
        if groups is not None:
            names = np.asarray(groups)
            check_shapes((len(embeddings),), groups=names)
            folds = np.array([self.folds.get(name, -1) for name in names.tolist()], np.int64)
        latents = np.asarray(embeddings.latents, np.float64) / self.errors
        return {
            name: _ask(tagger, self.scaling, latents, folds) for name, tagger in self.labels.items()
        }

    def _check(self, embeddings: Embeddings) -> None:
        n_latents = len(self.errors)
        if embeddings.latents.shape[1] != n_latents:
            msg = (
                f"The tagger reads {n_latents} latents, got {embeddings.latents.shape[1]}. "
                "Encode both collections with the same model."
            )
            raise ModelMismatchError(msg)
        if self.model and embeddings.model and self.model != embeddings.model:
            msg = (
                f"The tagger reads latents of {self.model!r}, got those of {embeddings.model!r}. "
                "Encode both collections with the same model."
            )
            raise ModelMismatchError(msg)


def _ask(tagger: LabelTagger, scaling: Scaling, latents: FloatArray, folds: IntArray) -> LabelTags:
    """Ask those who never saw the star, and leave out what is too far from all labelled ones."""
    value, expected, distance = (np.full(len(latents), np.nan) for _ in range(3))
    known = np.isfinite(latents).all(axis=1)
    for fold, member in enumerate((*tagger.held_out, tagger.final)):
        rows = known & (folds == (fold if fold < len(tagger.held_out) else -1))
        if rows.any():
            far, expected[rows] = member.look_around(scaling(latents[rows]))
            distance[rows] = (
                far / tagger.farthest if tagger.farthest > 0 else np.where(far, np.inf, 0)
            )
            value[rows] = member.predict(latents[rows])
    refused = ~(distance <= 1.0)
    value[refused] = expected[refused] = np.nan
    widths = {level: quantile * expected for level, quantile in tagger.quantiles.items()}
    return LabelTags(value, widths, distance)
