"""One look for every figure: colours that survive colour blindness and print, and no pyplot."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe & Ito (2008), "Color universal design".
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8A8F98"
PALE = "#ECEEF1"

SERIES: tuple[tuple[str, str], ...] = (
    (BLUE, "o"),
    (VERMILLION, "s"),
    (GREEN, "^"),
    (PURPLE, "D"),
    (ORANGE, "v"),
    (SKY, "P"),
)
"""Colour and marker of each series, so that no series is told by its colour alone."""

STYLE: dict[str, Any] = {
    "agg.path.chunksize": 20_000,
    "axes.axisbelow": True,
    "axes.edgecolor": "#3A3F47",
    "axes.facecolor": "white",
    "axes.formatter.useoffset": False,
    "axes.labelsize": 10,
    "axes.linewidth": 0.7,
    "axes.titlesize": 10.5,
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#E3E5E8",
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.solid_joinstyle": "round",
    "mathtext.default": "regular",
    "path.simplify": True,
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "starsieve",
    "xtick.direction": "in",
    "xtick.labelsize": 9,
    "xtick.top": True,
    "ytick.direction": "in",
    "ytick.labelsize": 9,
    "ytick.right": True,
}

_EVERYTHING: dict[Any, Any] = {
    key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
} | STYLE

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def styled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a function with `STYLE`, whatever the user's matplotlibrc says, and leave no trace."""

    @wraps(function)
    def with_style(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with mpl.rc_context(_EVERYTHING):
            return function(*args, **kwargs)

    return with_style


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches that belongs to no window."""
    return Figure(figsize=(width, height))
