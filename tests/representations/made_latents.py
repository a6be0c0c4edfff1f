"""Latents of known meaning, and the labels that they mean."""

from pathlib import Path

import numpy as np

from starsieve.data import Embeddings
from starsieve.representations.known_labels import KnownLabels


def make_labels(n=400, seed=0):
    """Return labels of which log g depends on Teff, in some order, and a class."""
    rng = np.random.default_rng(seed)
    teff = rng.uniform(3500, 8000, n)
    logg = 4.5 - (8000 - teff) / 2500 * rng.uniform(size=n) + 0.05 * rng.normal(size=n)
    feh = rng.normal(-0.2, 0.3, n)
    words = {"class": np.where(teff < 5000, "K", "F")}
    values = {"teff": teff, "logg": logg, "feh": feh}
    return KnownLabels(rng.permutation(n) * 3, values, words)


def make_latents(known, seed=0, n_latents=6, mixed=False, model="vae"):
    """Return latents of which three are a label each, or mix all three, and the others nothing."""
    rng = np.random.default_rng(seed)
    table = np.stack(list(known.values.values()), axis=1)
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    if mixed:
        scaled = scaled @ (np.ones((3, 3)) - 2 * np.eye(3)) / 3
    latents = 0.003 * rng.normal(size=(len(known), n_latents))
    sigma = np.full(latents.shape, 0.99)
    latents[:, 1:4] = scaled + 0.1 * rng.normal(size=scaled.shape)
    sigma[:, 1:4] = 0.1
    order = rng.permutation(len(known))  # of another order than the labels
    return Embeddings(latents[order], known.ids[order], sigma[order], model=model)


def write_files(folder: Path, known, codes) -> None:
    """Write latents as ``.npz`` and labels as CSV."""
    np.savez(folder / "codes.npz", latents=codes.latents, ids=codes.ids, sigma=codes.sigma)
    columns = {"id": known.ids.astype(str)}
    columns |= {
        name: np.where(np.isfinite(values), np.round(values, 4).astype(str), "")
        for name, values in known.values.items()
    }
    columns |= dict(known.words)
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
