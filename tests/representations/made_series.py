"""Series of exposures of made stars through made air: all that is in them is known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

from starsieve.data import Spectrum
from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.representations.exposures import Exposure

RESOLUTION = 50_000.0
LOW, HIGH = 0.6272, 0.6300
WATER_LOW, WATER_HIGH = 0.6480, 0.6500
RANGES = ((LOW, HIGH), (WATER_LOW, WATER_HIGH))


@dataclass(frozen=True)
class MadeSeries:
    exposures: list[Exposure]
    oxygen: np.ndarray  # amplitudes, mean 1
    water: np.ndarray
    oxygen_lines: np.ndarray  # vacuum micron, observer's frame
    water_lines: np.ndarray
    without_air: list[np.ndarray]  # flux of each exposure, no noise


def write_series(series: MadeSeries, folder: Path, berv: bool = True) -> list[Path]:
    """Write exposures as FITS tables, their sky in the header, and return the paths."""
    paths = []
    for exposure in series.exposures:
        spectrum = exposure.spectrum
        columns = [
            fits.Column("WAVE", "D", unit="um", array=spectrum.wave),
            fits.Column("FLUX", "D", array=spectrum.flux),
            fits.Column("ERR", "D", array=spectrum.sigma),
        ]
        primary = fits.PrimaryHDU()
        primary.header["OBJECT"], primary.header["SPECSYS"] = exposure.star, "BARYCENT"
        if berv:
            primary.header["BERV"] = exposure.berv_km_s
        primary.header["AIRMASS"] = exposure.airmass
        path = folder / exposure.name
        table = fits.BinTableHDU.from_columns(columns)
        fits.HDUList([primary, table]).writeto(path)
        paths.append(path)
    return paths


def absorption(wave, lines, depths, velocity_width):
    """Return the optical depth of Gaussian lines at wavelengths in micron."""
    tau = np.zeros_like(wave)
    for line, depth in zip(lines, depths, strict=True):
        tau += depth * np.exp(-0.5 * ((wave / line - 1) * SPEED_OF_LIGHT / velocity_width) ** 2)
    return tau


def spaced(rng, low, high, count):
    """Return places in a range, none close to another."""
    step = (high - low) / count
    return low + step * (np.arange(count) + rng.uniform(0.25, 0.75, count))


def make_series(seed=0, n_exposures=10, snr=200.0, stars=1, spread=22.0, errors=True) -> MadeSeries:
    """Make exposures of stars in two ranges: one of oxygen and water, one of water alone."""
    rng = np.random.default_rng(seed)
    o2 = spaced(rng, 0.6277, 0.6296, 12)
    h2o = np.concatenate([o2[:4] + 6e-5, spaced(rng, 0.6483, 0.6497, 8)])
    o2_depths, h2o_depths = rng.uniform(0.05, 0.4, len(o2)), rng.uniform(0.03, 0.15, len(h2o))
    templates = [
        (np.concatenate([spaced(rng, LOW, HIGH, 18), spaced(rng, WATER_LOW, WATER_HIGH, 12)]), rng)
        for _ in range(stars)
    ]
    depths = [rng.uniform(0.1, 0.9, 30) for _ in range(stars)]
    oxygen = rng.uniform(1.0, 1.5, n_exposures)
    water = rng.uniform(0.3, 1.7, n_exposures)
    oxygen, water = oxygen / oxygen.mean(), water / water.mean()
    exposures, without_air = [], []
    for number in range(n_exposures):
        star = number % stars
        berv = spread * (np.linspace(-0.5, 0.5, n_exposures)[number]) + rng.normal(0, 0.5)
        wave = np.concatenate(
            [np.arange(LOW, HIGH, 2e-6), np.arange(WATER_LOW, WATER_HIGH, 2e-6)]
        ) + rng.uniform(0, 2e-6)
        observed = wave / (1 + berv / SPEED_OF_LIGHT)
        width = SPEED_OF_LIGHT / RESOLUTION / 2.3548
        tau = absorption(wave, templates[star][0], depths[star], 1.2 * width)
        slope = 1 + rng.normal(0, 3.0) * (wave - 0.635)
        star_only = 1000.0 * rng.uniform(0.5, 2) * slope * np.exp(-tau)
        tau = oxygen[number] * absorption(observed, o2, o2_depths, width)
        tau += water[number] * absorption(observed, h2o, h2o_depths, width)
        clean = star_only * np.exp(-tau)
        without_air.append(star_only)
        sigma = clean.max() / snr * np.sqrt(clean / clean.max())
        spectrum = Spectrum(
            wave,
            clean + rng.normal(0, sigma),
            sigma=sigma if errors else None,
            frame="barycentric",
            resolution=RESOLUTION,
            meta={"object": f"star {star}"},
        )
        exposures.append(
            Exposure(
                spectrum,
                f"exposure-{number}.fits",
                f"star {star}",
                berv,
                airmass=1.2 * oxygen[number],
                relative_humidity=30 * water[number],
            )
        )
    return MadeSeries(exposures, oxygen, water, o2, h2o, without_air)
