"""Figures of an upload."""

from typing import Any

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.folded import FoldedView
from starsieve.errors import NotInArchiveError
from starsieve.plots.interactive.explanations import explanation_figure
from starsieve.plots.interactive.folded import orbit_figure, transit_figure
from starsieve.plots.interactive.light_curves import Marks, light_curve_figure
from starsieve.plots.interactive.posteriors import corner_figure
from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.templates import Filled
from starsieve.web.errands import Errand
from starsieve.web.uploads.kept import Arrays, as_explanation, as_spectrum, read_arrays


def result_of(upload: Errand) -> dict[str, Any]:
    """Return what was found out.

    Raises
    ------
    NotInArchiveError
        If there is nothing yet, or nothing came of it.
    """
    if upload.kind != "upload" or upload.result is None:
        msg = upload.error or "This upload has not been examined yet."
        raise NotInArchiveError(msg)
    return upload.result


def spectrum_of(upload: Errand) -> Spectrum:
    """Return an upload's spectrum.

    Raises
    ------
    NotInArchiveError
        If it holds none, or has not been examined yet.
    """
    if result_of(upload)["kind"] != "spectrum":
        msg = "This upload holds no spectrum."
        raise NotInArchiveError(msg)
    return as_spectrum(read_arrays(upload.folder))


def draw_corner(upload: Errand, theme: Theme) -> Filled:
    """Draw the posterior.

    Raises
    ------
    NotInArchiveError
        If there is none.
    """
    result, kept = result_of(upload), read_arrays(upload.folder)
    if "draws" not in kept:
        msg = "No model could infer parameters of this."
        raise NotInArchiveError(msg)
    return corner_figure(
        kept["draws"],
        list(result["quoted"]),
        theme,
        ranges={name: (low, high) for name, (low, high) in result["ranges"].items()},
        best=result["best_fit"],
        quoted=result["quoted"],
    )


def draw_explanation(upload: Errand, theme: Theme) -> Filled:
    """Draw the parameters without each band.

    Raises
    ------
    NotInArchiveError
        If nothing was explained.
    """
    result, kept = result_of(upload), read_arrays(upload.folder)
    explained = as_explanation(kept, list(result.get("quoted", {})))
    if explained is None:
        msg = "Nothing of this is explained: no model could infer parameters."
        raise NotInArchiveError(msg)
    return explanation_figure(explained, theme)


def draw_light_curve(upload: Errand, theme: Theme) -> Filled:
    """Draw the light curve, its trend, and when candidates have their events.

    Raises
    ------
    NotInArchiveError
        If there is none.
    """
    candidates = result_of(upload).get("vetting", {"candidates": []})["candidates"]
    kept = read_arrays(upload.folder)
    if "time" not in kept or not len(kept["time"]):
        msg = "This upload holds no light curve that could be drawn."
        raise NotInArchiveError(msg)
    time = kept["time"]
    trend = (kept["trend_time"], kept["trend"]) if "trend" in kept else None
    marks = [
        Marks(f"signal {each['number']}", _events(each, float(time[0]), float(time[-1])))
        for each in candidates
    ]
    return light_curve_figure(time, kept["flux"], theme, trend=trend, marks=marks)


def draw_folded(upload: Errand, number: int, view: str, theme: Theme) -> Filled:
    """Draw a candidate folded: ``transit`` or ``full``.

    Raises
    ------
    NotInArchiveError
        If there is no such candidate, or no such view of it.
    """
    result_of(upload)
    kept = read_arrays(upload.folder)
    found = FoldedView.from_arrays(kept, f"signal{number}.{view}")
    if found is None:
        msg = f"There is no such view of a signal {number}."
        raise NotInArchiveError(msg)
    if view == "full":
        return orbit_figure(found, theme)
    return transit_figure(found, theme, _residual(kept, number))


def _residual(kept: Arrays, number: int) -> FoldedView | None:
    return FoldedView.from_arrays(kept, f"signal{number}.residual")


def _events(candidate: dict[str, Any], first: float, last: float) -> np.ndarray:
    """Return the middles of a candidate's events within a span of time."""
    epoch, period = candidate["epoch_btjd"], candidate["period_days"]
    if not period:
        return np.array([epoch])
    numbers = np.arange(np.ceil((first - epoch) / period), np.floor((last - epoch) / period) + 1)
    return np.asarray(epoch + period * numbers)
