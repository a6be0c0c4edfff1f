"""1,000 light curves through search, fit, views and classifier: time and memory, on two cores.

Half of the stars are active, as the Kepler sample has them; a third has a planet, a sixth an
eclipsing binary, the others nothing. Curves are simulated on the way, so that nothing but the
pipeline holds memory. Goal: 8 minutes, and no more memory for 1,000 stars than for 200.

``python -m benchmarks.pipeline --stars 200`` takes fewer; the goal is scaled.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from starsieve.data import LightCurve
from starsieve.errors import Failure
from starsieve.settings import Settings
from starsieve.transits.inject import inject_binary, inject_planet
from starsieve.transits.made_examples import draw_star
from starsieve.transits.observed import Piece, StarItems
from starsieve.transits.simulate import draw_activity, simulate_star
from starsieve.transits.vet import vet_stars

N_STARS, GOAL_SECONDS, WORKERS = 1000, 480.0, 2
MOST_GROWTH_MB = 300.0
"""Of the peak memory from a fifth of the stars to all: what results would need is far more."""


def main() -> int:
    """Print time and memory; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=N_STARS)
    n_stars = parser.parse_args().stars
    from starsieve.transits.classifier import DEFAULT, load_vetter

    vetter = load_vetter(DEFAULT)
    settings = Settings(engine="processes", workers=WORKERS)
    started, n_failed, n_found, early = time.perf_counter(), 0, 0, 0.0
    for number, each in enumerate(vet_stars(_stars(n_stars), vetter, settings=settings), start=1):
        if isinstance(each, Failure):
            n_failed += 1
        else:
            n_found += len(each.vetted)
        if number == n_stars // 5:
            early = _peak_mb()
        if number % 50 == 0:
            print(f"{number} stars, {time.perf_counter() - started:.0f} s", flush=True)
    seconds, goal = time.perf_counter() - started, GOAL_SECONDS * n_stars / N_STARS
    print(f"{n_stars} stars, {n_found} candidates, {n_failed} failed")
    print(f"time   {seconds:7.0f} s  (goal {goal:.0f} s on {WORKERS} cores)")
    print(f"memory {_peak_mb():7.0f} MB (after a fifth of the stars {early:.0f} MB)")
    return int(seconds > goal or _peak_mb() - early > MOST_GROWTH_MB)


def _stars(number: int) -> Iterator[StarItems]:
    for seed in range(number):
        curve = _curve(seed)
        yield StarItems(f"simulated {seed}", (Piece(f"simulated {seed}", curve=curve),))


def _curve(seed: int) -> LightCurve:
    rng = np.random.default_rng(seed)
    star = draw_star(rng)
    activity = draw_activity(rng) if seed % 2 else None
    curve = simulate_star(seed, star=star, activity=activity)
    period = float(np.exp(rng.uniform(np.log(0.8), np.log(12.0))))
    if seed % 3 == 0:
        radius = float(rng.uniform(2, 14))
        return inject_planet(curve, star, period_days=period, radius_earth=radius, seed=seed).curve
    if seed % 6 == 1:
        return inject_binary(curve, None, star, period_days=period, seed=seed).curve
    return curve


def _peak_mb() -> float:
    """Return the most memory that this process and any of its workers have held."""
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(mine, theirs) / 1024


if __name__ == "__main__":
    sys.exit(main())
