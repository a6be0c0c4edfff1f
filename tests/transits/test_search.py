"""What is found in light curves, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from starsieve.data.light_curve import LightCurve
from starsieve.errors import DataError
from starsieve.readers import read
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.search import SearchResult, search
from tests.transits.searching import PLANET, make_curve

FLAT = SearchOptions(detrend="none")


def found_period(result: SearchResult, number: int = 0) -> float:
    period = result.candidates[number].ephemeris.period_days
    assert period is not None
    return period


def test_a_planet_is_found_with_numbers_within_their_errors():
    result = search(make_curve(PLANET, trend=0.002, minutes=2.0))

    (found,) = result.candidates
    assert abs(found_period(result) - PLANET["period"]) < 4 * (found.period_err_days or 0)
    assert 0 < (found.period_err_days or 0) < 2e-3
    events = (found.ephemeris.epoch_btjd - PLANET["epoch"]) / PLANET["period"]
    assert abs(events - round(events)) * PLANET["period"] < 5 * (found.epoch_err_days or 0)
    assert abs(found.ephemeris.duration_hours - 3.0) < 5 * (found.duration_err_hours or 0)
    assert abs(found.depth_ppm - 1500) < 5 * found.depth_err_ppm + 30
    assert found.n_transits == 7
    assert found.coverage > 0.9
    assert result.singles == ()


def test_errors_are_as_large_as_the_scatter():
    narrow = SearchOptions(detrend="none", period_min_days=2, period_max_days=5, max_candidates=1)
    curves = [make_curve(PLANET, seed=seed) for seed in range(20)]
    found = [search(curve, narrow).candidates[0] for curve in curves]

    for values, errors in (
        ([each.ephemeris.period_days for each in found], [each.period_err_days for each in found]),
        ([each.ephemeris.duration_hours for each in found], [e.duration_err_hours for e in found]),
        ([each.depth_ppm for each in found], [each.depth_err_ppm for each in found]),
    ):
        ratio = np.std(values) / np.median(errors)
        assert 0.5 < ratio < 2.0


@pytest.mark.parametrize("minutes", [1 / 3, 2.0, 10.0, 30.0])
def test_every_cadence_is_searched(minutes: float):
    result = search(make_curve(PLANET, minutes=minutes), FLAT)

    assert found_period(result) == pytest.approx(PLANET["period"], rel=1e-3)


@pytest.mark.parametrize("period", [0.63, 1.1, 4.9, 11.3])
def test_short_and_long_periods_are_found(period: float):
    hours = 13 * (period / 365.25) ** (1 / 3)
    curve = make_curve({**PLANET, "period": period, "hours": hours})

    assert found_period(search(curve, FLAT)) == pytest.approx(period, rel=1e-3)


def test_several_planets_are_found_one_after_the_other():
    second = {"period": 5.21, "epoch": 1502.9, "hours": 3.5, "depth": 900e-6}
    result = search(make_curve(PLANET, second, minutes=2.0))

    assert len(result.candidates) == 2
    assert found_period(result, 0) == pytest.approx(3.7, rel=1e-3)
    assert found_period(result, 1) == pytest.approx(5.21, rel=1e-3)


def test_only_as_many_as_asked_for_are_looked_for():
    second = {"period": 5.21, "epoch": 1502.9, "hours": 3.5, "depth": 900e-6}
    options = SearchOptions(detrend="none", max_candidates=1)

    assert len(search(make_curve(PLANET, second), options).candidates) == 1


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_no_planet(seed: int):
    result = search(make_curve(seed=seed, trend=0.003))

    assert result.candidates == ()
    assert result.singles == ()


def test_a_single_event_is_listed_apart():
    alone = {"period": 500.0, "epoch": 1508.2, "hours": 5.0, "depth": 2500e-6}
    result = search(make_curve(alone), FLAT)

    assert result.candidates == ()
    (single,) = result.singles
    assert single.ephemeris.period_days is None
    assert single.ephemeris.epoch_btjd == pytest.approx(1508.2, abs=0.02)
    assert single.depth_ppm == pytest.approx(2500, rel=0.2)
    assert single.n_transits == 1


def test_a_strong_single_event_does_not_hide_a_weak_planet():
    alone = {"period": 500.0, "epoch": 1508.2, "hours": 5.0, "depth": 20_000e-6}
    weak = {**PLANET, "depth": 600e-6}
    result = search(make_curve(alone, weak), FLAT)

    assert found_period(result) == pytest.approx(3.7, rel=2e-3)
    assert len(result.singles) == 1


def test_eclipses_of_two_depths_are_found_at_the_whole_period():
    binary = {"period": 1.9, "epoch": 1501.1, "hours": 2.5, "depth": 9000e-6, "other": 4000e-6}
    result = search(make_curve(binary), FLAT)

    best = result.candidates[0]
    if best.odd_even_sigma is not None and found_period(result) < 3:
        assert best.odd_even_sigma > 5
    else:
        assert found_period(result) == pytest.approx(3.8, rel=1e-3)
        assert best.secondary_phase == pytest.approx(0.5, abs=0.02)
        assert (best.secondary_snr or 0) > 10


def test_equal_events_differ_by_no_more_than_their_errors():
    best = search(make_curve(PLANET), FLAT).candidates[0]

    assert (best.odd_even_sigma or 0) < 4
    assert abs(best.secondary_snr or 0) < 5


def test_periods_that_gaps_leave_open_are_named():
    far = {"period": 30.0, "epoch": 1505.0, "hours": 6.0, "depth": 3000e-6}
    options = SearchOptions(detrend="none", period_max_days=40.0)
    result = search(make_curve(far, stretches=((0.0, 9.0), (30.0, 39.0))), options)

    notes = " ".join(result.candidates[0].notes)
    assert "Only 2 events" in notes
    assert "Gaps hide" in notes


def test_events_at_the_edges_of_gaps_are_noted():
    edge = {"period": 13.95, "epoch": 1500.1, "hours": 3.0, "depth": 3000e-6}
    options = SearchOptions(detrend="none", period_max_days=20.0)
    result = search(make_curve(edge), options)

    assert any("edge of a gap" in note for note in result.candidates[0].notes)


def test_events_at_desaturations_are_noted():
    curve = make_curve(PLANET)
    quality = np.zeros(len(curve), dtype=np.int32)
    for number in range(8):
        quality[np.argmin(np.abs(curve.time - PLANET["epoch"] - number * 3.7))] = 32
    flagged = LightCurve(curve.time, curve.flux, quality=quality, meta=curve.meta)

    notes = search(flagged, FLAT).candidates[0].notes

    assert any("desaturation" in note for note in notes)


def test_two_years_of_long_cadences_are_searched():
    far = {"period": 71.3, "epoch": 1540.0, "hours": 8.0, "depth": 900e-6}
    quarters = tuple((90.0 * each, 90.0 * each + 88) for each in range(8))
    curve = make_curve(far, stretches=quarters, minutes=30.0, noise=300e-6)
    options = SearchOptions(
        detrend="none", max_candidates=1, period_min_days=20, period_max_days=100
    )
    result = search(curve, options)

    assert found_period(result) == pytest.approx(71.3, rel=1e-4)


def test_periods_beyond_the_data_are_cut_and_said():
    options = SearchOptions(detrend="none", period_max_days=100.0)
    result = search(make_curve(PLANET), options)

    assert result.periods[-1] <= 27
    assert any("can't show 2 events" in note for note in result.notes)


def test_at_least_as_many_periods_as_asked_for_are_tried():
    options = SearchOptions(detrend="none", n_periods=20_000, period_max_days=13.0)
    result = search(make_curve(PLANET, minutes=2.0), options)

    assert len(result.periods) == len(result.power) >= 0.94 * 20_000
    assert np.all(np.diff(result.periods) >= 0)


def test_more_periods_than_the_cadence_allows_are_said_to_be():
    options = SearchOptions(detrend="none", n_periods=50_000, period_max_days=13.0)
    result = search(make_curve(PLANET, minutes=30.0), options)

    assert any("all that the cadence allows" in note for note in result.notes)


def test_a_search_that_is_too_large_is_refused_before_it_starts():
    with pytest.raises(DataError, match=r"max_memory_mb is 0\.1"):
        search(make_curve(PLANET), SearchOptions(detrend="none", max_memory_mb=0.1))


def test_a_period_range_without_periods_is_refused():
    with pytest.raises(DataError, match="Lower period_min_days"):
        search(make_curve(PLANET), SearchOptions(detrend="none", period_min_days=20.0))


@pytest.mark.parametrize(
    ("flux", "message"),
    [
        (np.ones(1000), "same flux"),
        (np.full(1000, np.nan), "0 usable of 1000"),
        (np.where(np.arange(1000) < 5, 1.0, np.nan), "5 usable of 1000"),
    ],
)
def test_what_can_not_be_searched_is_refused(flux: np.ndarray, message: str):
    curve = LightCurve(1500 + np.arange(1000) / 100, flux)

    with pytest.raises(DataError, match=message):
        search(curve, FLAT)


def test_one_cadence_is_refused():
    with pytest.raises(DataError, match="1 usable of 1"):
        search(LightCurve(np.array([1.0]), np.array([1.0])), FLAT)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "period"),
    [
        ("pi_Men_c.fits", 6.2678),
        ("tess2018206045859-s0001-0000000261136679-0120-s_lc.fits", 6.2678),
        ("HD_202772_A_b.fits", 3.3089),
        ("HD_219666_b.fits", 6.0345),
        ("tess2019112060037-s0011-0000000127315102-0143-s_lc.fits", 10.8459),
        ("tess2019112060037-s0011-0000000166527623-0143-s_lc.fits", 6.9594),
        ("tess2019357164649-s0020-0000000130181866-0165-s_lc.fits", 7.1079),
    ],
)
def test_known_planets_are_found(real_data: Path, file: str, period: float):
    curve = read(real_data / "tess" / "lightcurves" / file)[0]

    assert found_period(search(curve)) == pytest.approx(period, rel=1e-3)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "file",
    [
        "tess2018206045859-s0001-0000000270501383-0120-s_lc.fits",
        "tess2018263035959-s0003-0000000003836541-0123-s_lc.fits",
        "tess2018349182459-s0006-0000000200319843-0126-s_lc.fits",
    ],
)
def test_quiet_stars_have_no_planets(real_data: Path, file: str):
    curve = read(real_data / "tess" / "lightcurves" / file)[0]

    assert all(each.snr < 8 for each in search(curve).candidates)
