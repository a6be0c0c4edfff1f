"""Figures to judge a transit signal by eye, in the order of the data-validation summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, days_from_event, event_number, in_event
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots.style import BLACK, BLUE, GREY, VERMILLION, new_figure, styled
from starsieve.stats.bins import Binned, bin_medians

PPT = 1e3
LONG_GAP_DAYS = 4.0
"""Longer gaps are drawn shorter: years may lie between two sectors."""

WINDOW = 3.0
"""Half-width of a transit's panel in durations."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Signal:
    """One signal in one light curve, as its figures need it.

    Parameters
    ----------
    observed : LightCurve
        Normalised, before detrending.
    flat : LightCurve
        Detrended, around 1, same times.
    trend : array, shape (n_cadences,)
        What was divided out of `observed`.
    ephemeris : Ephemeris
    model_days, model_flux : arrays, shape (n_model,), optional
        The fitted transit against days from its middle.
    secondary_phase : float
        Where the deepest other dip is; 0.5 is half an orbit later.
    """

    observed: LightCurve
    flat: LightCurve
    trend: FloatArray
    ephemeris: Ephemeris
    model_days: FloatArray | None = None
    model_flux: FloatArray | None = None
    secondary_phase: float = 0.5

    def model_at(self, days: FloatArray) -> FloatArray:
        """Return the model's flux at days from mid-transit; 1 where there is no model."""
        if self.model_days is None or self.model_flux is None:
            return np.ones(days.shape)
        return np.interp(days, self.model_days, self.model_flux)


@dataclass(frozen=True, slots=True, eq=False)
class DifferenceImage:
    """Pixels of a star out of transit, what a transit takes away, and where the two have their
    centres.

    Parameters
    ----------
    out_of_transit, difference : arrays, shape (n_rows, n_columns)
    star, source : (float, float)
        Row and column of the star's and of the dimming's centre, in pixels.
    offset_arcsec, offset_sigma : float
        Between the two, and in units of its error.
    """

    out_of_transit: FloatArray
    difference: FloatArray
    star: tuple[float, float]
    source: tuple[float, float]
    offset_arcsec: float
    offset_sigma: float


@styled
def plot_vetting_sheet(
    signal: Signal,
    facts: Sequence[tuple[str, str]],
    image: DifferenceImage | None = None,
    *,
    title: str = "",
) -> Figure:
    """Plot everything that a vetter looks at on one page.

    The panels follow the one-page summary of the TESS data validation: A whole light curve, B full
    phase, C secondary, D transit with model, E residuals, F odd and even, G centroid, H numbers.

    Parameters
    ----------
    signal : Signal
    facts : sequence of (name, value)
        For panel H.
    image : DifferenceImage, optional
        Without one, panel G says that there are no pixels.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(11.0, 8.5)
    figure.text(0.05, 0.968, title, fontsize=13, fontweight="bold", va="center")
    grid = figure.add_gridspec(
        4, 6, left=0.06, right=0.985, bottom=0.055, top=0.93, hspace=0.55, wspace=0.75,
        height_ratios=[1.0, 0.9, 1.05, 1.05],
    )  # fmt: skip
    draw_series(figure.add_subplot(grid[0, :]), signal)
    draw_full_phase(figure.add_subplot(grid[1, :]), signal)
    draw_secondary(figure.add_subplot(grid[2, 0:2]), signal)
    draw_transit(figure.add_subplot(grid[2, 2:4]), signal)
    draw_residuals(figure.add_subplot(grid[2, 4:6]), signal)
    draw_odd_even(figure.add_subplot(grid[3, 0:2]), signal)
    draw_centroid(figure.add_subplot(grid[3, 2:4]), image)
    _draw_facts(figure.add_subplot(grid[3, 4:6]), facts)
    for letter, axes in zip("ABCDEFGH", figure.axes, strict=True):
        axes.set_title(f"{letter}  {axes.get_title(loc='left')}", loc="left", fontsize=9.5)
    return figure


def draw_series(axes: Axes, signal: Signal) -> None:
    """Draw the light curve before detrending, its trend, and a mark under every transit."""
    good = signal.observed.usable
    time = signal.observed.time
    place, ticks = _compress(time)
    axes.plot(
        place[good], (signal.observed.flux[good] - 1) * PPT, ".", ms=1.2, color=GREY,
        rasterized=True,
    )  # fmt: skip
    for run in _runs(time[good]):
        rows = np.flatnonzero(good)[run]
        axes.plot(place[rows], (signal.trend[rows] - 1) * PPT, color=VERMILLION, lw=0.8)
    # Only events with data near them: a mark in a gap would lie.
    near = np.abs(days_from_event(time, signal.ephemeris)) < signal.ephemeris.duration_days
    inside = near & good
    numbers = event_number(time, signal.ephemeris)
    marks = [float(np.median(place[inside & (numbers == n)])) for n in np.unique(numbers[inside])]
    _limit(axes, (signal.observed.flux[good] - 1) * PPT)
    low = axes.get_ylim()[0]
    axes.plot(marks, [low] * len(marks), "^", color=BLUE, ms=5, clip_on=False)
    axes.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
    axes.set_xlim(place[0], place[-1])
    axes.set_xlabel("BJD_TDB − 2457000", labelpad=1)
    axes.set_ylabel("flux (ppt)")
    axes.set_title("light curve, trend, and transits", loc="left")


def draw_full_phase(axes: Axes, signal: Signal) -> None:
    """Draw the whole orbit, a quarter before the transit to three quarters after it."""
    axes.set_title("full phase", loc="left")
    axes.set_ylabel("flux (ppt)")
    period = signal.ephemeris.period_days
    if period is None:
        _say(axes, "a single event has no phase")
        return
    days = days_from_event(signal.flat.time, signal.ephemeris)
    phase = (days / period + 0.25) % 1 - 0.25
    good = signal.flat.usable
    flux = (signal.flat.flux[good] - 1) * PPT
    axes.plot(phase[good], flux, ".", ms=0.9, color="#B9BEC6", rasterized=True)
    n_bins = int(np.clip(period / signal.ephemeris.duration_days * 5, 100, 600))
    binned = bin_medians(phase[good], flux, np.linspace(-0.25, 0.75, n_bins + 1))
    axes.plot(binned.centre, binned.median, ".", ms=3.5, color=BLUE)
    axes.axvline(signal.secondary_phase, color=VERMILLION, lw=0.8, ls=":")
    axes.set_xlim(-0.25, 0.75)
    _limit(axes, binned.median, flux)
    axes.set_xlabel("phase", labelpad=1)


def draw_transit(axes: Axes, signal: Signal) -> None:
    """Draw the folded transit, its medians, and the fitted model over them."""
    axes.set_title("transit and model", loc="left")
    days = days_from_event(signal.flat.time, signal.ephemeris)
    _fold(axes, signal, days, signal.flat.usable, BLUE)
    if signal.model_days is not None and signal.model_flux is not None:
        axes.plot(signal.model_days * 24, (signal.model_flux - 1) * PPT, color=VERMILLION, lw=1.3)
    axes.set_xlabel("hours from mid-transit", labelpad=1)
    axes.set_ylabel("flux (ppt)")


def draw_secondary(axes: Axes, signal: Signal) -> None:
    """Draw the deepest dip elsewhere in the orbit, on the scale of its own depth."""
    axes.set_title(f"secondary, phase {signal.secondary_phase:.2f}", loc="left")
    period = signal.ephemeris.period_days
    if period is None:
        _say(axes, "a single event has no secondary")
        return
    later = signal.secondary_phase * period
    days = days_from_event(signal.flat.time - later, signal.ephemeris)
    # A near primary would set the scale.
    elsewhere = signal.flat.usable & ~in_event(signal.flat.time, signal.ephemeris, 1.2)
    _fold(axes, signal, days, elsewhere, BLUE)
    axes.axhline(0.0, color=VERMILLION, lw=0.8, ls=":")
    axes.set_xlabel("hours from its middle", labelpad=1)
    axes.set_ylabel("flux (ppt)")


def draw_residuals(axes: Axes, signal: Signal) -> None:
    """Draw what the model leaves, in units of the scatter."""
    axes.set_title("transit minus model", loc="left")
    days = days_from_event(signal.flat.time, signal.ephemeris)
    good = signal.flat.usable
    rest = signal.flat.flux - signal.model_at(days)
    scale = float(np.median(np.abs(rest[good]))) * 1.4826 if good.any() else 0.0
    values = rest / (scale or 1.0)
    near = good & (np.abs(days) < WINDOW * signal.ephemeris.duration_days)
    axes.plot(days[near] * 24, values[near], ".", ms=0.9, color="#B9BEC6", rasterized=True)
    binned = _bins(signal, days[near], values[near])
    axes.plot(binned.centre * 24, binned.median, ".", ms=4, color=BLUE)
    axes.axhline(0.0, color=VERMILLION, lw=0.8)
    axes.set_ylim(-4, 4)
    axes.set_xlim(*_window(signal))
    axes.set_xlabel("hours from mid-transit", labelpad=1)
    axes.set_ylabel("residual (σ)")


def draw_odd_even(axes: Axes, signal: Signal) -> None:
    """Draw odd and even transits side by side: those of a binary of twice the period differ."""
    axes.set_title("odd | even", loc="left")
    if signal.ephemeris.period_days is None:
        _say(axes, "a single event")
        return
    days = days_from_event(signal.flat.time, signal.ephemeris)
    odd = event_number(signal.flat.time, signal.ephemeris) % 2 == 1
    half = WINDOW * signal.ephemeris.duration_days * 24
    shown = [
        _fold(axes, signal, days, signal.flat.usable & which, colour, shift=shift, limit=False)
        for which, colour, shift in ((odd, BLUE, -half), (~odd, VERMILLION, half))
    ]
    for binned, left, colour in zip(shown, (0.0, 0.5), (BLUE, VERMILLION), strict=True):
        if len(binned.median):
            depth = _depth(binned, signal)
            axes.axhline(depth, left, left + 0.5, color=colour, lw=0.9, ls="--")
    axes.axvline(0.0, color=BLACK, lw=0.7)
    axes.set_xlim(-2 * half, 2 * half)
    axes.set_xticks([-half, half], ["odd", "even"])
    both = np.concatenate([binned.median for binned in shown])
    _limit(axes, both)
    axes.set_ylabel("flux (ppt)")


def draw_centroid(axes: Axes, image: DifferenceImage | None) -> None:
    """Draw the pixels that a transit dims, the star, and the centre of the dimming."""
    axes.set_title("difference image", loc="left")
    if image is None:
        _say(axes, "no pixels: light curves alone can't\ntell which star is eclipsed")
        return
    axes.imshow(image.difference, origin="lower", cmap="cividis")
    axes.plot(image.star[1], image.star[0], "*", color="white", mec=BLACK, ms=12)
    axes.plot(image.source[1], image.source[0], "+", color=VERMILLION, ms=11, mew=2)
    axes.set_xlabel(
        f'offset {image.offset_arcsec:.1f}", {image.offset_sigma:.1f}σ (★ star, + dimming)',
        labelpad=1,
    )


def _draw_facts(axes: Axes, facts: Sequence[tuple[str, str]]) -> None:
    axes.set_axis_off()
    axes.set_title("numbers", loc="left")
    step = min(0.085, 1.08 / max(len(facts), 1))
    for row, (name, value) in enumerate(facts):
        height = 0.98 - row * step
        axes.text(0.0, height, name, fontsize=7.4, color="#4A4F57", va="top")
        axes.text(1.0, height, value, fontsize=7.4, va="top", ha="right")


def _fold(
    axes: Axes,
    signal: Signal,
    days: FloatArray,
    use: BoolArray,
    colour: str,
    shift: float = 0.0,
    limit: bool = True,
) -> Binned:
    """Draw points and medians around an event; return the medians in ppt against hours."""
    half = WINDOW * signal.ephemeris.duration_days
    near = use & (np.abs(days) < half)
    flux = (signal.flat.flux[near] - 1) * PPT
    axes.plot(days[near] * 24 + shift, flux, ".", ms=0.9, color="#B9BEC6", rasterized=True)
    binned = _bins(signal, days[near], flux)
    axes.errorbar(
        binned.centre * 24 + shift, binned.median, binned.error, fmt=".", ms=4, lw=0.7, color=colour
    )
    if limit:
        axes.set_xlim(*_window(signal))
        _limit(axes, binned.median, flux)
    return binned


def _bins(signal: Signal, days: FloatArray, values: FloatArray) -> Binned:
    half = WINDOW * signal.ephemeris.duration_days
    return bin_medians(days, values, np.linspace(-half, half, 37))


def _window(signal: Signal) -> tuple[float, float]:
    half = WINDOW * signal.ephemeris.duration_days * 24
    return -half, half


def _depth(binned: Binned, signal: Signal) -> float:
    """Return the median of the innermost medians, in ppt."""
    inner = np.abs(binned.centre) < 0.25 * signal.ephemeris.duration_days
    return float(np.median(binned.median[inner])) if inner.any() else float(binned.median.min())


def _limit(axes: Axes, medians: FloatArray, points: FloatArray | None = None) -> None:
    """Set a range that holds the medians, and most of the points unless they drown them."""
    if not len(medians):
        return
    low, high = np.percentile(medians, [0.2, 99.8])
    margin = 0.25 * (high - low) or 1.0
    if points is not None and len(points):
        scatter = 1.4826 * float(np.median(np.abs(points - np.median(points))))
        margin = max(margin, min(2.5 * scatter, 4 * margin))
    axes.set_ylim(low - margin, high + margin)


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])


def _runs(time: FloatArray) -> list[slice]:
    """Return the stretches of a light curve between long gaps."""
    breaks = np.flatnonzero(np.diff(time) > 0.5) + 1
    return [slice(a, b) for a, b in zip([0, *breaks], [*breaks, len(time)], strict=True)]


def _compress(time: FloatArray) -> tuple[FloatArray, list[tuple[float, str]]]:
    """Return places on an axis with its long gaps shortened, and where which time is written."""
    gaps = np.diff(time, prepend=time[0])
    excess = np.where(gaps > LONG_GAP_DAYS, gaps - LONG_GAP_DAYS / 2, 0.0)
    place = time - np.cumsum(excess)
    starts = [0, *np.flatnonzero(excess)]
    if len(starts) == 1:
        steps = np.linspace(0, len(time) - 1, 8).astype(int)
        return place, [(float(place[i]), f"{time[i]:.0f}") for i in steps]
    every = -(-len(starts) // 12)
    return place, [(float(place[i]), f"{time[i]:.0f}") for i in starts[::every]]


@styled
def plot_views(views: Mapping[str, FloatArray], *, title: str = "") -> Figure:
    """Plot what a classifier sees of a signal, a panel for each view.

    Parameters
    ----------
    views : mapping of str to array
        By name; shape (n_bins,), or (n_rows, n_bins) for one row per event, drawn as an image.
    title : str
    """
    n_rows = max(1, -(-len(views) // 3))
    height = 0.9 + 2.1 * n_rows
    figure = new_figure(11.0, height)
    figure.text(0.05, 0.985, title, fontsize=12, fontweight="bold", va="top")
    grid = figure.add_gridspec(
        n_rows, 3, left=0.06, right=0.985, bottom=0.45 / height,
        top=1 - (0.65 if title else 0.3) / height, hspace=0.5, wspace=0.28,
    )  # fmt: skip
    for place, (name, view) in enumerate(views.items()):
        axes = figure.add_subplot(grid[place // 3, place % 3])
        axes.set_title(name.replace("_", " "), loc="left")
        if view.ndim == 2:
            axes.imshow(view, aspect="auto", origin="lower", cmap="cividis", interpolation="none")
            axes.set_ylabel("event")
        else:
            axes.plot(view, ".-", ms=3, lw=0.6, color=BLUE)
            axes.set_ylabel("flux (depth)" if "period" not in name else "power")
        axes.set_xlabel("bin", labelpad=1)
    return figure
