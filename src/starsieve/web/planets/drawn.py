"""Figures of a candidate and of a star, from what was calculated apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive, Target
from starsieve.data.folded import FoldedView
from starsieve.errors import NotInArchiveError
from starsieve.plots.interactive.folded import (
    odd_even_figure,
    orbit_figure,
    secondary_figure,
    transit_figure,
)
from starsieve.plots.interactive.light_curves import Marks, Stretch, light_curve_figure
from starsieve.plots.interactive.periodograms import MarkedPeriod, periodogram_figure
from starsieve.plots.interactive.sky import sky_figure
from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.templates import Filled
from starsieve.transits.star_folds import VIEWS
from starsieve.web.errands import Errand
from starsieve.web.planets.star import segment_number
from starsieve.web.planets.view import (
    candidate_view,
    result_of,
    short_names,
    star_arrays,
    validated_view,
)
from starsieve.web.tables import Column, WebTable

Numbers = npt.NDArray[np.float64]

CANDIDATE_FIGURES = ("orbit", "transit", "odd-even", "secondary")
KINDS: Mapping[str, str] = {
    "corrected": "as the pipeline corrected it",
    "raw": "raw: the sum over the pixels",
    "flat": "detrended here",
}
"""Kinds of light, and what they are."""

PERIODOGRAMS: Mapping[str, tuple[str, str]] = {
    "box": ("Box search", "Power (σ above the floor)"),
    "turn": ("Sinusoids", "Part of the variance"),
}


def draw_candidate(errand: Errand, view: str, theme: Theme) -> Filled:
    """Return a figure of a candidate by the names of `CANDIDATE_FIGURES`.

    Raises
    ------
    NotInArchiveError
        If there is no such figure, or the light curves do not show it.
    """
    if view == "orbit":
        phase = result_of(errand).get("secondary_phase")
        return orbit_figure(_view(errand, "full"), theme, phase)
    if view == "transit":
        residual = candidate_view(errand, "residual")
        return transit_figure(_view(errand, "transit"), theme, residual)
    if view == "odd-even":
        return odd_even_figure(_view(errand, "odd"), _view(errand, "even"), theme)
    if view == "secondary":
        return secondary_figure(_view(errand, "secondary"), theme)
    known = ", ".join((*CANDIDATE_FIGURES, "reasons"))
    msg = f"No figure {view!r} of a candidate; there are: {known}."
    raise NotInArchiveError(msg)


def _view(errand: Errand, name: str) -> FoldedView:
    view = candidate_view(errand, name)
    if view is None:
        why = result_of(errand)["why"] or "A single event has no orbit."
        msg = f"There is nothing to draw. {why}"
        raise NotInArchiveError(msg)
    return view


def view_table(errand: Errand, view: str) -> WebTable:
    """Return the medians of a candidate's folded view, and the model at them, as a table.

    Parameters
    ----------
    errand : Errand
    view : str
        One of `starsieve.transits.star_folds.VIEWS`.

    Raises
    ------
    NotInArchiveError
        If there is no such view, or the light curves do not show it.
    """
    if view not in VIEWS:
        msg = f"No view {view!r} of a candidate; there are: {', '.join(VIEWS)}."
        raise NotInArchiveError(msg)
    found = _view(errand, view)
    phased = view == "full"
    model = [None] * len(found.centre)
    if found.model_x is not None and found.model_flux is not None:
        model = np.interp(found.centre, found.model_x, found.model_flux).tolist()
    names = ("phase" if phased else "days", "flux", "error", "model")
    lists = (found.centre.tolist(), found.median.tolist(), found.error.tolist(), model)
    columns = [
        Column(names[0], unit="" if phased else "d", meaning=f"middle of the bin; {VIEWS[view]}"),
        Column("flux", meaning="median of the relative flux"),
        Column("error", meaning="of that median"),
        Column("model", meaning="fitted transit there"),
    ]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]
    return WebTable(f"candidate-{errand.options['candidate']}-{view}", columns, rows)


def periods_table(errand: Errand, kind: str) -> WebTable:
    """Return a star's periodogram of a kind of `PERIODOGRAMS` as a table."""
    arrays = star_arrays(errand, f"{kind}.period", f"{kind}.power")
    lists = (arrays[f"{kind}.period"].tolist(), arrays[f"{kind}.power"].tolist())
    columns = [Column("period", unit="d"), Column("power", meaning=PERIODOGRAMS[kind][1])]
    rows = [{"period": period, "power": power} for period, power in zip(*lists, strict=True)]
    return WebTable(f"periodogram-{kind}", columns, rows)


def draw_light(errand: Errand, kind: str, sector: int | None, theme: Theme) -> Filled:
    """Return a star's light curve of a kind of `KINDS`, whole or of one sector.

    Raises
    ------
    NotInArchiveError
        If there is no such light curve.
    """
    result = result_of(errand)
    arrays = star_arrays(errand, f"{kind}.time", f"{kind}.flux", "trend.time", "trend.flux")
    time, flux = arrays[f"{kind}.time"], arrays[f"{kind}.flux"]
    trend = (arrays["trend.time"], arrays["trend.flux"]) if kind == "corrected" else None
    segments = result["raw_segments" if kind == "raw" else "segments"]
    if sector is not None:
        segments = [each for each in segments if segment_number(each) == sector]
        inside = _within(time, segments)
        time, flux = time[inside], flux[inside]
        if trend is not None:
            there = _within(trend[0], segments)
            trend = (trend[0][there], trend[1][there])
    if not len(time):
        words = "" if sector is None else f" of sector {sector}"
        msg = f"The archive has no light curve{words} of this star that is {kind}."
        raise NotInArchiveError(msg)
    names = short_names(result)
    marks = [
        Marks(names[each["id"]], _between(np.array(each["times"]), time))
        for each in result["candidates"]
        if each["times"]
    ]
    stretches = [
        Stretch(f"sector {number}", each["start_btjd"], each["stop_btjd"])
        for each in segments
        if (number := segment_number(each)) is not None
    ]
    return light_curve_figure(time, flux, theme, trend=trend, marks=marks, stretches=stretches)


def draw_periods(errand: Errand, kind: str, theme: Theme) -> Filled:
    """Return a star's periodogram of a kind of `PERIODOGRAMS`."""
    result, names = result_of(errand), short_names(result_of(errand))
    arrays = star_arrays(errand, f"{kind}.period", f"{kind}.power")
    marked = [
        MarkedPeriod(names[each["id"]], each["period_days"])
        for each in result["candidates"]
        if each["times"] and each["period_days"]
    ]
    return periodogram_figure(
        arrays[f"{kind}.period"],
        arrays[f"{kind}.power"],
        theme,
        y_label=PERIODOGRAMS[kind][1],
        marked=marked,
    )


def draw_validated(errand: Errand, number: int, theme: Theme) -> Filled:
    """Return a signal that the mission validated, folded, with the transit fitted to it.

    Raises
    ------
    NotInArchiveError
        If there is none of that number.
    """
    view = validated_view(errand, number)
    if view is None:
        msg = f"No validated signal {number} of this star."
        raise NotInArchiveError(msg)
    return transit_figure(view, theme)


def draw_sky(archive: Archive, target: Target, radius: float, theme: Theme) -> Filled:
    """Return a star and what else the archive knows within a radius in arcsec.

    Raises
    ------
    NotInArchiveError
        If nobody knows where the star is.
    """
    if target.ra is None or target.dec is None:
        msg = f"The position of {target.name} is not known."
        raise NotInArchiveError(msg)
    around = [star for star, _ in archive.targets.near(target.ra, target.dec, radius)]
    others = [star for star in around if star.id != target.id]
    return sky_figure(
        (target.ra, target.dec),
        np.array([star.ra for star in others], dtype=np.float64),
        np.array([star.dec for star in others], dtype=np.float64),
        np.array([star.name for star in others], dtype=object),
        theme,
        radius_arcsec=radius,
    )


def _within(time: Numbers, segments: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(time), dtype=bool)
    for each in segments:
        inside |= (time >= each["start_btjd"]) & (time <= each["stop_btjd"])
    return inside


def _between(times: Numbers, shown: Numbers) -> Numbers:
    return np.asarray(times[(times >= shown[0] - 0.5) & (times <= shown[-1] + 0.5)])
