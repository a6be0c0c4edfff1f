import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.data import LightCurve
from starsieve.data.stitch import stitch
from starsieve.errors import DataError
from starsieve.readers import read


def make_curve(start=1325.0, level=100.0, n_cadences=50, cadence=120.0, **meta):
    time = start + np.arange(n_cadences) * cadence / 86_400
    wave = 1 + 1e-3 * np.sin(np.arange(n_cadences))
    known = {"target": 7, "pipeline": "SPOC", "cadence_seconds": cadence} | meta
    flux = level * wave
    return LightCurve(time, flux, np.full(n_cadences, level / 1000), flux_unit="Jy", meta=known)


def test_each_part_is_divided_by_its_median_and_all_are_in_order_of_time():
    late = make_curve(1352.0, 300.0, sector=2)
    early = make_curve(1325.0, 100.0, sector=1)

    whole = stitch([late, early])

    assert len(whole) == 100
    np.testing.assert_array_equal(whole.time, np.concatenate([early.time, late.time]))
    np.testing.assert_allclose([np.median(whole.flux[:50]), np.median(whole.flux[50:])], 1)
    np.testing.assert_allclose(whole.sigma, 1e-3, rtol=1e-3)
    assert whole.flux_unit == ""
    assert whole.meta["sectors"] == [1, 2]
    assert [round(part["level"]) for part in whole.meta["segments"]] == [100, 300]


def test_every_step_is_recorded():
    dark = LightCurve(np.arange(3.0), np.zeros(3), meta={"target": 7, "sector": 9})

    steps = stitch([make_curve(sector=1), make_curve(1352.0, sector=2), dark]).meta["steps"]

    assert steps[0].startswith("Dropped sector 9: A light curve with 3 valid cadences")
    assert steps[1].startswith("Divided sector 1 (SPOC, 120 s) by its median, 1")
    assert steps[1].endswith("Jy.")
    assert steps[-1] == "Joined 2 parts: 100 cadences."


def test_a_single_light_curve_is_normalised_and_keeps_its_metadata():
    whole = stitch([make_curve(sector=1, camera=3)])

    assert np.median(whole.flux) == pytest.approx(1)
    assert (whole.meta["camera"], whole.meta["sector"]) == (3, 1)


def test_of_one_sector_the_better_pipeline_is_kept():
    spoc = make_curve(sector=1, level=10.0)
    rough = make_curve(1324.9, 1.0, cadence=600.0, pipeline="QLP", sector=1)

    whole = stitch([rough, spoc])

    assert [part["pipeline"] for part in whole.meta["segments"]] == ["SPOC"]
    assert any(step.startswith("Dropped sector 1 (QLP, 600 s)") for step in whole.meta["steps"])


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"cadence": 20.0}, {"cadence": 120.0}),
        ({"processed": "2018-09-27"}, {"processed": "2020-09-13"}),
        ({"n_cadences": 40}, {"n_cadences": 50}),
        ({"pipeline": "somebody's"}, {"pipeline": "TESSCut"}),
    ],
)
def test_of_one_sector_there_is_a_preferred_curve(worse, better):
    curves = [make_curve(sector=1, level=1.0, **worse), make_curve(sector=1, level=2.0, **better)]

    for order in (curves, curves[::-1]):
        assert stitch(order).meta["segments"][0]["level"] == pytest.approx(2.0, rel=1e-2)


def test_of_curves_that_overlap_a_part_the_rest_is_kept():
    spoc = make_curve(1325.0)
    longer = make_curve(1325.0 - 10 / 720, pipeline="QLP", n_cadences=70, level=5.0)

    whole = stitch([spoc, longer])

    assert 69 <= len(whole) <= 71
    assert np.all(np.diff(whole.time) > 0)
    assert [part["pipeline"] for part in whole.meta["segments"]] == ["QLP", "SPOC", "QLP"]
    assert any("where BTJD" in step and step.startswith("Cut 5") for step in whole.meta["steps"])


def test_a_curve_that_others_cover_is_dropped():
    inside = make_curve(1325.01, pipeline="QLP", n_cadences=5)

    whole = stitch([inside, make_curve()])

    assert len(whole) == 50
    assert any("covers all of it" in step for step in whole.meta["steps"])


def test_cadences_are_kept_as_they_are_and_the_longest_is_said():
    whole = stitch([make_curve(sector=1), make_curve(1352.0, cadence=1800.0, sector=2)])

    assert whole.meta["cadence_seconds"] == 1800
    assert [part["cadence_seconds"] for part in whole.meta["segments"]] == [120, 1800]


def test_what_is_known_of_the_star_is_kept_and_contamination_is_averaged():
    first = make_curve(teff=5000.0, contamination=0.1, flux_column="PDCSAP_FLUX")
    second = make_curve(1352.0, teff=5050.0, radius=0.8, contamination=0.3, flux_column="SAP_FLUX")

    meta = stitch([first, second]).meta

    assert (meta["teff"], meta["radius"], meta["target"]) == (5050.0, 0.8, 7)
    assert meta["contamination"] == pytest.approx(0.2)
    assert "flux_column" not in meta
    assert "header" not in meta


def test_flags_and_validity_are_kept():
    quality = np.zeros(50, dtype=np.int64)
    quality[3] = 128
    curve = make_curve()
    flagged = LightCurve(curve.time, curve.flux, curve.sigma, quality == 0, quality, meta={})

    whole = stitch([flagged, LightCurve(curve.time + 27, curve.flux, curve.sigma)])

    assert np.flatnonzero(~whole.usable).tolist() == [3]
    assert whole.quality[3] == 128


def test_a_part_without_errors_gets_its_scatter():
    rng = np.random.default_rng(5)
    time = 1352 + np.arange(4000) / 720
    noisy = LightCurve(time, rng.normal(500.0, 1.0, 4000), meta={"target": 7, "sector": 2})

    whole = stitch([make_curve(sector=1), noisy])

    assert whole.sigma[-1] == pytest.approx(1 / 500, rel=0.1)
    assert any("it had none" in step for step in whole.meta["steps"])


def test_without_any_errors_there_are_none():
    curve = make_curve()

    assert stitch([LightCurve(curve.time, curve.flux)]).sigma is None


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"target": 8}, "of different stars, TIC 7 and TIC 8"),
        ({"target": None, "kic": 7}, "of different stars, TIC 7 and KIC 7"),
        ({"target": None}, "others don't say their star"),
    ],
)
def test_different_stars_are_refused(other, message):
    with pytest.raises(DataError, match=message):
        stitch([make_curve(), make_curve(1352.0, **other)])


def test_nothing_to_stitch_is_refused():
    with pytest.raises(DataError, match="no light curve to stitch"):
        stitch([])


def test_a_star_of_which_no_part_can_be_normalised_is_refused():
    with pytest.raises(DataError, match=r"Dropped BTJD 0\.00 to 2\.00: A light curve with 3 valid"):
        stitch([LightCurve(np.arange(3.0), np.full(3, -1.0))])


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3), st.integers(2, 60), st.sampled_from(["SPOC", "QLP", "TESS-SPOC"])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_overlaps_the_whole_has_increasing_times(parts):
    curves = [make_curve(1325 + s, n_cadences=n, pipeline=p, cadence=1800.0) for s, n, p in parts]

    whole = stitch(curves)

    assert np.all(np.diff(whole.time) > 0)
    assert sum(part["n_cadences"] for part in whole.meta["segments"]) == len(whole)
    best = min(curves, key=lambda c: ("SPOC", "TESS-SPOC", "QLP").index(c.meta["pipeline"]))
    assert best.meta["pipeline"] in {part["pipeline"] for part in whole.meta["segments"]}


@pytest.mark.real_data
def test_real_quarters_become_one_light_curve(real_data):
    paths = sorted((real_data / "kepler/lightcurves").glob("*_llc.fits"))

    whole = stitch([curve for path in reversed(paths) for curve in read(path)])

    assert [part["quarter"] for part in whole.meta["segments"]] == [1, 2, 3, 4, 5]
    assert len(whole) == 15_620
    assert np.std(whole.flux[whole.usable]) < 2e-3


@pytest.mark.real_data
def test_of_two_real_releases_the_later_is_kept(real_data):
    folder = real_data / "tess/lightcurves"
    [later] = folder.glob("*-0000000261136679-*_lc.fits")

    whole = stitch([read(folder / "pi_Men_c.fits")[0], read(later)[0]])

    assert whole.meta["processed"] == "2020-09-13"
    assert len(whole.meta["segments"]) == 1
