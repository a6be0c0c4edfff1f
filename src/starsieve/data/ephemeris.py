"""When a periodic signal recurs: its period, the middle of one event, and how long it lasts."""

import math
from dataclasses import dataclass

import numpy as np

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ephemeris:
    """Period, epoch and duration of a transit or an eclipse.

    Parameters
    ----------
    period_days : float, optional
        None for a single event, of which nobody knows when it recurs.
    epoch_btjd : float
        Middle of one event, BJD_TDB - 2457000.
    duration_hours : float
        From first to last contact.

    Raises
    ------
    DataError
        If period or duration is not positive and finite, or the epoch not finite.
    """

    period_days: float | None
    epoch_btjd: float
    duration_hours: float

    def __post_init__(self) -> None:
        period = 1.0 if self.period_days is None else self.period_days
        for name, value in (("period_days", period), ("duration_hours", self.duration_hours)):
            if not (math.isfinite(value) and value > 0):
                msg = f"{name} of an ephemeris must be positive and finite, got {value}."
                raise DataError(msg)
        if not math.isfinite(self.epoch_btjd):
            msg = f"epoch_btjd of an ephemeris must be finite, got {self.epoch_btjd}."
            raise DataError(msg)

    @property
    def duration_days(self) -> float:
        """Duration in days."""
        return self.duration_hours / 24


def days_from_event(time: FloatArray, ephemeris: Ephemeris) -> FloatArray:
    """Return days from the nearest event's middle, shape of `time` (BJD_TDB - 2457000).

    In [-period / 2, period / 2) where there is a period.

    Examples
    --------
    >>> ephemeris = Ephemeris(period_days=2.0, epoch_btjd=10.0, duration_hours=2.4)
    >>> days_from_event(np.array([9.5, 10.0, 11.0, 12.25]), ephemeris).tolist()
    [-0.5, 0.0, -1.0, 0.25]
    """
    days = np.asarray(time, dtype=np.float64) - ephemeris.epoch_btjd
    period = ephemeris.period_days
    return days if period is None else (days + period / 2) % period - period / 2


def event_number(time: FloatArray, ephemeris: Ephemeris) -> FloatArray:
    """Return the whole number of the nearest event, 0 at the epoch, shape of `time`."""
    days = np.asarray(time, dtype=np.float64) - ephemeris.epoch_btjd
    if ephemeris.period_days is None:
        return np.zeros(days.shape)
    return np.floor(days / ephemeris.period_days + 0.5)


def in_event(time: FloatArray, ephemeris: Ephemeris, durations: float = 1.0) -> BoolArray:
    """Return whether each time lies within `durations` durations centred on an event."""
    width = ephemeris.duration_days * durations
    return np.asarray(np.abs(days_from_event(time, ephemeris)) <= width / 2)
