"""Stars with candidates, one of which has light of known truth."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from starsieve.archive import (
    Archive,
    CandidateRow,
    DispositionRow,
    LabelRow,
    ProductRow,
    ScoreRow,
    SourceFile,
    Target,
)
from starsieve.data import LightCurve, Spectrum
from tests.transits.searching import PLANET
from tests.transits.vetting import make_star

REASONS = ("local view (+2.71)", "mean depth: 1500 ppm (-0.46)")


@dataclass(frozen=True)
class Planets:
    """Numbers of what was made."""

    bright: int
    dark: int
    nameless: int
    seen: int
    unseen: int
    own: int
    listed: int


def keep_planets(archive: Archive) -> Planets:
    """Store three stars and four candidates: one seen in the light, one without times."""
    bright, dark, nameless = archive.targets.add(
        [
            Target("pi Toy", 84.29, -80.47, tic=11),
            Target("TIC 12", 84.3, -80.48, tic=12),
            Target("star without a number"),
        ]
    )
    archive.labels.add([LabelRow("teff", 5772.0, 90.0, "K", "TIC", None, bright)])
    period, epoch, hours = PLANET["period"], PLANET["epoch"], PLANET["hours"]
    times = {"period_days": period, "epoch_btjd": epoch, "duration_hours": hours}
    seen, unseen, own, listed = archive.candidates.add(
        [
            CandidateRow(
                origin="TOI", name="101.01", target=bright, **times, period_err_days=1e-4,
                depth_ppm=1500.0, radius_earth=4.2, teq_k=1170.0, snr=30.0, teff=5700.0,
                other={"pl_radelim": 0.0, "comment <b>": "<script>alert(1)</script>"},
            ),
            CandidateRow(origin="TOI", name="99.02", target=bright, period_days=9.0, snr=10.0),
            CandidateRow(origin="search", name="tess/pi Toy.01", target=bright, **times, snr=28.0),
            CandidateRow(origin="CTOI", name="12.01", target=dark, period_days=1.5, snr=5.0),
        ]
    ).ids  # fmt: skip
    archive.candidates.add_dispositions(
        [
            DispositionRow(
                candidate=seen, value="CP", who="TFOPWG", date=datetime(2020, 1, 2, tzinfo=UTC)
            ),
            DispositionRow(
                candidate=listed, value="FP", who="TFOPWG", date=datetime(2020, 1, 2, tzinfo=UTC)
            ),
        ]
    )
    archive.scores.add(
        "transit-vetter",
        None,
        [
            ScoreRow(
                candidate=seen, planet_probability=0.95, spread=0.02, reasons=REASONS,
                class_probabilities={"planet": 0.95, "eclipsing binary": 0.05},
            )
        ],
    )  # fmt: skip
    archive.scores.add("toi-ranker", None, [ScoreRow(candidate=listed, planet_probability=0.1)])
    archive.products.add(
        [ProductRow(target=bright, uri="mast:TESS/a_lc.fits", kind="lc", sector=1)]
    )
    keep_light(archive, bright)
    wave = np.linspace(1.0, 2.0, 50)
    archive.spectra.add(
        [Spectrum(wave, np.ones(50), meta={"object": "pi Toy"})], "slit", targets=[bright]
    )
    return Planets(bright, dark, nameless, seen, unseen, own, listed)


def keep_light(archive: Archive, star: int) -> None:
    """Store a sector of light as it is corrected, raw and validated."""
    corrected = make_star(PLANET)
    about = {"sector": 1, "pipeline": "SPOC", "cadence_seconds": 600.0, "object": "TIC 11"}
    corrected = replace(corrected, meta={**corrected.meta, **about, "flux_column": "PDCSAP_FLUX"})
    raw = replace(corrected, meta={**corrected.meta, "flux_column": "SAP_FLUX"})
    file = SourceFile("/at/home/tess_s0001_lc.fits", "1" * 64, 1, "spoc-lc")
    archive.light_curves.add([corrected], "tess", [file], [star])
    archive.light_curves.add([raw], "tess-sap", [file], [star])
    tce = {
        "number": 1,
        "period_days": PLANET["period"],
        "epoch_btjd": PLANET["epoch"],
        "duration_hours": PLANET["hours"],
    }
    pair = [
        LightCurve(
            corrected.time,
            corrected.flux - 1,
            meta={"target": 11, "flux_column": column, "tce": tce, "sectors": [1]},
        )
        for column in ("LC_INIT", "MODEL_INIT")
    ]
    archive.light_curves.add(pair, "tess-dv", targets=[star, star])
