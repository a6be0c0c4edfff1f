"""The vetting sheet shows what it should, whatever signal it is given."""

import matplotlib as mpl
import numpy as np
import pytest

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris
from starsieve.data.synthetic import Transit, light_curve
from starsieve.plots import (
    DifferenceImage,
    Signal,
    plot_vetting_sheet,
    plot_views,
    save_figure,
    save_pages,
)

EPHEMERIS = Ephemeris(period_days=3.0, epoch_btjd=1501.0, duration_hours=3.6)


def make_signal(curve: LightCurve | None = None, ephemeris: Ephemeris = EPHEMERIS) -> Signal:
    if curve is None:
        curve = light_curve([Transit(3.0, 1501.0, 0.15, 0.01)], seed=1, noise=1e-3)
    days = np.linspace(-0.5, 0.5, 201)
    return Signal(
        observed=curve,
        flat=curve,
        trend=np.ones(len(curve)),
        ephemeris=ephemeris,
        model_days=days,
        model_flux=1 - 0.01 * (np.abs(days) < 0.075),
    )


def words_of(figure):
    return " ".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def test_the_sheet_has_the_panels_of_the_data_validation_summary():
    figure = plot_vetting_sheet(make_signal(), [("Period", "3.0 d")], title="TIC 7")

    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title[0] for title in titles] == list("ABCDEFGH")
    assert "TIC 7" in words_of(figure)
    assert "3.0 d" in words_of(figure)
    assert "no pixels" in words_of(figure)


def test_only_transits_with_data_are_marked():
    curve = light_curve([Transit(3.0, 1501.0, 0.15, 0.01)], seed=1)
    gap = (curve.time > 1506.5) & (curve.time < 1507.5)
    cut = LightCurve(curve.time[~gap], curve.flux[~gap], curve.sigma[~gap])

    marks = plot_vetting_sheet(make_signal(cut), []).axes[0].get_lines()[-1].get_xdata()

    assert not any(1506 < mark < 1508 for mark in marks)
    np.testing.assert_allclose(np.sort(marks)[:2], [1501.0, 1504.0], atol=0.02)


def test_medians_of_the_transit_lie_at_its_depth():
    transit = plot_vetting_sheet(make_signal(), []).axes[3]

    medians = transit.containers[0].lines[0].get_ydata()
    assert medians.min() == pytest.approx(-10, abs=0.5)
    assert np.median(medians) == pytest.approx(0, abs=0.3)


def test_years_between_two_sectors_take_no_room():
    one = light_curve([Transit(3.0, 1501.0, 0.15, 0.01)], seed=1)
    time = np.concatenate([one.time, one.time + 735.0])
    both = LightCurve(time, np.tile(one.flux, 2), np.tile(one.sigma, 2))

    axes = plot_vetting_sheet(make_signal(both), []).axes[0]

    low, high = axes.get_xlim()
    assert high - low < 70
    assert {"1500", "2235"} <= {label.get_text() for label in axes.get_xticklabels()}


@pytest.mark.parametrize(
    "ephemeris",
    [
        Ephemeris(period_days=None, epoch_btjd=1510.0, duration_hours=4.0),
        Ephemeris(period_days=0.2, epoch_btjd=1510.0, duration_hours=6.0),
        Ephemeris(period_days=300.0, epoch_btjd=1000.0, duration_hours=0.01),
    ],
)
def test_odd_signals_can_be_drawn(ephemeris, tmp_path):
    few = LightCurve(np.array([1500.0, 1510.0, 1510.01]), np.array([1.0, 0.99, np.nan]))

    for curve in (None, few):
        figure = plot_vetting_sheet(make_signal(curve, ephemeris), [("a", "b")])
        save_figure(figure, tmp_path / "sheet.png")


def test_a_dimming_beside_the_star_is_said_with_its_distance():
    image = DifferenceImage(np.ones((5, 5)), np.eye(5), (2.0, 2.0), (2.0, 4.0), 42.0, 8.5)

    words = words_of(plot_vetting_sheet(make_signal(), [], image))

    assert 'offset 42.0", 8.5σ' in words


def test_several_figures_become_pages_of_one_file(tmp_path):
    figures = [plot_vetting_sheet(make_signal(), []) for _ in range(2)]

    path = save_pages(figures, tmp_path / "deep" / "sheet.pdf")

    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page ") == 2


def test_every_view_has_a_panel_and_events_are_an_image():
    views = {"global_view": np.zeros(201), "local_view": np.ones(61), "unfolded": np.eye(5, 31)}

    figure = plot_views(views)

    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "global view", "local view", "unfolded"
    ]  # fmt: skip
    assert len(figure.axes[2].get_images()) == 1
    assert plot_views({}).axes == []
