"""Where a star is on the sky, and what else the archive knows nearby."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from bokeh.models import ColumnDataSource, Range1d

from starsieve.data.spectrum import FloatArray
from starsieve.plots.interactive.style import Theme, add_hover, as_json, new_figure, palette
from starsieve.plots.interactive.templates import Filled, Template

HEIGHT = 272
PIXEL_ARCSEC = 21.0
"""Side of a pixel of TESS."""


def sky_figure(
    centre: tuple[float, float],
    ra: FloatArray,
    dec: FloatArray,
    names: npt.NDArray[np.object_],
    theme: Theme,
    *,
    radius_arcsec: float,
) -> Filled:
    """Draw a star and its neighbours as on the sky, north up and east to the left.

    The square is a pixel of TESS, whose light all comes together.

    Parameters
    ----------
    centre : (float, float)
        The star's RA and Dec (ICRS, degree).
    ra, dec : arrays, shape (n_neighbours,)
        Of the others, likewise.
    names : array of str, shape (n_neighbours,)
    theme : "light" or "dark"
    radius_arcsec : float
        What is shown to each side.

    Returns
    -------
    Filled
        For `style.as_json`.
    """
    east = ((ra - centre[0] + 180) % 360 - 180) * np.cos(np.radians(centre[1])) * 3600
    north = (dec - centre[1]) * 3600
    data = {
        "neighbours": {"x": east, "y": north, "name": names, "away": np.hypot(east, north)},
        "pixel": {key: np.array([side * PIXEL_ARCSEC / 2]) for key, side in _SIDES.items()},
    }
    reach = float(radius_arcsec)
    values = {
        "x": {"start": reach, "end": -reach, "reset_start": reach, "reset_end": -reach},
        "y": {"start": -reach, "end": reach, "reset_start": -reach, "reset_end": reach},
    }
    return Filled(_template(theme), data, values)


_SIDES = {"left": -1, "right": 1, "bottom": -1, "top": 1}


@lru_cache(maxsize=4)
def _template(theme: Theme) -> Template:
    colours = palette(theme)
    figure = new_figure(
        theme, x_label="East (arcsec)", y_label="North (arcsec)", height=HEIGHT,
        x_range=Range1d(name="x"), y_range=Range1d(name="y"), tools="pan,wheel_zoom,reset,save",
    )  # fmt: skip
    # as wide as high, so that a circle on the sky is one here
    figure.sizing_mode, figure.width, figure.height = "fixed", HEIGHT, HEIGHT
    figure.xaxis.ticker.desired_num_ticks = figure.yaxis.ticker.desired_num_ticks = 4
    pixel = ColumnDataSource({key: [] for key in _SIDES}, name="pixel")
    figure.quad(
        left="left", right="right", bottom="bottom", top="top", source=pixel,
        fill_color=colours.pale, line_color=colours.muted, line_dash="dashed",
    )  # fmt: skip
    figure.scatter([0], [0], marker="star", size=16, fill_color=colours.accent, line_color=None)
    others = ColumnDataSource({key: [] for key in ("x", "y", "name", "away")}, name="neighbours")
    found = figure.scatter(
        "x", "y", source=others, marker="circle", size=8, fill_color=colours.series[0][0],
        line_color=colours.surface,
    )  # fmt: skip
    add_hover(figure, [found], [("", "@name"), ("away", '@away{0.0}"')])
    return Template.of(as_json(figure, theme))
