"""An archive as large as an observatory's, made in minutes: for what must stay quick with it.

`make_archive` fills a folder with toy spectra in three collections, with labels, predictions,
embeddings and files, and with stars that have candidates, scores, dispositions and light curves.
Everything is drawn from one seed. From the shell: ``python -m benchmarks._web_archive FOLDER``.
"""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import (
    Archive,
    CandidateRow,
    DispositionRow,
    LabelRow,
    PredictionRow,
    ScoreRow,
    SourceFile,
    Target,
)
from starsieve.data import Embeddings, Spectrum
from starsieve.data.grids import log_grid
from starsieve.data.synthetic import Transit, light_curve, model_flux
from starsieve.learn.library import show_card

PREDICTOR = "diamondback-spex"
REPRESENTATION = "spex-prism"
N_PIXELS = 200
PART = 10_000
"""Spectra that are made and stored at a time: about a shard."""

UNITS = {"teff": "K", "logg": "dex(cm / s2)", "mh": "dex", "fsed": ""}
RANGES = {"teff": (900, 2400), "logg": (3.5, 5.5), "mh": (-0.5, 0.5), "fsed": (1, 10)}
VERDICTS = ("PC", "PC", "PC", "CP", "KP", "FP", "FP", "FA", "APC")

Progress = Callable[[str], None]
Drawn = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Part:
    """A collection of the archive: its share of the spectra, and how they were observed."""

    name: str
    share: float
    instrument: str
    medium: str
    frame: str
    resolution: float | None


PARTS = (
    Part("prism", 0.7, "SpeX", "vacuum", "unknown", 120.0),
    Part("survey", 0.2, "MOSFIRE", "air", "heliocentric", 3300.0),
    Part("archival", 0.1, "", "vacuum", "barycentric", None),
)


def make_archive(
    folder: Path,
    n_spectra: int = 100_000,
    n_candidates: int = 10_000,
    *,
    database_url: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Make an archive and return its folder.

    Parameters
    ----------
    folder : Path
        New or empty.
    n_spectra, n_candidates : int
        Three in ten of the spectra have a star, which has labels of its own; each star with a
        candidate has 1.25 of them on average, and the first fifty have a light curve.
    database_url : str, optional
        Of a catalogue on a server.
    seed : int
    progress : callable, optional
        Called with what has been made.
    """
    say = progress or (lambda _: None)
    rng = np.random.default_rng(seed)
    with Archive.create(folder, database_url) as archive:
        make_runs(archive)
        stars = archive.targets.add(_nearby(rng, max(1, n_spectra // 5)))
        archive.labels.add(_star_labels(rng, stars))
        say(f"{len(stars)} stars")
        for part in PARTS:
            for start in range(0, round(n_spectra * part.share), PART):
                n = min(PART, round(n_spectra * part.share) - start)
                add_spectra(archive, part, stars, rng, start, n)
                say(f"{start + n} spectra of {part.name}")
        add_candidates(archive, rng, n_candidates)
        say(f"{n_candidates} candidates")
    return folder


def add_spectra(
    archive: Archive, part: Part, stars: list[int], rng: np.random.Generator, start: int, n: int
) -> None:
    """Add some spectra of a collection with all that is known of them."""
    drawn = {name: rng.uniform(*limits, n) for name, limits in RANGES.items()}
    spectra = list(_spectra(part, drawn, rng, start))
    has_star = rng.random(n) < 0.3
    targets = [int(rng.choice(stars)) if known else None for known in has_star]
    files = [_file(part, start + number) for number in range(n)]
    ids = archive.spectra.add(spectra, part.name, files, targets)
    archive.labels.add(_own_labels(rng, ids, drawn))
    run = len(archive.runs.list())
    if part.resolution is not None:
        archive.predictions.add(PREDICTOR, run, _predictions(rng, ids, drawn))
    if part.name == "prism":
        card = show_card(REPRESENTATION)  # as if it had made them: sliders must be able to decode
        latents = _embeddings(rng, ids, drawn, part.name, card["n_latents"])
        archive.embeddings.add(latents, card["weights_sha256"], run)


def make_runs(archive: Archive, n: int = 200) -> None:
    """Record runs of several tasks, most of them done."""
    tasks = ("atmospheres.predict", "representations.encode", "transits.search")
    for number in range(n):
        task = tasks[number % len(tasks)]
        recipe = {"task": task, "collection": PARTS[0].name, "model": PREDICTOR}
        run = archive.runs.start(task, recipe, seed=number, versions={"starsieve": "0.1.0"})
        archive.runs.progress(run, 100, 100)
        failed = number % 17 == 5
        result = None if failed else {"n_done": 100, "n_failed": 0}
        error = "The disk is full." if failed else None
        archive.runs.finish(run, result=result, error=error)


def add_candidates(archive: Archive, rng: np.random.Generator, n: int) -> None:
    """Add stars with TIC numbers, their candidates with scores and verdicts, and light curves."""
    n_stars = max(1, round(n * 0.8))
    stars = archive.targets.add(_tess_stars(rng, n_stars))
    archive.labels.add(_star_labels(rng, stars))
    stored = archive.candidates.add(_candidates(rng, stars, n))
    run = archive.runs.start("transits.rank", {"task": "transits.rank", "model": "toi-ranker"})
    for model in ("toi-ranker", "transit-vetter"):
        archive.scores.add(model, run, _scores(rng, stored.ids))
    archive.runs.finish(run, result={"n_candidates": n})
    archive.candidates.add_dispositions(_verdicts(rng, stored.ids))
    some = stars[:50]
    curves = [_curve(rng, number) for number, _ in enumerate(some)]
    sources = [_file(Part("tess-made", 0, "TESS", "", "", None), n) for n, _ in enumerate(some)]
    archive.light_curves.add(curves, "tess-made", sources, targets=some)


def _nearby(rng: np.random.Generator, n: int) -> list[Target]:
    places = zip(rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n))), strict=True)
    return [
        Target(f"Made {number:06d}", float(ra), float(dec), gaia=4_000_000_000_000_000 + number)
        for number, (ra, dec) in enumerate(places)
    ]


def _tess_stars(rng: np.random.Generator, n: int) -> list[Target]:
    tics = rng.choice(400_000_000, n, replace=False) + 1_000_000
    places = zip(rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n))), strict=True)
    return [
        Target(f"TIC {tic}", float(ra), float(dec), tic=int(tic))
        for tic, (ra, dec) in zip(tics, places, strict=True)
    ]


def _star_labels(rng: np.random.Generator, stars: list[int]) -> Iterator[LabelRow]:
    ranges = {"teff": (2800, 9000, "K"), "radius": (0.2, 2.5, "solRad"), "tmag": (6, 15, "mag")}
    for name, (low, high, unit) in ranges.items():
        values = rng.uniform(low, high, len(stars)).round(4).tolist()
        for star, value in zip(stars, values, strict=True):
            yield LabelRow(name, value, 0.02 * value, unit, "TIC", target=star)


def _spectra(part: Part, drawn: Drawn, rng: np.random.Generator, start: int) -> Iterator[Spectrum]:
    wave = log_grid(0.8, 2.4, N_PIXELS)
    flux = model_flux(wave, **drawn)
    sigma = np.broadcast_to(0.02 * np.median(flux, axis=1, keepdims=True), flux.shape)
    flux = flux + rng.normal(0.0, sigma)
    for number in range(len(flux)):
        meta: dict[str, Any] = {"object": _name(start + number), "instrument": part.instrument}
        meta |= {"date": "2026-05-17T03:14:15", "exposure": 120.0, "airmass": 1.2}
        yield Spectrum(
            wave,
            flux[number],
            sigma[number].copy(),
            flux_unit="erg / (um s cm2)",
            medium=part.medium,  # type: ignore[arg-type]
            frame=part.frame,  # type: ignore[arg-type]
            resolution=part.resolution,
            meta=meta,
        )


def _name(number: int) -> str:
    """Return the name of an object, by its place on the sky as surveys have them."""
    minutes = number * 7919 % 1_296_000
    sign = "-" if number % 2 else "+"
    return f"J{minutes // 54_000:02d}{minutes // 900 % 60:02d}{sign}{number * 31 % 9000:04d}"


def _file(part: Part, number: int) -> SourceFile:
    path = f"/data/{part.name}/night-{number // 500:04d}/{part.name}_{number:06d}.fits"
    return SourceFile(path, hashlib.sha256(path.encode()).hexdigest(), 40_320, "columns")


def _own_labels(rng: np.random.Generator, ids: list[int], drawn: Drawn) -> Iterator[LabelRow]:
    """Label spectra: signal-to-noise of all, temperature and gravity of four in five."""
    for spectrum, snr in zip(ids, rng.lognormal(3.5, 0.6, len(ids)).round(3).tolist(), strict=True):
        yield LabelRow("snr", snr, None, "", "header", spectrum=spectrum)
    labelled = np.flatnonzero(rng.random(len(ids)) < 0.8).tolist()
    for name in ("teff", "logg"):
        for row in labelled:
            value = float(drawn[name][row])
            yield LabelRow(name, value, 0.01 * value, UNITS[name], "made", spectrum=ids[row])


def _predictions(rng: np.random.Generator, ids: list[int], drawn: Drawn) -> Iterator[PredictionRow]:
    scores = rng.chisquare(4, len(ids))
    parameters = [_posteriors(rng, name, drawn[name]) for name in RANGES]
    for row, spectrum in enumerate(ids):
        yield PredictionRow(
            spectrum=spectrum,
            parameters={name: parameters[k][row] for k, name in enumerate(RANGES)},
            in_distribution=bool(scores[row] < 9),
            ood_score=float(scores[row]),
            chi2_reduced=float(rng.gamma(2)),
        )


def _posteriors(rng: np.random.Generator, name: str, truth: np.ndarray) -> list[dict[str, Any]]:
    low, high = RANGES[name]
    std = 0.03 * (high - low)
    found = truth + rng.normal(0, std, len(truth))
    steps = {"median": 0, "mean": 0, "q025": -1.96, "q16": -1, "q84": 1, "q975": 1.96}
    columns = {key: (found + step * std).tolist() for key, step in steps.items()}
    return [
        {key: values[row] for key, values in columns.items()} | {"std": std, "unit": UNITS[name]}
        for row in range(len(found))
    ]


def _embeddings(
    rng: np.random.Generator, ids: list[int], drawn: Drawn, collection: str, n_latents: int
) -> Embeddings:
    scaled = [(drawn[n] - low) / (high - low) - 0.5 for n, (low, high) in RANGES.items()]
    latents = rng.normal(0, 0.1, (len(ids), n_latents))
    latents[:, : len(scaled)] += np.sin(2 * np.stack(scaled, axis=1))
    return Embeddings(
        latents.astype(np.float32),
        np.array(ids),
        columns={"chi2_reduced": rng.gamma(2, size=len(ids)), "coverage": np.ones(len(ids))},
        model=REPRESENTATION,
        collection=collection,
    )


def _candidates(rng: np.random.Generator, stars: list[int], n: int) -> Iterator[CandidateRow]:
    now = datetime.now(UTC)
    for number in range(n):
        # the first stars have two: every star one, then again from the first
        star, which = number % len(stars), number // len(stars) + 1
        period = float(rng.lognormal(1.5, 0.8))
        yield CandidateRow(
            origin="TOI",
            name=f"{101 + star}.{which:02d}",
            target=stars[star],
            period_days=period,
            period_err_days=1e-5 * period,
            epoch_btjd=1325.0 + float(rng.uniform(0, 27)),
            duration_hours=float(rng.uniform(1, 6)),
            depth_ppm=float(rng.lognormal(7, 1)),
            radius_earth=float(rng.lognormal(1, 0.6)),
            snr=float(rng.lognormal(3, 0.7)),
            other={"teq_k": float(rng.uniform(300, 2500)), "insolation_earth": 100.0},
            announced=now - timedelta(days=number % 2000),
        )


def _scores(rng: np.random.Generator, ids: tuple[int, ...]) -> Iterator[ScoreRow]:
    for candidate, probability in zip(ids, rng.beta(0.8, 0.8, len(ids)).tolist(), strict=True):
        yield ScoreRow(
            candidate=candidate,
            planet_probability=probability,
            class_probabilities={"planet": probability, "other": 1 - probability},
            spread=0.05,
            reasons=("period is usual", "depth is usual"),
        )


def _verdicts(rng: np.random.Generator, ids: tuple[int, ...]) -> Iterator[DispositionRow]:
    for candidate in ids:
        value, days = str(rng.choice(VERDICTS)), int(rng.integers(1, 900))
        date = datetime.now(UTC) - timedelta(days=days)
        yield DispositionRow(candidate=candidate, value=value, who="TFOPWG", date=date)


def _curve(rng: np.random.Generator, number: int) -> Any:
    planet = Transit(float(rng.uniform(2, 9)), 1501.0, 0.12, 0.004)
    return light_curve([planet], seed=number, variability=0.001, cadence=30.0 / 1440.0)


def main() -> int:
    """Make an archive from the shell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=100_000)
    parser.add_argument("--candidates", type=int, default=10_000)
    asked = parser.parse_args()
    make_archive(asked.folder, asked.spectra, asked.candidates, progress=print)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
