"""Refining by several grids: whose spectrum it is, how wide intervals are, and real dwarfs.

Simulated spectra of the grids of `ultracool-spex`, between their nodes, with noise of S/N 50 at
1.25 micron and nothing else wrong: how often the grid that a spectrum is of has most of the
evidence, beside its weight by residuals; the effective share of draws (goal: a median of 10 %);
how often intervals hold the truth. Then every seventh labelled M, L and T dwarf: reported only.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.labelled import read_labelled
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.several.members import PointSampler
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.several.refine import refine_several
from starsieve.atmospheres.simulate import in_bands
from starsieve.data import Spectrum

N_SIMULATED, DRAWS, SEED, SNR = 140, 1000, 0, 50.0
EVERY = 7
LEAST_ESS = 0.1
WHERE = ("quality_flag=OK", "median_snr>=20", "binary=")
COLUMNS = {"teff": "sanghi2023_teff_evo"}


def main() -> int:
    """Print what was measured; return 1 if the effective share falls short."""
    torch.set_num_threads(1)
    model = load_model("ultracool-spex")
    assert isinstance(model, SeveralModel)
    observed, truth, grid = _simulate(model)
    started = time.process_time()
    refined = refine_several(model, observed, DRAWS, SEED)
    seconds = (time.process_time() - started) / len(observed)
    quick = infer_several(model, observed, 100, SEED, grids_alone=True).grids
    names = [member.name for member in model.members]
    there = [row for row, each in enumerate(refined) if each is not None]
    own = [names[grid[row]] for row in there]
    by_evidence = np.array(
        [refined[row].grids[g].weight for row, g in zip(there, own, strict=True)]
    )
    by_residuals = np.array([quick[row][g].weight for row, g in zip(there, own, strict=True)])
    ess = np.array([refined[row].refined.ess for row in there]) / DRAWS
    print(
        f"{len(there)} of {len(observed)} simulated spectra, {seconds * 1e3:.0f} ms each: "
        f"effective share of draws, median {np.median(ess):.0%}, least {ess.min():.1%}"
    )
    for what, weights in (("evidence", by_evidence), ("residuals", by_residuals)):
        print(f"  the own grid has more than half of the {what}: {np.mean(weights > 0.5):.0%}")
    draws = np.stack([refined[row].refined.draws for row in there])
    below = np.mean(draws < truth[there][:, None], axis=1)
    for column, name in enumerate(model.grid.names):
        held = [np.mean(np.abs(below[:, column] - 0.5) < p / 2) for p in (0.68, 0.95)]
        print(f"  {name}: 68 and 95 % intervals hold {held[0]:.0%} and {held[1]:.0%}")
    _real(model)
    if np.median(ess) < LEAST_ESS:
        print(f"MISSED: median effective share {np.median(ess):.1%}")
        return 1
    return 0


def _simulate(model: SeveralModel) -> tuple[list[Prepared], np.ndarray, np.ndarray]:
    """Return noisy spectra as prepared, their outputs, and the number of each one's grid."""
    rng = np.random.default_rng(SEED)
    wave, recipe = model.grid.wave, model.recipe
    reference = in_bands(wave, (recipe.observing.reference_band,))
    observed, truth, numbers = [], [], []
    for number, member in enumerate(model.members):
        points = PointSampler(member.space).draw(N_SIMULATED // len(model.members), rng)
        flux = np.exp(member.log_flux(points)).astype(np.float64)
        sigma = np.median(flux[:, reference], axis=1, keepdims=True) / SNR * np.ones_like(flux)
        flux += sigma * rng.normal(size=flux.shape)
        for one, error in zip(flux, sigma, strict=True):
            spectrum = Spectrum(wave, one, error, resolution=recipe.resolution)
            observed.append(prepare(spectrum, wave, recipe))
        truth.append(points[:, [member.names.index(name) for name in model.grid.names]])
        numbers += [number] * len(points)
    return observed, np.concatenate(truth), np.array(numbers)


def _real(model: SeveralModel) -> None:
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    table = data / "browndwarf" / "observed" / "labels.csv"
    if not table.is_file():
        print(f"{table}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return
    known = read_labelled(table, ["teff"], COLUMNS, WHERE)
    rows = {str(known.files[i]): i for i in range(0, len(known.files), EVERY)}
    found = infer([*rows], model, refine=True)
    groups = np.array([known.groups[rows[each.file]] for each in found])
    truth = np.array([known.truth["teff"][rows[each.file]] for each in found])
    off = np.abs([each.summary("teff").median for each in found] - truth)
    width = np.array([each.summary("teff").std for each in found])
    for group in ("M", "L", "T0-T5"):
        mine = groups == group
        print(
            f"{mine.sum()} real {group} dwarfs: mean absolute error of Teff {off[mine].mean():.0f} "
            f"K, standard deviation {np.median(width[mine]):.0f} K"
        )


if __name__ == "__main__":
    sys.exit(main())
