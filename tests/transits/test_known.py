from datetime import UTC, datetime

import pytest

from starsieve.archive import Archive
from starsieve.archive.records import CandidateRow, Target
from starsieve.data.ephemeris import Ephemeris
from starsieve.errors import FileError
from starsieve.transits.known import list_known
from starsieve.transits.match import match


def test_an_archive_knows_a_star_and_its_neighbours(archive: Archive):
    star, beside, far = archive.targets.add(
        [
            Target("own", ra=10.0, dec=20.0, tic=5),
            Target("beside", ra=10.0, dec=20.02, tic=6),
            Target("far", ra=10.0, dec=21.0, tic=7),
        ]
    )
    numbers = {"period_days": 1.43, "epoch_btjd": 1326.0, "duration_hours": 1.6}
    stored = archive.candidates.add(
        [
            CandidateRow(origin="TOI", name="101.01", target=star, **numbers),
            CandidateRow(origin="TOI", name="102.01", target=beside, **numbers),
            CandidateRow(origin="TOI", name="103.01", target=far, **numbers),
            CandidateRow(origin="search", name="mine", target=star, **numbers),
            CandidateRow(origin="TOI", name="101.02", target=star, period_days=3.0),
        ]
    )
    archive.candidates.disposition(stored.ids[0], "PC", "TFOPWG", datetime(2019, 1, 1, tzinfo=UTC))
    archive.candidates.disposition(stored.ids[0], "CP", "TFOPWG", datetime(2020, 1, 1, tzinfo=UTC))

    known = list_known(None, archive)

    assert {each.name for each in known} == {"TOI 101.01", "TOI 102.01", "TOI 103.01"}
    found = Ephemeris(period_days=1.43, epoch_btjd=1326.0, duration_hours=1.6)
    own, other = match(found, 5, known)
    assert (own.known.name, own.known.disposition, own.same_star) == ("TOI 101.01", "CP", True)
    assert (other.known.name, other.same_star) == ("TOI 102.01", False)


def test_a_table_is_read_instead_of_the_archive(tmp_path):
    with pytest.raises(FileError):
        list_known(tmp_path / "none.csv", None)


def test_nothing_is_known_without_lists(archive: Archive):
    assert list_known(None, archive) == []
    assert list_known(None, None) == []
