"""Where simulated spectra get hard: wrong calibration, and parameters between the nodes.

The Diamondback model of ``starsieve evaluate`` on nodes that it never saw, as there (S/N 50, even
noise); on the same with a smooth calibration error of 5 %; and on spectra of the grid's emulator
at random parameters, without and with that error. Baselines learn from the model's training
nodes, under the same noise but without calibration errors, as the model did.
"""

import sys

import numpy as np
import torch

from starsieve.atmospheres.baselines import (
    noisy,
    predict_by_regressor,
    regressors,
    scale_free,
)
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.kept_emulator import emulator_of
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.recipes import Observing
from starsieve.atmospheres.several.members import PointSampler
from starsieve.atmospheres.simulate import Observer, in_bands
from starsieve.atmospheres.train import without_held_out
from starsieve.data import Spectrum
from starsieve.stats.regression import r2

SNR, COPIES, TRAINING_COPIES, N_BETWEEN, SEED = 50.0, 3, 20, 600, 0
CALIBRATION = 0.05


def main() -> int:
    """Print the table."""
    model = load_model("diamondback-spex")
    assert isinstance(model, PosteriorModel)
    rng = np.random.default_rng(SEED)
    wave, names = model.grid.wave, model.grid.names
    reference = in_bands(wave, (model.recipe.observing.reference_band,))
    used = ~in_bands(wave, model.recipe.observing.masked)
    seen, _ = without_held_out(model.grid, model.recipe)
    flux, _ = noisy(seen.flat().flux, reference, SNR, TRAINING_COPIES, rng)
    training = scale_free(flux, used), np.tile(labels_of(seen, names), (TRAINING_COPIES, 1))
    cases = make_cases(model, rng)
    print(f"{'R2':48s}" + "".join(f"{name:>8s}" for name in names))
    learnt = {name: fit(each, training) for name, each in regressors(SEED)}
    for title, (clean, labels) in cases.items():
        flux, sigma = noisy(clean, reference, SNR, 1, rng)
        guesses = {"posterior median": ask(model, flux, sigma)}
        guesses |= {name: predict(scale_free(flux, used)) for name, predict in learnt.items()}
        for name, guess in guesses.items():
            scores = [r2(guess[:, i], labels[:, i]) for i in range(len(names))]
            print(f"{title + ', ' + name:48s}" + "".join(f"{score:8.3f}" for score in scores))
    return 0


def make_cases(model, rng):
    """Return clean fluxes and their labels, by what is hard about them."""
    _, nodes = model.grid.split(model.recipe.held_out)
    flux = np.tile(nodes.flat().flux, (COPIES, 1))
    labels = np.tile(labels_of(nodes, model.grid.names), (COPIES, 1))
    emulator = emulator_of(model)
    between = PointSampler(emulator.space).draw(N_BETWEEN, rng)
    order = [emulator.names.index(name) for name in model.grid.names]
    emulated = emulator(between)
    return {
        "held-out nodes": (flux, labels),
        "held-out nodes, calibration": (miscalibrate(model, flux), labels),
        "between nodes": (emulated, between[:, order]),
        "between nodes, calibration": (miscalibrate(model, emulated), between[:, order]),
    }


def miscalibrate(model, flux):
    """Bend spectra smoothly, by 5 % at the most (root mean square)."""
    generator = torch.Generator().manual_seed(SEED)
    observer = Observer(model.grid.wave, Observing(calibration=CALIBRATION), generator)
    scale = flux.mean(axis=1, keepdims=True)
    bent = observer.calibrate(torch.as_tensor(flux / scale, dtype=torch.float32))
    return bent.numpy().astype(np.float64) * scale


def labels_of(grid, names):
    """Return labels, shape (n, n_labels)."""
    spectra = grid.flat()
    return np.stack([spectra.labels[name] for name in names], axis=1)


def fit(regressor, training):
    """Train a baseline once; return what predicts by it."""
    predict_by_regressor(regressor, training, training[0][:1])
    centre, spread = training[1].mean(axis=0), training[1].std(axis=0)
    return lambda inputs: regressor.predict(inputs) * spread + centre


def ask(model, flux, sigma):
    """Return the model's posterior medians, shape (n, n_labels)."""
    observed = [
        Observed(Spectrum(model.grid.wave, f, s, resolution=model.card.resolution), f"made {i}")
        for i, (f, s) in enumerate(zip(flux, sigma, strict=True))
    ]
    return np.array(
        [np.median(r.draws, axis=0) for r in infer_observed(model, observed, 500, SEED)]
    )


if __name__ == "__main__":
    sys.exit(main())
