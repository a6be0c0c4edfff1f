"""Time of explaining one spectrum, and which bands drive each parameter of real dwarfs.

A spectrum is explained by 30 bands, 1,000 draws from each posterior: all of them at once, beside
one inference for each band, which is what calling `infer` on cut spectra would do. Goal: 2 s,
and faster than one by one. Then real L and T dwarfs, S/N of 20 or more: the band that most often
is the strongest, and how strong the strongest is.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from starsieve.atmospheres.explain import explain
from starsieve.atmospheres.explanation import Explanation
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.labelled import read_labelled
from starsieve.atmospheres.models import PosteriorModel, load_model
from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.readers import read

SKIPPED = 77
GOAL = 2.0
WHERE = ("quality_flag=OK", "median_snr>=20", "binary=")
CLASSES = ("L", "T0-T5")
MOST_OBJECTS = 40


def main() -> int:
    """Print times and drivers; return 1 if a spectrum takes too long."""
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    table = data / "browndwarf" / "observed" / "labels.csv"
    if not table.is_file():
        print(f"{table}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    model = load_model("diamondback-spex")
    known = read_labelled(table, ["teff"], {"teff": "sanghi2023_teff_evo"}, WHERE)
    together, alone = _times(model, _open(known.files[0]))
    print(f"seconds: {together:.2f} at once, {alone:.2f} one by one, goal {GOAL:.1f}")
    for name in CLASSES:
        files = [f for f, g in zip(known.files, known.groups, strict=True) if g == name]
        _print_drivers(model, name, files[:MOST_OBJECTS])
    return int(together > GOAL or together > alone)


def _open(file: Path) -> Spectrum:
    (spectrum,) = read(file)
    assert isinstance(spectrum, Spectrum)
    return spectrum


def _times(model: PosteriorModel, spectrum: Spectrum) -> tuple[float, float]:
    """Return the best of three times: all bands at once, and one inference after the other."""
    bands = explain(spectrum, model).bands
    together, alone = [], []
    for _ in range(3):
        started = time.perf_counter()
        explain(spectrum, model)
        together.append(time.perf_counter() - started)
        started = time.perf_counter()
        for low, high in bands:
            outside = (spectrum.wave < low) | (spectrum.wave > high)
            cut = Spectrum(
                spectrum.wave,
                spectrum.flux,
                spectrum.sigma,
                valid=outside,
                flux_unit=spectrum.flux_unit,
                resolution=spectrum.resolution,
            )
            infer(cut, model)
        alone.append(time.perf_counter() - started)
    return min(together), min(alone)


def _print_drivers(model: PosteriorModel, name: str, files: list[Path]) -> None:
    found: list[Explanation] = []
    for file in files:
        try:
            found.append(explain(_open(file), model))
        except DataError as error:
            print(f"{file.name}: {error}")
    print(f"\n{name}, {len(found)} spectra: the strongest band of each")
    for column, label in enumerate(found[0].names):
        drivers = [each.drivers(label) for each in found]
        first = Counter(f"{each[0].low:.2f}-{each[0].high:.2f}" for each in drivers if each)
        strongest = np.median([np.nanmax(each.influence[:, column]) for each in found])
        beyond = np.median([len(each) for each in drivers])
        named = ", ".join(f"{band} ({n})" for band, n in first.most_common(3))
        print(f"{label:6} influence {strongest:.2f} sigma, {beyond:.0f} bands matter; {named}")


if __name__ == "__main__":
    sys.exit(main())
