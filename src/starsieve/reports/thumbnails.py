"""Spectra as small as a word."""

import numpy as np

from starsieve.data.spectrum import FloatArray
from starsieve.reports.parts import Svg
from starsieve.stats import block_means

WIDTH, HEIGHT, N_POINTS = 150, 34, 100


def draw_thumbnail(wave: FloatArray, flux: FloatArray) -> Svg:
    """Return a spectrum as a small drawing.

    Parameters
    ----------
    wave, flux : arrays, shape (n_pixels,)
        Pixels whose flux is not finite are left out.

    Returns
    -------
    Svg
        Empty but for its frame if fewer than two pixels are left.
    """
    good = np.isfinite(flux)
    wave, flux = wave[good], flux[good]
    points = ""
    if len(wave) > 1:
        low, high = np.quantile(flux, [0.01, 0.99])
        flux = np.clip(flux, low, high)  # before the means: one wild pixel would spoil its block
        every = np.ones(len(wave), dtype=bool)
        wave, flux = block_means(wave, every, N_POINTS), block_means(flux, every, N_POINTS)
        low = min(0.0, low)
        x = (wave - wave[0]) / (wave[-1] - wave[0]) * WIDTH
        y = HEIGHT - 2 - np.clip((flux - low) / ((high - low) or 1.0), 0, 1.1) * (HEIGHT - 6)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return Svg(
        f'<svg class="thumbnail" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' aria-hidden="true"><polyline points="{points}"/></svg>'
    )
