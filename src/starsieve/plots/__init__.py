"""Figures, by Matplotlib. Every function takes data and returns a Figure; nothing is shown."""

from starsieve.plots.calibration import plot_coverage, plot_predicted_against_true, plot_ranks
from starsieve.plots.files import inline_svg, save_figure, write_atomically
from starsieve.plots.posteriors import plot_corner
from starsieve.plots.spectra import plot_fit

__all__ = [
    "inline_svg",
    "plot_corner",
    "plot_coverage",
    "plot_fit",
    "plot_predicted_against_true",
    "plot_ranks",
    "save_figure",
    "write_atomically",
]
