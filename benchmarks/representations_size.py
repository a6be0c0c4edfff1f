"""What the published network costs: memory and seconds a step on real HARPS spectra.

The recipe ``harps-published`` (327,680 channels, 15 convolutions, 128 latents, 7,046,997
parameters; Sedaghat et al. 2021) is trained for 20 steps of ``--batch`` spectra (by default 4; the
recipe itself says 32, which wants a graphics card) on the sixteen exposures of alpha Cen B. No
quality is claimed of so few steps; the misfit must be finite and the number of parameters right.
"""

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from starsieve.cli.recipes import read_recipe
from starsieve.data import Spectrum
from starsieve.readers import read
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.train import train_on

SKIPPED = 77
STEPS = 20
N_PARAMETERS = 7_046_997


def main(arguments: list[str] | None = None) -> int:
    """Print what a step takes; return 0 if the network is the published one and learns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batch", type=int, default=4, help="spectra a step")
    batch = parser.parse_args(arguments).batch
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    files = sorted((data / "stellar" / "harps_alpha_cen_b").glob("*s1d_A.fits.gz"))
    if not files:
        print(f"no HARPS spectra in {data}; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    changes = {"steps": STEPS, "batch_size": batch, "validate_every": STEPS}
    recipe = TrainRecipe.model_validate(read_recipe("harps-published", None) | changes)
    spectra = [each for file in files for each in read(file) if isinstance(each, Spectrum)]
    times: list[float] = []

    def clock(_done: int, _total: int, what: str) -> None:
        if what == "training":
            times.append(perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        model = train_on(spectra, recipe, {}, clock, log=Path(folder))
    n_parameters = sum(each.numel() for each in model.network.parameters())
    # the last step counts the validation, the first what torch makes ready
    per_step = (times[-2] - times[0]) / (len(times) - 2)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(f"{n_parameters:,} parameters (published: {N_PARAMETERS:,})")
    print(f"{STEPS} steps of {batch} spectra of {recipe.n_pixels:,} channels")
    print(
        f"{per_step:.2f} s a step, {per_step / batch:.2f} s a spectrum; peak memory {memory:.2f} GB"
    )
    print(model.card.metrics)
    return 0 if n_parameters == N_PARAMETERS else 1


if __name__ == "__main__":
    sys.exit(main())
