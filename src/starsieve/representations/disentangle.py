"""What latents mean: informative ones, their information on labels, scores beside those of PCA."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import starsieve
from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.errors import DataError
from starsieve.representations.disentangle_recipe import DisentangleRecipe, MeaningOptions
from starsieve.representations.factor_scores import Scores, can_score, score_factors
from starsieve.representations.known_labels import KnownLabels, labels_of, read_labels, read_latents
from starsieve.representations.meaning import SURE, Estimator, Meaning, describe
from starsieve.representations.meaning_report import write_report
from starsieve.representations.rest_components import components_of
from starsieve.representations.selection import Colour, Selection, colouring, select
from starsieve.stats.information import LEAST_ROWS, Information

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Disentangled:
    """What the latents of several models mean, of the same spectra.

    Parameters
    ----------
    selection : Selection
    options : MeaningOptions
    meanings : tuple of Meaning
        Of the models, then of principal components if there are any.
    ceiling : Scores, optional
        Of the labels themselves as latents: labels that depend on each other keep it below 1.
    dependence : mapping of pair of str to Information
        Of every two labels.
    origin : mapping
        What was compared, for provenance.
    """

    selection: Selection
    options: MeaningOptions
    meanings: tuple[Meaning, ...]
    ceiling: Scores | None
    dependence: Mapping[tuple[str, str], Information]
    origin: Mapping[str, Any]

    def __repr__(self) -> str:
        names = ", ".join(each.name for each in self.meanings)
        return f"<Disentangled: {names} of {len(self.selection.known)} spectra>"

    def colour(self) -> tuple[str, Colour | None]:
        """Return what scatter plots are coloured by, and its name."""
        return colouring(self.selection.known, self.selection.labels, self.options)

    def spread(self) -> list[dict[str, Any]]:
        """Return the mean and deviation of each score over models of one size."""
        groups: dict[tuple[bool, int], list[dict[str, float]]] = {}
        for each in self.meanings:
            if each.scores is not None:
                key = (each.baseline, each.n_latents)
                groups.setdefault(key, []).append(each.scores.to_record())
        rows = []
        for (baseline, n_latents), records in groups.items():
            columns = {name: np.array([r[name] for r in records]) for name in records[0]}
            rows.append(
                {
                    "baseline": baseline,
                    "n_latents": n_latents,
                    "n_models": len(records),
                    "mean": {name: float(v.mean()) for name, v in columns.items()},
                    "deviation": {
                        name: float(v.std(ddof=1)) if len(v) > 1 else None
                        for name, v in columns.items()
                    },
                }
            )
        return rows

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "n_spectra": len(self.selection.known),
            "left_out": list(self.selection.notes),
            "labels": [
                {
                    "label": use.name,
                    "n": use.n,
                    "n_unknown": use.n_unknown,
                    "n_clipped": use.n_clipped,
                    "cannot_say": use.reason or None,
                }
                for use in self.selection.uses
            ],
            "models": [each.to_record() for each in self.meanings],
            "over_models": self.spread(),
            "ceiling": None if self.ceiling is None else self.ceiling.to_record(),
            "label_dependence": [
                {"labels": list(pair), "nats": each.value, "error": each.error}
                for pair, each in self.dependence.items()
            ],
            "importance": self.options.importance,
            "origin": dict(self.origin),
        }


def disentangle(
    codes: Sequence[Embeddings],
    known: KnownLabels,
    options: MeaningOptions | None = None,
    *,
    baselines: Sequence[Embeddings] = (),
    origin: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Disentangled:
    """Say what latents mean.

    Parameters
    ----------
    codes : sequence of Embeddings
        Of one or several models; spectra are joined by number.
    known : KnownLabels
    options : MeaningOptions, optional
    baselines : sequence of Embeddings
        Principal components.
    origin : mapping, optional
        Kept for provenance.
    progress : callable, optional

    Raises
    ------
    DataError
        If too few spectra or no label are left to say anything; the message says why.
    """
    options = options or MeaningOptions()
    if not codes:
        msg = "Can't say: there are no latents. Give embeddings of at least one model."
        raise DataError(msg)
    selection = select([*codes, *baselines], known, options)
    estimator = Estimator(selection, options)
    dependence = _dependence(estimator)
    confounders = _confounders(selection.labels, dependence)
    meanings = []
    for number, each in enumerate(selection.codes):
        baseline = number >= len(codes)
        part = _part(progress, number, len(selection.codes), each.model)
        meanings.append(describe(each, estimator, confounders, baseline=baseline, progress=part))
    _, factors = selection.factors()
    ceiling = score_factors(factors, factors, options) if can_score(factors) else None
    made = {"options": options.model_dump(mode="json", include=set(MeaningOptions.model_fields))}
    found = {**(origin or {}), **made, "starsieve": starsieve.__version__}
    return Disentangled(selection, options, tuple(meanings), ceiling, dependence, found)


def disentangle_stored(
    recipe: DisentangleRecipe, archive: Archive, progress: Progress | None = None
) -> Disentangled:
    """Say what the latents of a collection's spectra mean.

    Without a model of principal components, those of the same spectra at rest are made here, one
    set for each latent size.

    Raises
    ------
    NotInArchiveError
        If collection or embeddings are not there.
    DataError
        As `disentangle`.
    """
    codes = [archive.embeddings.read(recipe.collection, model) for model in recipe.models]
    known = labels_of(archive, recipe.collection, recipe.origin)
    if recipe.pca is not None:
        baselines = [archive.embeddings.read(recipe.collection, recipe.pca)]
    else:
        wanted = select(codes, known, recipe).known.ids
        baselines = components_of(archive, codes, wanted, progress)
    origin: dict[str, Any] = {"collection": recipe.collection, "models": list(recipe.models)}
    if recipe.origin is not None:
        origin["labels"] = recipe.origin
    used = {recipe.collection: (*recipe.models, recipe.pca)}
    origin["weights"] = {
        each.model: each.model_hash
        for each in archive.embeddings.list()
        if each.model in used.get(each.collection, ())
    }
    return disentangle(codes, known, recipe, baselines=baselines, origin=origin, progress=progress)


def disentangle_files(
    latents: Sequence[Path],
    labels: Path,
    options: MeaningOptions | None = None,
    *,
    pca: Path | None = None,
    progress: Progress | None = None,
) -> Disentangled:
    """Say what the latents in files mean.

    Parameters
    ----------
    latents : sequence of Path
        See `read_latents`.
    labels : Path
        See `read_labels`.
    options : MeaningOptions, optional
    pca : Path, optional
        Principal components, in a file as `latents`.
    progress : callable, optional

    Raises
    ------
    FileError
        If a file can't be read.
    DataError
        If latents have no numbers and are not as many as the labels, or as `disentangle`.
    """
    known = read_labels(labels)
    codes = []
    paths = [*latents, *([] if pca is None else [pca])]
    for path in paths:
        made, numbered = read_latents(path)
        if not numbered:
            if len(made) != len(known):
                msg = (
                    f"{path} has {len(made)} rows without numbers and {labels} has {len(known)}; "
                    "expected as many. Or give an .npz file with 'latents' and 'ids'."
                )
                raise DataError(msg)
            made = Embeddings(made.latents, known.ids, made.sigma, model=made.model)
        codes.append(made)
    origin = {"sha256": {path.name: _hash(path) for path in [*paths, labels]}}
    n = len(latents)
    return disentangle(
        codes[:n], known, options, baselines=codes[n:], origin=origin, progress=progress
    )


def disentangle_collection(
    recipe: DisentangleRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Say what the latents of a collection's spectra mean; write pages if asked to.

    Raises
    ------
    NotInArchiveError, DataError
        As `disentangle_stored`.
    FileError
        If the report can't be written.
    """
    found = disentangle_stored(recipe, archive, progress)
    page = None if recipe.report is None else write_report(found, Path(recipe.report))
    return found.to_record() | {"report": None if page is None else str(page)}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _part(
    progress: Progress | None, number: int, n_models: int, what: str
) -> Callable[[int, int], None]:
    """Return what tells of progress within one of several models."""

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(number * total + done, n_models * total, what)

    return tell


def _dependence(estimator: Estimator) -> dict[tuple[str, str], Information]:
    values, labels = estimator.selection.known.values, estimator.selection.labels
    found = {}
    for number, first in enumerate(labels):
        for second in labels[number + 1 :]:
            both = np.isfinite(values[first]) & np.isfinite(values[second])
            if both.sum() >= LEAST_ROWS:
                found[first, second] = estimator.information(values[first], values[second])
    return found


def _confounders(
    labels: Sequence[str], dependence: Mapping[tuple[str, str], Information]
) -> dict[str, str]:
    """Return for each label the other one that it depends on most, if on any."""
    found = {}
    for label in labels:
        others = {
            pair[pair[0] == label]: each
            for pair, each in dependence.items()
            if label in pair and each.p_value < SURE
        }
        if others:
            found[label] = max(others, key=lambda name: others[name].value)
    return found
