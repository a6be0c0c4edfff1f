"""What a mission's data validation says of a star's transit signals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import FloatArray, check_grid, check_shapes
from starsieve.data.star import Star
from starsieve.errors import DataError

VALIDATED = ("LC_INIT", "MODEL_INIT")
"""Flux columns of a validation's light curves: what was fitted already, and what was fitted."""

SERIES = (
    *("lc_init", "lc_init_err", "lc_detrend", "lc_white", "model_init", "model_white"),
    *("phase", "residual"),
)
"""The arrays that a threshold-crossing event may have beside `time`."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tce:
    """A threshold-crossing event: one periodic signal, and what its validation found.

    Parameters
    ----------
    number : int
        From 1, in the order of the search.
    ephemeris : Ephemeris
        Of the fitted model, or of the search where no model was fitted.
    depth_ppm : float, optional
        Depth of the fitted transit, in parts per million.
    values : mapping of str to float
        Everything else that was measured, under the names of `docs/reference/formats.md`.
        Errors end in ``_err`` before the unit (``depth_err_ppm``). Unknown ones are absent.
    time : array, shape (n_cadences,), optional
        BJD_TDB - 2457000; None for a report without light curves, and then all arrays are.
    lc_init, lc_init_err, lc_detrend, model_init : arrays, shape (n_cadences,), optional
        Relative flux around 0: the light curve that was fitted, its error, the same after a
        median filter, and the fitted transit.
    lc_white, model_white : arrays, shape (n_cadences,), optional
        The same after whitening.
    phase : array, shape (n_cadences,), optional
        Days from mid-transit.
    residual : array, shape (n_cadences,), optional
        Whitened light curve without the whitened model.

    Raises
    ------
    DataError
        If the number is not positive, shapes do not fit or time does not increase.
    """

    number: int
    ephemeris: Ephemeris
    depth_ppm: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    time: FloatArray | None = None
    lc_init: FloatArray | None = None
    lc_init_err: FloatArray | None = None
    lc_detrend: FloatArray | None = None
    lc_white: FloatArray | None = None
    model_init: FloatArray | None = None
    model_white: FloatArray | None = None
    phase: FloatArray | None = None
    residual: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.number < 1:
            msg = f"The number of a threshold-crossing event must be 1 or more, got {self.number}."
            raise DataError(msg)
        for name in ("time", *SERIES):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, np.asarray(values, dtype=np.float64))
        there = {name: getattr(self, name) for name in SERIES}
        if self.time is not None:
            check_grid(self.time, "time", "BJD_TDB - 2457000")
            check_shapes(self.time.shape, **there)
        elif given := [name for name, values in there.items() if values is not None]:
            msg = f"{given[0]} needs the times that it belongs to."
            raise DataError(msg)

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface, without the arrays."""
        return {
            "number": self.number,
            "period_days": self.ephemeris.period_days,
            "epoch_btjd": self.ephemeris.epoch_btjd,
            "duration_hours": self.ephemeris.duration_hours,
            "depth_ppm": self.depth_ppm,
            "values": dict(self.values),
            "n_cadences": None if self.time is None else len(self.time),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """Everything that a mission's data validation says of one star.

    Parameters
    ----------
    star : Star
        As the validation took it; stand-ins for what was not known are left out.
    sectors : tuple of int
        That were searched, as far as the file says.
    tces : tuple of Tce
        At least one, by number.
    meta : mapping
        Object, pipeline, `provenance` of the star's values by name, header.

    Raises
    ------
    DataError
        If there is no event, or two have one number.
    """

    star: Star
    sectors: tuple[int, ...]
    tces: tuple[Tce, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = [tce.number for tce in self.tces]
        if not numbers or len(set(numbers)) < len(numbers):
            msg = f"A validation needs threshold-crossing events of different numbers: {numbers}."
            raise DataError(msg)

    def __len__(self) -> int:
        return len(self.tces)


def as_light_curves(validation: Validation) -> list[LightCurve]:
    """Return the light curves that were validated, each followed by the transit fitted to it.

    Their `meta` has ``flux_column``, ``LC_INIT`` or ``MODEL_INIT``, both relative and around 0;
    under ``tce`` the event as `Tce.to_record` gives it; and ``sectors``.
    """
    curves = []
    for tce in validation.tces:
        known = {**validation.meta, "tce": tce.to_record(), "sectors": list(validation.sectors)}
        series = ((tce.lc_init, tce.lc_init_err), (tce.model_init, None))
        for name, (flux, sigma) in zip(VALIDATED, series, strict=True):
            if tce.time is not None and flux is not None:
                meta = {**known, "flux_column": name}
                curves.append(LightCurve(tce.time, flux, sigma, meta=meta))
    return curves
