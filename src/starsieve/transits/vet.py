"""Vet stars: search their light curves, fit what is found, and say what it probably is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import starsieve
from starsieve.archive import Archive
from starsieve.compute import map_items
from starsieve.errors import Failure
from starsieve.readers.reader import NO_HINTS, Hints
from starsieve.settings import Settings
from starsieve.transits.candidate import Candidate
from starsieve.transits.classifier import DEFAULT, Vetter, classify, load_vetter
from starsieve.transits.examine import ExaminedStar, examine_star
from starsieve.transits.match import KnownSignal, Match, match
from starsieve.transits.observed import ObservedStar, StarItems, group_items
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.search_stars import opened
from starsieve.transits.validations import examine_validation
from starsieve.transits.vetting import Vetted, Vetting, Vettings

Progress = Callable[[int, int, str], None]

STARS_PER_BLOCK = 16
"""Whose candidates are judged together, and kept in memory until then."""


def vet(
    items: Any,
    vetter: Vetter | str | Path | None = None,
    *,
    options: SearchOptions | None = None,
    known: Sequence[KnownSignal] = (),
    archive: Archive | None = None,
    hints: Hints = NO_HINTS,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Vettings:
    """Search stars for transits and judge every candidate.

    Parameters
    ----------
    items : path, light curve, TIC number, or a sequence of these
        As `starsieve.transits.observed.group_items` takes them; light curves of one star are
        joined.
    vetter : Vetter, str or Path, optional
        A model, its name or its folder; the default is the one that ships.
    options : SearchOptions, optional
        Where and how transits are looked for.
    known : sequence of KnownSignal, optional
        Planets and binaries whose ephemerides are compared, beside those that `archive` knows.
    archive : Archive, optional
        Where TIC numbers are looked up, and what is known of stars.
    hints : Hints
        What the caller knows better than the files.
    settings : Settings, optional
        Over how many processes stars are spread; by default this one alone.
    progress : callable, optional
        Called as ``progress(done, total, what)``.

    Returns
    -------
    Vettings
        One `Vetting` per star, and in `.failures` what could not be vetted.

    Raises
    ------
    NotInArchiveError, ModelMismatchError
        If there is no such model, or it is for something else.
    """
    loaded = vetter if isinstance(vetter, Vetter) else load_vetter(vetter or DEFAULT, archive)
    groups, failures = group_items(items, archive)
    results: list[Vetting] = []
    for each in vet_stars(groups, loaded, options, known, archive, hints, settings, progress):
        if isinstance(each, Failure):
            failures.append(each)
        else:
            results.append(each)
    return Vettings(tuple(results), tuple(failures))


def vet_stars(
    groups: Sequence[StarItems],
    vetter: Vetter,
    options: SearchOptions | None = None,
    known: Sequence[KnownSignal] = (),
    archive: Archive | None = None,
    hints: Hints = NO_HINTS,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Iterator[Vetting | Failure]:
    """Yield what becomes of each star, in order; only a few are in memory at a time.

    `progress` is called for each star as it is examined, which takes longer than judging some.
    """
    options = options or SearchOptions()
    found = map_items(
        partial(_examined, options=options, hints=hints),
        opened(groups, archive),
        settings or Settings(),
    )
    examined = _counted(found, len(groups), progress)
    while block := list(islice(examined, STARS_PER_BLOCK)):
        stars = [each for each in block if isinstance(each, ExaminedStar)]
        judged = iter(judge(stars, vetter, options, known))
        for each in block:
            yield each if isinstance(each, Failure) else next(judged)


def _counted(
    examined: Iterator[ExaminedStar | Failure], total: int, progress: Progress | None
) -> Iterator[ExaminedStar | Failure]:
    for number, each in enumerate(examined, start=1):
        if progress is not None:
            progress(number, total, "vetting")
        yield each


def _examined(
    star: StarItems | ObservedStar | Failure, options: SearchOptions, hints: Hints
) -> ExaminedStar | Failure:
    """Examine what a data validation states, or else what a search finds."""
    stated = examine_validation(star) if isinstance(star, StarItems) else None
    return examine_star(star, options, hints) if stated is None else stated


def judge(
    stars: Sequence[ExaminedStar],
    vetter: Vetter,
    options: SearchOptions,
    known: Sequence[KnownSignal],
) -> list[Vetting]:
    """Judge the candidates of several stars at once."""
    every = [each for star in stars for each in star.candidates]
    verdicts = iter(
        classify(
            vetter,
            [each.views for each in every],
            [each.features for each in every],
            [star.observed.star.tic for star in stars for _ in star.candidates],
        )
    )
    return [
        Vetting(
            observed=star.observed,
            vetted=tuple(
                Vetted(
                    number=number,
                    candidate=each.candidate,
                    fit=each.fit,
                    views=each.views,
                    features=each.features,
                    matches=_matches(each.candidate, star.observed, known),
                    verdict=next(verdicts),
                    signal=each.signal,
                    image=each.image,
                    stated=each.stated,
                    warnings=each.warnings,
                )
                for number, each in enumerate(star.candidates, start=1)
            ),
            model=vetter.name,
            notes=star.notes,
            rotation_days=star.rotation_days,
            provenance=_provenance(star, vetter, options),
        )
        for star in stars
    ]


def _matches(
    candidate: Candidate,
    observed: ObservedStar,
    known: Sequence[KnownSignal],
) -> tuple[Match, ...]:
    star = observed.star
    error = candidate.period_err_days
    found = match(
        candidate.ephemeris, star.tic, known, period_err_days=error, ra=star.ra, dec=star.dec
    )
    return tuple(found)


def _provenance(star: ExaminedStar, vetter: Vetter, options: SearchOptions) -> dict[str, Any]:
    return {
        "starsieve": starsieve.__version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": vetter.name,
        "model weights": vetter.card.weights_sha256,
        "search": options.model_dump(),
        "files": dict(star.observed.hashes),
        "star from": star.observed.star.source,
        "assumed": list(star.observed.assumed),
        "light curve": list(star.observed.curve.meta.get("steps", ())),
    }
