"""Answers of sliders within the time of a frame: decode, name the nearest spectra, and JSON.

A representation with 4,000 pixels, of principal components and of a network, and embeddings of
100,000 made spectra with labels. Timed is the whole call with the conversion to JSON text, as a web
application would make it; beside it the decoding alone. Times are those of the processor, on one
thread, so that other work on the machine does not count. The goal: 95 % of the answers take no
longer than the 16 ms of a frame.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
import torch

from starsieve.data import Embeddings, SpectrumSet
from starsieve.representations.models import Representation, load_representation
from starsieve.representations.prepare import velocity_grid
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.sliders import make_sliders
from starsieve.representations.sliders_session import SlidersSession
from starsieve.representations.train import train_on

FRAME_MS = 16.0
N_PIXELS = 4000
N_SPECTRA = 100_000
CALLS = 300
NETWORKS = {
    "PCA, 20 latents": {"kind": "pca", "n_latents": 20},
    "network on components, 8": {"kind": "projected", "n_latents": 8},
    "convolutions, 128": {
        "kind": "convolutional",
        "n_latents": 128,
        "channels": [16, 16, 32, 32, 64, 64],
        "kernels": [7, 5, 5, 3, 3, 3],
    },
}
"""Trained for a few steps: an untrained network takes as long to answer."""


def main() -> int:
    """Print the table; return 0 if every goal is met."""
    torch.set_num_threads(1)
    spectra = make_spectra()
    print(f"{N_PIXELS} pixels, {N_SPECTRA} spectra, {CALLS} calls; milliseconds")
    print(f"{'':26s} {'decoding':>10s} {'answer':>8s} {'95 %':>8s} {'traversal of 7':>16s}")
    met = [measure(name, spectra) for name in NETWORKS]  # all are shown, also after a miss
    return 0 if all(met) else 1


def make_spectra(n: int = 400) -> SpectrumSet:
    """Make spectra of sixty lines with depths of their own."""
    rng = np.random.default_rng(0)
    wave = velocity_grid(0.36, 0.74, N_PIXELS)
    centres = rng.uniform(0.36, 0.74, 60)
    lines = np.exp(-0.5 * ((wave - centres[:, None]) / 0.0005) ** 2)
    flux = 1.0 - rng.uniform(0, 0.8, (n, 60)) @ lines + rng.normal(0, 0.01, (n, N_PIXELS))
    return SpectrumSet(wave, flux, np.full(flux.shape, 0.01))


def measure(name: str, spectra: SpectrumSet) -> bool:
    """Print one line; return whether it is within the goal."""
    model = train(name, spectra)
    session = SlidersSession(make_sliders(model, *embed(model, spectra)))
    rng = np.random.default_rng(2)
    points = rng.choice(session.sliders.space.latents, CALLS)
    points = points + 0.1 * rng.normal(size=points.shape) * points.std(axis=0)
    questions = [{"latents": each.tolist(), "neighbours": 5, "wave": False} for each in points]
    decoding = time_calls(lambda q: model.decode([q["latents"]]), questions)
    answers = time_calls(lambda q: json.dumps(session.answer(q)), questions)
    moving = [q | {"traverse": 1, "steps": 7} for q in questions[:50]]
    traversals = time_calls(lambda q: json.dumps(session.answer(q)), moving)
    slow = float(np.quantile(answers, 0.95))
    numbers = f"{np.median(decoding):10.2f} {np.median(answers):8.2f} {slow:8.2f}"
    print(f"{name:26s} {numbers} {np.median(traversals):16.2f}", flush=True)
    return slow <= FRAME_MS


def train(name: str, spectra: SpectrumSet) -> Representation:
    """Return a model whose size is what matters."""
    recipe = TrainRecipe.model_validate(
        {
            "collections": ["made"],
            "model": "made",
            "wave_range": [0.36, 0.74],
            "n_pixels": N_PIXELS,
            "network": NETWORKS[name],
            "steps": 4,
            "validate_every": 4,
            "batch_size": 16,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        train_on(spectra, recipe, {}).save(Path(folder) / "made")
        return load_representation(Path(folder) / "made")


def embed(
    model: Representation, spectra: SpectrumSet
) -> tuple[Embeddings, dict[str, np.ndarray], list[str]]:
    """Return as many embeddings as an archive has, spread as those of the spectra, and labels."""
    some = model.encode(spectra).latents
    rng = np.random.default_rng(1)
    first, second = some[rng.integers(0, len(some), (2, N_SPECTRA))]
    share = rng.uniform(size=(N_SPECTRA, 1))  # between two that are real, as spectra are
    latents = share * first + (1 - share) * second
    labels = {label: rng.normal(size=N_SPECTRA) for label in ("teff", "logg", "feh")}
    names = [f"star {number}" for number in range(N_SPECTRA)]
    return Embeddings(latents, np.arange(N_SPECTRA), model=model.name), labels, names


def time_calls(
    call: Callable[[dict[str, Any]], Any], questions: list[dict[str, Any]]
) -> np.ndarray:
    """Return the time of each call in ms."""
    call(questions[0])  # what is done once only
    times = []
    for question in questions:
        start = thread_time()
        call(question)
        times.append(1000 * (thread_time() - start))
    return np.array(times)


if __name__ == "__main__":
    sys.exit(main())
