import multiprocessing
import random
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import starsieve.transits.catalogues
from starsieve.archive import Archive, Target, check
from starsieve.data.catalogue import Catalogue, CatalogueKind
from starsieve.errors import ArchiveError, DataError
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.catalogues import import_catalogue


def make(kind: CatalogueKind, **columns: list[Any]) -> Catalogue:
    n_rows = len(next(iter(columns.values())))
    whole = {name: np.array(values) for name, values in columns.items()}
    texts = {n: v.astype(object) if v.dtype.kind == "U" else v for n, v in whole.items()}
    return Catalogue(kind, "made", {**texts, "line": np.arange(2, n_rows + 2)})


def make_tois(**changed: list[Any]) -> Catalogue:
    columns = {
        "name": ["101.01", "102.01", "102.02"],
        "tic": [5, 6, 6],
        "ra": [10.0, 20.0, 20.0],
        "dec": [1.0, 2.0, 2.0],
        "disposition": ["KP", "PC", ""],
        "period_days": [1.5, 2.5, np.nan],
        "epoch_btjd": [1326.0, 1327.0, 1328.0],
        "duration_hours": [2.0, 3.0, 4.0],
        "depth_ppm": [100.0, 200.0, 300.0],
        "teq_k": [1000.0, 500.0, np.nan],
        "created": ["2018-09-05T18:49:20", "", ""],
        "comments": ["WASP-46 b", "", ""],
    }
    return make("toi", **(columns | changed))


def counts(report: Any) -> tuple[int, int, int, int]:
    return report.n_added, report.n_changed, report.n_unchanged, len(report.refused)


def at(year: int) -> datetime:
    return datetime(year, 7, 1, tzinfo=UTC)


def test_a_catalogue_becomes_stars_candidates_and_dispositions(archive: Archive) -> None:
    report = import_catalogue(make_tois(), archive, date=at(2019))

    assert counts(report) == (3, 0, 0, 0)
    first, second, single = archive.candidates.list(origin="TOI")
    assert (first.tic, first.period_days, first.teq_k) == (5, 1.5, 1000.0)
    assert first.announced == datetime(2018, 9, 5, 18, 49, 20, tzinfo=UTC)
    assert second.target == single.target
    assert single.period_days is None
    star = archive.targets.find(tic=5)
    assert (star.name, star.ra, star.dec) == ("TIC 5", 10.0, 1.0)
    (said,) = archive.candidates.dispositions(first.id or 0)
    assert (said.value, said.who, said.date, said.comment) == (
        "KP",
        "TFOPWG",
        at(2019),
        "WASP-46 b",
    )


def test_the_same_catalogue_again_changes_nothing(archive: Archive) -> None:
    import_catalogue(make_tois(), archive, date=at(2019))

    report = import_catalogue(make_tois(), archive, date=at(2020))

    assert counts(report) == (0, 0, 3, 0)
    assert len(archive.candidates.dispositions(1)) == 1


def test_a_newer_catalogue_changes_what_changed_and_drops_nothing(archive: Archive) -> None:
    import_catalogue(make_tois(), archive, date=at(2019))
    newer = make(
        "toi",
        name=["102.01", "103.01"],
        tic=[6, 7],
        disposition=["CP", "PC"],
        depth_ppm=[210.0, 50.0],
    )

    report = import_catalogue(newer, archive, date=at(2021))

    assert counts(report) == (1, 1, 0, 0)
    assert [row.name for row in archive.candidates.list()] == [
        "101.01",
        "102.01",
        "102.02",
        "103.01",
    ]
    changed = archive.candidates.find("TOI", "102.01")
    assert (changed.depth_ppm, changed.period_days) == (210.0, 2.5)
    values = {
        year: Counter(row.value for row in archive.candidates.known_on(at(year)).values())
        for year in (2020, 2022)
    }
    assert values == {2020: {"KP": 1, "PC": 1}, 2022: {"KP": 1, "CP": 1, "PC": 1}}


def test_a_new_disposition_alone_is_a_change(archive: Archive) -> None:
    import_catalogue(make_tois(), archive, date=at(2019))

    report = import_catalogue(make_tois(disposition=["FP", "PC", ""]), archive, date=at(2020))

    assert counts(report) == (0, 1, 2, 0)
    assert [row.value for row in archive.candidates.dispositions(1)] == ["KP", "FP"]


def test_a_row_that_was_updated_has_that_date(archive: Archive) -> None:
    updated = ["2020-01-02T00:00:00", "", ""]

    import_catalogue(make_tois(updated=updated), archive, date=at(2023))

    known = archive.candidates.known_on(at(2021))
    assert [row.value for row in known.values()] == ["KP"]


def test_stars_that_contradict_the_archive_are_refused_and_the_others_go_on(
    archive: Archive,
) -> None:
    archive.targets.add([Target("TIC 5", tic=77)])

    report = import_catalogue(make_tois(), archive)

    assert counts(report)[0] == 2
    ((line, reason),) = report.refused
    assert line == 2
    assert "another star" in reason


def test_rows_that_the_reader_left_out_are_in_the_report(archive: Archive) -> None:
    tois = make_tois()
    with_refused = Catalogue("toi", "made", tois.columns, refused=((9, "a period of zero"),))

    assert import_catalogue(with_refused, archive).refused == ((9, "a period of zero"),)


def test_an_interrupted_import_is_done_by_doing_it_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starsieve.transits.catalogues.ROWS_AT_A_TIME", 1)
    add, n_calls = archive.candidates.add_dispositions, 0

    def fail_in_the_middle(rows: Any) -> list[int]:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 2:
            msg = "the disk is full"
            raise ArchiveError(msg)
        return add(rows)

    with monkeypatch.context() as patch:
        patch.setattr(archive.candidates, "add_dispositions", fail_in_the_middle)
        with pytest.raises(ArchiveError, match="disk"):
            import_catalogue(make_tois(), archive, date=at(2019))

    assert check(archive).problems == ()
    report = import_catalogue(make_tois(), archive, date=at(2019))
    assert counts(report) == (1, 1, 1, 0)
    assert {row.value for row in archive.candidates.known_on(at(2020)).values()} == {"KP", "PC"}


def test_stars_of_the_tic_become_targets_with_labels(archive: Archive) -> None:
    stars = make(
        "tic",
        tic=[5, 6, 7],
        ra=[10.0, 20.0, 30.0],
        dec=[1.0, 2.0, 3.0],
        tmag=[9.5, 10.5, 11.0],
        tmag_err=[0.01, np.nan, np.nan],
        density=[1.2, np.nan, np.nan],
        gaia=[50, 60, 60],
        disposition=["", "", "DUPLICATE"],
        duplicate_id=[np.nan, np.nan, 6.0],
    )

    first = import_catalogue(stars, archive)
    again = import_catalogue(stars, archive)
    warmer = Catalogue("tic", "made", {**stars.columns, "teff": np.array([np.nan, 5000.0, 1.0])})
    third = import_catalogue(warmer, archive)

    assert counts(first) == (2, 0, 0, 1)
    assert "DUPLICATE of TIC 6" in first.refused[0][1]
    assert counts(again) == (0, 0, 2, 1)
    assert counts(third) == (0, 1, 1, 1)
    number = archive.targets.find(tic=5).id or 0
    labels = {row.name: row for row in archive.labels.of_target(number)}
    assert (labels["tmag"].value, labels["tmag"].error) == (9.5, 0.01)
    assert (labels["density"].unit, labels["density"].origin) == ("solMass / solRad3", "TIC")


def test_positions_of_the_tic_are_not_lost_to_coarser_ones(archive: Archive) -> None:
    import_catalogue(make("tic", tic=[5], ra=[10.000123], dec=[1.000456], tmag=[9.0]), archive)

    import_catalogue(make_tois(), archive)

    assert archive.targets.find(tic=5).ra == 10.000123


def test_candidates_of_kepler_are_of_stars_with_kic_numbers(archive: Archive) -> None:
    kois = make("koi", name=["K00752.01"], kic=[10797460], disposition=["CP"], snr=[35.8])

    import_catalogue(kois, archive)

    (row,) = archive.candidates.list(origin="KOI")
    assert (row.kic, row.tic) == (10797460, None)
    assert archive.targets.find(kic=10797460).name == "KIC 10797460"


def test_planets_name_their_star(archive: Archive) -> None:
    import_catalogue(make_tois(), archive)
    planets = make("planets", name=["WASP-46 b"], star=["WASP-46"], tic=[5], period_days=[1.5])

    import_catalogue(planets, archive)

    assert archive.targets.find(tic=5).name == "WASP-46"
    assert archive.candidates.find("planets", "WASP-46 b").tic == 5


def test_a_table_without_names_speaks_only_of_what_is_certain(archive: Archive) -> None:
    import_catalogue(make_tois(), archive, date=at(2019))
    nameless = make("toi", tic=[5, 6, 9], disposition=["FP", "FP", "FP"])

    report = import_catalogue(nameless, archive, date=at(2020))

    assert counts(report) == (0, 1, 0, 2)
    assert "knows 2 of that star" in report.refused[0][1]
    known = archive.candidates.known_on(at(2021))
    assert sorted(row.value for row in known.values()) == ["FP", "PC"]


def test_files_become_products_of_their_stars(archive: Archive) -> None:
    files = make(
        "products",
        tic=[5, 5],
        uri=["mast:a_lc.fits", "mast:a_dvt.fits"],
        product=["lc", "dvt"],
        sector=[1, 0],
    )
    import_catalogue(make_tois(), archive)

    assert counts(import_catalogue(files, archive)) == (2, 0, 0, 0)
    assert counts(import_catalogue(files, archive)) == (0, 0, 2, 0)

    assert [star.tic for star in archive.products.missing()] == [6]
    assert [(row.kind, row.sector) for row in archive.products.list(tic=5)] == [
        ("dvt", None),
        ("lc", 1),
    ]


def test_progress_is_told_and_a_date_needs_a_zone(archive: Archive) -> None:
    told: list[tuple[int, int]] = []

    import_catalogue(
        make_tois(), archive, progress=lambda done, total, _: told.append((done, total))
    )

    assert told == [(0, 3), (3, 3)]
    with pytest.raises(DataError, match="time zone"):
        import_catalogue(make_tois(), archive, date=datetime(2020, 1, 1))


@pytest.mark.real_data
def test_the_tables_of_2019_become_what_was_counted_in_them(
    archive: Archive, real_data: Path
) -> None:
    folder = real_data / "tess" / "catalogs"
    read = {
        name: read_catalogue(folder / f"{name}_example.csv")
        for name in ("tic_catalog", "toi", "dataproducts")
    }

    first = [counts(import_catalogue(table, archive, date=at(2019))) for table in read.values()]
    again = [counts(import_catalogue(table, archive, date=at(2020))) for table in read.values()]

    assert first == [(1133, 0, 0, 0), (1184, 0, 0, 0), (2740, 0, 0, 0)]
    assert again == [(0, 0, 1133, 0), (0, 0, 1184, 0), (0, 0, 2740, 0)]
    known = archive.candidates.known_on(at(2021), origin="TOI", who="TFOPWG")
    assert Counter(row.value for row in known.values()) == {
        "FP": 197,
        "KP": 148,
        "CP": 31,
        "PC": 10,
    }
    files = archive.products.list()
    assert Counter(row.kind for row in files) == {"lc": 2159, "dvt": 581}
    assert len({row.target for row in files}) == 714
    assert len(archive.products.missing()) == 419


@pytest.mark.real_data
def test_what_was_decided_later_is_not_known_before(archive: Archive, real_data: Path) -> None:
    folder = real_data / "tess" / "catalogs"
    old = read_catalogue(folder / "toi_example.csv")
    new = read_catalogue(folder / "toi_2025-10-04.csv")
    some = {name: values[:1500] for name, values in new.columns.items()}

    import_catalogue(old, archive, date=at(2019))
    before = archive.candidates.known_on(at(2020))
    report = import_catalogue(Catalogue("toi", new.layout, some), archive)

    assert archive.candidates.known_on(at(2020)) == before
    assert report.n_changed + report.n_unchanged + report.n_added == 1500
    assert len(archive.candidates.list(origin="TOI")) == 1184 + report.n_added
    announced = archive.candidates.find("TOI", "101.01").announced
    assert announced == datetime(2018, 9, 5, 18, 49, 20, tzinfo=UTC)


def import_rows(root: Path, n_rows: int, parent: Connection) -> None:
    """Say that it begins, import a catalogue in small batches, say how it ended."""
    starsieve.transits.catalogues.ROWS_AT_A_TIME = 20
    parent.send("begins")
    with Archive.create(root) as archive:
        parent.send(counts(import_catalogue(make_many(n_rows), archive, date=at(2019))))


def make_many(n_rows: int) -> Catalogue:
    return make(
        "toi",
        name=[f"{number}.01" for number in range(n_rows)],
        tic=list(range(1, n_rows + 1)),
        disposition=["PC"] * n_rows,
        period_days=np.linspace(1, 10, n_rows).tolist(),
    )


def test_a_killed_import_loses_nothing(tmp_path: Path) -> None:
    moments, n_rows = random.Random(7), 1500
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.transits.test_catalogues"])
    Archive.create(tmp_path / "archive").close()
    for _ in range(5):
        here, there = context.Pipe()
        process = context.Process(target=import_rows, args=(tmp_path / "archive", n_rows, there))
        process.start()
        assert here.recv() == "begins"
        time.sleep(moments.uniform(0.05, 0.5))
        process.kill()
        process.join()

        with Archive.open(tmp_path / "archive") as archive:
            assert check(archive).problems == ()

    with Archive.open(tmp_path / "archive") as archive:
        report = import_catalogue(make_many(n_rows), archive, date=at(2019))
        assert sum(counts(report)) == n_rows
        assert counts(import_catalogue(make_many(n_rows), archive)) == (0, 0, n_rows, 0)
        assert len(archive.candidates.known_on(at(2020))) == n_rows
