"""Light curves, folded views, periodograms, the sky and reasons, as pages draw them."""

import numpy as np
import pytest

from starsieve.data.folded import FoldedView
from starsieve.plots.interactive.folded import (
    odd_even_figure,
    orbit_figure,
    secondary_figure,
    transit_figure,
)
from starsieve.plots.interactive.light_curves import (
    EVEN,
    EXTREMES,
    Marks,
    Stretch,
    TimeAxis,
    light_curve_figure,
)
from starsieve.plots.interactive.periodograms import MarkedPeriod, periodogram_figure
from starsieve.plots.interactive.reasons import MOST, reasons_figure
from starsieve.plots.interactive.sky import sky_figure
from starsieve.plots.interactive.style import Theme, as_json

THEMES: tuple[Theme, ...] = ("light", "dark")
RNG = np.random.default_rng(0)


def make_light(*starts: float, n: int = 9000) -> tuple[np.ndarray, np.ndarray]:
    time = np.concatenate([start + np.arange(n) / 720 for start in starts])
    flux = 1 + RNG.normal(0, 1e-3, len(time))
    flux[len(flux) // 2] = 0.97
    return time, flux


def make_view(depth: float = 1e-3, model: bool = True) -> FoldedView:
    x = np.sort(RNG.uniform(-0.3, 0.3, 1000))
    centre = np.linspace(-0.29, 0.29, 30)
    dip = np.where(np.abs(centre) < 0.1, depth, 0.0)
    return FoldedView(
        x=x,
        flux=1 + RNG.normal(0, 5e-4, len(x)),
        centre=centre,
        median=1 - dip,
        error=np.full(len(centre), 1e-4),
        model_x=centre if model else None,
        model_flux=1 - dip if model else None,
        n_points=5000,
    )


def test_no_dip_is_lost_and_few_points_are_sent() -> None:
    time, flux = make_light(1325.0)
    time, flux = np.repeat(time, 6) + np.tile(np.arange(6) / 9000, len(time)), np.repeat(flux, 6)

    filled = light_curve_figure(time, flux, "light")

    points = filled.data["points"]
    assert len(points["x"]) <= EXTREMES + EVEN
    assert min(points["y"]) == pytest.approx(-30.0)
    assert "(ppt)" in filled.values["y_axis"]["axis_label"]


def test_long_gaps_are_shorter_and_the_axis_tells_the_true_times() -> None:
    time, flux = make_light(1325.0, 2036.0)
    sectors = [Stretch("sector 1", 1324.0, 1337.0), Stretch("sector 27", 2035.5, 2048.0)]

    filled = light_curve_figure(time, flux, "light", stretches=sectors)

    x = filled.data["points"]["x"]
    assert np.ptp(x) < 30
    np.testing.assert_array_equal(np.diff(x) > 0, True)
    labels = list(filled.values["x_axis"]["major_label_overrides"].values())
    assert (labels[0], labels[-1]) == ("1326", "2048")
    starts = filled.data["stretches"]
    assert starts["x"][0] == x[0]
    assert starts["x"][1] == pytest.approx(x[0] + 8999 / 720 + 2.0)
    assert list(starts["text"]) == ["sector 1", "sector 27"]


def test_an_axis_without_long_gaps_is_time_itself() -> None:
    axis = TimeAxis.of(np.arange(10.0))

    assert not axis.shortened
    assert axis.place(np.array([3.3])).tolist() == [3.3]


def test_each_candidate_has_marks_of_its_own_colour_shape_and_name() -> None:
    time, flux = make_light(1325.0)
    marks = [Marks("TOI 1.01", np.array([1326.0, 1329.0])), Marks("own 01", np.array([1327.5]))]
    trend = (time[::50], flux[::50])

    filled = light_curve_figure(time, flux, "light", trend=trend, marks=marks)

    drawn = filled.data["marks"]
    assert drawn["x"].tolist() == [1326.0, 1329.0, 1327.5]
    assert len(set(drawn["fill"])) == len(set(drawn["shape"])) == len(set(drawn["y"])) == 2
    names = filled.values["mark_axis"]["major_label_overrides"]
    assert list(names.values()) == ["TOI 1.01", "own 01"]
    assert max(names) < np.percentile(filled.data["points"]["y"], 1)


def test_a_trend_is_broken_in_gaps() -> None:
    time, flux = make_light(1325.0, 1340.0)

    filled = light_curve_figure(time, flux, "light", trend=(time, np.ones(len(time))))

    assert int(np.sum(np.isnan(filled.data["trend"]["x"]))) == 1


def test_odd_and_even_stand_side_by_side_with_their_depths() -> None:
    filled = odd_even_figure(make_view(1e-3), make_view(3e-3), "light")

    levels = filled.data["levels"]
    assert levels["y"].tolist() == pytest.approx([-1.0, -3.0])
    assert levels["x1"][0] <= levels["x0"][1] + 0.1
    assert len(set(filled.data["bins"]["fill"])) == 2
    assert list(filled.values["x_axis"]["major_label_overrides"].values()) == ["odd", "even"]


def test_the_unit_fits_the_depth() -> None:
    shallow, deep = (transit_figure(make_view(depth), "light") for depth in (1e-4, 1e-2))

    assert "(ppm)" in shallow.values["y_axis"]["axis_label"]
    assert "(ppt)" in deep.values["y_axis"]["axis_label"]
    assert min(deep.data["model"]["y"][:-1]) == pytest.approx(-10.0)


def test_periods_are_marked_where_the_spectrum_has_them() -> None:
    periods = np.geomspace(0.5, 13.0, 500)
    marked = [MarkedPeriod("TOI 1.01", 3.7), MarkedPeriod("far", 400.0), MarkedPeriod("own", 1.9)]

    filled = periodogram_figure(periods, RNG.random(500), "light", y_label="Power", marked=marked)

    assert filled.data["marked"]["text"].tolist() == ["TOI 1.01", "own"]
    assert filled.data["harmonics"]["x"].tolist() == pytest.approx([1.85, 7.4, 0.95, 3.8])
    assert len(set(filled.data["marked"]["stroke"])) == 2


def test_the_sky_has_east_to_the_left_also_where_ra_begins_anew() -> None:
    names = np.array(["A"], dtype=object)

    filled = sky_figure(
        (359.999, 60.0), np.array([0.001]), np.array([60.001]), names, "light", radius_arcsec=60.0
    )

    others = filled.data["neighbours"]
    assert others["x"][0] == pytest.approx(3.6, abs=1e-3)
    assert others["y"][0] == pytest.approx(3.6, abs=1e-3)
    assert filled.values["x"]["start"] == 60.0 == -filled.values["x"]["end"]


def test_reasons_are_told_by_side_colour_and_hatch() -> None:
    filled = reasons_figure([("a" * 60, 2.0), ("b", -0.5)], "light")

    bars = filled.data["bars"]
    assert bars["weight"].tolist() == [-0.5, 2.0]
    assert len(set(bars["fill"])) == len(set(bars["hatch"])) == 2
    assert list(bars["name"]) == ["b", "a" * 60]
    assert (
        len(reasons_figure([(str(n), 1.0) for n in range(40)], "light").data["bars"]["y"]) == MOST
    )


@pytest.mark.parametrize("theme", THEMES)
def test_all_become_json_even_of_nothing(theme: Theme) -> None:
    time, flux = make_light(1325.0, 2036.0)
    empty, view = np.empty(0), make_view()
    bare = make_view(model=False)
    for filled in (
        light_curve_figure(time, flux, theme, marks=[Marks("x", empty)]),
        light_curve_figure(empty, empty, theme),
        orbit_figure(bare, theme, 0.5),
        orbit_figure(bare, theme),
        transit_figure(view, theme, bare),
        transit_figure(bare, theme),
        secondary_figure(bare, theme),
        odd_even_figure(view, bare, theme),
        periodogram_figure(empty, empty, theme, y_label="Power"),
        sky_figure((1.0, 2.0), empty, empty, empty.astype(object), theme, radius_arcsec=60.0),
        reasons_figure([], theme),
    ):
        assert as_json(filled, theme)["root_id"]
