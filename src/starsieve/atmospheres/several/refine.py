"""Refine posteriors of several grids: each under the likelihood of its emulator, then all of them.

A grid's weight is its share of the evidence proper, the likelihood's mean over what the grid
covers, with an even prior over the grids. What labelled spectra taught a model is left out: it
is no likelihood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from starsieve.atmospheres.importance.refine import Refiner
from starsieve.atmospheres.importance.refined import Refined
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.atmospheres.several.blocks import Block, find_block
from starsieve.atmospheres.several.draws import compute_features
from starsieve.atmospheres.several.members import Member
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.observations import as_observations
from starsieve.atmospheres.several.proposer import GridProposer
from starsieve.atmospheres.several.spectra import GridDraws
from starsieve.atmospheres.several.tries import Trusted, share_out, try_grids
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class SeveralRefined:
    """A posterior under the likelihoods of several grids.

    Parameters
    ----------
    refined : Refined
        Of all grids; its labels are those that the model quotes.
    draws : GridDraws
        The same draws, with the grid of each.
    grids : mapping of str to GridAnswer
        What each grid says, by the evidence proper.
    """

    refined: Refined
    draws: GridDraws
    grids: Mapping[str, GridAnswer]


@dataclass(frozen=True, slots=True, eq=False)
class OneGrid:
    """A posterior under the likelihood of one grid, without what is in holes of the grid.

    Parameters
    ----------
    refined : Refined
        Over the box around the grid.
    inside : array of bool, shape (n_draws,)
        Which of its draws are where the grid has nodes.
    log_evidence : float
        Mean likelihood over where the grid has nodes.
    """

    refined: Refined
    inside: BoolArray
    log_evidence: float

    @property
    def ess(self) -> float:
        """Effective number of the draws that are inside."""
        return self.refined.ess * float(self.inside.mean())

    def take(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return n of the draws inside, their scales and inflations; some twice if need be."""
        rows = np.flatnonzero(self.inside)
        if n > len(rows):
            rows = rng.choice(rows, size=n)
        rows, found = rows[:n], self.refined
        return found.draws[rows], found.scale[rows], found.inflation[rows]


def refine_several(
    model: SeveralModel, observed: Sequence[Prepared], n_draws: int, seed: int
) -> list[SeveralRefined | None]:
    """Refine the posteriors of observations; None where all draws are in holes of the grids.

    Parameters
    ----------
    model : SeveralModel
    observed : sequence of Prepared
        Their trusted pixels count.
    n_draws, seed : int
        What is drawn of one observation does not depend on the others.
    """
    # One by one: in batches of another size last digits differ, which would go into all draws.
    return [_refine_one(model, each, n_draws, seed) for each in observed]


def _refine_one(
    model: SeveralModel, prepared: Prepared, n_draws: int, seed: int
) -> SeveralRefined | None:
    features = compute_features(model.network, as_observations([prepared]))
    tried = try_grids(model, features, Trusted.of([prepared]), seed)
    found = [
        _refine_grid(model, number, prepared, each.parameters, n_draws, seed)
        for number, each in enumerate(tried)
    ]
    misfit = np.array([each.rms[0] for each in tried])
    return _combine(model, found, misfit, n_draws, seed)


def check_refinable(model: SeveralModel) -> None:
    """Raise DataError if a grid varies a quoted label at single values of the others only."""
    for member in model.members:
        block = block_of(member)
        if tied := [name for name in model.grid.names if name in block.fixed]:
            msg = (
                f"{model.name} can't be refined: {member.name} varies {tied[0]} at single values "
                "of its other labels only, which leaves nothing to integrate over."
            )
            raise DataError(msg)


@cache
def block_of(member: Member) -> Block:
    """Return the part of a grid in which its labels vary freely together."""
    return find_block(member.space)


@cache
def refiner_of_grid(model: SeveralModel, number: int) -> Refiner:
    """Return what refines posteriors of one grid: its emulator is made once."""
    member = model.members[number]
    block = block_of(member)
    emulator = member.to_emulator(model.grid.wave, block)
    return Refiner.of(GridProposer(model, number, block.space), emulator)


def _refine_grid(
    model: SeveralModel,
    number: int,
    prepared: Prepared,
    best: FloatArray,
    n_draws: int,
    seed: int,
) -> OneGrid:
    """Refine under one grid, without draws where it has no nodes, nor their part of the prior."""
    member = model.members[number]
    block = block_of(member)
    start = best[:, [member.names.index(name) for name in block.space.names]]
    [refined] = refiner_of_grid(model, number).refine([prepared], start, n_draws, seed)
    inside = block.space.contains(refined.draws)
    share = float(inside.mean()) / block.volume
    log_evidence = refined.log_evidence + (np.log(share) if share else -np.inf)
    return OneGrid(refined, inside, log_evidence)


def _combine(
    model: SeveralModel, found: Sequence[OneGrid], misfit: FloatArray, n_draws: int, seed: int
) -> SeveralRefined | None:
    log_evidence = np.array([each.log_evidence for each in found])
    top = log_evidence.max()
    if not np.isfinite(top):
        return None
    evidence = np.exp(log_evidence - top)
    weights = evidence / evidence.sum()
    counts = np.diff(share_out(weights, n_draws))
    rng = np.random.default_rng((seed, 4))
    taken = [each.take(count, rng) for each, count in zip(found, counts, strict=True)]
    labels = [_whole(model, number, draws) for number, (draws, _, _) in enumerate(taken)]
    draws = GridDraws(model, np.repeat(np.arange(len(found)), counts), np.concatenate(labels))
    columns = [model.box.names.index(name) for name in model.grid.names]
    best = int(np.argmax(weights))
    counted = [(w, each) for w, each in zip(weights, found, strict=True) if w > 0]
    refined = Refined(
        draws=draws.parameters[:, columns],
        scale=np.concatenate([scale for _, scale, _ in taken]),
        inflation=np.concatenate([inflation for _, _, inflation in taken]),
        p_value=float(sum(w * each.refined.p_value for w, each in counted)),
        at=_whole(model, best, found[best].refined.at[None])[0, columns],
        ess=float(1 / sum(w**2 / each.ess for w, each in counted)),
        ess_network=float(sum(w * each.refined.ess_network for w, each in counted)),
        log_evidence=float(top + np.log(evidence.mean())),
        n_rendered=sum(each.refined.n_rendered for each in found),
    )
    return SeveralRefined(refined, draws, _answers(model, found, weights, misfit))


def _whole(model: SeveralModel, number: int, draws: FloatArray) -> FloatArray:
    """Return all labels of the model's box for draws of a grid's block; NaN where it has none."""
    block = block_of(model.members[number])
    out = np.full((len(draws), len(model.box.names)), np.nan)
    for column, name in enumerate(model.box.names):
        if name in block.fixed:
            out[:, column] = block.fixed[name]
        elif name in block.space.names:
            out[:, column] = draws[:, block.space.names.index(name)]
    return out


def _answers(
    model: SeveralModel, found: Sequence[OneGrid], weights: FloatArray, misfit: FloatArray
) -> dict[str, GridAnswer]:
    answers = {}
    for number, (member, each) in enumerate(zip(model.members, found, strict=True)):
        kept = each.inside if each.inside.any() else slice(None)
        whole = _whole(model, number, np.median(each.refined.draws[kept], axis=0)[None])[0]
        medians = {n: float(whole[model.box.names.index(n)]) for n in member.names}
        answers[member.name] = GridAnswer(float(weights[number]), float(misfit[number]), medians)
    return answers
