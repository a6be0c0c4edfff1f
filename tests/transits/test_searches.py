"""The search from Python: everything that holds a light curve in, tables out."""

import numpy as np

import starsieve
from starsieve.data import LightCurve
from starsieve.data.interop import to_dataframe, to_lightkurve
from starsieve.data.synthetic import Transit, light_curve


def make_curve(seed: int = 1) -> LightCurve:
    return light_curve([Transit(3.0, 1501.0, 0.15, 0.01)], seed=seed, noise=1e-3)


def test_planets_are_found_in_whatever_holds_a_light_curve():
    curve = make_curve()

    found = starsieve.search([curve, to_lightkurve(curve), to_dataframe(curve)])

    assert len(found) == 3
    periods = [star.found.candidates[0].ephemeris.period_days for star in found]
    np.testing.assert_allclose(periods, 3.0, atol=0.005)


def test_what_was_found_becomes_a_table_and_prints():
    found = starsieve.search(make_curve())

    table = found.to_table()

    assert len(table) == len(found.to_pandas()) == 1
    assert abs(table["period_days"][0] - 3.0) < 0.005
    assert "2.9" in str(found) or "3.0" in str(found)
    assert "<table>" in found._repr_html_()
    assert repr(found) == "<Searches: 1 stars, 1 candidates, 0 failed>"


def test_what_cannot_be_searched_is_told_and_the_others_go_on(tmp_path):
    empty = LightCurve(np.arange(50.0), np.ones(50), valid=np.zeros(50, dtype=bool))

    found = starsieve.search([tmp_path / "none.fits", empty, make_curve()])

    assert len(found) == 1
    assert len(found.failures) == 2
    assert "there is no such file" in found.failures[0].error


def test_a_defect_in_one_star_does_not_stop_the_others(monkeypatch):
    from starsieve.transits import search_stars

    real, odd = search_stars.search, make_curve(2)

    def breaks(curve, options):
        if len(curve) == len(odd) - 1:
            msg = "boom"
            raise ZeroDivisionError(msg)
        return real(curve, options)

    monkeypatch.setattr(search_stars, "search", breaks)
    short = LightCurve(odd.time[1:], odd.flux[1:], odd.sigma[1:])

    found = starsieve.search([short, make_curve()])

    assert len(found) == 1
    assert "unexpected ZeroDivisionError: boom" in found.failures[0].error
