"""Learn to read physical labels off the latents of frozen embeddings.

Neighbours and small regressions compete for each label on folds by star; the errors are conformal,
scaled by how well the neighbourhood was predicted; and where labelled spectra are far, there is no
answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings
from starsieve.data.spectrum import check_shapes
from starsieve.errors import DataError
from starsieve.representations.distances import typical_errors
from starsieve.representations.probes import (
    Option,
    Probe,
    Scaling,
    fit_path,
    list_families,
    path,
)
from starsieve.representations.tagger import LEVELS, LabelTagger, Member, Tagger
from starsieve.stats.conformal import conformal_quantile

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FOLDS = 5

FEWEST_STARS = 30
"""With fewer an interval of 95 % would rest on the one worst star, and options on nothing."""

FEWEST_VALUES = 5
"""A label that takes fewer values is a class, not a quantity."""

FARTHEST = 0.99
"""Share of the labelled spectra that are no further from the others than what is answered for."""

COMMITTEE = 3
"""Best options whose mean is the answer: their order is partly chance."""


def fit_tags(
    embeddings: Embeddings,
    labels: Mapping[str, npt.ArrayLike],
    groups: npt.ArrayLike | None = None,
    *,
    seed: int = 0,
) -> Tagger:
    """Learn to read labels off frozen latents.

    Parameters
    ----------
    embeddings : Embeddings
        Of labelled spectra; rows of NaN are left out.
    labels : mapping of str to array, shape (n_items,)
        NaN where unknown.
    groups : array, shape (n_items,), optional
        The star of each, so that no star is held out and learnt from at once; by default every
        spectrum is of a star of its own.
    seed : int
        Of the folds.

    Returns
    -------
    Tagger
        Labels that nothing can be learnt of are in `.refused`, with the reason.

    Raises
    ------
    DataError
        If nothing can be learnt of any label; the message says why.
    """
    names = np.arange(len(embeddings)) if groups is None else np.asarray(groups)
    columns = {name: np.asarray(values, np.float64) for name, values in labels.items()}
    check_shapes((len(embeddings),), groups=names, **columns)
    errors, known = typical_errors(embeddings), embeddings.known
    latents = np.asarray(embeddings.latents, np.float64) / errors
    refused = {name: _objection(v, known, names, latents) for name, v in columns.items()}
    refused = {name: why for name, why in refused.items() if why}
    if len(refused) == len(columns):
        why = " ".join(f"{name}: {reason}" for name, reason in refused.items())
        msg = f"No label can be learnt from these spectra. {why or 'None is given.'}"
        raise DataError(msg)
    scaling = Scaling.fit(latents[known], 0.5)
    folds = _deal(names[known], seed)
    fitted: dict[str, LabelTagger] = {}
    for rows, some in _by_rows(columns.keys() - refused.keys(), columns, known):
        values = np.stack([columns[name][rows] for name in some], axis=1)
        place = np.array([folds[each] for each in names[rows].tolist()], np.int64)
        labelled = _Labelled(latents[rows], values, names[rows], place, scaling(latents[rows]))
        fitted |= dict(zip(some, _fit_labels(labelled), strict=True))
    ordered = {name: fitted[name] for name in columns if name in fitted}
    return Tagger(embeddings.model, ordered, refused, errors, scaling, folds)


@dataclass(frozen=True, slots=True, eq=False)
class _Labelled:
    """Labelled spectra: latents (n, d), values (n, n_labels), stars, folds, scaled latents."""

    latents: FloatArray
    values: FloatArray
    groups: npt.NDArray[Any]
    folds: IntArray
    scaled: FloatArray


def _by_rows(
    names: Iterable[str], columns: Mapping[str, FloatArray], known: npt.NDArray[np.bool_]
) -> list[tuple[npt.NDArray[np.bool_], list[str]]]:
    """Return labels that are known of just the same spectra together: they share fits."""
    found: dict[bytes, tuple[npt.NDArray[np.bool_], list[str]]] = {}
    for name in sorted(names):
        rows = known & np.isfinite(columns[name])
        found.setdefault(rows.tobytes(), (rows, []))[1].append(name)
    return list(found.values())


def _objection(
    values: FloatArray, known: npt.NDArray[np.bool_], groups: npt.NDArray[Any], latents: FloatArray
) -> str:
    """Return why nothing can be learnt of a label, or an empty text."""
    rows = known & np.isfinite(values)
    n_stars, n_values = len(np.unique(groups[rows])), len(np.unique(values[rows]))
    if n_stars < FEWEST_STARS:
        return f"{n_stars} stars with that label and an embedding, at least {FEWEST_STARS} needed."
    if n_values < FEWEST_VALUES:
        return f"it takes {n_values} values only, at least {FEWEST_VALUES} needed for a quantity."
    if not np.any(latents[rows].std(axis=0) > 0):
        return "all latents are the same."
    return ""


def _deal(groups: npt.NDArray[Any], seed: int) -> dict[Any, int]:
    """Return a fold for each group, each fold with as many groups."""
    names = np.unique(groups).tolist()
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[each]: place % FOLDS for place, each in enumerate(order.tolist())}


def _fit_labels(labelled: _Labelled) -> list[LabelTagger]:
    """Fit every option to every fold's rest, and keep the best few for each label."""
    choices, errors, predicted = [], [], []
    fits: list[tuple[list[Probe], Probe]] = []
    for family in list_families():
        options = path(family)
        parts = [_fit_without(labelled, options, fold) for fold in range(FOLDS)]
        unseen = np.empty((len(labelled.latents), len(options), labelled.values.shape[1]))
        for fold, probe in enumerate(parts):
            rows = labelled.folds == fold
            unseen[rows] = probe.predict(labelled.latents[rows])
        fits.append((parts, fit_path(options, labelled.latents, labelled.values)))
        choices += [(len(fits) - 1, number, option) for number, option in enumerate(options)]
        errors.append(_typical(np.abs(unseen - labelled.values[:, None])))
        predicted.append(unseen)
    error, unseen = np.concatenate(errors), np.concatenate(predicted, axis=1)
    taggers = []
    for label in range(labelled.values.shape[1]):
        best = np.argsort(error[:, label], kind="stable")[:COMMITTEE].tolist()
        missed = labelled.values[:, label] - unseen[:, best, label].mean(axis=1)
        chosen = [choices[each] for each in best]
        probes = [
            [fits[family][0][fold].only(number, label) for family, number, _ in chosen]
            for fold in range(FOLDS)
        ]
        final = [fits[family][1].only(number, label) for family, number, _ in chosen]
        options_of = tuple(option for *_, option in chosen)
        taggers.append(_calibrate(labelled, options_of, final, probes, missed))
    return taggers


def _fit_without(labelled: _Labelled, options: Sequence[Option], fold: int) -> Probe:
    rows = labelled.folds != fold
    return fit_path(options, labelled.latents[rows], labelled.values[rows])


def _typical(errors: FloatArray) -> FloatArray:
    """Return the mean of the smaller nine tenths of absolute errors along the first axis.

    It hardly heeds outliers and is less noisy than a median, whose noise would do the choosing.
    """
    kept = max(1, int(0.9 * len(errors)))
    return np.asarray(np.sort(errors, axis=0)[:kept].mean(axis=0), np.float64)


def _calibrate(
    labelled: _Labelled,
    options: tuple[Option, ...],
    final: Sequence[Probe],
    probes: Sequence[Sequence[Probe]],
    missed: FloatArray,
) -> LabelTagger:
    """Find how wide intervals must be and how far is too far, from held-out predictions."""
    n_items = len(missed)
    distance, expected = np.empty(n_items), np.empty(n_items)
    # A label that is predicted perfectly still needs a unit to count errors in.
    floor = 1e-9 * float(np.abs(missed).max(initial=0.0)) + 1e-12
    size = np.abs(missed) + floor
    members = []
    for fold in range(FOLDS):
        rows = labelled.folds == fold
        members.append(Member(probes[fold], labelled.scaled[~rows], size[~rows]))
        distance[rows], expected[rows] = members[-1].look_around(labelled.scaled[rows])
    scores = np.abs(missed) / expected
    return LabelTagger(
        options=options,
        final=Member(final, labelled.scaled, size),
        held_out=tuple(members),
        quantiles={level: conformal_quantile(scores, level, labelled.groups) for level in LEVELS},
        farthest=float(np.quantile(distance, FARTHEST)),
        n_spectra=n_items,
        n_stars=len(np.unique(labelled.groups)),
        scatter=float(1.4826 * np.median(np.abs(missed))),
        bias=float(-np.median(missed)),
    )
