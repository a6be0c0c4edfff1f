"""Figures of star and air told apart."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starsieve.data.spectrum import FloatArray
from starsieve.plots.style import BLACK, GREY, SERIES, new_figure, styled

Curves = Sequence[tuple[FloatArray, FloatArray]]
"""Wavelength (vacuum micron) and flux of each exposure, shape (n_pixels,) each."""

MOST_CURVES = 60
"""More exposures than that are a band and no lines."""

FEW_FOR_ALPHA = 8

GASES = ("O2", "H2O")
"""In the order of their colours, so that a gas has the same one in every figure."""


@styled
def plot_frames(observed: Curves, barycentric: Curves, *, title: str = "") -> Figure:
    """Plot exposures over each other in both frames: what lines up in which belongs to it.

    Parameters
    ----------
    observed, barycentric : sequences of (wave, flux)
        The same exposures, flux over its median.
    title : str
    """
    figure = new_figure(8.4, 4.8)
    upper, lower = figure.subplots(2, 1, sharex=True, sharey=True)
    _draw_curves(upper, observed)
    _draw_curves(lower, barycentric)
    upper.set_title(f"{title}  observer's frame: lines of the air line up".strip(), loc="left")
    lower.set_title("barycentric frame: the star's line up", loc="left")
    for axes in (upper, lower):
        axes.set_ylabel("Relative flux")
    lower.set_xlabel("Wavelength in vacuum (µm)")
    _close(lower, observed)
    figure.subplots_adjust(left=0.085, right=0.98, top=0.93, bottom=0.11, hspace=0.25)
    return figure


@styled
def plot_regions(
    regions: Sequence[tuple[str, Curves, Curves]], *, lines: Sequence[float] = ()
) -> Figure:
    """Plot regions of interest before and after, side by side.

    Parameters
    ----------
    regions : sequence of (title, before, after)
    lines : sequence of float
        Wavelengths in vacuum micron to mark, such as lines of the air in the observer's frame.
    """
    figure = new_figure(8.4, 2.3 * len(regions) + 0.4)
    grid = figure.subplots(len(regions), 2, sharey="row", squeeze=False)
    for (title, before, after), (left, right) in zip(regions, grid, strict=True):
        for axes, curves, word in ((left, before, "before"), (right, after, "after")):
            _draw_curves(axes, curves)
            axes.set_title(f"{title}, {word}", loc="left")
            axes.locator_params(axis="x", nbins=4)
            _close(axes, before)
            low, high = axes.get_xlim()
            for line in lines:
                if low < line < high:
                    axes.axvline(line, color=GREY, linewidth=0.5, linestyle=":", zorder=0)
        left.set_ylabel("Relative flux")
    for axes in grid[-1]:
        axes.set_xlabel("Wavelength in vacuum (µm)")
    figure.tight_layout()
    return figure


@styled
def plot_covariances(
    wave: FloatArray, matrices: Mapping[str, FloatArray], *, label: str = "Correlation"
) -> Figure:
    """Plot matrices over pairs of pixels beside each other, on one scale.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum micron.
    matrices : mapping of title to array, shape (n_pixels, n_pixels)
    label : str
        Of the scale.
    """
    figure = new_figure(8.4, 3.6)
    grid = figure.subplots(1, len(matrices), sharex=True, sharey=True, squeeze=False)[0]
    limit = max(float(np.abs(matrix).max()) for matrix in matrices.values()) or 1.0
    ends = (float(wave[0]), float(wave[-1]))
    image = None
    for axes, (title, matrix) in zip(grid, matrices.items(), strict=True):
        image = axes.imshow(
            matrix,
            cmap="RdBu_r",
            vmin=-limit,
            vmax=limit,
            origin="lower",
            extent=(*ends, *ends),
            interpolation="nearest",
        )
        axes.set_title(title, loc="left")
        axes.set_xlabel("Wavelength (µm)")
        axes.locator_params(nbins=4)
    grid[0].set_ylabel("Wavelength (µm)")
    figure.subplots_adjust(left=0.1, right=0.88, top=0.92, bottom=0.14, wspace=0.12)
    if image is not None:
        figure.colorbar(image, cax=figure.add_axes((0.9, 0.16, 0.02, 0.74)), label=label)
    return figure


@styled
def plot_amplitudes(
    amplitudes: Mapping[str, tuple[FloatArray, FloatArray]],
    sky: Mapping[str, FloatArray],
) -> Figure:
    """Plot the amplitude of each gas against what is known of the sky.

    Parameters
    ----------
    amplitudes : mapping of gas to (amplitude, error), shape (n_exposures,) each
    sky : mapping of name, with its unit, to array, shape (n_exposures,)
        Airmass and humidity, NaN where unknown.
    """
    figure = new_figure(8.4, 2.7 * len(amplitudes) + 0.3)
    grid = figure.subplots(len(amplitudes), len(sky), sharey="row", sharex="col", squeeze=False)
    for row, (gas, (amplitude, error)) in enumerate(amplitudes.items()):
        colour, marker = _style_of(gas)
        for axes, (name, values) in zip(grid[row], sky.items(), strict=True):
            known = np.isfinite(values)
            axes.errorbar(
                values[known],
                amplitude[known],
                yerr=error[known],
                fmt=marker,
                color=colour,
                markersize=4,
                linewidth=0.8,
            )
            axes.grid(visible=True)
            axes.set_title(f"{gas}, r = {_correlation(values, amplitude)}", loc="left")
            if row == len(amplitudes) - 1:
                axes.set_xlabel(name)
        grid[row][0].set_ylabel(f"{gas} over its mean")
    figure.tight_layout()
    return figure


@styled
def plot_air(
    spectra: Mapping[str, tuple[FloatArray, FloatArray]],
    *,
    others: Mapping[str, tuple[FloatArray, FloatArray]] | None = None,
    title: str = "",
) -> Figure:
    """Plot the learnt transmission of each gas, one below the other.

    Parameters
    ----------
    spectra : mapping of gas to (wave, transmission), shape (n_pixels,) each
    others : mapping, optional
        The same from elsewhere, drawn over it, by the same names.
    title : str
    """
    figure = new_figure(8.4, 1.9 * len(spectra) + 0.8)
    grid = figure.subplots(len(spectra), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (gas, (wave, transmission)) in zip(grid, spectra.items(), strict=True):
        axes.plot(wave, transmission, color=_style_of(gas)[0], linewidth=0.9, label=gas)
        if others and gas in others:
            axes.plot(*others[gas], color=BLACK, linewidth=0.7, linestyle=":", label="elsewhere")
        axes.legend(loc="lower right")
        axes.set_ylabel("Transmission")
    grid[0].set_title(title, loc="left")
    grid[-1].set_xlabel("Wavelength in vacuum, observer's frame (µm)")
    figure.tight_layout()
    return figure


def _style_of(gas: str) -> tuple[str, str]:
    """Return colour and marker of a gas."""
    return SERIES[GASES.index(gas) if gas in GASES else len(GASES)]


def _draw_curves(axes: Axes, curves: Curves) -> None:
    alpha = 0.9 if len(curves) <= FEW_FOR_ALPHA else 0.5
    for number, (wave, flux) in enumerate(curves[:MOST_CURVES]):
        colour = SERIES[number % len(SERIES)][0]
        axes.plot(wave, flux, color=colour, linewidth=0.6, alpha=alpha)


def _close(axes: Axes, curves: Curves) -> None:
    """Set limits that all curves share; a wild pixel must not set them."""
    if not len(curves):
        return
    axes.set_xlim(max(wave[0] for wave, _ in curves), min(wave[-1] for wave, _ in curves))
    every = np.concatenate([flux for _, flux in curves])
    low, high = np.nanquantile(every, [0.001, 0.999])
    axes.set_ylim(low - 0.05 * (high - low), high + 0.1 * (high - low))


def _correlation(values: FloatArray, amplitude: FloatArray) -> str:
    known = np.isfinite(values) & np.isfinite(amplitude)
    if known.sum() < 3 or np.ptp(values[known]) == 0 or np.ptp(amplitude[known]) == 0:
        return "not known"
    return f"{np.corrcoef(values[known], amplitude[known])[0, 1]:.3f}"
