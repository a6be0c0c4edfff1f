"""Importance sampling of simulated spectra under an emulator's likelihood, beside emcee.

Spectra of the Diamondback emulator at random points, S/N 50 at 1.25 micron, 1,000 draws each:
the effective share of draws, of the network's own and as refined (goal: a median of 10 %), and how
often intervals hold the truth (the emulator's own error is in the likelihood but not in these
spectra, so that they hold more often than they say; without it, they hold as often).

emcee samples the same likelihood on the same emulator, 64 walkers started from the network's
draws, as many steps as 50 autocorrelation times; its medians have to agree within 0.2 standard
deviations. Its time is that of calling the likelihood point by point, as emcee does by default
(goal: 1,000 times ours), and in whole ensembles at once. Then real L and T dwarfs: reported only.
"""

import importlib.util
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.importance.refine import Refiner
from starsieve.atmospheres.importance.refined import Refined
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.kept_emulator import emulator_of
from starsieve.atmospheres.labelled import read_labelled
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.atmospheres.posterior import Posteriors, infer_posteriors
from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.simulate import from_box, in_bands, to_box
from starsieve.data import Spectrum

SNR = 50.0
N_SPECTRA, N_BESIDE_EMCEE, N_REAL = 200, 20, 40
N_WALKERS, N_STEPS, N_TIMED = 64, 4000, 60
LEAST_ESS, MOST_OFF, LEAST_FASTER = 0.1, 0.2, 1000.0
WHERE = ("quality_flag=OK", "median_snr>=20", "binary=")


def main() -> int:
    """Print what was measured; return 1 if something falls short."""
    model = load_model("diamondback-spex")
    refiner = Refiner.of(model, emulator_of(model))
    observed, truth = _simulate(refiner.emulator, model)
    found = infer_posteriors(model, observed, 1000, 0)
    started = time.process_time()
    refined = refiner.refine(observed, found.fit.parameters, 1000, 0)
    seconds = (time.process_time() - started) / len(observed)
    missed = _tell_ess(refined, seconds)
    _tell_coverage("network", list(found.draws), truth)
    _tell_coverage("refined", [each.draws for each in refined], truth)
    _without_model_error(model, refiner.emulator, observed, found, truth)
    if importlib.util.find_spec("emcee") is None:
        print("emcee is not installed: no comparison with it (pip install emcee)")
    else:
        missed += _beside_emcee(refiner, observed, found, refined, seconds)
    _real(model)
    for line in missed:
        print(f"MISSED: {line}")
    return 1 if missed else 0


def _simulate(emulator: Emulator, model: PosteriorModel) -> tuple[list[Prepared], np.ndarray]:
    """Return noisy spectra of the emulator, as prepared for inference, and their parameters."""
    rng = np.random.default_rng(5)
    grid = model.grid
    truth = from_box(grid, rng.uniform(-1, 1, (N_SPECTRA, len(grid.names))))
    order = [grid.names.index(name) for name in emulator.names]
    flux = emulator(truth[:, order])
    reference = in_bands(grid.wave, (model.recipe.observing.reference_band,))
    sigma = np.median(flux[:, reference], axis=1, keepdims=True) / SNR * np.ones_like(flux)
    flux = flux + sigma * rng.normal(size=flux.shape)
    spectra = [
        Spectrum(grid.wave, one, error, resolution=model.recipe.resolution)
        for one, error in zip(flux, sigma, strict=True)
    ]
    return [prepare(each, grid.wave, model.recipe) for each in spectra], truth


def _tell_ess(refined: list[Refined], seconds: float) -> list[str]:
    share = np.array([each.ess / len(each.draws) for each in refined])
    network = np.median([each.ess_network for each in refined])
    rendered = np.mean([each.n_rendered for each in refined])
    print(
        f"{len(refined)} spectra: effective share of draws, median {np.median(share):.1%}, "
        f"10th percentile {np.quantile(share, 0.1):.1%}, least {share.min():.1%}; "
        f"of the network's own draws {network:.1%}"
    )
    print(f"{seconds * 1e3:.0f} ms and {rendered:.0f} rendered spectra each")
    few = np.median(share) < LEAST_ESS
    return [f"median effective share {np.median(share):.1%}"] if few else []


def _tell_coverage(what: str, draws: list[np.ndarray], truth: np.ndarray) -> None:
    below = np.array([np.mean(d < t, axis=0) for d, t in zip(draws, truth, strict=True)])
    held = [np.mean(np.abs(below - 0.5) < level / 2, axis=0) for level in (0.68, 0.95)]
    cells = "  ".join(f"{a:.2f}/{b:.2f}" for a, b in zip(*held, strict=True))
    print(f"{what:28} 68 % and 95 % intervals hold, by label: {cells}")


def _without_model_error(
    model: PosteriorModel,
    emulator: Emulator,
    observed: list[Prepared],
    found: Posteriors,
    truth: np.ndarray,
) -> None:
    exact = replace(emulator, misses=0 * emulator.misses, rest=0 * emulator.rest)
    refined = Refiner.of(model, exact).refine(observed, found.fit.parameters, 1000, 0)
    _tell_coverage("refined, emulator exact", [each.draws for each in refined], truth)


def _beside_emcee(
    refiner: Refiner,
    observed: list[Prepared],
    found: Posteriors,
    refined: list[Refined],
    seconds: float,
) -> list[str]:
    off, width, whole, single, taus = [], [], [], [], []
    for row in range(N_BESIDE_EMCEE):
        chain, tau, together, alone = _run_emcee(
            refiner, observed[row], found.draws[row], refined[row], row
        )
        ours = refined[row].draws
        off.append((np.median(ours, axis=0) - np.median(chain, axis=0)) / chain.std(axis=0))
        width.append(ours.std(axis=0) / chain.std(axis=0))
        whole.append(together)
        single.append(alone)
        taus.append(tau)
    largest = np.abs(off).max(axis=1)
    agree = np.mean(np.abs(off) <= MOST_OFF)
    print(
        f"beside emcee, {N_BESIDE_EMCEE} spectra: medians differ by {np.median(np.abs(off)):.3f} "
        f"sigma (median over labels and spectra), {agree:.0%} by {MOST_OFF} at most, "
        f"root mean square {np.sqrt(np.mean(np.square(off))):.3f}; widths are "
        f"{np.median(width):.3f} of emcee's; largest of each spectrum {np.sort(largest).round(2)}"
    )
    faster, batched = np.median(single) / seconds, np.median(whole) / seconds
    print(
        f"emcee needs {np.median(single):.0f} s a spectrum point by point, "
        f"{np.median(whole):.1f} s in whole ensembles (autocorrelation {np.median(taus):.0f} "
        f"steps): {faster:.0f} and {batched:.0f} times ours"
    )
    missed = []
    if np.median(np.abs(off)) > MOST_OFF or agree < 0.9:
        missed.append(f"only {agree:.0%} of the medians within {MOST_OFF} sigma of emcee's")
    if faster < LEAST_FASTER:
        missed.append(f"{faster:.0f} times faster than emcee, goal {LEAST_FASTER:.0f}")
    return missed


def _run_emcee(
    refiner: Refiner, observed: Prepared, draws: np.ndarray, refined: Refined, seed: int
) -> tuple[np.ndarray, float, float, float]:
    """Return a chain of parameters, its autocorrelation, and seconds for 50 of these."""
    import emcee

    likelihood = refiner.likelihood(observed, refined.at)
    grid = refiner.model.grid

    def log_posterior(points: np.ndarray) -> Any:
        points = np.atleast_2d(points)
        inside = np.all(np.abs(points) <= 1, axis=1)
        values = np.full(len(points), -np.inf)
        if inside.any():
            values[inside] = likelihood(points[inside])
        return values

    rng = np.random.default_rng(seed)
    # Half from the network's draws, half from ours: neither alone decides which modes are seen.
    some = np.concatenate([draws[: N_WALKERS // 2], refined.draws[: N_WALKERS // 2]])
    start = to_box(grid, some) + 1e-3 * rng.normal(size=some.shape)
    start = np.clip(start, -0.999, 0.999)
    sampler = emcee.EnsembleSampler(*start.shape, log_posterior, vectorize=True)
    began = time.process_time()
    sampler.run_mcmc(start, N_STEPS)
    per_step = (time.process_time() - began) / N_STEPS
    tau = float(np.max(sampler.get_autocorr_time(quiet=True)))
    plain = emcee.EnsembleSampler(*start.shape, lambda point: float(log_posterior(point)[0]))
    began = time.process_time()
    plain.run_mcmc(start, N_TIMED)
    per_plain_step = (time.process_time() - began) / N_TIMED
    chain = sampler.get_chain(discard=N_STEPS // 4, thin=5, flat=True)
    return from_box(grid, chain), tau, 50 * tau * per_step, 50 * tau * per_plain_step


def _real(model: PosteriorModel) -> None:
    """Print what refining does to real L and T dwarfs."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    table = data / "browndwarf" / "observed" / "labels.csv"
    if not table.is_file():
        print(f"{table}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return
    columns = {"teff": "sanghi2023_teff_evo", "logg": "sanghi2023_logg_evo"}
    known = read_labelled(table, ["teff", "logg"], columns, WHERE)
    rows = [i for i, group in enumerate(known.groups) if group[:1] in ("L", "T")][::4][:N_REAL]
    files = [str(known.files[i]) for i in rows]
    for what, refine in (("network", False), ("refined", True)):
        results = {each.file: each for each in infer(files, model, refine=refine)}
        there = [i for i in rows if str(known.files[i]) in results]
        inferred = [results[str(known.files[i])] for i in there]
        cells = []
        for name in ("teff", "logg"):
            truth = known.truth[name][there]
            off = np.array([each.summary(name).median for each in inferred]) - truth
            pairs = zip(inferred, truth, strict=True)
            below = np.array([np.mean(each.draws_of(name) < value) for each, value in pairs])
            held = np.mean(np.abs(below - 0.5) < 0.34)
            cells.append(f"{name} {np.nanmean(np.abs(off)):.3g} ({held:.0%} in 68 %)")
        print(
            f"{len(inferred)} real L and T dwarfs, {what}: mean absolute error {', '.join(cells)}"
        )
        if refine:
            shares = [each.refined.ess / len(each.draws) for each in inferred if each.refined]
            inflation = [np.median(each.refined.inflation) for each in inferred if each.refined]
            print(
                f"  effective share of draws {np.median(shares):.1%}, least {np.min(shares):.1%}; "
                f"inflation {np.median(inflation):.1%} of the mean flux"
            )


if __name__ == "__main__":
    sys.exit(main())
