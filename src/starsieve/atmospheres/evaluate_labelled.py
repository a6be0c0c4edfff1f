"""How good a model's numbers are on real spectra with known labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from starsieve.atmospheres.baselines import NEAREST, nearest_grid_point
from starsieve.atmospheres.evaluation import Evaluation, Row, Scoring
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.labelled import LabelledFiles, read_labelled
from starsieve.atmospheres.models import PosteriorModel
from starsieve.atmospheres.network_recipes import NearestNode
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.opening import Observed, read_items
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.regressors.draws import tensors_of
from starsieve.atmospheres.regressors.models import RegressorModel
from starsieve.atmospheres.regressors.networks import NearestNetwork
from starsieve.atmospheres.subjects import (
    AnyModel,
    names_of,
    predict_labels,
    prepare_all,
    spreads_of,
)
from starsieve.atmospheres.training import training_of
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

Progress = Callable[[int, int, str], None]
NETWORK = "posterior median"


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """What a model says of the table's spectra that it could use.

    Parameters
    ----------
    rows : list of int
        Their rows of the table.
    observed : list of Observed
    guesses : dict of str to array, shape (n, n_labels)
        By method.
    flagged : array of bool, shape (n,)
        The model itself does not quote these.
    draws : dict of str to array, shape (n_draws, n)
    notes : list of str
    """

    rows: list[int]
    observed: list[Observed]
    guesses: dict[str, FloatArray]
    flagged: npt.NDArray[np.bool_]
    draws: dict[str, FloatArray]
    notes: list[str]


def evaluate_labelled(
    model: AnyModel,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    beside: Sequence[AnyModel] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on real spectra with known labels, beside the nearest grid point and other models.

    Spectra whose value the model gives as a limit, or which it finds unlike its grid, are
    flagged, not quoted: they count neither for it nor for the baseline, and the notes say how
    many there are. Rows of the whole (``all quoted or not``) count everything. A regressor flags
    nothing.

    Parameters
    ----------
    path, columns, where
        As of `starsieve.atmospheres.labelled.read_labelled`.
    beside : sequence of models
        Judged on the same spectra, as far as they can use them.

    Raises
    ------
    FileError, DataError, RecipeError
        If the table can't be used, or nothing could be inferred.
    """
    labelled = read_labelled(path, names_of(model), columns, where)
    judge = _judge_posterior if isinstance(model, PosteriorModel) else _judge_regressor
    judged = judge(model, labelled, path, draws, seed, progress)  # type: ignore[arg-type]
    for other in beside:
        judged.guesses[other.name] = predict_labels(
            other, judged.observed, names_of(model), draws, seed, progress
        )
    truth = {name: values[judged.rows] for name, values in labelled.truth.items()}
    metrics, notes = _scores(model, labelled, judged, truth)
    if judged.draws:
        notes = (*notes, "Coverage is that of the spectra that are not flagged.")
    return Evaluation(
        model=model.name,
        on=f"{len(judged.rows)} real spectra of {path.name}"
        + (f" with {', '.join(where)}" if where else ""),
        metrics=tuple(metrics),
        draws={name: judged.draws[name] for name in truth if name in judged.draws},
        truth={name: np.where(judged.flagged, np.nan, values) for name, values in truth.items()},
        notes=tuple(notes),
        provenance={"table": str(path), "where": list(where), "draws": draws, "seed": seed},
        training=training_of(model),
    )


def _scores(
    model: AnyModel, labelled: LabelledFiles, judged: _Judged, truth: Mapping[str, FloatArray]
) -> tuple[list[Row], tuple[str, ...]]:
    """Return the table, group by group, and what was left out of it."""
    groups, flagged = labelled.groups[judged.rows], judged.flagged
    scoring = Scoring(labelled.objects[judged.rows], spreads_of(model))
    metrics: list[Row] = []
    notes = judged.notes
    for group in ("all", *sorted(set(groups) - {""})):
        inside = np.ones(len(groups), dtype=bool) if group == "all" else groups == group
        parts = [(group, inside)]
        if isinstance(model, PosteriorModel):
            notes.append(
                f"{group}: {int((inside & flagged).sum())} of {int(inside.sum())} flagged."
            )
            parts.append((f"{group}, not flagged", inside & ~flagged))
        for name, values in truth.items():
            column = names_of(model).index(name)
            for title, chosen in parts:
                used = chosen & np.isfinite(values)
                for method, guess in judged.guesses.items():
                    metrics += scoring.score(title, name, method, guess[:, column], values, used)
    return metrics, tuple(notes)


def _judge_posterior(
    model: PosteriorModel,
    labelled: LabelledFiles,
    path: Path,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> _Judged:
    found = infer(
        [str(f) for f in labelled.files], model, draws=draws, seed=seed, progress=progress
    )
    by_file: dict[str, Inference] = {}
    for each in found:
        by_file.setdefault(each.file.partition("#")[0], each)
    rows = [i for i, file in enumerate(labelled.files) if str(file) in by_file]
    if not rows:
        msg = f"{path}: nothing could be inferred. First: {found.failures[0].error}"
        raise DataError(msg)
    results = [by_file[str(labelled.files[i])] for i in rows]
    names = names_of(model)
    return _Judged(
        rows,
        [Observed(each.observed, each.file) for each in results],
        {
            NETWORK: np.stack([np.median(each.draws, axis=0) for each in results]),
            NEAREST: _nearest(model, results),
        },
        np.array([not r.in_distribution or "teff" in r.limits for r in results]),
        {name: np.stack([r.draws_of(name) for r in results], axis=1) for name in names},
        [f"{len(found.failures)} spectra could not be used."],
    )


def _judge_regressor(
    model: RegressorModel,
    labelled: LabelledFiles,
    path: Path,
    draws: int,  # noqa: ARG001
    seed: int,  # noqa: ARG001
    progress: Progress | None,
) -> _Judged:
    observed, failures = read_items([str(f) for f in labelled.files], progress)
    by_file: dict[str, Observed] = {}
    for each in observed:
        by_file.setdefault(each.file.partition("#")[0], each)
    there = [i for i, file in enumerate(labelled.files) if str(file) in by_file]
    ready = prepare_all(model, [by_file[str(labelled.files[i])] for i in there])
    if not ready:
        first = failures[0].error if failures else "no spectrum covers what the model knows."
        msg = f"{path}: nothing could be inferred. First: {first}"
        raise DataError(msg)
    rows = [there[number] for number in ready]
    prepared = list(ready.values())
    return _Judged(
        rows,
        [by_file[str(labelled.files[i])] for i in rows],
        {
            model.name: model.predict(prepared),
            NEAREST: nearest_row(model.rows, names_of(model), prepared),
        },
        np.zeros(len(rows), dtype=bool),
        {},
        [f"{len(labelled.files) - len(rows)} spectra could not be used."],
    )


def nearest_row(
    spectra: SpectrumSet, names: tuple[str, ...], prepared: Sequence[Prepared]
) -> FloatArray:
    """Return the labels, shape (n, n_labels), of the nearest spectra of a grid with holes."""
    labels, flux = tensors_of(spectra, names, torch.device("cpu"))
    network = NearestNetwork(len(flux), flux.shape[1], len(names), NearestNode().floor)
    network.fit(flux, labels)
    peak = [float(np.max(np.where(each.valid, each.flux, 0.0))) for each in prepared]
    scaled = [(p.flux / m, p.sigma / m) for p, m in zip(prepared, peak, strict=True)]
    seen = Observations(
        flux=torch.as_tensor(np.stack([f for f, _ in scaled]), dtype=torch.float32),
        sigma=torch.as_tensor(np.stack([s for _, s in scaled]), dtype=torch.float32),
        valid=torch.as_tensor(np.stack([each.trusted for each in prepared])),
    )
    return network.predict(seen).numpy().astype(np.float64)


def _nearest(model: PosteriorModel, results: Sequence[Inference]) -> FloatArray:
    """Return the nearest grid points of the same pixels that the model used."""
    fits = [r.fit for r in results if r.fit is not None]
    flux = np.stack([fit.flux for fit in fits])
    scale = np.max(np.abs(flux), axis=1, keepdims=True)
    return nearest_grid_point(
        model.grid,
        flux / scale,
        np.stack([fit.sigma for fit in fits]) / scale,
        np.stack([fit.valid for fit in fits]),
    )
