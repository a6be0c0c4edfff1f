"""What a search finds: a periodic dip, or a single one, with its numbers and their errors."""

from dataclasses import dataclass, field
from typing import Any

from starsieve.data.ephemeris import Ephemeris


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible planet as the search measured it, before any model was fitted.

    Parameters
    ----------
    ephemeris : Ephemeris
        Its period is None for a single event.
    period_err_days, epoch_err_days, duration_err_hours : float, optional
        Standard errors.
    depth_ppm, depth_err_ppm : float
        Mean depth of the events, in parts per million of the star's flux.
    snr : float
        Depth over its error from white noise.
    snr_pink : float
        The same with the noise that is correlated over a duration (Pont et al. 2006).
    n_transits : int
        Events with data inside.
    odd_depth_ppm, even_depth_ppm, odd_even_sigma : float, optional
        Depths of odd and even events, and by how many errors they differ.
    secondary_depth_ppm, secondary_snr, secondary_phase : float, optional
        The deepest dip elsewhere in the orbit, and where (0.5 is half an orbit later).
    coverage : float
        Part of the expected in-event cadences that were observed.
    notes : tuple of str
        What a person should know: an alias that fits nearly as well, one event that carries the
        signal, a duration at the limit of the search.
    """

    ephemeris: Ephemeris
    depth_ppm: float
    depth_err_ppm: float
    snr: float
    snr_pink: float
    n_transits: int
    period_err_days: float | None = None
    epoch_err_days: float | None = None
    duration_err_hours: float | None = None
    odd_depth_ppm: float | None = None
    even_depth_ppm: float | None = None
    odd_even_sigma: float | None = None
    secondary_depth_ppm: float | None = None
    secondary_snr: float | None = None
    secondary_phase: float | None = None
    coverage: float = 1.0
    notes: tuple[str, ...] = field(default=())

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface."""
        names = (
            *("period_err_days", "epoch_err_days", "duration_err_hours", "depth_ppm"),
            *("depth_err_ppm", "snr", "snr_pink", "n_transits", "odd_depth_ppm"),
            *("even_depth_ppm", "odd_even_sigma", "secondary_depth_ppm", "secondary_snr"),
            *("secondary_phase", "coverage"),
        )
        return {
            "period_days": self.ephemeris.period_days,
            "epoch_btjd": self.ephemeris.epoch_btjd,
            "duration_hours": self.ephemeris.duration_hours,
            **{name: getattr(self, name) for name in names},
            "notes": list(self.notes),
        }
