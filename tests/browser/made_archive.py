"""An archive with something of everything that pages show, made in a minute."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starsieve.archive import Archive, LabelRow, ScoreRow, SourceFile, Target
from starsieve.data import Spectrum
from starsieve.data.synthetic import model_flux, model_grid, observe
from starsieve.demo.made_stars import make_stars
from starsieve.errors import StarsieveError
from starsieve.jobs import run_task
from starsieve.readers.catalogues import read_catalogue
from starsieve.representations.recipes import PrincipalComponents, TrainRecipe
from starsieve.representations.train import train_on
from starsieve.transits.catalogues import import_catalogue
from starsieve.transits.ranking import rank
from starsieve.web.token import renew_token
from tests.transits.made_candidates import COLUMNS, make_rows, write_rows

SPECTRA, GRID, ODD, CURVES = "spex", "toy-grid", "odd-names", "tess"
"""Its collections."""

REPRESENTATION, OWN_MODEL, VETTER = "spex-prism", "made-components", "transit-vetter"

HOSTILE_NAMES = (
    "<script>window.broken=1</script>",
    "{{7*7}}${7*7}#{7*7}",
    "\"><img src=x onerror='window.broken=1'>",
    "'; DROP TABLE spectrum; --",
    "../../odd/name",
    "=HYPERLINK(1)",
    "Ünïcode \N{RIGHT-TO-LEFT OVERRIDE}name",
)
"""Names that a file may well contain: none of them may do anything in a page."""

N_SPECTRA = 36
TYPES = ("L1", "L4", "L7", "T1", "T4", "T6")


@dataclass(frozen=True, slots=True)
class Whole:
    """What is where in the archive.

    Parameters
    ----------
    root : Path
    spectra, odd : tuple of int
        Numbers of the spectra of brown dwarfs, and of those whose names are hostile.
    stars : tuple of int
        TIC numbers of those with light curves, whose candidates are TOIs.
    star : int
        Number of the first of them in the archive.
    candidates : tuple of int
    done_run, failed_run, queued_run : int
    token : str
        What writing by way of the web needs.
    """

    root: Path
    spectra: tuple[int, ...]
    odd: tuple[int, ...]
    stars: tuple[int, ...]
    star: int
    candidates: tuple[int, ...]
    done_run: int
    failed_run: int
    queued_run: int
    token: str


def make_whole_archive(root: Path) -> Whole:
    """Make the archive in a new folder."""
    with Archive.create(root) as archive:
        spectra = _keep_brown_dwarfs(archive)
        odd = archive.spectra.add(_draw(len(HOSTILE_NAMES), 7, HOSTILE_NAMES), ODD)
        archive.spectra.add_grid(model_grid([1000, 1500, 2000], [5.0], [0.0], [2.0]), GRID)
        _keep_model(archive)
        for model in (REPRESENTATION, OWN_MODEL):
            run_task("representations.encode", {"collection": SPECTRA, "model": model}, archive)
        run_task("atmospheres.infer", {"collection": SPECTRA, "draws": 200}, archive)
        stars = _keep_stars(archive)
        candidates = _keep_candidates(archive, root.parent / "toi.csv", stars)
        done, failed, queued = _keep_runs(archive)
        star = archive.targets.find(tic=stars[0]).id or 0
    return Whole(
        root=root,
        spectra=tuple(spectra),
        odd=tuple(odd),
        stars=stars,
        star=star,
        candidates=candidates,
        done_run=done,
        failed_run=failed,
        queued_run=queued,
        token=renew_token(root),
    )


def draw_brown_dwarf(seed: int = 99) -> Spectrum:
    """Draw one more spectrum like those of the archive."""
    return _draw(1, seed, ("brown dwarf to upload",))[0]


def _draw(number: int, seed: int, names: tuple[str, ...]) -> list[Spectrum]:
    rng = np.random.default_rng(seed)
    grid = model_grid([1500], [5.0], [0.0], [2.0])
    labels = [
        {"teff": t, "logg": g, "mh": m, "fsed": f}
        for t, g, m, f in rng.uniform((950, 4, -0.5, 1), (2000, 5.5, 0.5, 8), (number, 4))
    ]
    spectra = []
    for row, (name, label) in enumerate(zip(names, labels, strict=True)):
        values = {key: np.array([value]) for key, value in label.items()}
        meta = {"object": name, "spectral_type": TYPES[row % len(TYPES)], "truth": label}
        clean = Spectrum(
            grid.wave,
            model_flux(grid.wave, **values)[0],
            resolution=grid.resolution,
            flux_unit=grid.flux_unit,
            meta=meta,
        )
        spectra.append(observe(clean, snr=60.0, seed=seed + row, scale=1e-20))
    return spectra


def _keep_brown_dwarfs(archive: Archive) -> list[int]:
    names = tuple(f"made J{number:04d}+{number % 60:02d}" for number in range(1, N_SPECTRA + 1))
    spectra = _draw(N_SPECTRA, 1, names)
    rng = np.random.default_rng(2)
    targets = archive.targets.add(
        Target(name, ra=float(ra), dec=float(dec))
        for name, ra, dec in zip(
            names, rng.uniform(0, 360, N_SPECTRA), rng.uniform(-80, 80, N_SPECTRA), strict=True
        )
    )
    sources = [
        SourceFile(f"made_{number:03d}.csv", f"{number:064x}", 30_000, "text")
        for number in range(1, N_SPECTRA + 1)
    ]
    ids = archive.spectra.add(spectra, SPECTRA, sources, targets)
    units = {"teff": "K", "logg": "dex(cm / s2)", "mh": "dex", "fsed": ""}
    archive.labels.add(
        LabelRow(name, float(value), unit=units[name], origin="made", spectrum=number)
        for number, spectrum in zip(ids, spectra, strict=True)
        for name, value in spectrum.meta["truth"].items()
    )
    return ids


def _keep_model(archive: Archive) -> None:
    spectra = [spectrum for _, spectrum in next(archive.spectra.iterate(SPECTRA))]
    recipe = TrainRecipe(
        collections=(SPECTRA,),
        model=OWN_MODEL,
        wave_range=(0.9, 2.4),
        n_pixels=200,
        network=PrincipalComponents(n_latents=4),
    )
    train_on(spectra, recipe, {}).save(archive.models.folder(OWN_MODEL))
    archive.models.register(OWN_MODEL)


def _keep_stars(archive: Archive) -> tuple[int, ...]:
    curves = make_stars(3)
    tics = tuple(100_000_001 + number for number in range(len(curves)))
    targets = archive.targets.add(
        Target(str(curve.meta["object"]), 80.0 + number, -60.0 + number, tic=tics[number])
        for number, curve in enumerate(curves)
    )
    archive.light_curves.add(curves, CURVES, targets=targets)
    return tics


def _keep_candidates(archive: Archive, path: Path, tics: tuple[int, ...]) -> tuple[int, ...]:
    """Keep a table of TOIs, the first of which are in the light curves, with a model's scores."""
    rows = make_rows(40)
    truths = [
        (tic, truth)
        for tic, curve in zip(tics, make_stars(len(tics)), strict=True)
        for truth in curve.meta["injected"]
    ]
    for row, (tic, truth) in zip(rows, truths, strict=False):
        row[COLUMNS["tic"]] = str(tic)
        row[COLUMNS["period"]] = str(truth["period_days"])
        row[COLUMNS["epoch"]] = str(truth["epoch_btjd"] + 2_457_000.0)
        row[COLUMNS["duration"]] = str(truth["duration_hours"])
    table = read_catalogue(write_rows(path, rows))
    import_catalogue(table, archive)
    found = archive.candidates.list(origin="TOI")
    numbers = {row.name: row.id for row in found if row.id is not None}
    archive.scores.add(
        "toi-ranker",
        None,
        [
            ScoreRow(
                candidate=numbers[each.toi],
                planet_probability=each.planet_probability,
                spread=each.spread,
                reasons=each.reasons,
            )
            for each in rank(table)
        ],
    )
    first = numbers[found[0].name]
    classes = {"planet": 0.91, "eclipsing binary": 0.05, "background": 0.02, "nothing": 0.02}
    reasons = ("depth_ppm 4100 (+0.80)", "no secondary eclipse (+0.31)")
    judged = ScoreRow(
        candidate=first,
        planet_probability=classes["planet"],
        class_probabilities=classes,
        spread=0.03,
        reasons=reasons,
    )
    archive.scores.add(VETTER, None, [judged])
    return tuple(numbers.values())


def _keep_runs(archive: Archive) -> tuple[int, int, int]:
    """Keep a run that ended well, one that failed, and one that waits."""
    outliers = {"collection": SPECTRA, "model": REPRESENTATION}
    run_task("representations.outliers", outliers, archive)
    done = archive.runs.list()[0].number
    try:
        run_task("representations.outliers", {**outliers, "collection": "no-such"}, archive)
    except StarsieveError:
        failed = archive.runs.list()[0].number
    else:
        msg = "Expected the run to fail: there is no such collection."
        raise AssertionError(msg)
    queued = archive.runs.queue(
        "representations.encode", {"collection": SPECTRA, "model": REPRESENTATION}
    )
    return done, failed, queued
