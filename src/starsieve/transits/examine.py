"""Measure everything of a star's candidates that can be known before they are judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.spectrum import FloatArray
from starsieve.errors import Failure, StarsieveError
from starsieve.plots.vetting import DifferenceImage, Signal
from starsieve.readers import tesscut
from starsieve.readers.files import read_head
from starsieve.readers.reader import NO_HINTS, Hints
from starsieve.transits.candidate import Candidate
from starsieve.transits.centroid import difference_image
from starsieve.transits.features import features
from starsieve.transits.fit import TransitFit, fit_transit
from starsieve.transits.observed import ObservedStar, StarItems
from starsieve.transits.periodic import MASKED, same_orbit
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.search import SearchResult
from starsieve.transits.search_stars import failed, search_star
from starsieve.transits.views import Views, make_views

MAX_OFFSET_SIGMA = 4.0
"""A dimming farther from the star than that is probably another star's."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A candidate with all that can be measured of it, before it is judged."""

    candidate: Candidate
    fit: TransitFit | None
    views: Views
    features: Mapping[str, float]
    signal: Signal | None
    warnings: tuple[str, ...]
    image: DifferenceImage | None = None
    stated: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedStar:
    """A star that was searched, and its examined candidates."""

    observed: ObservedStar
    candidates: tuple[Examined, ...]
    notes: tuple[str, ...] = ()
    rotation_days: float | None = None


def examine_star(
    star: StarItems | ObservedStar | Failure, options: SearchOptions, hints: Hints = NO_HINTS
) -> ExaminedStar | Failure:
    """Search one star and measure everything of what is found; never raise for its data."""
    searched = search_star(star, options, hints)
    if isinstance(searched, Failure):
        return searched
    observed, found = searched.observed, searched.found
    try:
        pixels = _read_pixels(star)
        every = (*found.candidates, *found.singles)
        return ExaminedStar(
            observed,
            tuple(examine(each, found, observed, pixels) for each in every),
            found.notes,
            found.detrended.rotation_days,
        )
    except Exception as error:
        return failed(observed.file, error)


def examine(
    candidate: Candidate,
    found: SearchResult,
    observed: ObservedStar,
    pixels: tuple[FloatArray, FloatArray] | None = None,
) -> Examined:
    """Fit a candidate, and make the views and the numbers that a classifier needs.

    Parameters
    ----------
    candidate : Candidate
        One of those of `found`.
    found : SearchResult
    observed : ObservedStar
    pixels : (array, array), optional
        Times, shape (n_cadences,), and images, shape (n_cadences, n_rows, n_columns).
    """
    flat = without_others(found, candidate)
    warnings = [*candidate.notes, *_twins(candidate, found)]
    fit = None
    try:
        fit = fit_transit(flat, candidate.ephemeris, observed.star)
    except StarsieveError as error:
        warnings.append(f"no transit could be fitted: {error}")
    image = None if pixels is None else difference_image(*pixels, candidate.ephemeris)
    if image is not None and image.offset_sigma > MAX_OFFSET_SIGMA:
        warnings.append(
            f"the dimming is {image.offset_arcsec:.0f} arcsec ({image.offset_sigma:.1f} sigma) "
            "from the star: probably another star is eclipsed"
        )
    return Examined(
        candidate=candidate,
        fit=fit,
        views=make_views(flat, candidate.ephemeris, candidate.secondary_phase),
        features=features(flat, candidate, observed.star, fit, found.detrended),
        signal=_signal(observed, found, flat, candidate, fit),
        warnings=tuple(warnings),
        image=image,
    )


def _twins(candidate: Candidate, found: SearchResult) -> list[str]:
    """Return what is to be said of other candidates with the same period."""
    own = candidate.ephemeris
    return [
        f"another signal has the same period, {_apart(own, each.ephemeris):.2f} of an orbit away: "
        "probably the two eclipses of one binary"
        for each in found.candidates
        if each is not candidate and same_orbit(each.ephemeris, own)
    ]


def _apart(one: Ephemeris, other: Ephemeris) -> float:
    phase = (other.epoch_btjd - one.epoch_btjd) / (one.period_days or 1.0) % 1.0
    return float(min(phase, 1 - phase))


def _signal(
    observed: ObservedStar,
    found: SearchResult,
    flat: LightCurve,
    candidate: Candidate,
    fit: TransitFit | None,
) -> Signal:
    """Return what the figures of a candidate need."""
    ephemeris = candidate.ephemeris if fit is None else fit.ephemeris
    days = np.linspace(-4 * ephemeris.duration_days, 4 * ephemeris.duration_days, 801)
    return Signal(
        observed=observed.curve.normalised(),
        flat=flat,
        trend=found.detrended.trend,
        ephemeris=ephemeris,
        model_days=None if fit is None else days,
        model_flux=None if fit is None else fit.flux(ephemeris.epoch_btjd + days),
        secondary_phase=candidate.secondary_phase or 0.5,
    )


def _read_pixels(
    star: StarItems | ObservedStar | Failure,
) -> tuple[FloatArray, FloatArray] | None:
    """Return times and images of the first cut-out among a star's files."""
    for piece in star.pieces if isinstance(star, StarItems) else ():
        if piece.path is not None and tesscut.matches(piece.path, read_head(piece.path)):
            return tesscut.read_pixels(piece.path)
    return None


def without_others(found: SearchResult, candidate: Candidate) -> LightCurve:
    """Return the flat light curve with the events of all other candidates taken out."""
    flat = found.detrended.curve
    others = [
        each
        for each in (*found.candidates, *found.singles)
        if each is not candidate and not same_orbit(each.ephemeris, candidate.ephemeris)
    ]
    own = in_event(flat.time, candidate.ephemeris, MASKED)
    taken = np.zeros(len(flat), dtype=bool)
    for other in others:
        taken |= in_event(flat.time, other.ephemeris, MASKED)
    # What two share stays with both: whoever looks at one wants to see all of it.
    return replace(flat, valid=flat.usable & (own | ~taken))
