"""Refine posteriors, whichever kind of model they are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.importance.refine import Refiner
from starsieve.atmospheres.importance.refined import Refined
from starsieve.atmospheres.kept_emulator import emulator_of
from starsieve.atmospheres.models import AtmosphereModel, PosteriorModel
from starsieve.atmospheres.physical import Render
from starsieve.atmospheres.posterior import Posteriors, infer_posteriors
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.refine import refine_several
from starsieve.data.spectrum import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Refining:
    """A refined posterior, and the model spectra of its draws.

    Parameters
    ----------
    refined : Refined
    render : callable
        See `starsieve.atmospheres.physical.Render`.
    """

    refined: Refined
    render: Render


@cache
def refiner_of(model: PosteriorModel) -> Refiner:
    """Return what refines a model's posteriors: its emulator is made or read once."""
    return Refiner.of(model, emulator_of(model))


def refine_posteriors(
    model: AtmosphereModel, observed: Sequence[Prepared], n_draws: int, seed: int
) -> tuple[Posteriors, Sequence[Refining | None]]:
    """Return the posteriors of observations, drawn under the likelihoods of emulators.

    Where nothing could be refined there is None, and the draws are those of the network.
    """
    if isinstance(model, SeveralModel):
        return _by_several(model, observed, n_draws, seed)
    found = infer_posteriors(model, list(observed), 1, seed)  # for the fits: draws are replaced
    refiner = refiner_of(model)
    refined = refiner.refine(observed, found.fit.parameters, n_draws, seed)
    draws = np.stack([each.draws for each in refined])
    return replace(found, draws=draws), [_rendered(refiner, each) for each in refined]


def _rendered(refiner: Refiner, refined: Refined) -> Refining:
    return Refining(refined, partial(_render, refiner, refined.draws))


def _render(refiner: Refiner, draws: FloatArray, rows: npt.NDArray[np.int64]) -> FloatArray:
    return refiner.render(draws[rows])


def _by_several(
    model: SeveralModel, observed: Sequence[Prepared], n_draws: int, seed: int
) -> tuple[Posteriors, Sequence[Refining | None]]:
    found = infer_posteriors(model, list(observed), n_draws, seed)
    draws = found.draws.copy()
    grids: list[Mapping[str, GridAnswer]] = list(found.grids or ())
    refinings: list[Refining | None] = []
    for row, each in enumerate(refine_several(model, observed, n_draws, seed)):
        if each is None:
            refinings.append(None)
            continue
        draws[row], grids[row] = each.refined.draws, each.grids
        refinings.append(Refining(each.refined, each.draws.render))
    doubles = None if found.doubles is None else replace(found.doubles, widened=False)
    return replace(found, draws=draws, grids=tuple(grids), doubles=doubles), refinings
