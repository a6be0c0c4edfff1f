"""A list that the archive has is ranked as the table that it came from."""

import pytest

from starsieve.archive import Archive, CandidateRow, LabelRow, Target
from starsieve.errors import NotInArchiveError
from starsieve.jobs import run_task
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits import rank_stored
from starsieve.transits.catalogues import import_catalogue
from starsieve.transits.ranking import rank
from tests.transits.made_candidates import make_rows, write_rows


@pytest.fixture
def table(tmp_path):
    return read_catalogue(write_rows(tmp_path / "toi.csv", make_rows(24)))


def test_stored_candidates_get_the_probabilities_of_their_table(
    archive: Archive, table, monkeypatch
):
    monkeypatch.setattr(rank_stored, "ROWS_AT_A_TIME", 10)
    import_catalogue(table, archive)
    told = []

    result = run_task("transits.rank", {}, archive, lambda *each: told.append(each))

    truth = {each.toi: each for each in rank(table)}
    names = {row.id: row.name for row in archive.candidates.list(origin="TOI")}
    scores = archive.scores.list(model="toi-ranker")
    assert (result["n_ranked"], result["n_failed"]) == (24, 0)
    assert [done for done, *_ in told] == [10, 20, 24]
    assert len(scores) == 24
    for score in scores:
        expected = truth[names[score.candidate]]
        assert score.planet_probability == pytest.approx(expected.planet_probability, abs=1e-6)
        assert score.reasons == expected.reasons
        assert score.run == 1


def test_what_the_tic_says_of_a_star_goes_first(archive: Archive, table):
    import_catalogue(table, archive)
    run_task("transits.rank", {}, archive)
    (first, *_) = archive.candidates.list(origin="TOI")
    before = archive.scores.list(candidate=first.id)[0].planet_probability
    archive.labels.add([LabelRow("radius", 40.0, None, "solRad", "TIC", target=first.target)])

    run_task("transits.rank", {}, archive)

    after = archive.scores.list(candidate=first.id)[0]
    assert after.planet_probability != before
    assert after.run == 2


def test_a_candidate_that_makes_no_sense_is_named(archive: Archive, table):
    import_catalogue(table, archive)
    (star,) = archive.targets.add([Target("TIC 5", 10.0, 10.0, tic=5)])
    odd = CandidateRow(origin="TOI", name="9999.01", target=star, period_days=2.0, depth_ppm=100.0)
    archive.candidates.add([odd])

    result = run_task("transits.rank", {}, archive)

    assert result["n_failed"] == 1
    (failed,) = result["failed"]
    assert failed["candidate"] == "9999.01"
    assert "duration" in failed["error"]


def test_a_list_that_is_not_there_is_asked_for(archive: Archive):
    with pytest.raises(NotInArchiveError, match="starsieve fetch ctoi"):
        run_task("transits.rank", {"origin": "CTOI"}, archive)
