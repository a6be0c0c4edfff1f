"""What can be asked of an inference besides its draws: refined, to scale, predicted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import AtmosphereModel
from starsieve.atmospheres.physical import Render, check_absolute, find_physical, find_scales
from starsieve.atmospheres.posterior import Posteriors, infer_posteriors
from starsieve.atmospheres.predictive import FEWEST, Predictive, find_predictive
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.priors import NOTHING_GIVEN, Given
from starsieve.atmospheres.refining import Refining, refine_posteriors
from starsieve.atmospheres.rendering import check_radii, renderer_of
from starsieve.atmospheres.several.model import HASH_DIGITS, SeveralModel
from starsieve.atmospheres.several.refine import check_refinable
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


def check_wanted(model: AtmosphereModel, wanted: Further) -> None:
    """Say so if a model can't do what is wanted.

    Raises
    ------
    DataError
        If it can't.
    """
    ages = isinstance(model, SeveralModel) and model.knows_ages
    wanted.given.check(model.grid.names, knows_ages=ages)
    if wanted.refine and wanted.given != NOTHING_GIVEN:
        msg = "Draws are either refined or chosen by priors and age; leave one of them out."
        raise DataError(msg)
    if wanted.refine and isinstance(model, SeveralModel):
        check_refinable(model)
    if wanted.distance is not None:
        check_radii(model)


def find_posteriors(
    model: AtmosphereModel,
    observed: list[Prepared],
    hashes: Sequence[str],
    n_draws: int,
    seed: int,
    wanted: Further,
) -> tuple[Posteriors, Sequence[Refining | None]]:
    """Return the posteriors of observations, and how each was refined, if that is wanted.

    Parameters
    ----------
    hashes : sequence of str
        SHA-256 of the file that each observation came from.
    """
    if wanted.refine:
        return refine_posteriors(model, observed, n_draws, seed)
    folds = None
    if wanted.unseen and isinstance(model, SeveralModel) and model.tuned is not None:
        of_file = model.tuned.folds
        folds = np.array([of_file.get(each[:HASH_DIGITS], -1) for each in hashes])
    found = infer_posteriors(model, observed, n_draws, seed, wanted.given, folds)
    return found, [None] * len(observed)


def add_further(
    model: AtmosphereModel,
    result: Inference,
    prepared: Prepared,
    refining: Refining | None,
    wanted: Further,
    seed: int,
) -> Inference:
    """Return an inference with what else is wanted.

    Raises
    ------
    DataError
        If a distance is given, and the flux is not absolute.
    """
    if wanted.refine:
        warnings = (*result.warnings, *_warn(model, refining, result))
        refined = None if refining is None else refining.refined
        result = replace(result, refined=refined, warnings=warnings)
    if wanted.distance is None and not wanted.predict:
        return result
    if wanted.distance is not None:
        check_absolute(result.observed)
    if refining is not None:
        render, scale = refining.render, refining.refined.scale
    else:
        render = renderer_of(model, result, prepared, seed)
        misfit = result.provenance["misfit"]
        scale = find_scales(render, prepared, len(result.draws), misfit, seed)
    if wanted.distance is not None:
        teff = result.draws_of("teff")
        physical = find_physical(result.observed, teff, scale, wanted.distance, seed)
        extra = (physical.warning,) if physical.warning else ()
        result = replace(result, physical=physical, warnings=(*result.warnings, *extra))
    if wanted.predict and len(result.draws) >= FEWEST:
        result = replace(result, predictive=_predict(result, prepared, render, scale))
    return result


def _warn(model: AtmosphereModel, refining: Refining | None, result: Inference) -> list[str]:
    if refining is None:
        return [
            "nothing could be refined, all of it in holes of the grids: the draws are as they were"
        ]
    refined = refining.refined
    warnings = []
    if refined.too_few:
        warnings.append(
            f"refining rests on an effective number of {refined.ess:.0f} draws of "
            f"{len(refined.draws)}: take its quantiles as rough, or ask for more draws"
        )
    if isinstance(model, SeveralModel) and model.tuned is not None:
        warnings.append(
            "refined by what the grids say alone: what the model learned of labelled spectra, and "
            "of the grids' errors by them, is left out"
        )
    if result.fit is not None and result.fit.p_value < UNEXPLAINED:
        warnings.append(
            f"the model departs from the spectrum by more than the errors; these were inflated by "
            f"{np.median(refined.inflation):.1%} of the mean flux, most of it shared by "
            "neighbouring pixels, but refined intervals may still be too narrow"
        )
    return warnings


def _predict(
    result: Inference, prepared: Prepared, render: Render, scale: FloatArray
) -> Predictive:
    rows = np.unique(np.linspace(0, len(result.draws) - 1, PREDICTED).astype(int))
    models = render(rows) * scale[rows, None]
    return find_predictive(models, prepared.flux, prepared.sigma, prepared.trusted)
