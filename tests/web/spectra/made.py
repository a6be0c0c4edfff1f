"""Spectra for pages: with everything, and with nothing but pixels."""

import numpy as np

from starsieve.archive import Archive, LabelRow, PredictionRow, SourceFile, Target
from starsieve.data import Embeddings, Spectrum
from starsieve.data.synthetic import model_flux, model_grid, observe

MODEL = "diamondback-spex"


def brown_dwarf(seed: int = 0, name: str = "made J0001+00") -> Spectrum:
    """Return a noisy spectrum of a model that ships."""
    grid = model_grid([1500], [5.0], [0.0], [2.0])
    values = {"teff": 1350.0 + 20 * seed, "logg": 5.0, "mh": 0.1, "fsed": 3.0}
    flux = model_flux(grid.wave, **{key: np.array([value]) for key, value in values.items()})[0]
    clean = Spectrum(
        grid.wave, flux, resolution=grid.resolution, flux_unit=grid.flux_unit,
        meta={"object": name, "instrument": "SpeX", "assumed": ["Medium taken as vacuum."]},
    )  # fmt: skip
    return observe(clean, snr=50.0, seed=seed, scale=1e-20)


def keep_dwarfs(archive: Archive, n: int = 6) -> list[int]:
    """Keep spectra with labels, a prediction and latents; return their numbers."""
    spectra = [brown_dwarf(k, f"made J{k:04d}+00") for k in range(n)]
    sources = [SourceFile(f"/at/home/made_{k}.fits", f"{k:064x}", 9, "text") for k in range(n)]
    (star,) = archive.targets.add([Target("Gl 229 B", 92.6, -21.9)])
    ids = archive.spectra.add(spectra, "spex", sources, [star] + [None] * (n - 1))
    archive.labels.add(
        [
            LabelRow("teff", 1350.0, 40.0, "K", "made", spectrum=ids[0]),
            LabelRow("parallax", 173.57, 0.02, "mas", "gaia", target=star),
        ]
    )
    run = archive.runs.start(
        "atmospheres.infer", {"collection": "spex", "draws": 300, "seed": 4}, seed=4,
        versions={"starsieve": "0.1.0"},
    )  # fmt: skip
    numbers = {"median": 1340.0, "mean": 1341.0, "std": 30.0, "q025": 1280.0}
    numbers |= {"q16": 1310.0, "q84": 1372.0, "q975": 1400.0}
    logg = dict.fromkeys(numbers, 5.4) | {"unit": "dex(cm / s2)"}
    row = PredictionRow(
        ids[0], {"teff": numbers | {"unit": "K"}, "logg": logg}, in_distribution=True,
        ood_score=0.04, chi2_reduced=1.02,
        warnings=("logg piles up at the grid's upper edge: quote the limit, not the value",),
    )  # fmt: skip
    archive.predictions.add(MODEL, run, [row])
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(n, 3)) + np.arange(n)[:, None]
    made = Embeddings(latents, np.array(ids), model="toy", collection="spex")
    archive.embeddings.add(made, "ab" * 32)
    return ids


def keep_bare(archive: Archive) -> int:
    """Keep a spectrum without errors, name, file, labels, latents; return its number."""
    wave = np.geomspace(0.5, 0.7, 20_000)
    flux = 1 - 0.8 * np.exp(-0.5 * ((wave - 0.5891583) / 1e-5) ** 2)
    (number,) = archive.spectra.add([Spectrum(wave, flux)], "bare")
    return number
