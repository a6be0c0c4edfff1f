"""Radii and luminosities of real dwarfs with a distance, beside those of evolutionary models.

Spectra of the SpeX set whose file states the unit of an absolute flux, with distance, luminosity
and radius of Sanghi et al. 2023: the luminosity there comes from photometry over all wavelengths,
the radius from it and from evolutionary models. How absolute the flux of a file is, its unit does
not say: spectra are calibrated by photometry of different quality. Falls short if luminosities are
off by more than 0.1 dex at the median.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import load_model
from starsieve.readers import read

SKIPPED = 77
MOST_OFF = 0.1
NEEDED = ("sanghi2023_dist_formula", "sanghi2023_log_lbol_lsun", "sanghi2023_radius_evo")


def main() -> int:
    """Print how far radii and luminosities are off; return 1 if luminosities are, too much."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    folder = data / "browndwarf" / "observed"
    if not folder.is_dir():
        print(f"{folder}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if _is_good(row)]
    model = load_model("diamondback-spex")
    luminosity, radius, refused, outside = [], [], 0, 0
    for row in rows:
        [spectrum, *_] = read(folder / "spex" / f"{row['data_file']}.gz")
        if not spectrum.flux_unit:
            continue
        far = Distance(float(row["sanghi2023_dist_formula"]))
        found = infer(spectrum, model, draws=300, distance=far)
        if found.failures:
            refused += 1
        elif not found[0].in_distribution:
            outside += 1
        else:
            off, ratio = _departures(found[0], row)
            luminosity.append(off)
            radius.append(ratio)
    print(
        f"{len(rows)} spectra with a distance: {len(luminosity)} with a unit that the model "
        f"knows, {outside} with one that it doesn't, {refused} refused, the others without a unit"
    )
    low, middle, high = np.quantile(luminosity, (0.16, 0.5, 0.84))
    print(f"luminosity less the literature's: {middle:+.3f} dex, 68 % {low:+.3f} to {high:+.3f}")
    low, ratio, high = np.quantile(radius, (0.16, 0.5, 0.84))
    print(f"radius over the literature's: {ratio:.2f}, 68 % from {low:.2f} to {high:.2f}")
    return int(abs(middle) > MOST_OFF)


def _is_good(row: dict[str, str]) -> bool:
    known = all(row[name] for name in NEEDED)
    return known and row["quality_flag"] == "OK" and not row["binary"]


def _departures(found: Inference, row: dict[str, str]) -> tuple[float, float]:
    """Return the difference of log luminosities, and the ratio of radii."""
    assert found.physical is not None
    ours = found.physical.summaries()
    off = ours["luminosity"].median - float(row["sanghi2023_log_lbol_lsun"])
    return off, ours["radius"].median / float(row["sanghi2023_radius_evo"])


if __name__ == "__main__":
    sys.exit(main())
