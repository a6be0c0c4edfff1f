"""One space for two instruments: labels of LAMOST stars read off stars of MILES.

Twenty principal components are learnt from both libraries together, once of the spectra as they
are and once divided by their continuum. Labels of MILES (Cenarro et al. 2007) are carried over to
the 131 LAMOST spectra, and compared with LAMOST's own: median offset, and scatter (1.48 MAD). The
velocities found on the way stand beside LAMOST's. There is no goal: the table says what can be
carried over and what can't.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from starsieve.archive import Archive
from starsieve.ingest import ingest
from starsieve.representations.encode import encode_collection
from starsieve.representations.encode_recipe import EncodeRecipe
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.tags import fit_tags
from starsieve.representations.train import train
from starsieve.settings import Settings

SKIPPED = 77
NAMES = ("teff", "logg", "feh")
RECIPE = {
    "collections": ["miles", "lamost"],
    "wave_range": [0.39, 0.7409],
    "n_pixels": 4096,
    "resolution": 1000,
    "network": {"kind": "pca", "n_latents": 20},
    "velocity": {"training": "none", "largest": 600},
}


def main() -> int:
    """Print the table; return 0."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data")) / "stellar"
    files = {"miles": "miles/miles_labelled.npz", "lamost": "lamost/lamost_labelled.npz"}
    if not all((data / file).is_file() for file in files.values()):
        print(f"no libraries in {data}; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder, Archive.create(Path(folder) / "a") as archive:
        for collection, file in files.items():
            ingest([data / file], collection, archive, Settings())
        for model, continuum in (("as-they-are", None), ("divided", 6000.0)):
            options = RECIPE | {"model": model, "continuum": continuum}
            train(TrainRecipe.model_validate(options), archive)
            for collection in files:
                encode_collection(EncodeRecipe(collection=collection, model=model), archive)
            report(archive, model)
    return 0


def report(archive: Archive, model: str) -> None:
    """Print offset and scatter of each label, and of velocities."""
    known, asked = (archive.embeddings.read(name, model) for name in ("miles", "lamost"))
    ids, labels = archive.labels.table("miles", NAMES)
    _, own = archive.labels.table("lamost", (*NAMES, "radial_velocity"))
    tags = fit_tags(known, labels, ids.astype(str)).tag(asked)
    differences = {name: tags[name].value - own[name] for name in NAMES}
    differences["velocity"] = asked.columns["velocity"] - own["radial_velocity"]
    for name, off in differences.items():
        kept = off[np.isfinite(off)]
        middle = np.median(kept)
        scatter = 1.4826 * np.median(np.abs(kept - middle))
        print(
            f"{model:12s} {name:9s} n {len(kept):4d}  offset {middle:8.2f}  scatter {scatter:7.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
