"""Figures, by Matplotlib. Every function takes data and returns a Figure; nothing is shown."""

from starsieve.plots.calibration import plot_coverage, plot_predicted_against_true, plot_ranks
from starsieve.plots.classification import plot_precision_recall, plot_reliability
from starsieve.plots.features import plot_boxes, plot_histograms
from starsieve.plots.files import inline_svg, save_figure, save_pages, write_atomically
from starsieve.plots.grid_spectra import plot_grid_spectra
from starsieve.plots.grids import (
    Ticks,
    plot_grid_ceilings,
    plot_grid_confusions,
    plot_grid_coverage,
    plot_grid_energy,
)
from starsieve.plots.posteriors import plot_corner
from starsieve.plots.predicted import plot_predicted
from starsieve.plots.regression import plot_regression
from starsieve.plots.spectra import plot_fit
from starsieve.plots.training import plot_losses
from starsieve.plots.vetting import DifferenceImage, Signal, plot_vetting_sheet, plot_views

__all__ = [
    "DifferenceImage",
    "Signal",
    "Ticks",
    "inline_svg",
    "plot_boxes",
    "plot_corner",
    "plot_coverage",
    "plot_fit",
    "plot_grid_ceilings",
    "plot_grid_confusions",
    "plot_grid_coverage",
    "plot_grid_energy",
    "plot_grid_spectra",
    "plot_histograms",
    "plot_losses",
    "plot_precision_recall",
    "plot_predicted",
    "plot_predicted_against_true",
    "plot_ranks",
    "plot_regression",
    "plot_reliability",
    "plot_vetting_sheet",
    "plot_views",
    "save_figure",
    "save_pages",
    "write_atomically",
]
