"""What can be asked of a search. Imports no NumPy, so that it is cheap to list."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SearchOptions(BaseModel):
    """Where and how transits are looked for.

    Parameters
    ----------
    period_min_days, period_max_days : float
        Range of periods. The upper end is by default half of the time that was observed, gaps of
        more than five days not counted, so that two events can be expected.
    n_periods : int, optional
        Least number of trial periods of the first search. By default the shortest transit and the
        time span decide, which is enough; more make the spectrum smoother, as far as the cadence
        allows.
    duration_min_hours, duration_max_hours : float, optional
        Range of durations; by default 0.3 to 2.5 times that of a central transit over a star
        like the Sun, which depends on the period, and never more than 0.15 periods.
    min_events : int
        Least number of events with data in them.
    max_event_share : float
        Largest part of the signal that one event may carry.
    max_candidates : int
        How many periodic signals are looked for, each after masking those before.
    min_snr : float
        Least signal-to-noise, with correlated noise counted, of a candidate.
    min_power : float
        Least height of a candidate above the floor of the spectrum, in its standard deviations;
        one of signal-to-noise 10 needs none.
    min_single_snr : float
        The same of a single event.
    detrend : str
        Method of `starsieve.transits.detrend.detrend`; ``"none"`` takes the light curve as flat.
    window_days : float, optional
        Window of the detrending; by default its method chooses.
    max_memory_mb : float
        Refuse searches that would need more memory than this.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    period_min_days: float = Field(default=0.5, gt=0)
    period_max_days: float | None = Field(default=None, gt=0)
    n_periods: int | None = Field(default=None, ge=10, le=20_000_000)
    duration_min_hours: float | None = Field(default=None, gt=0)
    duration_max_hours: float | None = Field(default=None, gt=0)
    min_events: int = Field(default=2, ge=2)
    max_event_share: float = Field(default=0.75, gt=0, le=1)
    max_candidates: int = Field(default=5, ge=1, le=50)
    min_snr: float = Field(default=5.5, gt=0)
    min_power: float = Field(default=7.0, ge=0)
    min_single_snr: float = Field(default=10.0, gt=0)
    detrend: str = "auto"
    window_days: float | None = Field(default=None, gt=0)
    max_memory_mb: float = Field(default=1024.0, gt=0)

    @model_validator(mode="after")
    def _ranges_increase(self) -> Self:
        for name, unit in (("period", "days"), ("duration", "hours")):
            low, high = (getattr(self, f"{name}_{end}_{unit}") for end in ("min", "max"))
            if low is not None and high is not None and low >= high:
                msg = f"{name}_min_{unit} must be below {name}_max_{unit}, got {low} and {high}"
                raise ValueError(msg)
        return self
