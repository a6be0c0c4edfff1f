"""How good a model of several grids is on simulated spectra, whose truth is known.

They are drawn as in training, from all of the grids and between their nodes, with its noise, gaps
and calibration errors, by another seed. Labelled spectra are left out of it: what they taught a
model is about the sky, not about grids.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.evaluation import Evaluation, Row, Scoring, spread_of
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.several.draws import compute_features, draw_grid
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.observations import as_observations
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.several.train import Simulated
from starsieve.atmospheres.several.tries import active_labels
from starsieve.atmospheres.simulate import in_bands
from starsieve.atmospheres.tuning.judge import ALONE, NEAREST, nearest_node
from starsieve.data.spectrum import FloatArray
from starsieve.stats import interval_coverage

Progress = Callable[[int, int, str], None]

N_SPECTRA = 1000
SPECTRA_PER_BLOCK = 100
OTHER_SEED = 1_000_003
"""Added to the seed, so that no simulated spectrum is one of training or validation."""

TOLD = "told its grid"


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedObservations:
    """Simulated spectra as real ones are, once they are on a model's grid.

    Parameters
    ----------
    observed : list of Prepared
    truth : array, shape (n, n_outputs)
    grid : array of int, shape (n,)
        Number of the grid that each is of.
    n_refused : int
        Others that cover too little of what the model trusts.
    """

    observed: list[Prepared]
    truth: FloatArray
    grid: npt.NDArray[np.int64]
    n_refused: int


def evaluate_on_grids(
    model: SeveralModel,
    *,
    n: int = N_SPECTRA,
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on simulated spectra: all grids by their weights, beside the one that it is of.

    Parameters
    ----------
    model : SeveralModel
    n : int
        Spectra, of each grid as many as in training.
    draws, seed : int
    progress : callable, optional
        Called as ``progress(done, total, what)``.
    """
    made = simulate_observations(model, n, seed)
    observed, truth, grid = made.observed, made.truth, made.grid
    n, n_outputs = truth.shape
    alone, told = np.empty((n, draws, n_outputs)), np.empty((n, draws, n_outputs))
    for start in range(0, n, SPECTRA_PER_BLOCK):
        rows = slice(start, start + SPECTRA_PER_BLOCK)
        found = infer_several(model, observed[rows], draws, seed, grids_alone=True)
        alone[rows] = found.draws
        told[rows] = _draw_told(model, observed[rows], grid[rows], draws, seed)
        if progress is not None:
            progress(min(start + SPECTRA_PER_BLOCK, n), n, "inferring")
    guesses = {
        ALONE: np.median(alone, axis=1),
        TOLD: np.median(told, axis=1),
        NEAREST: nearest_node(model, observed),
    }
    names = model.grid.names
    return Evaluation(
        model=model.name,
        on=f"{n} simulated spectra of {len(model.members)} grids, between their nodes, as in "
        "training",
        metrics=tuple(_rows(model, guesses, truth, grid)),
        draws={name: alone[:, :, i].T for i, name in enumerate(names)},
        truth={name: truth[:, i] for i, name in enumerate(names)},
        notes=(
            f"{made.n_refused} others cover too little of what the model trusts.",
            *_notes(model, told, truth),
        ),
        provenance={"n": n, "draws": draws, "seed": seed},
    )


def simulate_observations(model: SeveralModel, n: int, seed: int) -> SimulatedObservations:
    """Draw n spectra as in training, by another seed; leave out what would be refused."""
    made = Simulated.draw(
        model.recipe, model.members, model.box, model.grid.wave, n, OTHER_SEED + seed
    )
    everything = _prepare(made, model)
    kept = np.flatnonzero([_is_covered(each, model) for each in everything])
    points = made.batch.points.numpy().astype(np.float64)[kept]
    return SimulatedObservations(
        observed=[everything[row] for row in kept],
        truth=model.box.from_box(points)[:, : len(model.grid.names)],
        grid=made.batch.grid.numpy()[kept],
        n_refused=n - len(kept),
    )


def _prepare(made: Simulated, model: SeveralModel) -> list[Prepared]:
    flux, sigma = (each.numpy().astype(np.float64) for each in (made.seen.flux, made.seen.sigma))
    valid = made.seen.valid.numpy()
    trusted = valid & in_bands(model.grid.wave, (model.recipe.trust.range,))
    return [
        Prepared(f, s, v, t, float(np.median((np.abs(f) / s)[v])), (), ())
        for f, s, v, t in zip(flux, sigma, valid, trusted, strict=True)
    ]


def _is_covered(prepared: Prepared, model: SeveralModel) -> bool:
    """Return whether a real spectrum with these pixels would be taken."""
    trust, wave = model.recipe.trust, model.grid.wave
    wanted = in_bands(wave, (trust.range,)) & ~in_bands(wave, model.recipe.observing.masked)
    return bool(prepared.trusted.sum() >= trust.min_coverage * wanted.sum())


def _draw_told(
    model: SeveralModel,
    observed: Sequence[Prepared],
    grid: npt.NDArray[np.int64],
    draws: int,
    seed: int,
) -> FloatArray:
    """Return draws, shape (n, n_draws, n_outputs), in the name of the grid that each is of."""
    features = compute_features(model.network, as_observations(observed))
    n_outputs = len(model.grid.names)
    out = np.empty((len(observed), draws, n_outputs))
    for number in np.unique(grid).tolist():
        rows = np.flatnonzero(grid == number)
        active = active_labels(model, number)
        points = draw_grid(model.network, number, active, features[rows], draws, seed)
        out[rows] = model.box.from_box(points)[:, :, :n_outputs]
    return out


def _rows(
    model: SeveralModel,
    guesses: dict[str, FloatArray],
    truth: FloatArray,
    grid: npt.NDArray[np.int64],
) -> list[Row]:
    spreads = {n: spread_of(n, np.array(model.box.ranges[n])) for n in model.grid.names}
    scoring = Scoring(np.arange(len(grid)), spreads)
    groups = {"all": np.ones(len(grid), dtype=bool)}
    groups |= {member.name: grid == number for number, member in enumerate(model.members)}
    return [
        row
        for group, inside in groups.items()
        for column, name in enumerate(model.grid.names)
        for method, guess in guesses.items()
        for row in scoring.score(group, name, method, guess[:, column], truth[:, column], inside)
    ]


def _notes(model: SeveralModel, told: FloatArray, truth: FloatArray) -> tuple[str, ...]:
    """Say how often intervals hold if the grid is known: what is off then is the network."""
    lines = ["Coverage and ranks are those of all grids by their weights."]
    for column, name in enumerate(model.grid.names):
        found = interval_coverage(told[:, :, column].T, truth[:, column])
        levels = ", ".join(f"{each.level:.0%}: {each.fraction:.0%}" for each in found)
        lines.append(f"Coverage of {name}, {TOLD}: {levels}.")
    if model.tuned is not None:
        lines.append("What labelled spectra taught the model is left out.")
    return tuple(lines)
