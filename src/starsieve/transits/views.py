"""What a classifier sees of a signal: the light curve folded, binned and scaled."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

Float32Array = npt.NDArray[np.float32]

N_GLOBAL = 201
N_LOCAL = 61
N_UNFOLDED = 31
N_PERIODOGRAM = 101

HALF_WIDTH = 2.0
"""Local views reach from -2 to 2 durations."""

BIN_WIDTH = 0.16
"""Of a local view, in durations: bins overlap, which steadies their medians (Shallue 2018)."""

MAX_EVENTS = 20
FEWEST_BINS = 12
"""Filled bins without which a local view would be mostly interpolated."""

SCALE_LIMIT = 1e3
"""Largest value of a view: beyond it there is no dip to scale by."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Views:
    """Views of one signal, float32; None where there are no data to make one from.

    The baseline is at 0. Global, local and secondary view are scaled so that their own minimum is
    at -1; half-phase, odd, even and unfolded view are in units of the local view's dip, so that
    they can be compared with it.

    Parameters
    ----------
    global_view : array, shape (201,)
        The whole orbit, the event in the middle.
    local_view : array, shape (61,)
        From 2 durations before the middle of the event to 2 durations after it.
    odd_view, even_view : arrays, shape (61,)
        The same of every second event; the one at the epoch is even, it has the number 0.
    secondary_view : array, shape (61,)
        The same around the deepest dip elsewhere in the orbit.
    half_phase_view : array, shape (61,)
        The same around half an orbit later.
    unfolded_view : array, shape (n_events, 31)
        Single events, at most 20 that are spread over the observations.
    periodogram_view : array, shape (101,)
        Amplitude of sinusoids, over the dip, at periods from a tenth to ten times the orbital
        one, in equal steps of the logarithm; the events themselves are left out.
    """

    global_view: Float32Array | None = None
    local_view: Float32Array | None = None
    odd_view: Float32Array | None = None
    even_view: Float32Array | None = None
    secondary_view: Float32Array | None = None
    half_phase_view: Float32Array | None = None
    unfolded_view: Float32Array | None = None
    periodogram_view: Float32Array | None = None

    def arrays(self) -> dict[str, Float32Array]:
        """Return the views that there are, by name."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: view for name, view in every.items() if view is not None}


@dataclass(frozen=True, slots=True, eq=False)
class _Cadences:
    """The cadences that may be used."""

    time: FloatArray
    flux: FloatArray


def make_views(
    flat: LightCurve, ephemeris: Ephemeris, secondary_phase: float | None = None
) -> Views:
    """Fold, bin and scale a light curve around a signal.

    Parameters
    ----------
    flat : LightCurve
        Detrended, around 1; events of other signals not valid.
    ephemeris : Ephemeris
        Without a period, only the local and the unfolded view can be made.
    secondary_phase : float, optional
        Where to look for a secondary eclipse, 0.5 is half an orbit after the primary. By default
        where the folded light curve has its deepest other dip.

    Raises
    ------
    DataError
        If no cadence of the light curve may be used.
    """
    usable = flat.usable
    if not usable.any():
        msg = "No views can be made of a light curve of which no cadence is valid."
        raise DataError(msg)
    data = _Cadences(flat.time[usable], flat.flux[usable])
    offset = days_from_event(data.time, ephemeris)
    local = _bin_local(offset, data.flux, ephemeris)
    if local is None:
        return Views(global_view=_global(offset, data.flux, ephemeris))
    level, dip = _level(local)
    if ephemeris.period_days is None:
        stack = _unfolded(data, offset, ephemeris, level, dip)
        return Views(local_view=_scaled(local, level, dip), unfolded_view=stack)
    odd = event_number(data.time, ephemeris) % 2 == 1
    primary = {
        "local_view": local,
        "odd_view": _bin_local(offset[odd], data.flux[odd], ephemeris),
        "even_view": _bin_local(offset[~odd], data.flux[~odd], ephemeris),
        "half_phase_view": _bin_at_phase(data, ephemeris, 0.5),
    }
    if secondary_phase is None:
        secondary_phase = find_secondary(offset, data.flux, ephemeris)
    secondary = _bin_at_phase(data, ephemeris, secondary_phase)
    return Views(
        **{k: None if v is None else _scaled(v, level, dip) for k, v in primary.items()},
        secondary_view=None if secondary is None else _scaled(secondary, *_level(secondary)),
        global_view=_global(offset, data.flux, ephemeris),
        unfolded_view=_unfolded(data, offset, ephemeris, level, dip),
        periodogram_view=_periodogram(data, offset, ephemeris, dip),
    )


def find_secondary(offset: FloatArray, flux: FloatArray, ephemeris: Ephemeris) -> float:
    """Return the phase, in (0, 1), of the deepest dip that is not the primary one.

    Parameters
    ----------
    offset : array, shape (n_cadences,)
        Days from the nearest event.
    flux : array, shape (n_cadences,)
    ephemeris : Ephemeris
        With a period. 0.5 is returned where events leave no room for another dip.
    """
    period, width = ephemeris.period_days or np.inf, ephemeris.duration_days
    orbit = offset % period
    order = np.argsort(orbit)
    orbit, depth = orbit[order], np.median(flux) - flux[order]
    starts = np.arange(width, period - 2 * width, width / 4)
    total = np.concatenate([[0.0], np.cumsum(depth)])
    low, high = np.searchsorted(orbit, starts), np.searchsorted(orbit, starts + width)
    inside = high - low
    if not inside.any():
        return 0.5
    strength = (total[high] - total[low]) / np.sqrt(np.maximum(inside, 1))
    return float((starts[np.argmax(strength)] + width / 2) / period)


def scale_view(view: FloatArray) -> Float32Array:
    """Return a view with its median at 0 and its minimum at -1, as `make_views` scales it.

    Examples
    --------
    >>> scale_view(np.array([1.0, 1.0, 0.98, 1.0, 1.01])).round(2).tolist()
    [0.0, 0.0, -1.0, 0.0, 0.5]
    """
    return _scaled(view, *_level(view))


def _level(view: FloatArray) -> tuple[float, float]:
    """Return baseline and depth of a view; a depth of 1 where it is all the same."""
    level = float(np.median(view))
    dip = level - float(np.min(view))
    return level, dip if dip > 0 else 1.0


def _scaled(view: FloatArray, level: float, dip: float) -> Float32Array:
    scaled: Float32Array = np.clip((view - level) / dip, -SCALE_LIMIT, SCALE_LIMIT).astype("f4")
    return scaled


def _global(offset: FloatArray, flux: FloatArray, ephemeris: Ephemeris) -> Float32Array | None:
    period = ephemeris.period_days
    if period is None:
        return None
    edges = np.linspace(-period / 2, period / 2, N_GLOBAL + 1)
    # Narrow events must not drown in the median of a wide bin, nor wide bins have no points.
    half = max(period / N_GLOBAL, BIN_WIDTH * ephemeris.duration_days) / 2
    view = _bin(offset, flux, (edges[:-1] + edges[1:]) / 2, half)
    return None if view is None else scale_view(view)


def _bin_local(offset: FloatArray, flux: FloatArray, ephemeris: Ephemeris) -> FloatArray | None:
    """Return a local view, not scaled, or None where data are too few."""
    period, duration = ephemeris.period_days, ephemeris.duration_days
    reach = HALF_WIDTH * duration
    if period is not None:
        reach = min(reach, period / 2)
    if not np.any(np.abs(offset) < duration / 2):
        return None
    centres = np.linspace(-reach, reach, 2 * N_LOCAL + 1)[1::2]
    return _bin(offset, flux, centres, BIN_WIDTH * reach / HALF_WIDTH / 2)


def _bin_at_phase(data: _Cadences, ephemeris: Ephemeris, phase: float) -> FloatArray | None:
    period = ephemeris.period_days or 0.0
    moved = Ephemeris(
        period_days=ephemeris.period_days,
        epoch_btjd=ephemeris.epoch_btjd + phase * period,
        duration_hours=ephemeris.duration_hours,
    )
    return _bin_local(days_from_event(data.time, moved), data.flux, moved)


def _bin(
    offset: FloatArray, flux: FloatArray, centres: FloatArray, half: float
) -> FloatArray | None:
    """Return medians of bins that may overlap; empty ones are interpolated."""
    order = np.argsort(offset)
    offset, flux = offset[order], flux[order]
    low = np.searchsorted(offset, centres - half)
    high = np.searchsorted(offset, centres + half)
    filled = high > low
    if filled.sum() < min(FEWEST_BINS, len(centres)):
        return None
    # np.partition is a third of the time of np.median on slices as short as these.
    values = np.array([_median(flux[i:j]) for i, j in zip(low[filled], high[filled], strict=True)])
    view: FloatArray = np.interp(centres, centres[filled], values)
    return view


def _median(values: FloatArray) -> float:
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    around = np.partition(values, (middle - 1, middle))
    return float(around[middle - 1] + around[middle]) / 2


def _unfolded(
    data: _Cadences, offset: FloatArray, ephemeris: Ephemeris, level: float, dip: float
) -> Float32Array | None:
    """Return the events one by one, mean fluxes in bins as wide as a few of a local view."""
    reach = HALF_WIDTH * ephemeris.duration_days
    if ephemeris.period_days is not None:
        reach = min(reach, ephemeris.period_days / 2)
    near = np.abs(offset) < reach
    events, row = np.unique(event_number(data.time[near], ephemeris), return_inverse=True)
    column = ((offset[near] / reach + 1) / 2 * N_UNFOLDED).astype(int)
    cell = row * N_UNFOLDED + np.clip(column, 0, N_UNFOLDED - 1)
    shape, n_cells = (len(events), N_UNFOLDED), len(events) * N_UNFOLDED
    counts = np.bincount(cell, minlength=n_cells).reshape(shape)
    sums = np.bincount(cell, data.flux[near], minlength=n_cells).reshape(shape)
    rows = np.flatnonzero((counts > 0).sum(axis=1) >= N_UNFOLDED // 3)
    if not len(rows):
        return None
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, MAX_EVENTS).round().astype(int))]
    bins = np.arange(N_UNFOLDED)
    means = np.stack(
        [np.interp(bins, bins[n > 0], s[n > 0] / n[n > 0]) for n, s in
         zip(counts[chosen], sums[chosen], strict=True)]
    )  # fmt: skip
    return _scaled(means, level, dip)


def _periodogram(
    data: _Cadences, offset: FloatArray, ephemeris: Ephemeris, dip: float
) -> Float32Array | None:
    """Return the largest amplitude in each step of frequency, by a Fourier transform."""
    period = ephemeris.period_days or np.inf
    out = np.abs(offset) > 0.75 * ephemeris.duration_days
    time, flux = data.time[out], data.flux[out]
    step = period / 40
    if len(time) < N_PERIODOGRAM or time[-1] - time[0] < 2 * step:
        return None
    number = ((time - time[0]) / step).astype(np.int64)
    counts = np.bincount(number)
    means = np.bincount(number, flux - flux.mean()) / np.maximum(counts, 1)
    # Padded, so that even the longest period lies between two frequencies of the transform.
    n_padded = 1 << int(np.ceil(np.log2(max(4 * len(means), 800))))
    amplitude = 2 * np.abs(np.fft.rfft(means, n_padded)) / np.count_nonzero(counts)
    frequency = np.fft.rfftfreq(n_padded, step) * period
    edges = np.geomspace(0.1, 10.0, N_PERIODOGRAM + 1)
    grid = np.sqrt(edges[:-1] * edges[1:])
    view = np.interp(grid, frequency, amplitude)
    cell = np.searchsorted(edges, frequency) - 1
    within = (cell >= 0) & (cell < N_PERIODOGRAM)
    np.maximum.at(view, cell[within], amplitude[within])
    return _scaled(view, 0.0, dip)
