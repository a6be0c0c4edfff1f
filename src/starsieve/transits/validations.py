"""Signals of the mission's data validation, taken as they are and examined like found ones."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from starsieve.data import LightCurve
from starsieve.data.validation import Tce, Validation
from starsieve.errors import Failure, StarsieveError
from starsieve.plots.vetting import Signal
from starsieve.readers import dvr, dvt, read
from starsieve.readers.files import read_head
from starsieve.transits.candidate import Candidate
from starsieve.transits.examine import Examined, ExaminedStar
from starsieve.transits.features import features
from starsieve.transits.fit import TransitFit, fit_transit
from starsieve.transits.observed import ObservedStar, Piece, StarItems
from starsieve.transits.views import Views, make_views

PPM = 1e6
MIN_CADENCES = 20


def examine_validation(star: StarItems) -> ExaminedStar | Failure | None:
    """Return every signal of a data-validation file, examined; None if the star's file is none.

    Light curves are the file's own LC_INIT, and the model drawn is its MODEL_INIT. A report
    without light curves (dvr.xml) gives its numbers, and what can be judged of these alone.
    """
    piece = star.pieces[0]
    if piece.path is None or not _is_validation(piece):
        return None
    try:
        reading = read(piece.path)
        validation = next(each for each in reading.contents if isinstance(each, Validation))
        examined = tuple(_examine(tce, validation) for tce in validation.tces)
    except StarsieveError as error:
        return Failure(star.name, str(error).removeprefix(f"{star.name}: "))
    return ExaminedStar(
        ObservedStar(
            curve=next((e.signal.flat for e in examined if e.signal is not None), _nothing()),
            star=validation.star,
            file=star.name,
            hashes={piece.name: reading.content_hash},
            assumed=reading.assumed,
        ),
        examined,
        ("Signals of the data validation, not searched for here.",),
    )


def _is_validation(piece: Piece) -> bool:
    if piece.path is None or not piece.path.is_file():
        return False
    head = read_head(piece.path)
    return dvt.READER.matches(piece.path, head) or dvr.READER.matches(piece.path, head)


def _examine(tce: Tce, validation: Validation) -> Examined:
    candidate = _candidate(tce)
    flat = _flat(tce)
    if flat is None:
        numbers = features(_nothing(), candidate, validation.star)
        note = ("the report has no light curve: judged by its numbers alone",)
        return Examined(candidate, None, Views(), numbers, None, note, stated=tce.values)
    warnings: tuple[str, ...] = ()
    fit: TransitFit | None = None
    try:
        fit = fit_transit(flat, candidate.ephemeris, validation.star)
    except StarsieveError as error:
        warnings = (f"no transit could be fitted: {error}",)
    return Examined(
        candidate=candidate,
        fit=fit,
        views=make_views(flat, candidate.ephemeris, candidate.secondary_phase),
        features=features(flat, candidate, validation.star, fit),
        signal=_signal(tce, flat, candidate),
        warnings=warnings,
        stated=tce.values,
    )


def _candidate(tce: Tce) -> Candidate:
    """Return a signal in the terms of a search; what is not stated stays unknown."""
    values, period = tce.values, tce.ephemeris.period_days
    odd, even = values.get("odd_depth_ppm"), values.get("even_depth_ppm")
    apart = values.get("secondary_phase_days")
    depth = tce.depth_ppm if tce.depth_ppm is not None else np.nan
    snr = values.get("snr", values.get("mes", np.nan))
    return Candidate(
        ephemeris=tce.ephemeris,
        depth_ppm=depth,
        depth_err_ppm=values.get("depth_err_ppm", np.nan),
        snr=snr,
        snr_pink=values.get("mes", snr),
        n_transits=int(values.get("n_transits", 0)),
        period_err_days=values.get("period_err_days"),
        epoch_err_days=values.get("epoch_err_days"),
        duration_err_hours=values.get("duration_err_hours"),
        odd_depth_ppm=odd,
        even_depth_ppm=even,
        odd_even_sigma=_odd_even(values),
        secondary_depth_ppm=values.get("secondary_depth_ppm"),
        secondary_snr=values.get("secondary_mes"),
        secondary_phase=None if apart is None or period is None else apart / period % 1.0,
    )


def _odd_even(values: Mapping[str, float]) -> float | None:
    names = ("odd_depth_ppm", "even_depth_ppm", "odd_depth_err_ppm", "even_depth_err_ppm")
    if any(name not in values for name in names):
        return None
    odd, even, odd_err, even_err = (values[name] for name in names)
    error = float(np.hypot(odd_err, even_err))
    return abs(odd - even) / error if error > 0 else None


def _flat(tce: Tce) -> LightCurve | None:
    """Return the light curve that the validation fitted, around 1; None without one."""
    if tce.time is None or tce.lc_init is None:
        return None
    flat = LightCurve(tce.time, 1 + tce.lc_init, tce.lc_init_err)
    if int(flat.usable.sum()) < MIN_CADENCES:
        return None
    if flat.sigma is None:
        scatter = 1.4826 * float(np.median(np.abs(np.diff(flat.flux[flat.usable])))) / np.sqrt(2)
        flat = replace(flat, sigma=np.full(len(flat), scatter or np.finfo(np.float32).eps))
    return flat


def _signal(tce: Tce, flat: LightCurve, candidate: Candidate) -> Signal:
    days = model = None
    if tce.model_init is not None and tce.phase is not None:
        known = np.isfinite(tce.model_init) & np.isfinite(tce.phase)
        order = np.argsort(tce.phase[known])
        days, model = tce.phase[known][order], 1 + tce.model_init[known][order]
    return Signal(
        observed=flat,
        flat=flat,
        trend=np.ones(len(flat)),
        ephemeris=tce.ephemeris,
        model_days=days,
        model_flux=model,
        secondary_phase=candidate.secondary_phase or 0.5,
    )


def _nothing() -> LightCurve:
    return LightCurve(np.array([0.0, 1.0]), np.ones(2), valid=np.zeros(2, dtype=bool))
