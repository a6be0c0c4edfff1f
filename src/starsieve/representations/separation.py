"""Star and air told apart in a series of exposures: templates in their own frames.

The logarithm of a spectrum is a sum: a smooth continuum of the exposure, the stellar spectrum at
rest in the barycentric frame, and for each gas of the air an absorption spectrum at rest in the
observer's frame, times an amplitude of the exposure. The Earth's orbit slides the frames against
each other, and that alone tells star from air. Gases are told from each other by how their
amplitudes vary and by the ranges in which they may absorb; no spectrum is known beforehand, nor
does the airmass enter. Of many stars each has its own template, and all share those of the air.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, Failure
from starsieve.representations.exposures import Exposure
from starsieve.representations.separation_bands import WINDOWS, Range, check_ranges
from starsieve.representations.separation_fit import (
    fit_blend,
    fit_exposures,
    fit_templates,
    reweigh,
)
from starsieve.representations.separation_model import (
    Parts,
    State,
    Templates,
    evaluate,
    residuals,
)
from starsieve.representations.separation_windows import Window, make_windows

Progress = Callable[[int, int, str], None]

MIN_EXPOSURES = 4
"""Two amplitudes and a star are fitted to each pixel, and one exposure must be left to judge by."""

MIN_SPREAD = 3.0
"""km/s that the Earth's velocity must vary by for a star: about the width of a narrow line."""

TURNS = 12
"""Of templates and amplitudes."""

ALONE_TURNS = 4
"""Turns at first in which each place belongs to one gas, so that amplitudes get their names."""

N_GROUPS = 8
"""Of exposures, left out in turn for the errors of the templates."""

MAX_LAG = 8
"""Pixels over which neighbours' noise may hang together."""


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """Star and air told apart.

    Parameters
    ----------
    exposures : tuple of Exposure
        Those that could be used.
    stars : tuple of str
    windows : tuple of Window
    templates : tuple of Templates
        Of each window.
    left_out : tuple of tuple of Templates
        Of each window, without each group of exposures.
    state : State
        Amplitudes and small shifts of each exposure.
    failures : tuple of Failure
        Exposures that could not be used, and why.
    """

    exposures: tuple[Exposure, ...]
    stars: tuple[str, ...]
    windows: tuple[Window, ...]
    templates: tuple[Templates, ...]
    left_out: tuple[tuple[Templates, ...], ...]
    state: State
    failures: tuple[Failure, ...] = ()

    @property
    def parts(self) -> tuple[Parts, ...]:
        """Templates at the pixels of each window."""
        pairs = zip(self.windows, self.templates, strict=True)
        return tuple(evaluate(window, each, self.state) for window, each in pairs)

    @property
    def stellar_velocity(self) -> FloatArray:
        """Velocity of the star against its mean in km/s, shape (n_exposures,)."""
        return np.asarray(SPEED_OF_LIGHT * self.state.stellar_shift)


def separate(
    exposures: Sequence[Exposure],
    ranges: Sequence[Range] = (),
    progress: Progress | None = None,
    turns: int = TURNS,
) -> Separation:
    """Tell the spectra of stars from that of the air above them.

    Parameters
    ----------
    exposures : sequence of Exposure
        Several of each star, at different velocities of the Earth.
    ranges : sequence of pairs, optional
        Vacuum micron; by default `WINDOWS`, as far as the spectra cover them.
    progress : callable, optional
    turns : int
        Of templates and amplitudes.

    Raises
    ------
    DataError
        If no star has enough exposures at velocities that differ, or none covers a range.
    """
    check_ranges(tuple(ranges))
    used, failures = choose_exposures(exposures)
    stars = tuple(sorted({each.star for each in used}))
    windows = make_windows(used, stars, tuple(ranges) or WINDOWS)
    say = progress or (lambda *_: None)
    windows, templates, state = _take_turns(windows, State.first(used), turns, say)
    left_out = []
    for number, (window, each) in enumerate(zip(windows, templates, strict=True)):
        say(number, len(windows), "finding errors")
        left_out.append(_leave_out(window, each, state))
    state = _with_correlation(windows, templates, state)
    return Separation(used, stars, windows, templates, tuple(left_out), state, failures)


def choose_exposures(
    exposures: Sequence[Exposure],
) -> tuple[tuple[Exposure, ...], tuple[Failure, ...]]:
    """Return the exposures of stars that can be told from the air, and why others can't.

    Raises
    ------
    DataError
        If too few are left.
    """
    used: list[Exposure] = []
    failures: list[Failure] = []
    for star in sorted({each.star for each in exposures}):
        of_star = [each for each in exposures if each.star == star]
        reason = _objection(star, of_star)
        used += [] if reason else of_star
        failures += [Failure(each.name, reason) for each in of_star] if reason else []
    if len(used) < MIN_EXPOSURES:
        why = failures[0].error if failures else "They are too few for amplitudes of two gases."
        msg = (
            f"Can't tell star from air: expected at least {MIN_EXPOSURES} exposures of stars seen "
            f"at different velocities of the Earth, got {len(used)} of {len(exposures)}. {why}"
        )
        raise DataError(msg)
    return tuple(used), tuple(failures)


def _objection(star: str, exposures: Sequence[Exposure]) -> str:
    """Return why a star can't be told from the air, or nothing."""
    if len(exposures) < 2:
        return f"{star} has one exposure: nothing in it tells its lines from those of the air."
    velocities = [each.berv_km_s for each in exposures]
    spread = max(velocities) - min(velocities)
    if spread < MIN_SPREAD:
        return (
            f"{star} was seen at velocities of the Earth within {spread:.2f} km/s of each other; "
            f"its lines part from those of the air from {MIN_SPREAD:g} km/s on."
        )
    return ""


def _take_turns(
    windows: tuple[Window, ...], state: State, turns: int, say: Progress
) -> tuple[tuple[Window, ...], tuple[Templates, ...], State]:
    """Fit templates and exposures in turns; the last turn is the templates'."""
    templates: list[Templates | None] = [None] * len(windows)
    for turn in range(turns + 1):
        say(turn, turns + 1, "telling star from air")
        alone = turn < min(ALONE_TURNS, turns)
        if turn == ALONE_TURNS:
            templates = [None] * len(windows)  # who was first at a place is asked again
        templates = [
            fit_templates(window, state, each, alone)
            for window, each in zip(windows, templates, strict=True)
        ]
        if turn < turns:
            windows, state = _fit_the_rest(windows, templates, state, blend=turn > ALONE_TURNS)
    return windows, tuple(each for each in templates if each is not None), state


def _fit_the_rest(
    windows: tuple[Window, ...], templates: Sequence[Templates | None], state: State, blend: bool
) -> tuple[tuple[Window, ...], State]:
    """Return windows with new weights, and the state that fits the templates."""
    known = [each for each in templates if each is not None]
    parts = [evaluate(window, each, state) for window, each in zip(windows, known, strict=True)]
    windows = tuple(
        reweigh(window, residuals(window, each, state))
        for window, each in zip(windows, parts, strict=True)
    )
    if blend:
        state = fit_blend(windows, parts, state)
    return windows, fit_exposures(windows, parts, state)


def _leave_out(window: Window, templates: Templates, state: State) -> tuple[Templates, ...]:
    """Return the templates of a window without each group of exposures in turn."""
    n_groups = min(N_GROUPS, window.n_exposures)
    group = np.arange(window.n_exposures)[window.exposure] % n_groups
    return tuple(
        fit_templates(replace(window, weight=_without(window, group == number)), state, templates)
        for number in range(n_groups)
    )


def _without(window: Window, rows: BoolArray) -> FloatArray:
    """Return weights with some rows all but gone: a star may have no other exposure."""
    return np.where(rows, 1e-6, 1.0) * window.weight


def _with_correlation(
    windows: Sequence[Window], templates: Sequence[Templates], state: State
) -> State:
    """Return the state with errors that count how far neighbours' noise hangs together."""
    sums = np.zeros(MAX_LAG + 1)
    for window, each in zip(windows, templates, strict=True):
        pull = residuals(window, evaluate(window, each, state), state) / window.sigma
        pull = np.clip(pull, -5.0, 5.0)
        sums += [float(np.sum(pull[lag:] * pull[: len(pull) - lag])) for lag in range(MAX_LAG + 1)]
    if not sums[0] > 0:
        return state  # nothing is left over, so nothing hangs together
    inflation = np.sqrt(max(1.0, 1.0 + 2.0 * float(np.sum(sums[1:] / sums[0]))))
    return replace(
        state,
        amplitude_error=state.amplitude_error * inflation,
        shift_error=state.shift_error * inflation,
    )
