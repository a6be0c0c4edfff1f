import xml.etree.ElementTree as ET

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris, days_from_event
from starsieve.data.validation import Tce, Validation
from starsieve.errors import DataError, FileError, StarsieveError
from starsieve.ingest import ingest
from starsieve.readers import read
from starsieve.readers.xml_file import parse_xml
from starsieve.settings import Settings
from tests.readers.made_files import FIT, TCES, make_dvr, make_dvt, make_planet

DAY = Ephemeris(period_days=1.0, epoch_btjd=0.0, duration_hours=2.0)


def test_every_event_of_a_time_series_is_read(tmp_path):
    [validation] = read(make_dvt(tmp_path))

    assert [tce.number for tce in validation.tces] == [1, 2]
    for tce, header in zip(validation.tces, TCES, strict=True):
        assert tce.ephemeris.period_days == header["TPERIOD"]
        assert tce.ephemeris.epoch_btjd == header["TEPOCH"]
        assert tce.ephemeris.duration_hours == header["TDUR"]
        assert tce.depth_ppm == header["TDEPTH"]
        assert tce.values["mes"] == 31.5
        assert tce.values["converged"] == 1
        assert len(tce.time) == 399
        np.testing.assert_allclose(tce.lc_init - tce.model_init, 1e-5, atol=1e-9)
        np.testing.assert_allclose(tce.lc_init_err, 1e-4, rtol=1e-6)
        assert tce.residual is None


def test_the_phase_is_in_days_from_mid_transit(tmp_path):
    [validation] = read(make_dvt(tmp_path))

    for tce in validation.tces:
        period = tce.ephemeris.period_days
        away = (tce.phase - days_from_event(tce.time, tce.ephemeris) + period / 2) % period
        np.testing.assert_allclose(away, period / 2, atol=1e-6)
        assert np.all(np.abs(tce.phase[tce.model_init < 0]) < tce.ephemeris.duration_days)


def test_the_star_of_a_time_series_is_known(tmp_path):
    [validation] = read(make_dvt(tmp_path))

    star = validation.star
    assert (star.tic, star.name) == (25155310, "TIC 25155310")
    assert (star.tmag, star.teff, star.logg, star.radius) == (9.5, 6400.0, 4.3, 1.3)
    assert validation.sectors == (1,)


def test_several_sectors_are_a_row_of_bits(tmp_path):
    assert read(make_dvt(tmp_path, SECTOR=None, SECTORS="0101"))[0].sectors == (1, 3)


def test_an_event_without_an_ephemeris_is_left_out_with_a_note(tmp_path):
    reading = read(make_dvt(tmp_path, ({**TCES[0], "TDUR": 0.0}, TCES[1])))

    assert [tce.number for tce in reading[0].tces] == [2]
    assert any(note.startswith("Event 1 was left out: duration") for note in reading.assumed)


def test_a_series_of_which_no_event_is_left_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"none of its 1 tables .* has an ephemeris"):
        read(make_dvt(tmp_path, ({**TCES[0], "TPERIOD": -1.0, "TDUR": 0.0},)))


def test_an_event_without_a_period_is_a_single_one(tmp_path):
    reading = read(make_dvt(tmp_path, ({**TCES[0], "TPERIOD": -1.0},)))

    assert reading[0].tces[0].ephemeris.period_days is None
    assert "1 transit signal (a single event)" in str(reading)


def test_a_report_has_fits_tests_and_star(tmp_path):
    reading = read(make_dvr(tmp_path))

    [validation] = reading
    [tce] = validation.tces
    assert tce.ephemeris == Ephemeris(period_days=2.5, epoch_btjd=1326.0, duration_hours=3.0)
    assert (tce.depth_ppm, tce.time) == (1200.0, None)
    expected = {
        **{"period_err_days": 1e-4, "epoch_err_days": 1e-3, "duration_err_hours": 0.1},
        **{"depth_err_ppm": 30.0, "radius_earth": 4.7, "radius_err_earth": 0.2, "impact": 0.3},
        **{"snr": 40.5, "mes": 31.5, "n_transits": 8.0, "converged": 1.0},
        **{"odd_even_statistic": 0.5, "odd_even_significance": 0.48, "ghost_core": 17.5},
        **{"bootstrap_probability": 1e-30, "offset_tic_arcsec": 1.5, "offset_tic_err_arcsec": 2.5},
        **{"secondary_mes": 2.4, "secondary_phase_days": -1.1, "secondary_depth_ppm": 20.0},
        **{"secondary_depth_err_ppm": 10.0, "image_quality_min": 0.7, "image_quality_mean": 0.8},
        **{"ghost_core_significance": 1.0},
    }
    assert tce.values == pytest.approx(expected)
    assert validation.sectors == (1, 2)


def test_stand_ins_for_unknown_stellar_values_are_left_out_and_named(tmp_path):
    reading = read(make_dvr(tmp_path))

    star = reading[0].star
    assert (star.tic, star.teff, star.radius, star.logg) == (25155310, 6400.0, 1.3, None)
    assert star.source == "data validation report (TIC8.2)"
    assert reading[0].meta["provenance"]["logg"] == "Solar"
    assert "Not known of the star, and left out where the report has the Sun's: logg." in (
        reading.assumed
    )


def test_without_a_fit_the_ephemeris_is_the_one_of_the_search(tmp_path):
    reading = read(make_dvr(tmp_path, make_planet(fit={})))

    tce = reading[0].tces[0]
    assert tce.ephemeris == Ephemeris(period_days=2.51, epoch_btjd=1326.1, duration_hours=2.0)
    assert tce.depth_ppm is None
    assert "Planet candidate 1: no transit was fitted; the ephemeris is the search's." in (
        reading.assumed
    )


def test_planets_come_in_order_of_their_numbers(tmp_path):
    planets = make_planet(2, FIT | {"orbitalPeriodDays": (9.0, 0.1)}) + make_planet(1)
    [validation] = read(make_dvr(tmp_path, planets))

    assert [tce.ephemeris.period_days for tce in validation.tces] == [2.5, 9.0]


@pytest.mark.parametrize("planets", ["", '<dv:planetResults planetNumber="1"/>'])
def test_a_report_without_an_ephemeris_is_refused(tmp_path, planets):
    with pytest.raises(DataError, match="planet candidates has an ephemeris"):
        read(make_dvr(tmp_path, planets))


def test_a_report_numbered_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"of different numbers: \[1, 1\]"):
        read(make_dvr(tmp_path, make_planet(1) + make_planet(1)))


BOMB = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd">'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
def test_xml_with_a_document_type_is_refused(tmp_path, head):
    with pytest.raises(FileError, match="declares a document type"):
        read(make_dvr(tmp_path, head=head))


@pytest.mark.parametrize(
    "content",
    [
        b"<dvTargetResults>",
        b"<dvTargetResults/>",
        b"<other><dvTargetResults/></other>",
        b"<dvTargetResults ticId='x'><planetResults planetNumber='&#0;'/></dvTargetResults>",
        b"<dvTargetResults>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</dvTargetResults>",
        b"<dvTargetResults \xff\xfe>",
    ],
)
def test_hostile_reports_end_in_one_clear_line(tmp_path, content):
    path = tmp_path / "evil_dvr.xml"
    path.write_bytes(content)

    with pytest.raises(StarsieveError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_names_of_elements_lose_their_namespace():
    assert parse_xml(b'<n:a xmlns:n="x"><n:b>text</n:b></n:a>').findtext("b") == "text"


def test_a_validation_is_no_observation_to_ingest(tmp_path, archive):
    report = ingest([make_dvr(tmp_path)], "mine", archive, Settings())

    [(_, reason)] = report.refused
    assert "starsieve vet tess_dvr.xml" in reason


def test_the_record_has_star_and_events(tmp_path):
    record = read(make_dvt(tmp_path)).to_record()

    assert (record["kind"], record["object"]) == ("data validation", "TIC 25155310")
    assert [tce["period_days"] for tce in record["tces"]] == [2.5, 7.0]
    assert record["star"]["teff"] == 6400.0


def test_arrays_of_an_event_must_fit():
    with pytest.raises(DataError, match=r"phase must have shape \(2,\), got \(3,\)"):
        Tce(number=1, ephemeris=DAY, time=np.arange(2.0), phase=np.zeros(3))
    with pytest.raises(DataError, match="lc_init needs the times"):
        Tce(number=1, ephemeris=DAY, lc_init=np.zeros(3))
    with pytest.raises(DataError, match="must be 1 or more, got 0"):
        Tce(number=0, ephemeris=DAY)


def test_a_validation_without_events_is_refused():
    from starsieve.data.star import Star

    with pytest.raises(DataError, match="needs threshold-crossing events"):
        Validation(Star(), (), ())


@pytest.mark.real_data
def test_real_reports_are_read_with_every_number(real_data):
    for path in sorted((real_data / "tess/data_validation").glob("*_dvr.xml")):
        [validation] = read(path)

        [tce] = validation.tces
        assert (validation.star.tic, validation.star.logg) == (390988385, None)
        assert tce.ephemeris.period_days == pytest.approx(2.915, abs=1e-3)
        assert tce.values["radius_earth"] == pytest.approx(9.0, abs=0.1)
        assert len(tce.values) > 50
        parameters = {
            parameter.get("name"): float(parameter.get("value"))
            for fit in ET.parse(path).iter()
            if fit.tag.endswith("allTransitsFit")
            for parameter in fit.iter()
            if parameter.tag.endswith("modelParameter")
        }
        assert tce.values["a_over_r"] == parameters["ratioSemiMajorAxisToStarRadius"]
        assert tce.depth_ppm == parameters["transitDepthPpm"]


@pytest.mark.real_data
def test_sectors_of_a_real_report_are_those_of_its_images(real_data):
    [path] = (real_data / "tess/data_validation").glob("*-s0014-s0086-*_dvr.xml")

    assert read(path)[0].sectors == (54, 81)
