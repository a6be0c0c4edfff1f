"""Chi-square against radius."""

from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.spectrum import FloatArray
from starsieve.plots.spectra import plain
from starsieve.plots.style import BLACK, BLUE, GREY, PALE, VERMILLION, new_figure, styled

ALPHA = 0.05
LEAST_P = 1e-4
"""Smaller ones are drawn at the foot of the panel."""


class Scan(Protocol):
    """Chi-square at radii, shape (n,), with errors as stated and inflated."""

    @property
    def radius(self) -> FloatArray: ...
    @property
    def chi2(self) -> FloatArray: ...
    @property
    def inflated(self) -> FloatArray: ...
    @property
    def freedom(self) -> int: ...
    @property
    def critical(self) -> float: ...
    def p_value(self, chi2: FloatArray) -> FloatArray: ...


@styled
def plot_chi2_radius(
    scan: Scan, interval: tuple[float, float] | None = None, *, title: str = ""
) -> Figure:
    """Plot reduced chi-square and its p-value against the radius.

    Parameters
    ----------
    scan : Scan
    interval : (float, float), optional
        The posterior's 68 % interval of the radius: shaded.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.2, 4.6)
    upper = figure.add_axes((0.13, 0.46, 0.84, 0.46))
    lower = figure.add_axes((0.13, 0.12, 0.84, 0.3), sharex=upper)
    for axes in (upper, lower):
        if interval is not None:
            label = "68 % of the posterior"
            axes.axvspan(*interval, color=PALE, lw=0, zorder=0.2, label=label)
    _draw_chi2(upper, scan)
    _draw_p_values(lower, scan)
    upper.tick_params(labelbottom=False)
    upper.set_title(plain(title[:100]), loc="left")
    lower.set_xlabel(r"Radius ($R_\mathrm{Jup}$)")
    lower.set_xlim(scan.radius[0], scan.radius[-1])
    upper.legend(loc="upper center", ncols=2, handlelength=1.6)
    return figure


def _curves(scan: Scan) -> list[tuple[FloatArray, str, str]]:
    """Return chi-squares, colours and names: one curve if no inflation was needed."""
    stated = (scan.chi2, BLUE, "errors as stated")
    if scan.inflated.min() >= scan.chi2.min() * (1 - 1e-9):
        return [stated]
    return [stated, (scan.inflated, VERMILLION, "errors inflated")]


def _draw_chi2(axes: Axes, scan: Scan) -> None:
    for chi2, color, label in _curves(scan):
        axes.plot(scan.radius, chi2 / scan.freedom, color=color, lw=1.3, label=label)
    critical = scan.critical / scan.freedom
    axes.axhline(critical, color=BLACK, lw=0.8, ls="--", label=f"p = {ALPHA:g}")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.45)  # the legend's room
    axes.set_ylabel("Reduced χ²")


def _draw_p_values(axes: Axes, scan: Scan) -> None:
    for chi2, color, _ in _curves(scan):
        axes.plot(scan.radius, scan.p_value(chi2).clip(LEAST_P), color=color, lw=1.3)
    axes.axhline(ALPHA, color=BLACK, lw=0.8, ls="--")
    axes.axhline(LEAST_P, color=GREY, lw=0.4)
    axes.set_yscale("log")
    axes.set_ylim(LEAST_P * 0.7, 2.0)
    axes.set_ylabel("p-value")
