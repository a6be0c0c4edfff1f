"""How good a model's numbers are: on simulated and on real labelled spectra, beside baselines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.baselines import (
    NEAREST,
    nearest_grid_point,
    noisy,
    predict_by_regressor,
    regressors,
    scale_free,
)
from starsieve.atmospheres.evaluate_grids import evaluate_on_grids
from starsieve.atmospheres.evaluate_labelled import NETWORK, evaluate_labelled, nearest_row
from starsieve.atmospheres.evaluation import Evaluation, Scoring
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.models import PosteriorModel
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.regressors.models import RegressorModel
from starsieve.atmospheres.regressors.rows import label_matrix
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.simulate import in_bands
from starsieve.atmospheres.subjects import (
    AnyModel,
    check_comparable,
    check_unseen,
    edges_of,
    known_to,
    names_of,
    predict_labels,
    prepare_all,
    spreads_of,
    wave_of,
)
from starsieve.atmospheres.train import refined, without_held_out
from starsieve.atmospheres.training import training_of
from starsieve.atmospheres.tuning.judge import evaluate_several
from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

Progress = Callable[[int, int, str], None]

TRAINING_COPIES = 20
"""Noisy copies of each spectrum that the learning baselines are trained on."""


def evaluate(
    model: AnyModel | SeveralModel,
    path: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    beside: Sequence[AnyModel | SeveralModel] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a model: on a table of labelled spectra, or else on simulated ones.

    See `evaluate_labelled`, `evaluate_simulated` and, for a model of several grids,
    `starsieve.atmospheres.tuning.judge.evaluate_several` and
    `starsieve.atmospheres.evaluate_grids.evaluate_on_grids`.

    Raises
    ------
    ModelMismatchError
        If a model of several grids is to be compared with others.
    """
    others = [check_comparable(each) for each in beside]
    if isinstance(model, SeveralModel) and not others:
        if path is None:
            return evaluate_on_grids(model, draws=draws, seed=seed, progress=progress)
        return evaluate_several(
            model, path, columns=columns, where=where, draws=draws, seed=seed, progress=progress
        )
    subject = check_comparable(model)
    if path is None:
        return evaluate_simulated(subject, draws=draws, seed=seed, beside=others, progress=progress)
    return evaluate_labelled(
        subject,
        path,
        columns=columns,
        where=where,
        draws=draws,
        seed=seed,
        beside=others,
        progress=progress,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Simulated:
    """Noisy observations of nodes that a model never saw.

    Parameters
    ----------
    flux, sigma : arrays, shape (n, n_pixels)
    labels : array, shape (n, n_labels)
    seen : SpectrumSet
        What the model was trained on.
    used, reference : arrays of bool, shape (n_pixels,)
        Outside of the masked bands, and in the recipe's reference band.
    observed : list of Observed
    """

    flux: FloatArray
    sigma: FloatArray
    labels: FloatArray
    seen: SpectrumSet
    used: npt.NDArray[np.bool_]
    reference: npt.NDArray[np.bool_]
    observed: list[Observed]


def evaluate_simulated(
    model: AnyModel,
    *,
    snr: float = 50.0,
    copies: int = 3,
    draws: int = 1000,
    seed: int = 0,
    baselines: bool = True,
    beside: Sequence[AnyModel] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on noisy observations of the nodes that the recipe held out.

    The noise is the same in each pixel: the median flux of the recipe's reference band over
    `snr`. Baselines are trained on the nodes that the model was trained on, under such noise, and
    best fits see those only, with splines between them. Coverage counts a label where it is no
    edge of the grid: a posterior without mass beyond an edge never has it inside.

    Raises
    ------
    DataError
        If the model's recipe held out no nodes, or one `beside` it did not hold out all of them.
    """
    names, recipe = names_of(model), model.recipe
    for other in beside:
        check_unseen(other, recipe.held_out)
    rng = np.random.default_rng(seed)
    case = _simulate(model, snr, copies, rng)
    guesses, found = _guess(model, case, draws, seed, progress)
    if baselines:
        guesses |= _baselines(case, names, snr, seed, rng, progress)
    for other in beside:
        guesses[other.name] = predict_labels(other, case.observed, names, draws, seed, progress)
    held = "; ".join(f"{k} {', '.join(f'{v:g}' for v in vs)}" for k, vs in recipe.held_out.items())
    n = len(case.labels)
    scoring = Scoring(np.tile(np.arange(n // copies), copies), spreads_of(model))
    edges = edges_of(model)
    return Evaluation(
        model=model.name,
        on=f"{n} simulated spectra of the nodes held out ({held}), S/N {snr:g}",
        metrics=tuple(
            row
            for column, name in enumerate(names)
            for method, guess in guesses.items()
            for row in scoring.score(
                "held-out nodes",
                name,
                method,
                guess[:, column],
                case.labels[:, column],
                np.ones(n, dtype=bool),
            )
        ),
        draws=found,
        truth={
            name: np.where(np.isin(case.labels[:, i], edges[name]), np.nan, case.labels[:, i])
            for i, name in enumerate(names)
        },
        notes=("Coverage and ranks are of labels that are no edge of the grid.",) if found else (),
        provenance={"held_out": dict(recipe.held_out), "snr": snr, "copies": copies, "seed": seed},
        training=training_of(model),
    )


def _simulate(model: AnyModel, snr: float, copies: int, rng: np.random.Generator) -> _Simulated:
    known, recipe, wave = known_to(model), model.recipe, wave_of(model)
    reference = in_bands(wave, (recipe.observing.reference_band,))
    flux, sigma = noisy(known.unseen.flux, reference, snr, copies, rng)
    resolution = model.card.resolution
    return _Simulated(
        flux,
        sigma,
        np.tile(label_matrix(known.unseen, names_of(model)), (copies, 1)),
        known.seen,
        ~in_bands(wave, recipe.observing.masked),
        reference,
        [
            Observed(Spectrum(wave, f, s, resolution=resolution), f"simulated {i}")
            for i, (f, s) in enumerate(zip(flux, sigma, strict=True))
        ],
    )


def _guess(
    model: AnyModel, case: _Simulated, draws: int, seed: int, progress: Progress | None
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return the model's values and the nearest grid point's, by method, and draws by label."""
    if isinstance(model, RegressorModel):
        names = names_of(model)
        ready = prepare_all(model, case.observed)
        if len(ready) < len(case.observed):
            msg = f"{len(case.observed) - len(ready)} simulated spectra could not be used."
            raise DataError(msg)
        nearest = nearest_row(case.seen, names, list(ready.values()))
        found = predict_labels(model, case.observed, names, draws, seed, progress)
        return {model.name: found, NEAREST: nearest}, {}
    seen, _ = without_held_out(model.grid, model.recipe)
    blind = replace(model, fitting=refined(model.grid, seen, {}))
    results = _infer_simulated(blind, case, draws, seed, progress)
    used = np.broadcast_to(case.used, case.flux.shape)
    return (
        {
            NETWORK: np.median([r.draws for r in results], axis=1),
            NEAREST: nearest_grid_point(seen, case.flux, case.sigma, used),
        },
        {n: np.stack([r.draws_of(n) for r in results], axis=1) for n in model.grid.names},
    )


def _baselines(
    case: _Simulated,
    names: tuple[str, ...],
    snr: float,
    seed: int,
    rng: np.random.Generator,
    progress: Progress | None,
) -> dict[str, FloatArray]:
    training, _ = noisy(case.seen.flux, case.reference, snr, TRAINING_COPIES, rng)
    answers = np.tile(label_matrix(case.seen, names), (TRAINING_COPIES, 1))
    inputs = scale_free(training, case.used), answers
    guesses = {}
    for name, regressor in regressors(seed, min(inputs[0].shape)):
        if progress is not None:
            progress(0, 1, name)
        guesses[name] = predict_by_regressor(regressor, inputs, scale_free(case.flux, case.used))
    return guesses


def _infer_simulated(
    model: PosteriorModel, case: _Simulated, draws: int, seed: int, progress: Progress | None
) -> Inferences:
    """Infer from simulated observations through the same door as from real ones."""
    results = infer_observed(model, case.observed, draws, seed, progress)
    if results.failures:
        msg = f"A simulated spectrum could not be used: {results.failures[0].error}"
        raise DataError(msg)
    return results
