"""Eclipsing binaries go through search and measurement with both of their eclipses in sight."""

from starsieve.data import LightCurve
from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.star import Star
from starsieve.data.synthetic import Transit, light_curve
from starsieve.transits.examine import examine
from starsieve.transits.observed import ObservedStar
from starsieve.transits.search import search


def make_binary() -> LightCurve:
    """Return eclipses of 20000 and 6000 ppm, 0.4 of an orbit of 4 d apart."""
    eclipses = [Transit(4.0, 1501.0, 0.15, 0.02), Transit(4.0, 1502.6, 0.15, 0.006)]
    return light_curve(eclipses, seed=3, noise=1e-3)


def test_the_deeper_eclipse_sees_the_other_as_its_secondary():
    found = search(make_binary())

    first = max(found.candidates, key=lambda each: each.depth_ppm)

    assert abs(first.secondary_phase - 0.4) < 0.02
    assert first.secondary_snr > 10
    assert abs(first.secondary_depth_ppm - 6000) < 1500


def test_views_and_sheet_show_both_eclipses_and_say_so():
    curve = make_binary()
    found = search(curve)
    first = max(found.candidates, key=lambda each: each.depth_ppm)

    examined = examine(first, found, ObservedStar(curve, Star(), "made", {}))

    other = Ephemeris(period_days=4.0, epoch_btjd=1502.6, duration_hours=2.0)
    inside = in_event(examined.signal.flat.time, other)
    assert examined.signal.flat.usable[inside].all()
    assert examined.views.global_view.min() == -1
    twins = [text for text in examined.warnings if "two eclipses of one binary" in text]
    assert len(twins) == (len(found.candidates) > 1)
