"""Toy stars: many absorption lines whose depths two labels set."""

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.transforms.broaden import convolve_to_resolution

RESOLUTION = 3000.0


def make_star(
    teff: float,
    mh: float,
    *,
    wave: np.ndarray | None = None,
    velocity: float = 0.0,
    snr: float | None = None,
    seed: int = 0,
    **more,
) -> Spectrum:
    """Make a star's spectrum on any grid; 60 lines, some stronger in cool, some in rich stars."""
    wave = np.geomspace(0.5, 0.6, 2000) if wave is None else wave
    rest = wave / (1 + velocity / SPEED_OF_LIGHT)
    lines = np.random.default_rng(42)
    flux = (rest / 0.55) ** (teff / 2500 - 2)
    for center in lines.uniform(0.495, 0.605, 60):
        a, b, c = lines.uniform(0.05, 0.4, 3)
        depth = a + b * (5500 - teff) / 2500 + c * mh
        width = center / RESOLUTION / 2.355
        flux = flux - np.clip(depth, 0, 0.8) * np.exp(-0.5 * ((rest - center) / width) ** 2)
    sigma = None
    if snr is not None:
        sigma = np.full(len(wave), 1 / snr)
        flux = flux + np.random.default_rng(seed).normal(0, sigma)
    return Spectrum(wave, flux, sigma, resolution=RESOLUTION, **more)


def make_stars(n: int = 40, seed: int = 1, **more) -> tuple[list[Spectrum], np.ndarray]:
    """Make stars of random labels; return them and their labels, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    labels = np.stack([rng.uniform(4000, 7000, n), rng.uniform(-0.8, 0.4, n)], axis=1)
    return [make_star(teff, mh, **more) for teff, mh in labels], labels


def observe_elsewhere(
    star: Spectrum, *, velocity: float = 0.0, snr: float = 50.0, seed: int = 0
) -> Spectrum:
    """Observe a star with another instrument: half the resolution, other pixels, flux 10 % off."""
    rng = np.random.default_rng(seed)
    smooth = convolve_to_resolution(star.wave, star.flux, RESOLUTION, RESOLUTION / 2).flux
    wave = np.arange(0.512, 0.588, 0.00013)
    flux = np.interp(wave / (1 + velocity / SPEED_OF_LIGHT), star.wave, smooth)
    x = np.linspace(-1, 1, len(wave))
    flux = 7.0 * flux * (1 + 0.1 * rng.normal() * x + 0.1 * rng.normal() * x**2)
    sigma = np.full(len(wave), np.median(flux) / snr)
    return Spectrum(wave, flux + rng.normal(0, sigma), sigma, resolution=RESOLUTION / 2)
