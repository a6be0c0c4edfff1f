"""Bring spectra of unknown velocities to rest, with nothing but the spectra themselves.

First all are compared with one of them. Then what they have in common and their velocities are
found in turn, each from the other, with more components every time. Shifts are relative: the zero
point is that of known velocities, where there are some, and else that of the median star.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.representations.pca import fit_components
from starsieve.representations.prepare import Inputs
from starsieve.representations.shifts import shift_to_rest
from starsieve.representations.velocity import Velocities, estimate_velocity

Progress = Callable[[int, int, str], None]

MOST_LEARNT_FROM = 1500
"""Spectra that are enough to find what all have in common."""

N_CANDIDATES = 5
"""Spectra that are tried as the first one."""

MOST_TRIED_ON = 100
FEWEST_ALIGNED = 10
AS_WELL = 0.5
"""A pixel belongs to the templates where so large a share of the spectra had it at rest."""

SETTLED = 0.1
"""Of the typical error: by less must velocities change for the search to end."""

BATCH = 256
ROUNDS = 10
FIRST_SIZES = (0, 1, 2, 4)
"""Components in the first rounds: many would take up what is not aligned yet."""

WIDER = 1.5
"""Times the largest velocity: the range while the zero point is not known yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Velocities of a training set, and what its spectra have in common at rest.

    Parameters
    ----------
    velocities : Velocities
        Of each spectrum.
    templates : array, shape (1 + n_templates, n_pixels)
        The mean spectrum at rest and components; NaN where not known.
    relative : bool
        Whether the zero point is that of the median star, since no velocity was known.
    n_rounds : int
    settled : bool
        Whether velocities had stopped changing when the search ended.
    """

    velocities: Velocities
    templates: FloatArray
    relative: bool
    n_rounds: int
    settled: bool


def align(
    inputs: Inputs,
    wave: FloatArray,
    max_velocity: float,
    n_templates: int = 6,
    degree: int = 2,
    *,
    floor: float = 0.003,
    known: FloatArray | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Alignment:
    """Find the velocities of spectra together with what they have in common.

    Parameters
    ----------
    inputs : Inputs
        As observed, on `wave`.
    wave : array, shape (n_pixels,)
        With constant velocity steps.
    max_velocity : float
        km/s: by how much a star may differ from the median one.
    n_templates, degree : int
        Components beside the mean, and degree of the polynomials, as of `estimate_velocity`.
    floor : float
        Relative error that is added to all others in quadrature.
    known : array, shape (n_spectra,), optional
        Velocities in km/s, NaN where not known, which fix the zero point.
    seed : int
        Of which spectra are learnt from, where there are more than `MOST_LEARNT_FROM`.

    Raises
    ------
    DataError
        If too few spectra have lines that fix a shift.
    """
    usable = np.flatnonzero(inputs.usable)
    learnt = inputs.take(draw_usable(inputs, seed))
    found = _against_one(learnt, wave, max_velocity, degree)
    sizes = [min(n_templates, count) for count in FIRST_SIZES]
    sizes += [n_templates] * (ROUNDS - len(sizes))
    settled, n_rounds = False, 0
    while not settled and n_rounds < ROUNDS:
        before, size = _centred(found), sizes[n_rounds]
        templates = make_templates(learnt, wave, before, size, floor)
        found = estimate_velocity(learnt, wave, templates, WIDER * max_velocity, degree)
        settled = size == n_templates and _is_settled(found, before)
        n_rounds += 1
        if progress is not None:
            progress(n_rounds, ROUNDS + 1, "aligning")
    velocity = _centred(found)
    templates = make_templates(learnt, wave, velocity, n_templates, floor)
    relative = known is None or not np.isfinite(known[usable]).any()
    if known is not None and not relative:
        told = usable[np.isfinite(known[usable])][:MOST_LEARNT_FROM]
        there = estimate_velocity(inputs.take(told), wave, templates, WIDER * max_velocity, degree)
        velocity = velocity + _offset(known[told] - there.velocity)
        templates = make_templates(learnt, wave, velocity, n_templates, floor)
    everything = estimate_velocity(inputs, wave, templates, max_velocity, degree)
    return Alignment(everything, templates, relative, n_rounds, settled)


def draw_usable(inputs: Inputs, seed: int) -> npt.NDArray[np.int64]:
    """Return the rows of spectra to learn from: all usable ones, or as many as are enough."""
    usable = np.flatnonzero(inputs.usable)
    return np.sort(np.random.default_rng(seed).permutation(usable)[:MOST_LEARNT_FROM])


def make_templates(
    inputs: Inputs, wave: FloatArray, velocity: FloatArray, n_templates: int, floor: float
) -> FloatArray:
    """Return the mean spectrum at rest and components, shape (1 + n_templates, n_pixels).

    Parameters
    ----------
    inputs : Inputs
        As observed.
    velocity : array, shape (n_spectra,)
        km/s; spectra of unknown (NaN) velocity are left out.
    n_templates : int
        Components beside the mean; fewer where there are not more spectra than that.
    floor : float
        Relative error that is added to all others in quadrature.
    """
    rest = shift_to_rest(inputs, wave, velocity).take(np.isfinite(velocity) & inputs.usable)
    share = rest.valid.mean(axis=0)
    count = max(1, min(n_templates, len(rest) - 1))
    front = fit_components(lambda: _batches(rest), count, len(wave), floor, passes=2)
    rows = np.concatenate([front.mean[None].numpy(), front.components.numpy()]).astype(np.float64)
    rows[:, share < AS_WELL * share.max(initial=0)] = np.nan
    return rows[: 1 + n_templates]


def _batches(inputs: Inputs) -> list[Inputs]:
    return [inputs.take(slice(k, k + BATCH)) for k in range(0, len(inputs), BATCH)]


def _against_one(inputs: Inputs, wave: FloatArray, max_velocity: float, degree: int) -> Velocities:
    """Return velocities relative to the one spectrum that fixes the most of them."""
    strength = _line_strength(inputs)
    order = np.argsort(strength)
    shares = np.linspace(0.3, 0.9, N_CANDIDATES)
    places = (shares * (len(order) - 1)).astype(np.int64)
    candidates = np.unique(order[places]) if len(order) else order
    tried = inputs.take(slice(0, MOST_TRIED_ON))
    scores = []
    for row in candidates:
        template = _as_template(inputs, int(row))
        found = estimate_velocity(tried, wave, template, 2 * max_velocity, degree)
        scores.append(np.mean(found.known & ~found.ambiguous))
    if not scores or max(scores) == 0:
        msg = (
            f"None of {len(inputs)} spectra has lines by which the others could be aligned. Give "
            "velocities by a label, or spectra at rest."
        )
        raise DataError(msg)
    best = _as_template(inputs, int(candidates[int(np.argmax(scores))]))
    return estimate_velocity(inputs, wave, best, 2 * max_velocity, degree)


def _line_strength(inputs: Inputs) -> FloatArray:
    """Return how much neighbouring pixels differ, in units of their errors; shape (n_spectra,)."""
    both = inputs.valid[:, 1:] & inputs.valid[:, :-1]
    noise = np.where(both, inputs.sigma[:, 1:], 1.0)
    squares = np.where(both, np.diff(inputs.flux, axis=1) / noise, 0.0) ** 2
    return np.asarray(squares.sum(axis=1) / np.maximum(both.sum(axis=1), 1))


def _as_template(inputs: Inputs, row: int) -> FloatArray:
    return np.where(inputs.valid[row], inputs.flux[row], np.nan)[None].astype(np.float64)


def _centred(found: Velocities) -> npt.NDArray[np.float64]:
    """Return velocities relative to their median; NaN where they are not sure."""
    sure: BoolArray = found.known & ~found.ambiguous
    if sure.sum() < FEWEST_ALIGNED:
        msg = (
            f"{sure.sum()} of {len(found)} spectra have lines that fix a shift; to find velocities "
            f"together needs at least {FEWEST_ALIGNED}. Give velocities by a label, or spectra at "
            "rest."
        )
        raise DataError(msg)
    velocity = np.where(sure, found.velocity, np.nan)
    return np.asarray(velocity - np.nanmedian(velocity))


def _is_settled(found: Velocities, before: FloatArray) -> bool:
    change = _centred(found) - before
    typical = np.nanmedian(found.error)
    return bool(np.nanmedian(np.abs(change)) < SETTLED * typical)


def _offset(apart: FloatArray) -> float:
    """Return the median of what known velocities differ by from those found, in km/s."""
    if not np.isfinite(apart).any():
        msg = "None of the spectra of known velocity has lines that fix a shift."
        raise DataError(msg)
    return float(np.nanmedian(apart))
