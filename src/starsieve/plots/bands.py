"""Bands of predicted spectra."""

from typing import Protocol

from matplotlib.axes import Axes

from starsieve.data.spectrum import FloatArray

SHADES = ("#FBE3D3", "#F2B48C")
"""Of 95 and 68 %, or two and one standard deviations."""


class Bands(Protocol):
    """Quantiles of predicted spectra, arrays of shape (n_pixels,)."""

    @property
    def q025(self) -> FloatArray: ...
    @property
    def q16(self) -> FloatArray: ...
    @property
    def median(self) -> FloatArray: ...
    @property
    def q84(self) -> FloatArray: ...
    @property
    def q975(self) -> FloatArray: ...


def draw_bands(
    axes: Axes, wave: FloatArray, bands: Bands, factor: FloatArray | float, names: tuple[str, str]
) -> None:
    """Draw what 95 and 68 % of predicted spectra are within, times a factor, under these names."""
    ends = ((bands.q025, bands.q975), (bands.q16, bands.q84))
    for (low, high), shade, name in zip(ends, SHADES, names, strict=True):
        axes.fill_between(wave, low * factor, high * factor, color=shade, lw=0, label=name)
