"""Fluxes that can't be right: NaN, negative, or more energy than the temperature allows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.grids.axes import IntArray
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray

STEFAN_BOLTZMANN = 5.670374419e-5
"""erg/s/cm2/K4, CODATA 2018."""

MOST_LISTED = 1_000
ROUNDING = 1.02
"""Quadrature, and a temperature that is rounded, may bring so much."""

FAR = 2.0
"""Factor from the median of the same temperature, beyond which a spectrum is pointed out."""

FEWEST = 5
UNLIKE = 5.0
"""Factor between spectra and black bodies beyond which the unit must be wrong, where a black body
has at least `TELLING` of its energy within the range: what is left of cold objects there is no
black body's."""

TELLING = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class BadFluxes:
    """Rows of spectra with fluxes that no spectrum should have.

    Parameters
    ----------
    nan, negative, zero : array of int
        Rows with such a pixel.
    """

    nan: IntArray
    negative: IntArray
    zero: IntArray

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        rows = {"nan": self.nan, "negative": self.negative, "zero": self.zero}
        return {
            name: {"n": len(found), "rows": found[:MOST_LISTED].tolist()}
            for name, found in rows.items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class Energy:
    """The integral of each spectrum beside what its temperature allows.

    Parameters
    ----------
    teff : array, shape (n_spectra,)
        K.
    share : array, shape (n_spectra,)
        Integral of the flux over sigma Teff^4; it can't exceed 1.
    black : array, shape (n_spectra,)
        The same of a black body at the same wavelengths.
    """

    teff: FloatArray
    share: FloatArray
    black: FloatArray

    @property
    def too_bright(self) -> IntArray:
        """Rows that shine more within the range than their temperature allows at all."""
        return np.flatnonzero(self.share > ROUNDING)

    @property
    def odd(self) -> IntArray:
        """Rows that are far from the median of their temperature, by a factor of two or more."""
        found = np.zeros(len(self.share), dtype=bool)
        for value in np.unique(self.teff):
            rows = np.flatnonzero(self.teff == value)
            if len(rows) >= FEWEST:
                logs = np.log(np.maximum(self.share[rows], np.finfo(float).tiny))
                away = np.abs(logs - np.median(logs))
                found[rows] = away > max(np.log(FAR), 8 * float(np.median(away)))
        return np.flatnonzero(found)

    @property
    def over_black_bodies(self) -> float:
        """Median of the flux over that of black bodies; NaN where these have little of theirs."""
        tells = self.black >= TELLING
        return float(np.median(self.share[tells] / self.black[tells])) if tells.any() else np.nan

    @property
    def is_surface_flux(self) -> bool:
        """Whether the spectra are about as bright as black bodies, as far as that can be told."""
        ratio = self.over_black_bodies
        return bool(np.isnan(ratio) or 1 / UNLIKE < ratio < UNLIKE)

    def describe(self) -> str:
        """Return in sentences what the check found, and what it can tell."""
        low, high = np.quantile(self.share, (0.05, 0.95))
        dark, light = np.quantile(self.black, (0.05, 0.95))
        seen = 1 / float(np.median(self.share))
        up = f"by a factor of {seen:.2f}" if seen > 1 else "at all"
        down = (
            f"only a factor of about {UNLIKE:g} would: spectra with deep bands are no black bodies"
            if not np.isnan(self.over_black_bodies)
            else "nothing would: too little of a black body's energy is here to compare with"
        )
        return (
            f"the range holds {low:.2%} to {high:.2%} of sigma Teff^4 in 90 % of the spectra; of "
            f"black bodies it would hold {dark:.2%} to {light:.2%}. A scale that is too high {up} "
            "shows, since no part of a spectrum exceeds sigma Teff^4; of one that is too low, "
            f"{down}."
        )

    def findings(self) -> tuple[str, ...]:
        """Return what is wrong with the energies."""
        if not self.is_surface_flux:
            return (
                f"The spectra are {self.over_black_bodies:.2g} times as bright as black bodies: "
                "the flux is no surface flux density in the unit stated.",
            )
        found = []
        if len(bright := self.too_bright):
            most = int(bright[np.argmax(self.share[bright])])
            warmer = self.teff[most] * (self.share[most] ** 0.25 - 1)
            found.append(
                f"Spectra with more than sigma Teff^4: {len(bright)}, by up to "
                f"{self.share[most] - 1:.0%} (row {most}, Teff {self.teff[most]:g} K: as if it "
                f"were {warmer:.0f} K more at least)."
            )
        if len(odd := self.odd):
            found.append(
                "Spectra whose share of sigma Teff^4 is unlike that of others of the same Teff: "
                f"{len(odd)} (first: row {odd[0]})."
            )
        return tuple(found)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        low, middle, high = np.quantile(self.share, (0.05, 0.5, 0.95))
        return {
            "share_of_sigma_teff4": {"q05": low, "median": middle, "q95": high},
            "share_of_black_body": {
                "q05": float(np.quantile(self.black, 0.05)),
                "median": float(np.median(self.black)),
                "q95": float(np.quantile(self.black, 0.95)),
            },
            "over_black_bodies": self.over_black_bodies,
            "too_bright": self.too_bright[:MOST_LISTED].tolist(),
            "n_too_bright": len(self.too_bright),
            "odd": self.odd[:MOST_LISTED].tolist(),
            "n_odd": len(self.odd),
            "meaning": self.describe(),
        }


def find_bad(flux: FloatArray) -> BadFluxes:
    """Return which spectra have NaN (or infinite), negative or zero fluxes."""
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(flux), flux < 0, flux == 0
    return BadFluxes(*(np.flatnonzero(where.any(axis=1)) for where in bad))


def check_energy(spectra: SpectrumSet) -> tuple[Energy | None, str]:
    """Return the energy of each spectrum, or None and why it can't be told.

    Pixels without a finite flux are left out, for the black bodies as well.
    """
    from astropy import units as u

    teff = spectra.labels.get("teff")
    if teff is None or not np.all(np.isfinite(teff) & (teff > 0)):
        return None, "not checked, for not each spectrum has an effective temperature"
    wanted = u.erg / u.s / u.cm**2 / u.um
    try:
        factor = (1 * u.Unit(spectra.flux_unit)).to_value(
            wanted, u.spectral_density(spectra.wave * u.um)
        )
    except (ValueError, u.UnitConversionError):
        return (
            None,
            f"not checked, for the flux unit {spectra.flux_unit!r} is none of a flux density",
        )
    finite = np.isfinite(spectra.flux)
    flux = np.where(finite, spectra.flux, 0.0) * factor
    widths = _trapezoids(spectra.wave)
    values, place = np.unique(teff, return_inverse=True)
    black = _black_bodies(spectra.wave, values) * widths
    total = STEFAN_BOLTZMANN * np.asarray(teff, dtype=np.float64) ** 4
    held = np.array([black[place[row]] @ there for row, there in enumerate(finite)])
    return Energy(np.asarray(teff), (flux @ widths) / total, held / total), ""


def _trapezoids(wave: FloatArray) -> npt.NDArray[np.float64]:
    """Return the weight of each pixel in an integral by the trapezoidal rule."""
    steps = np.diff(wave)
    return np.asarray(0.5 * (np.append(steps, 0.0) + np.insert(steps, 0, 0.0)))


def _black_bodies(wave: FloatArray, teff: FloatArray) -> npt.NDArray[np.float64]:
    """Return surface fluxes of black bodies in erg/s/cm2/um, shape (n_teff, n_pixels)."""
    from astropy import units as u
    from astropy.modeling.physical_models import BlackBody

    with np.errstate(over="ignore"):  # what is very cold does not shine
        brightness = BlackBody(temperature=teff[:, None] * u.K)(wave * u.um)
    flux = np.pi * u.sr * brightness
    unit = u.erg / u.s / u.cm**2 / u.um
    return np.asarray(flux.to_value(unit, u.spectral_density(wave * u.um)))
