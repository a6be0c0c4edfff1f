"""Radius and luminosity: the scale between a model's surface flux and an observed one.

A model grid gives the flux density at the surface, the observation that at the telescope, and
their ratio is (R / d)^2. Without an absolute flux, or without a distance, there is no radius, and
none is invented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy import constants
from astropy import units as u

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.prepare import FLUX_DENSITY, Prepared
from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

POSSIBLE = (0.02, 50.0)
"""Jupiter radii: outside, the flux is not what its unit says."""

USUAL = (0.6, 2.5)
"""Jupiter radii of brown dwarfs of all ages (Marley et al. 2021, ApJ 920, 85), and some more."""

SURFACE = (0.05, 1.1)
"""Share of sigma Teff^4 that a grid's wavelengths hold at most, if its flux is a surface's."""

SPECTRA_PER_BLOCK = 128

Render = Callable[[npt.NDArray[np.int64]], FloatArray]
"""Takes the numbers of draws, gives their model spectra, shape (n, n_pixels)."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its posterior's quantiles."""

    median: float
    mean: float
    std: float
    q025: float
    q16: float
    q84: float
    q975: float
    unit: str

    @classmethod
    def of(cls, draws: FloatArray, unit: str) -> "Quantity":
        """Return it for draws, shape (n,)."""
        levels = (0.5, 0.025, 0.16, 0.84, 0.975)
        median, q025, q16, q84, q975 = map(float, np.quantile(draws, levels))
        return cls(median, float(draws.mean()), float(draws.std()), q025, q16, q84, q975, unit)

    def quote(self, digits: int) -> str:
        """Return it as one would quote it."""
        above, below = self.q84 - self.median, self.median - self.q16
        return f"{self.median:.{digits}f} +{above:.{digits}f} -{below:.{digits}f}"


@dataclass(frozen=True, slots=True, eq=False)
class Physical:
    """Radius and luminosity of an object.

    Parameters
    ----------
    distance : Distance
        As it was given.
    radius : array, shape (n_draws,)
        Nominal equatorial radii of Jupiter; a draw for each of the posterior's.
    luminosity : array, shape (n_draws,)
        Decimal logarithm of the bolometric one, in nominal solar units.
    warning : str
        Why not to believe it; empty if there is no reason.
    """

    distance: Distance
    radius: FloatArray
    luminosity: FloatArray
    warning: str = ""

    def summaries(self) -> dict[str, Quantity]:
        """Return both in numbers."""
        return {
            "radius": Quantity.of(self.radius, "R_jup"),
            "luminosity": Quantity.of(self.luminosity, "dex(L_sun)"),
        }

    def quote(self, name: str) -> str:
        """Return ``radius`` or ``luminosity`` as one would quote it, with its unit."""
        digits, unit = {"radius": (3, "R_jup"), "luminosity": (3, "dex L_sun")}[name]
        return f"{self.summaries()[name].quote(digits)} {unit}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        numbers = {
            name: {key: getattr(each, key) for key in Quantity.__slots__}
            for name, each in self.summaries().items()
        }
        return numbers | {"distance": self.distance.to_record()}


def find_scales(
    render: Render, prepared: Prepared, n_draws: int, misfit: float, seed: int
) -> FloatArray:
    """Return a draw of the scale for each draw of the parameters, shape (n_draws,).

    Parameters
    ----------
    render : callable
        Gives the model spectra of some of the draws.
    prepared : Prepared
        Its trusted pixels count.
    n_draws : int
    misfit : float
        What is added to the errors, relative to the mean flux.
    seed : int
    """
    pixels = prepared.trusted
    flux = prepared.flux[pixels]
    level = float(np.mean(np.abs(flux)))
    weight = level**2 / (prepared.sigma[pixels] ** 2 + (misfit * level) ** 2)
    across, own = [], []
    for start in range(0, n_draws, SPECTRA_PER_BLOCK):
        models = render(np.arange(start, min(start + SPECTRA_PER_BLOCK, n_draws)))[:, pixels]
        across.append(models @ (weight * flux / level))
        own.append(models**2 @ weight)
    power = np.concatenate(own)
    noise = np.random.default_rng((seed, 1)).standard_normal(n_draws)
    return np.asarray(np.abs(np.concatenate(across) / power + noise / np.sqrt(power)) * level)


def find_physical(
    spectrum: Spectrum,
    teff: FloatArray,
    scale: FloatArray,
    distance: Distance,
    seed: int,
) -> Physical:
    """Return radius and luminosity from draws of the effective temperature and of the scale.

    Parameters
    ----------
    spectrum : Spectrum
        As it was read: its unit says whether its flux is absolute.
    teff, scale : arrays, shape (n_draws,)
        Kelvin; factor from the surface's flux density to the observed one, in erg/s/cm2/um.
    distance : Distance
    seed : int

    Raises
    ------
    DataError
        If the flux is not absolute, or makes no radius that a star could have.
    """
    check_absolute(spectrum)
    far = distance.draw(len(scale), np.random.default_rng((seed, 2)))
    radius = np.sqrt(scale) * (far * u.pc).to_value(u.R_jup)
    _check_possible(spectrum, float(np.median(radius)))
    luminosity = 4 * np.pi * (radius * u.R_jup) ** 2 * constants.sigma_sb * (teff * u.K) ** 4
    low, high = USUAL
    usual = low <= np.median(radius) <= high
    warning = (
        f"the radius, {np.median(radius):.2f} R_jup, is not that of a brown dwarf, {low:g} to "
        f"{high:g}: check the distance, the flux calibration, and whether it is a binary"
    )
    return Physical(
        distance,
        np.asarray(radius),
        np.log10(luminosity.to_value(u.L_sun)),
        "" if usual else warning,
    )


def check_absolute(spectrum: Spectrum) -> None:
    """Raise DataError unless the spectrum's unit is one of an absolute flux density."""
    unit = u.Unit(spectrum.flux_unit) if spectrum.flux_unit else u.dimensionless_unscaled
    if not unit.is_equivalent(FLUX_DENSITY, u.spectral_density(1 * u.um)):
        found = repr(spectrum.flux_unit) if spectrum.flux_unit else "none: it is relative"
        msg = (
            "a radius needs an absolute flux, in a unit of a flux density such as erg/s/cm2/um, "
            f"W/m2/um or Jy; the unit of this spectrum's flux is {found}. Calibrate it by "
            "photometry, write its unit into the file, or leave the distance out."
        )
        raise DataError(msg)


def check_surface(wave: FloatArray, teff: FloatArray, flux: FloatArray) -> None:
    """Raise DataError unless a grid's flux is that of a surface, by its energy.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Micron.
    teff : array, shape (n_nodes,)
    flux : array, shape (n_nodes, n_pixels)
        Should be in erg/s/cm2/um.
    """
    energy = np.trapezoid(flux, wave, axis=1)
    whole = (constants.sigma_sb * (teff * u.K) ** 4).to_value("erg / (s cm2)")
    share = energy / whole
    # Of the coldest nodes hardly anything is in the near infrared: the greatest share tells.
    if not SURFACE[0] < share.max() < SURFACE[1]:
        msg = (
            "a radius needs a model grid of surface flux densities in erg/s/cm2/um; this one "
            f"holds at most {share.max():.2g} of sigma Teff^4, at {teff[np.argmax(share)]:.0f} K."
        )
        raise DataError(msg)


def _check_possible(spectrum: Spectrum, radius: float) -> None:
    if not POSSIBLE[0] <= radius <= POSSIBLE[1]:
        msg = (
            f"the flux and the distance would make a radius of {radius:.3g} R_jup: the flux is "
            f"not in the {spectrum.flux_unit} that the file says, or was normalised."
        )
        raise DataError(msg)
