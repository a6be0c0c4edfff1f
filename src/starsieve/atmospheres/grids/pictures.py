"""The spectra of a model grid as figures: along each label, and as features of a network."""

from typing import TYPE_CHECKING

import numpy as np

from starsieve.atmospheres.grids.axes import axes_of
from starsieve.atmospheres.grids.features import SCALED, Features, scale_features
from starsieve.atmospheres.grids.slices import GridSlice, slice_grid
from starsieve.data import SpectrumSet
from starsieve.data.labels import plain_symbol
from starsieve.plots import inline_svg, plot_boxes, plot_grid_spectra, plot_histograms
from starsieve.reports import Part, Picture, Section, Svg, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BOXES = 110
"""Of more pixels, evenly chosen ones have a box."""


def draw_grid(spectra: SpectrumSet) -> list[Section]:
    """Return the sections of a grid's page that show its spectra."""
    axes = [axis for axis in axes_of(spectra) if len(axis) > 1]
    slices: list[Part] = []
    for axis in axes:
        found = slice_grid(spectra, axis.name)
        caption = f"Spectra that differ in {plain_symbol(axis.name)} only."
        if found.follows:
            tied = ", ".join(map(plain_symbol, found.follows))
            caption = f"Spectra that differ in {plain_symbol(axis.name)}, and so in {tied}."
        svg = Svg(inline_svg(plot_slice(found), f"along-{axis.name}"))
        slices.append(Picture(svg, caption, caption))
    if not np.isfinite(spectra.flux).all(axis=1).any():
        nothing: list[Part] = [Text("Not one spectrum is finite everywhere.")]
        return [Section("Spectra", slices or nothing)]
    features = scale_features(spectra)
    drawn = {
        "boxes": (plot_flux_boxes(features), "Fluxes of each pixel, each spectrum standardised."),
        "labels": (plot_label_boxes(features), "Labels, and the extremes that scaling takes away."),
        "histograms": (plot_label_histograms(features), "The same as histograms."),
    }
    pictures: list[Part] = [
        Picture(Svg(inline_svg(figure, name)), caption, caption)
        for name, (figure, caption) in drawn.items()
    ]
    sections = [Section("Spectra", slices)] if slices else []
    return [*sections, Section("Features", pictures)]


def plot_slice(found: GridSlice) -> "Figure":
    """Plot the spectra of a slice, coloured by the label that varies."""
    return plot_grid_spectra(
        found.wave,
        found.flux,
        found.by,
        found.values,
        fixed=found.fixed,
        flux_unit=found.flux_unit,
    )


def chosen_pixels(features: Features) -> tuple[list[str], np.typing.NDArray[np.intp]]:
    """Return names and numbers of the pixels that have a box: all, or `MOST_BOXES` of them."""
    n = len(features.wave)
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST_BOXES)).astype(np.intp))
    return [f"{wave:.2f}" for wave in features.wave[rows]], rows


def plot_flux_boxes(features: Features) -> "Figure":
    """Plot a box for each pixel, or for evenly chosen ones of many."""
    names, rows = chosen_pixels(features)
    return plot_boxes(
        features.flux[:, rows],
        names,
        x_label="Vacuum wavelength (µm)",
        y_label=flux_words(features),
    )


def plot_label_boxes(features: Features) -> "Figure":
    """Plot a box for each label and each extreme."""
    values = {**features.labels, **features.extremes}
    return plot_boxes(np.stack(list(values.values()), axis=1), list(values))


def plot_label_histograms(features: Features) -> "Figure":
    """Plot a histogram for each label and each extreme."""
    return plot_histograms({**features.labels, **features.extremes})


def flux_words(features: Features) -> str:
    """Return what the scaled flux is, with its unit."""
    unit = f" ({features.flux_unit})" if features.flux_unit else ""
    return SCALED[features.scaling] + unit
