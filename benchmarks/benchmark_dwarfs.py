"""HD 3651B, GJ 570D and Ross 458C: a model's posterior beside the literature and TelescopeML.

Three companions of stars, whose ages and metallicities are those of their stars: what is known of
them best does not come from their spectra. ``python -m benchmarks.benchmark_dwarfs --model NAME
--figures DIR`` takes another model, and draws. No goal: it prints where a model stands.
"""

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from starsieve.archive import Archive
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import DEFAULT, AtmosphereModel, load_model
from starsieve.atmospheres.predicted import plot_prediction
from starsieve.errors import StarsieveError
from starsieve.plots import save_figure

SKIPPED = 77
COLUMNS = ("teff", "logg", "mh", "c_to_o")
LUMINOSITY, SPECTRUM, STAR = "luminosity and age", "spectrum", "of the star"


@dataclass(frozen=True, slots=True)
class Published:
    """What somebody found, by label, as it was written; and what from."""

    source: str
    how: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dwarf:
    """An object, its file below the folder ``observed``, and what is published of it."""

    name: str
    file: str
    published: tuple[Published, ...] = field(default_factory=tuple)


TELESCOPEML = "TelescopeML"
ZHANG = "Zhang et al. 2021, Sonora Bobcat"
DWARFS = (
    Dwarf(
        "HD 3651B",
        "spex/10703_10070.fits.gz",
        (
            Published("Sanghi et al. 2023", LUMINOSITY,
                      {"teff": "785 ± 12", "logg": "5.22 ± 0.06"}),
            Published("Burgasser 2007", f"{SPECTRUM}; [M/H] {STAR}",
                      {"teff": "790 ± 30", "logg": "5.0 ± 0.3", "mh": "0.12 ± 0.04"}),
            Published(ZHANG, SPECTRUM, {"teff": "818", "logg": "3.94", "mh": "-0.22"}),
            Published(TELESCOPEML, SPECTRUM,
                      {"teff": "785 ± 32", "logg": "4.87 ± 0.13", "mh": "-0.50 ± 0.01",
                       "c_to_o": "1.78 ± 0.25"}),
        ),
    ),
    Dwarf(
        "GJ 570D",
        "spex/10020_11100.fits.gz",
        (
            Published("Sanghi et al. 2023", LUMINOSITY,
                      {"teff": "771 ± 18", "logg": "4.99 ± 0.12"}),
            Published(TELESCOPEML, SPECTRUM,
                      {"teff": "906 ± 34", "logg": "4.87 ± 0.16", "mh": "-0.30 ± 0.13",
                       "c_to_o": "1.54 ± 0.19"}),
        ),
    ),
    Dwarf(
        "Ross 458C",
        "other/FIRE-PRISM_Ross458C_Burgasser2010.csv",
        (
            Published("Burgasser et al. 2010", f"{LUMINOSITY}; [Fe/H] {STAR}",
                      {"teff": "650 ± 25", "mh": "0.2 to 0.3"}),
            Published("Burningham et al. 2011", LUMINOSITY,
                      {"teff": "695 ± 60", "logg": "4.0 to 4.7"}),
            Published(ZHANG, SPECTRUM, {"teff": "804", "logg": "4.09", "mh": "0.23"}),
            Published(TELESCOPEML, SPECTRUM,
                      {"teff": "913 ± 26", "logg": "3.85 ± 0.21", "mh": "-0.41 ± 0.15",
                       "c_to_o": "1.79 ± 0.23"}),
        ),
    ),
)  # fmt: skip
"""Fluxes and values as their sources give them; TelescopeML's of its own 100 draws over noise."""


def main(words: list[str] | None = None) -> int:
    """Print a table for each object; return 77 where the files are absent, 2 where the model is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default=DEFAULT, help="a model by name or folder")
    parser.add_argument("--archive", type=Path, help="where it is looked for, too")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="draw spectra and posteriors")
    asked = parser.parse_args(words)
    data = Path(os.environ.get("STARSIEVE_TEST_DATA", "../shared/data"))
    folder = data / "browndwarf" / "observed"
    if not folder.is_dir():
        print(f"{folder}: absent; STARSIEVE_TEST_DATA names the folder of real files.")
        return SKIPPED
    try:
        model = _load(asked.model, asked.archive)
    except StarsieveError as error:
        print(error, file=sys.stderr)
        return 2
    for dwarf in DWARFS:
        [result] = infer(folder / dwarf.file, model, predict=asked.figures is not None)
        _print(dwarf, result)
        if asked.figures is not None:
            _draw(dwarf, result, asked.figures)
    return 0


def _load(name: str, archive: Path | None) -> AtmosphereModel:
    if archive is None:
        return load_model(name)
    with Archive.open(archive) as store:
        return load_model(name, store)


def _print(dwarf: Dwarf, result: Inference) -> None:
    ours = {name: result.quote(name, unit=False) for name in COLUMNS if name in result.names}
    rows = [(p.source, *(p.values.get(name, "") for name in COLUMNS), p.how)
            for p in dwarf.published]  # fmt: skip
    rows.append((f"starsieve, {result.model}", *(ours.get(name, "") for name in COLUMNS), SPECTRUM))
    head = (dwarf.name, "Teff (K)", "log g", "[M/H]", "C/O", "from")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print()
    for row in (head, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    known = "yes" if result.in_distribution else "no: not to be quoted"
    print(f"like what the model knows: {known}; reduced chi-square {result.chi2_reduced:.1f}")
    for warning in result.warnings:
        print(f"  {warning}")


def _draw(dwarf: Dwarf, result: Inference, folder: Path) -> None:
    stem = dwarf.name.lower().replace(" ", "-")
    drawn = plot_prediction(result, f"{dwarf.name}, by {result.model}")
    save_figure(drawn, folder / f"{stem}-predicted.png")
    save_figure(result.plot_corner(), folder / f"{stem}-posterior.png")


if __name__ == "__main__":
    sys.exit(main())
