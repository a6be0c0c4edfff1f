"""What can be asked of an inference besides its draws: refined, to scale, predicted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.importance.refine import Refiner
from starsieve.atmospheres.importance.refined import Refined
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.kept_emulator import emulator_of
from starsieve.atmospheres.models import OF_ONE_GRID, AtmosphereModel, PosteriorModel
from starsieve.atmospheres.physical import Physical, check_absolute, find_physical, find_scales
from starsieve.atmospheres.posterior import Posteriors, infer_posteriors
from starsieve.atmospheres.predictive import FEWEST, Predictive, find_predictive
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.priors import NOTHING_GIVEN, Given
from starsieve.atmospheres.several.model import HASH_DIGITS, SeveralModel
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

UNEXPLAINED = 1e-3
"""Probability of the best fit's chi-square below which the errors do not explain it."""

PREDICTED = 200
"""Draws of which spectra are predicted."""


@dataclass(frozen=True, slots=True)
class Further:
    """What is wanted besides the draws.

    Parameters
    ----------
    refine : bool
        Draws under an emulator's likelihood instead of the network's own.
    distance : Distance, optional
        Of the object, for its radius and luminosity.
    predict : bool
        Bands of the predicted spectrum, and the posterior predictive p-value.
    given : Given
        What is known beside the spectra: priors, an age.
    unseen : bool
        Spectra that a model was tuned on are answered by those of its members that never saw the
        object.
    """

    refine: bool = False
    distance: Distance | None = None
    predict: bool = False
    given: Given = NOTHING_GIVEN
    unseen: bool = False


NOTHING = Further()


@cache
def refiner_of(model: PosteriorModel) -> Refiner:
    """Return what refines a model's posteriors: its emulator is made or read once."""
    return Refiner.of(model, emulator_of(model))


def check_wanted(model: AtmosphereModel, wanted: Further) -> None:
    """Say so if a model can't do what is wanted.

    Raises
    ------
    DataError
        If it can't.
    """
    several = isinstance(model, SeveralModel)
    ages = isinstance(model, SeveralModel) and model.knows_ages
    wanted.given.check(model.grid.names, knows_ages=ages)
    if several and (wanted.refine or wanted.distance is not None):
        what = "refines draws" if wanted.refine else "knows radii"
        msg = f"{model.name} is of several grids; who {what} is a model of one: {OF_ONE_GRID}."
        raise DataError(msg)
    if wanted.refine and wanted.given.priors:
        msg = "Draws are either refined or chosen by priors; leave one of them out."
        raise DataError(msg)


def find_posteriors(
    model: AtmosphereModel,
    observed: list[Prepared],
    hashes: Sequence[str],
    n_draws: int,
    seed: int,
    wanted: Further,
) -> tuple[Posteriors, Sequence[Refined | None]]:
    """Return the posteriors of observations, and how each was refined, if that is wanted.

    Parameters
    ----------
    hashes : sequence of str
        SHA-256 of the file that each observation came from.
    """
    if isinstance(model, SeveralModel) or not wanted.refine:
        folds = None
        if wanted.unseen and isinstance(model, SeveralModel) and model.tuned is not None:
            of_file = model.tuned.folds
            folds = np.array([of_file.get(each[:HASH_DIGITS], -1) for each in hashes])
        found = infer_posteriors(model, observed, n_draws, seed, wanted.given, folds)
        return found, [None] * len(observed)
    found = infer_posteriors(model, observed, 1, seed)  # for the fits: its draws are replaced
    refined = refiner_of(model).refine(observed, found.fit.parameters, n_draws, seed)
    return replace(found, draws=np.stack([each.draws for each in refined])), refined


def add_further(
    model: AtmosphereModel,
    result: Inference,
    prepared: Prepared,
    refined: Refined | None,
    wanted: Further,
    seed: int,
) -> Inference:
    """Return an inference with what else is wanted.

    Raises
    ------
    DataError
        If a distance is given, and the flux is not absolute.
    """
    if refined is not None:
        warnings = (*result.warnings, *_warn(refined, result))
        result = replace(result, refined=refined, warnings=warnings)
    if isinstance(model, SeveralModel) or (wanted.distance is None and not wanted.predict):
        return result
    if wanted.distance is not None:
        check_absolute(result.observed)
    scale = _scales(model, result, prepared, seed) if refined is None else refined.scale
    if wanted.distance is not None:
        physical = _find_physical(model, result, scale, wanted.distance, seed)
        extra = (physical.warning,) if physical.warning else ()
        result = replace(result, physical=physical, warnings=(*result.warnings, *extra))
    if wanted.predict and len(result.draws) >= FEWEST:
        result = replace(result, predictive=_predict(model, result, prepared, scale))
    return result


def _warn(refined: Refined, result: Inference) -> list[str]:
    warnings = []
    if refined.too_few:
        warnings.append(
            f"refining rests on an effective number of {refined.ess:.0f} draws of "
            f"{len(refined.draws)}: take its quantiles as rough, or ask for more draws"
        )
    if result.fit is not None and result.fit.p_value < UNEXPLAINED:
        warnings.append(
            f"the model departs from the spectrum by more than the errors; these were inflated by "
            f"{np.median(refined.inflation):.1%} of the mean flux, most of it shared by "
            "neighbouring pixels, but refined intervals may still be too narrow"
        )
    return warnings


def _scales(model: PosteriorModel, result: Inference, prepared: Prepared, seed: int) -> FloatArray:
    return find_scales(model.grid, prepared, result.draws, result.ood_score, seed)


def _find_physical(
    model: PosteriorModel, result: Inference, scale: FloatArray, distance: Distance, seed: int
) -> Physical:
    if "teff" not in result.names:
        msg = f"a radius and a luminosity need teff, which {model.name} does not infer."
        raise DataError(msg)
    teff = result.draws_of("teff")
    return find_physical(result.observed, model.grid, teff, scale, distance, seed)


def _predict(
    model: PosteriorModel, result: Inference, prepared: Prepared, scale: FloatArray
) -> Predictive:
    rows = np.unique(np.linspace(0, len(result.draws) - 1, PREDICTED).astype(int))
    draws = result.draws[rows]
    if result.refined is None:
        models = np.exp(model.grid.log_at(model.grid.to_steps(draws)))
    else:
        models = refiner_of(model).render(draws)
    models = models * scale[rows, None]
    return find_predictive(models, prepared.flux, prepared.sigma, prepared.trusted)
