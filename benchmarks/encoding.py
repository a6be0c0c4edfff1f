"""Encoding of spectra of 327,680 channels from an archive, against the bare network.

Spectra as HARPS gives them, of 313,100 pixels on a linear grid, are encoded by the network with
which Sedaghat et al. (2021) looked at HARPS; its weights are random, which costs the same. Goals:
at least 90 % of the rate that the network reaches on spectra that are ready in memory, with the
reading, the rebinning and the storing all done on the way; and less than 2 GB of memory, the same
for a small archive and one three times as large. The bare network is encoder and decoder, since the
chi-square of the reconstruction is kept, too; the encoder alone is shown beside it. The network is
timed before and after, and the faster one counts, as the machine may be busy; the ratio of
processor times depends less on that.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Spectrum

N_PIXELS, WAVE_RANGE, STEP = 327_680, (0.3781, 0.6912), 1e-6
SMALL, LARGE, BLOCK = 18, 72, 9
GOAL_SHARE, GOAL_MEMORY = 0.90, 2.0


def main(arguments: list[str] | None = None) -> int:
    """Print rates and memory; return 0 if every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--child", nargs=2, metavar=("ARCHIVE", "COLLECTION"), help=argparse.SUPPRESS
    )
    asked = parser.parse_args(arguments)
    if asked.child:
        print(json.dumps(measure(Path(asked.child[0]), asked.child[1])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "archive"
        make_archive(root)
        small, large = (measure_apart(root, name) for name in ("small", "large"))
    grown = large["memory_gb"] - small["memory_gb"]
    share = large["share"]  # in the small one the first block, read before all work, still counts
    met = share >= GOAL_SHARE and large["memory_gb"] < GOAL_MEMORY and grown < 0.2
    for row in (small, large):
        print(json.dumps(row) if asked.json else describe(row))
    print(
        f"{share:.0%} of the bare network's rate; {'met' if met else 'FELL SHORT'}", file=sys.stderr
    )
    return 0 if met else 1


def make_archive(root: Path) -> None:
    """Make an archive with two collections of noisy spectra with lines."""
    wave = np.arange(*WAVE_RANGE, STEP)
    rng = np.random.default_rng(0)
    lines = rng.choice(len(wave), 3000)
    depth = np.bincount(lines, rng.uniform(0, 0.8, len(lines)), len(wave))
    shape = 1 - np.convolve(depth, np.exp(-0.5 * (np.arange(-15, 16) / 4) ** 2), "same").clip(
        0, 0.95
    )
    with Archive.create(root) as archive:
        for name, n in (("small", SMALL), ("large", LARGE)):
            for _ in range(0, n, BLOCK):
                noise = rng.normal(0, 0.02, (BLOCK, len(wave)))
                flux = (500 * (shape + noise)).astype(np.float32)
                archive.spectra.add([Spectrum(wave, each) for each in flux], name)


def measure_apart(root: Path, collection: str) -> dict[str, Any]:
    """Return what `measure` does in a process of its own, so that its memory is known."""
    words = [sys.executable, "-m", "benchmarks.encoding", "--child", str(root), collection]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def measure(root: Path, collection: str) -> dict[str, Any]:
    """Return seconds a spectrum of the bare network and from the archive, and peak memory."""
    import torch

    from starsieve.representations.encode import encode_collection
    from starsieve.representations.encode_recipe import EncodeRecipe
    from starsieve.representations.models import load_representation
    from starsieve.representations.scale import tensors_of

    with Archive.open(root) as archive:
        keep_model(archive)
        model = load_representation("published", archive)
        ids = list(archive.spectra.stars(collection))
        inputs = model.prepare(archive.spectra.read(ids[:BLOCK]))
        numbers = np.arange(BLOCK)
        model.encode_inputs(inputs, numbers)  # the first time memory is found

        def run_network() -> None:
            for _ in range(0, len(ids), BLOCK):
                model.encode_inputs(inputs, numbers)

        def run_encoder() -> None:
            with torch.no_grad():
                model.network.encode(*tensors_of(inputs))

        recipe = EncodeRecipe(collection=collection, model="published", again=True)
        before = seconds(run_network)
        whole = seconds(lambda: encode_collection(recipe, archive))
        bare = min(before, seconds(run_network), key=lambda taken: float(taken[0]))
        encoder = seconds(run_encoder) / BLOCK
    return {
        "n_spectra": len(ids),
        "bare_s": bare[0] / len(ids),
        "encoder_s": encoder[0],
        "archive_s": whole[0] / len(ids),
        "share": bare[0] / whole[0],
        "processor_share": bare[1] / whole[1],
        "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        "threads": torch.get_num_threads(),
    }


def keep_model(archive: Archive) -> None:
    """Keep the published network, with random weights, in the archive."""
    from starsieve.learn.model import Model, RepresentationCard
    from starsieve.representations.networks import build_network
    from starsieve.representations.prepare import velocity_grid
    from starsieve.representations.recipes import Convolutional, TrainRecipe

    recipe = TrainRecipe(
        collections=("large",),
        model="published",
        wave_range=WAVE_RANGE,
        n_pixels=N_PIXELS,
        network=Convolutional(),
    )
    card = RepresentationCard(
        name="published",
        task="representations",
        description="random weights",
        outputs=(),
        kind="vae",
        n_latents=recipe.network.n_latents,
        wave_min_um=WAVE_RANGE[0],
        wave_max_um=WAVE_RANGE[1],
        n_pixels=N_PIXELS,
        resolution=None,
        max_velocity=0.0,
        recipe=recipe.model_dump(mode="json"),
    )
    wave = velocity_grid(*WAVE_RANGE, N_PIXELS)
    ones = np.ones(N_PIXELS, dtype=np.float32)
    arrays = {"wave": wave, "seen": ones, "mean": ones.copy()}
    Model(card, build_network(recipe, card), arrays).save(archive.models.folder("published"))
    archive.models.register("published")


def seconds(run: Callable[[], object]) -> npt.NDArray[np.float64]:
    """Return how long something takes, and how long the processors were at work for it."""
    start = np.array([perf_counter(), process_time()])
    run()
    return np.array([perf_counter(), process_time()]) - start


def describe(row: dict[str, Any]) -> str:
    """Return a line for people."""
    return (
        f"{row['n_spectra']:3d} spectra: from the archive {row['archive_s']:.3f} s each, bare "
        f"network {row['bare_s']:.3f} s ({row['share']:.0%}; {row['processor_share']:.0%} by "
        f"processor time), encoder alone "
        f"{row['encoder_s']:.3f} s; peak memory {row['memory_gb']:.2f} GB, "
        f"{row['threads']} threads"
    )


if __name__ == "__main__":
    sys.exit(main())
