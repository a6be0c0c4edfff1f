"""A small representation of made spectra, kept in an archive, for tests of what uses one."""

import numpy as np

from starsieve.archive import Archive, SourceFile
from starsieve.data import Spectrum
from starsieve.representations.recipes import PrincipalComponents, TrainRecipe
from starsieve.representations.train import train_on

WAVE_RANGE = (0.5, 0.6)


def make_stars(
    n: int, seed: int = 0, n_pixels: int = 300, low: float = 0.49, high: float = 0.61
) -> list[Spectrum]:
    """Make spectra with a slope and two lines, each of a strength of its own."""
    rng = np.random.default_rng(seed)
    wave = np.linspace(low, high, n_pixels)
    lines = [np.exp(-0.5 * ((wave - centre) / 0.002) ** 2) for centre in (0.53, 0.57)]
    spectra = []
    for number in range(n):
        slope, *depths = rng.uniform(0, 0.8, 3)
        flux = (
            1 + slope * (wave - 0.55) - sum(d * one for d, one in zip(depths, lines, strict=True))
        )
        sigma = np.full(n_pixels, 0.01)
        flux = 100 * (flux + rng.normal(0, sigma))
        spectra.append(Spectrum(wave, flux, 100 * sigma, meta={"object": f"star {number}"}))
    return spectra


def keep_model(archive: Archive, name: str = "made", seed: int = 0) -> str:
    """Train on made spectra, keep the model, and return the hash of its weights."""
    recipe = TrainRecipe(
        collections=("made",),
        model=name,
        wave_range=WAVE_RANGE,
        n_pixels=120,
        network=PrincipalComponents(n_latents=3),
        seed=seed,
    )
    model = train_on(make_stars(60, seed=100 + seed), recipe, {})
    card = model.save(archive.models.folder(name))
    archive.models.register(name)
    return card.weights_sha256


def keep_stars(
    archive: Archive, n: int = 30, collection: str = "observed", seed: int = 0
) -> list[int]:
    """Keep made spectra of made files; return their numbers."""
    sources = [SourceFile(f"{number}.fits", f"{number:064}", 1) for number in range(n)]
    return archive.spectra.add(make_stars(n, seed), collection, sources)
