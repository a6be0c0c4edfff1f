"""Inferences of known truth: nothing is inferred, so no model and no torch are needed."""

from dataclasses import replace
from typing import Any

import numpy as np

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.explanation import Explanation
from starsieve.atmospheres.inference import Inference
from starsieve.data import Spectrum

NAMES = ("teff", "logg", "mh", "fsed")
CENTRES = np.array([1300.0, 4.8, 0.1, 5.0])
WIDTHS = np.array([40.0, 0.2, 0.1, 1.0])
RANGES = {"teff": (900.0, 2400.0), "logg": (3.5, 5.5), "mh": (-0.5, 0.5), "fsed": (1.0, 10.0)}


def make_spectrum(seed: int = 0, flux_unit: str = "erg / (um s cm2)", **meta: Any) -> Spectrum:
    rng = np.random.default_rng(seed)
    wave = np.linspace(0.8, 2.5, 300)
    clean = 1e-12 * np.exp(-(((wave - 1.3) / 0.4) ** 2))
    sigma = np.full(300, 2e-14)
    flux = clean + rng.normal(0, sigma)
    flux[40:43] = np.nan
    return Spectrum(wave, flux, sigma, flux_unit=flux_unit, meta=meta)


def make_fit(spectrum: Spectrum) -> Fit:
    valid = spectrum.usable & ~((spectrum.wave > 1.35) & (spectrum.wave < 1.42))
    model = 1e-12 * np.exp(-(((spectrum.wave - 1.3) / 0.4) ** 2))
    assert spectrum.sigma is not None
    return Fit(
        wave=spectrum.wave,
        flux=np.where(valid, spectrum.flux, 0.0),
        sigma=spectrum.sigma,
        valid=valid,
        model_flux=model,
        parameters=dict(zip(NAMES, CENTRES.tolist(), strict=True)),
        scale=1e-18,
        chi2_reduced=1.02,
        n_pixels=int(valid.sum()),
        n_free=5,
    )


def make_inference(seed: int = 0, **changes: Any) -> Inference:
    """Make a Gaussian posterior around CENTRES, of WIDTHS, inside RANGES."""
    rng = np.random.default_rng(seed)
    draws = CENTRES + WIDTHS * rng.normal(size=(1000, 4))
    low, high = np.array(list(RANGES.values())).T
    spectrum = make_spectrum(seed)
    made = Inference(
        file=f"night1/object{seed}.fits",
        object=f"Object {seed}",
        model="diamondback-spex",
        names=NAMES,
        draws=np.clip(draws, low, high),
        in_distribution=True,
        ood_score=0.07,
        observed=spectrum,
        chi2_reduced=1.02,
        ranges=RANGES,
        fit=make_fit(spectrum),
        provenance={"seed": seed, "file_sha256": "ab" * 32, "assumed": ("vacuum", "micron")},
    )
    return replace(made, **changes)


def cool(seed: int = 0) -> Inference:
    """Make an object that is cooler than the grid: its Teff piles up at the lower edge."""
    made = make_inference(seed)
    draws = made.draws.copy()
    draws[:, 0] = 900.0 + np.random.default_rng(seed).exponential(15.0, len(draws))
    return replace(
        made,
        draws=draws,
        limits={"teff": "upper"},
        in_distribution=False,
        warnings=("teff piles up at the grid's lower edge, 900 K",),
    )


def make_explanation() -> Explanation:
    """Make one of six bands: the third drives log g, the fifth is not there, others do nothing."""
    edges = np.linspace(0.8, 2.45, 7)
    whole = CENTRES[:, None] + WIDTHS[:, None] * np.array([-1.0, 0.0, 1.0])
    without = np.repeat(whole[None], 6, axis=0)
    without[2, 1] = CENTRES[1] - 0.4 + 0.5 * np.array([-1.0, 0.0, 1.0])
    without[4] = np.nan
    influence = np.full((6, 4), 0.02)
    influence[2, 1], influence[4] = 2.4, np.nan
    return Explanation(
        names=NAMES,
        bands=np.stack([edges[:-1], edges[1:]], axis=1),
        n_pixels=np.array([50, 50, 50, 50, 0, 50]),
        whole=whole,
        without=without,
        influence=influence,
        floor=np.full(4, 0.1),
    )
