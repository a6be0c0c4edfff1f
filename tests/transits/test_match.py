import csv
from dataclasses import replace

import numpy as np
import pytest

from starsieve.data.catalogue import Catalogue
from starsieve.data.ephemeris import Ephemeris
from starsieve.errors import DataError
from starsieve.readers import read
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.match import KnownSignal, known_signals, match
from starsieve.transits.search import search

KNOWN = KnownSignal(
    name="TOI 123.01",
    kind="toi",
    tic=7,
    ephemeris=Ephemeris(period_days=3.3, epoch_btjd=1325.5, duration_hours=5.0),
    ra=100.0,
    dec=-60.0,
    disposition="KP",
    period_err_days=1e-4,
)


def found(period: float | None, epoch: float, hours: float = 4.0) -> Ephemeris:
    return Ephemeris(period_days=period, epoch_btjd=epoch, duration_hours=hours)


@pytest.mark.parametrize(
    ("period", "epoch", "relation"),
    [
        (3.3003, 1325.5 + 5 * 3.3, "same period"),
        (6.6, 1325.52 + 3.3, "found at twice its period"),
        (1.65, 1325.5 + 1.65, "found at half its period"),
        (9.9, 1325.5 + 3.3, "found at three times its period"),
        (1.1, 1325.5 - 1.1, "found at a third of its period"),
        (3.3, 1325.5 + 1.66, "same period, half an orbit away (its secondary eclipse)"),
        (None, 1325.5 + 7 * 3.3, "one event of it"),
    ],
)
def test_a_known_signal_is_recognised_and_its_harmonics_are_named(period, epoch, relation):
    [agreement] = match(found(period, epoch), 7, [KNOWN])

    assert agreement.relation == relation
    assert agreement.same_star
    assert abs(agreement.epoch_offset_hours) < 1


@pytest.mark.parametrize(
    ("period", "epoch"),
    [(3.3, 1326.5), (3.9, 1325.5), (2.2, 1325.5), (None, 1326.5), (6.6, 1326.6)],
)
def test_other_periods_and_epochs_are_another_signal(period, epoch):
    assert match(found(period, epoch), 7, [KNOWN]) == []


def test_an_old_ephemeris_is_given_its_drift():
    later = 1325.5 + 300 * 3.3 + 0.2

    assert match(found(3.3, later), 7, [replace(KNOWN, period_err_days=1e-6)]) == []
    [agreement] = match(found(3.3, later), 7, [replace(KNOWN, period_err_days=5e-4)])
    assert agreement.epoch_offset_hours == pytest.approx(4.8, abs=0.1)


def test_an_ephemeris_that_lost_its_phase_is_compared_by_period_alone():
    [agreement] = match(found(3.3, 3000.0), 7, [replace(KNOWN, period_err_days=0.01)])

    assert agreement.epoch_offset_hours is None
    assert "can't be compared" in str(agreement)


def test_a_binary_nearby_is_found_and_one_far_off_is_not():
    near = replace(KNOWN, name="EB 1", kind="binary", tic=8, dec=-60 + 60 / 3600)
    far = replace(near, tic=9, dec=-59.0)

    for place in ({"ra": 100.0, "dec": -60.0}, {}):
        own = KNOWN if not place else replace(KNOWN, tic=99)
        found_here = match(found(3.3, 1325.5), 7, [far, near, own], **place)
        others = [each for each in found_here if each.known.kind == "binary"]

        assert [each.known.tic for each in others] == [8]
        assert not others[0].same_star
        assert others[0].separation_arcsec == pytest.approx(60, abs=0.1)
        assert "60 arcsec away" in str(others[0])


def test_a_star_without_a_tic_number_is_known_by_its_place():
    koi = replace(KNOWN, name="K00351.01", kind="koi", tic=None)

    [agreement] = match(found(3.3, 1325.5), None, [koi], ra=100.0, dec=-60.0)

    assert agreement.same_star
    assert match(found(3.3, 1325.5), None, [koi]) == []


def test_equal_periods_come_before_harmonics_and_the_star_before_its_neighbours():
    half = replace(KNOWN, name="half", ephemeris=replace(KNOWN.ephemeris, period_days=6.6))
    beside = replace(KNOWN, name="beside", tic=8, ra=100.01)

    names = [each.known.name for each in match(found(3.3, 1325.5), 7, [beside, half, KNOWN])]

    assert names == ["TOI 123.01", "half", "beside"]


def test_a_match_has_plain_values():
    record = match(found(3.3, 1325.6), 7, [KNOWN])[0].to_record()

    assert record["name"] == "TOI 123.01"
    assert record["period_ratio"] == 1
    assert record["epoch_offset_hours"] == pytest.approx(2.4)


def test_a_catalogue_gives_its_signals():
    columns = {
        "name": np.array(["101.01", "102.01", "103.01"]),
        "tic": np.array([5, 6, 7]),
        "period_days": np.array([1.43, 0.0, np.nan]),
        "epoch_btjd": np.array([1326.0, 1330.0, np.nan]),
        "duration_hours": np.array([1.6, np.nan, 2.0]),
        "disposition": np.array(["KP", "", "FP"]),
    }
    first, second = known_signals(Catalogue("toi", "made", columns, "toi.csv", "", ()))

    assert (first.name, first.tic, first.disposition) == ("TOI 101.01", 5, "KP")
    assert first.ephemeris == Ephemeris(period_days=1.43, epoch_btjd=1326.0, duration_hours=1.6)
    assert second.ephemeris.period_days is None


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["toi_2025-10-04.csv", "toi_example.csv", "koi_cumulative.csv"])
def test_real_catalogues_give_signals_with_names(real_data, name):
    known = known_signals(read_catalogue(real_data / "tess" / "catalogs" / name))

    assert len(known) > 1000
    assert all(each.name.startswith(("TOI ", "K0")) for each in known)


def test_a_catalogue_without_signals_is_refused():
    catalogue = Catalogue("tic", "made", {"tic": np.array([1])}, "tic.csv", "", ())

    with pytest.raises(DataError, match=r"tic\.csv: a catalogue of kind 'tic' has no periods"):
        known_signals(catalogue)


@pytest.mark.real_data
def test_signals_found_in_real_light_curves_are_recognised(real_data):
    folder = real_data / "tess" / "lightcurves"
    with (folder / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["toi"]]
    known = [
        KnownSignal(
            name=f"TOI {row['toi']}",
            kind="toi",
            tic=int(row["tic"]),
            ephemeris=Ephemeris(
                period_days=float(row["pl_orbper"]),
                epoch_btjd=float(row["pl_tranmid"]) - 2_457_000,
                duration_hours=float(row["pl_trandurh"]),
            ),
        )
        for row in rows
    ]
    recognised = set()
    for row in rows:
        if row["toi"] in ("144.01", "1946.01", "6551.01", "123.01", "118.01"):
            result = search(read(folder / row["file"]).contents[0])
            signals = [*result.candidates, *result.singles]
            matches = [match(each.ephemeris, int(row["tic"]), known) for each in signals]
            recognised |= {each.known.name for some in matches for each in some}

    assert recognised == {"TOI 144.01", "TOI 1946.01", "TOI 6551.01", "TOI 123.01", "TOI 118.01"}
