"""A fitted transit: what was measured, its errors, and what to think of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.spectrum import FloatArray
from starsieve.transits.model import TransitModel, transit_flux

ERROR_NAMES = {
    "period_days": "period_err_days",
    "epoch_btjd": "epoch_err_days",
    "duration_hours": "duration_err_hours",
    "ingress_hours": "ingress_err_hours",
    "depth_ppm": "depth_err_ppm",
    "rp_rs": "rp_rs_err",
    "impact": "impact_err",
    "inclination_deg": "inclination_err_deg",
    "a_rs": "a_rs_err",
    "density_solar": "density_err_solar",
    "u1": "u1_err",
    "u2": "u2_err",
    "radius_earth": "radius_err_earth",
    "a_au": "a_err_au",
    "insolation_earth": "insolation_err_earth",
    "teq_k": "teq_err_k",
    "single_period_days": "single_period_err_days",
}
"""Everything that a fit may measure, and the name of its error in a record."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of a posterior, and its 16th and 84th percentiles; NaN if there is no error."""

    value: float
    low: float
    high: float

    @property
    def err(self) -> float:
        """Half the width of the 68 % interval."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        return f"{self.value:.6g} (+{self.high - self.value:.2g} -{self.value - self.low:.2g})"


@dataclass(frozen=True, slots=True, eq=False)
class TransitFit:
    """A fitted transit.

    Parameters
    ----------
    model : TransitModel
        The best fit. Of a single event its period means nothing.
    exposure_days : float
        Of the light curve; `transit_flux` wants it.
    measured : mapping of str to Measured
        By the names of `ERROR_NAMES`; what the star would have to be known for, or a period, is
        missing.
    chi2_reduced : float
        Of the best fit against white noise.
    noise_inflation : float
        What errors were multiplied with for correlated noise.
    n_points, n_transits : int
        Points that were fitted, and transits with data inside.
    single : bool
        Whether there is no period.
    density_ratio, density_sigma : float, optional
        Density of the star by the transit over that by the catalogue, and by how many standard
        errors they differ; negative if the transit takes too long for such a star.
    notes : tuple of str
    """

    model: TransitModel
    exposure_days: float
    measured: Mapping[str, Measured]
    chi2_reduced: float
    noise_inflation: float
    n_points: int
    n_transits: int
    single: bool = False
    density_ratio: float | None = None
    density_sigma: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def ephemeris(self) -> Ephemeris:
        """Period, epoch and duration of the best fit."""
        best = self.model.ephemeris
        return replace(best, period_days=None) if self.single else best

    def flux(self, time: FloatArray) -> FloatArray:
        """Return the best fit's flux at these times (BJD_TDB - 2457000), 1 out of transit."""
        return model_flux(time, self.model, self.single, self.exposure_days)

    def to_record(self) -> dict[str, Any]:
        """Return plain values: each measured one, its error, and its 68 % interval."""
        record: dict[str, Any] = {}
        for name, error_name in ERROR_NAMES.items():
            found = self.measured.get(name)
            record[name] = None if found is None else found.value
            record[error_name] = None if found is None or np.isnan(found.err) else found.err
        names = ("chi2_reduced", "noise_inflation", "n_points", "n_transits")
        return {
            **record,
            **{name: getattr(self, name) for name in names},
            "density_ratio": self.density_ratio,
            "density_sigma": self.density_sigma,
            "intervals": {name: [m.low, m.high] for name, m in self.measured.items()},
            "notes": list(self.notes),
        }


def model_flux(
    time: FloatArray, model: TransitModel, single: bool, exposure_days: float
) -> FloatArray:
    """Return the flux of a model, of its one transit only if it is a single one."""
    flux = transit_flux(time, model, exposure_days)
    if single:
        flux[np.abs(time - model.epoch_btjd) > model.duration_hours / 24] = 1.0
    return flux
