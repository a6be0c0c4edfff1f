"""An archive with something of everything that lists show."""

from typing import Any

import numpy as np
import pytest

from starsieve.archive import (
    Archive,
    CandidateRow,
    LabelRow,
    PredictionRow,
    ScoreRow,
    SourceFile,
    Target,
)
from starsieve.data import Spectrum
from tests.archive.test_light_curves import make_curve

MODEL = "sonora"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """Give an archive of six spectra in two collections, three stars and two candidates."""
    stars = archive.targets.add(
        [
            Target("GJ 229", 92.644, -21.865),
            Target("TOI-270", 68.416, -51.956, tic=259377017),
            Target("pi Men", 84.291, -80.469, tic=261136679),
        ]
    )
    names = ("GJ 229 B", "LHS 1", "LHS 2", HOSTILE, "")
    files = [SourceFile(f"/secret/place/obs_{n}.fits", f"{n}" * 64, 9) for n in range(5)]
    spectra = [_spectrum(n, object=name) for n, name in enumerate(names)]
    ids = archive.spectra.add(spectra, "prism", files, [stars[0], None, None, None, None])
    ids += archive.spectra.add([_spectrum(9, object="GJ 229 B")], "survey")
    archive.labels.add(
        [LabelRow("teff", 900.0 + 100 * n, 30.0, "K", "paper", spectrum=ids[n]) for n in range(3)]
        + [LabelRow("mh", -0.1, unit="dex", target=stars[0])]
    )
    rows = [_said(number, 950.0 + 100 * n, n != 1) for n, number in enumerate(ids[:4])]
    archive.predictions.add(MODEL, None, rows)
    found = archive.candidates.add(
        [
            CandidateRow(origin="TOI", name="270.01", target=stars[1], period_days=3.36),
            CandidateRow(origin="TOI", name="144.01", target=stars[2], period_days=6.27),
        ]
    )
    scores = [ScoreRow(candidate=n, planet_probability=0.9) for n in found.ids]
    archive.scores.add("vetter", None, scores)
    archive.light_curves.add([make_curve(40)], "night", targets=[stars[1]])
    archive.runs.queue("atmospheres.predict", {"collection": "prism"})
    return archive


def _spectrum(seed: int, **meta: Any) -> Spectrum:
    rng = np.random.default_rng(seed)
    wave = np.linspace(1.0, 2.4, 60)
    return Spectrum(wave, 1 + 0.1 * rng.normal(size=60), resolution=100.0 + seed, meta=meta)


def _said(number: int, teff: float, in_distribution: bool) -> PredictionRow:
    numbers = {"median": teff, "q16": teff - 40, "q84": teff + 60, "unit": "K"}
    return PredictionRow(number, {"teff": numbers}, in_distribution)
