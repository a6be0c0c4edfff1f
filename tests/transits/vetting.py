"""Stars of known truth, to be vetted, and what vetting could give of them."""

from dataclasses import replace

import numpy as np

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.light_curve import LightCurve
from starsieve.data.star import Star
from starsieve.plots.vetting import Signal
from starsieve.transits.candidate import Candidate
from starsieve.transits.classifier import Verdict
from starsieve.transits.observed import ObservedStar
from starsieve.transits.vetting import Vetted, Vetting
from starsieve.transits.views import Views
from tests.transits.searching import PLANET, make_curve

EPHEMERIS = Ephemeris(period_days=3.7, epoch_btjd=1501.3, duration_hours=3.0)
VERDICT = Verdict(
    class_probabilities={
        "planet": 0.8, "eclipsing binary": 0.15, "other astrophysical": 0.03, "systematics": 0.02,
    },
    planet_probability=0.8,
    spread=0.05,
    reasons=(("local view", 1.25), ("depth: 1500 ppm", -0.3)),
)  # fmt: skip


def make_star(*planets, tic: int | None = 11, seed: int = 0, start: float = 1500.0) -> LightCurve:
    """Make a light curve that names its star."""
    curve = make_curve(*planets, seed=seed, start=start)
    named = {} if tic is None else {"target": tic}
    known = {"teff": 5772.0, "radius": 1.0, "mass": 1.0, "logg": 4.44, "tmag": 9.0}
    return replace(curve, meta={"telescope": "TESS", **known, **named})


def make_vetted(number: int = 1, **other) -> Vetted:
    """Make a judged candidate, without fit and views unless they are given."""
    candidate = Candidate(
        ephemeris=EPHEMERIS, depth_ppm=1500.0, depth_err_ppm=30.0, snr=50.0, snr_pink=40.0,
        n_transits=7,
    )  # fmt: skip
    values = {
        "candidate": candidate, "fit": None, "views": Views(), "features": {}, "matches": (),
        "verdict": VERDICT,
    }  # fmt: skip
    return Vetted(number=number, **(values | other))


def make_signal(ephemeris: Ephemeris = EPHEMERIS) -> Signal:
    curve = make_curve(PLANET)
    return Signal(observed=curve, flat=curve, trend=np.ones(len(curve)), ephemeris=ephemeris)


def make_vetting(*vetted: Vetted, tic: int | None = 11, name: str = "TIC 11") -> Vetting:
    star = Star(tic=tic, name=name, radius=1.0, source="made")
    observed = ObservedStar(make_curve(), star, "made.fits", {"made.fits": "0" * 64})
    return Vetting(
        observed=observed, vetted=vetted, model="toy", provenance={"search": {"min_snr": 7.0}}
    )
