"""Examples of known truth for a classifier: signals injected into light curves, and found again.

They go the whole way that an unknown star goes (detrending, search, fit, views, features), so that
a classifier learns from what it will be given, with the search's own mistakes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.compute import map_items
from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.star import Star
from starsieve.errors import DataError, StarsieveError
from starsieve.settings import Settings
from starsieve.transits.candidate import Candidate
from starsieve.transits.examine import Examined, examine
from starsieve.transits.example_files import write_examples
from starsieve.transits.inject import Injected, inject_binary, inject_planet
from starsieve.transits.observed import ObservedStar
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.recovery import compare
from starsieve.transits.search import search
from starsieve.transits.simulate import draw_activity, simulate_star
from starsieve.transits.task_recipes import MakeExamplesRecipe

PLANET, BINARY, NEITHER = "planet", "eclipsing binary", "other astrophysical|systematics"
"""Labels: of a found planet, of a found binary, and of what the search made of noise and spots."""

SEARCH = SearchOptions(min_snr=5.5, min_single_snr=8.0, max_candidates=3)
"""Less strict than by default: a classifier has to see what lies below."""

N_PLANETS, N_BINARIES = 0.45, 0.3
"""Shares of stars with a planet and with a binary; the others have nothing."""

FIRST_STAR = 10**12
"""Numbers of made stars begin here, far above those of the TIC."""

KNOWN_SHARE = 0.7
"""Share of stars of which a catalogue knows temperature, gravity, radius and mass."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class MadeExample:
    """A found signal, examined, and what it truly is.

    `star` is the number of the star, for splits by star.
    """

    label: str
    star: int
    examined: Examined


def make_examples(
    n_stars: int, seed: int = 0, curves: Sequence[LightCurve] = (), settings: Settings | None = None
) -> Iterator[list[MadeExample]]:
    """Yield the examples of each of many stars, in order; of many stars there are none.

    Parameters
    ----------
    n_stars : int
    seed : int
    curves : sequence of LightCurve
        Real light curves without a known signal; every fourth star is one of them. By default
        all are simulated.
    settings : Settings, optional
        Over how many processes stars are spread.
    """
    seeds = [seed * 1_000_003 + number for number in range(n_stars)]
    yield from map_items(partial(_examples, curves=tuple(curves)), seeds, settings or Settings())


def make_examples_file(
    recipe: MakeExamplesRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Make examples and write them as a file that a training can name."""
    curves = [] if recipe.collection is None else _quiet_curves(archive, recipe.collection)
    workers = recipe.workers
    settings = Settings(engine="processes" if workers > 1 else "serial", workers=workers)
    made: list[MadeExample] = []
    for number, some in enumerate(make_examples(recipe.stars, recipe.seed, curves, settings), 1):
        made += some
        if progress is not None:
            progress(number, recipe.stars, "making examples")
    if not made:
        msg = f"Nothing was found around {recipe.stars} stars: ask for more of them."
        raise DataError(msg)
    save_examples(made, Path(recipe.file))
    counts = Counter(each.label for each in made)
    return {"file": recipe.file, "n_stars": recipe.stars, "n_examples": len(made), **counts}


def save_examples(examples: Sequence[MadeExample], path: Path) -> None:
    """Write examples as `starsieve.transits.example_files.read_examples` reads them."""
    write_examples(
        path,
        [each.examined.views for each in examples],
        [each.examined.features for each in examples],
        [each.label for each in examples],
        [FIRST_STAR + each.star for each in examples],
    )


def _quiet_curves(archive: Archive, collection: str) -> list[LightCurve]:
    return [curve for batch in archive.light_curves.iterate(collection) for _, curve in batch]


def draw_star(rng: np.random.Generator) -> Star:
    """Return a star of the main sequence, by rough relations of mass, radius and temperature."""
    mass = float(rng.uniform(0.3, 1.5))
    radius = mass**0.9 * float(np.exp(rng.normal(0.1, 0.12)))
    teff = 5772.0 * mass**0.6 * float(np.exp(rng.normal(0.0, 0.02)))
    logg = 4.438 + float(np.log10(mass / radius**2))
    tmag = float(rng.uniform(7.5, 12.5))
    return Star(tmag=tmag, teff=teff, logg=logg, radius=radius, mass=mass, source="simulated")


def _examples(seed: int, curves: Sequence[LightCurve]) -> list[MadeExample]:
    rng = np.random.default_rng(seed)
    star = draw_star(rng)
    activity = draw_activity(rng) if rng.uniform() < 0.5 else None
    if curves and seed % 4 == 0:
        base = curves[int(rng.integers(len(curves)))]
        star = replace(Star.from_meta(base.meta), tic=None, name="")
    else:
        base = simulate_star(seed, star=star, activity=activity, red_noise=rng.uniform(0.1, 0.6))
    label, made = _inject(base, star, rng, seed)
    known = star if rng.uniform() < KNOWN_SHARE else Star(tmag=star.tmag)
    try:
        found = search(base if made is None else made.curve, SEARCH)
    except StarsieveError:
        return []
    curve = base if made is None else made.curve
    observed = ObservedStar(curve, known, f"simulated {seed}", {})
    return [
        MadeExample(_label(each, label, made, curve), seed, examine(each, found, observed))
        for each in (*found.candidates, *found.singles)
    ]


def _inject(
    base: LightCurve, star: Star, rng: np.random.Generator, seed: int
) -> tuple[str, Injected | None]:
    drawn = rng.uniform()
    period = float(np.exp(rng.uniform(np.log(0.6), np.log(25.0))))
    radius = float(np.exp(rng.uniform(np.log(0.9), np.log(18.0))))
    try:
        if drawn < N_PLANETS:
            made = inject_planet(base, star, period_days=period, radius_earth=radius, seed=seed)
            return PLANET, made
        if drawn < N_PLANETS + N_BINARIES:
            behind = bool(rng.uniform() < 0.5)
            made = inject_binary(base, None, star, period_days=period, background=behind, seed=seed)
            return BINARY, made
    except StarsieveError:
        pass  # an orbit within the star: a star without a signal
    return NEITHER, None


def _label(candidate: Candidate, label: str, made: Injected | None, curve: LightCurve) -> str:
    """Return what a candidate is: what was injected if it is that, else neither."""
    if made is None:
        return NEITHER
    truth = Ephemeris(
        period_days=made.truth["period_days"],
        epoch_btjd=made.truth["epoch_btjd"],
        duration_hours=made.truth["duration_hours"],
    )
    if candidate.ephemeris.period_days is None:
        inside = in_event(np.array([candidate.ephemeris.epoch_btjd]), truth)[0]
        return label if inside else NEITHER
    middle = float(np.median(curve.time))
    return label if compare(candidate.ephemeris, truth, middle) is not None else NEITHER
