import pytest

from starsieve.archive import Archive, CandidateRow, Target
from starsieve.archive.candidate_pages import read_candidate_page
from starsieve.archive.candidate_query import CandidateQuery
from starsieve.errors import DataError, NotInArchiveError
from starsieve.transits.verdicts import CLASSES, give_verdict, undo_verdict, verdict_of


@pytest.fixture
def candidate(archive: Archive) -> int:
    (star,) = archive.targets.add([Target("Toy")])
    return archive.candidates.add([CandidateRow(origin="TOI", name="1.01", target=star)]).ids[0]


def holds(archive: Archive, candidate: int) -> str | None:
    row = verdict_of(archive.candidates.dispositions(candidate))
    return None if row is None else row.value


def test_each_class_has_a_key(archive: Archive, candidate: int) -> None:
    assert [each.key for each in CLASSES] == ["1", "2", "3", "4", "5"]
    for each in CLASSES:
        assert give_verdict(archive, candidate, each.value, "Ada")
        assert holds(archive, candidate) == each.value


def test_taking_back_goes_back_step_by_step_and_deletes_nothing(
    archive: Archive, candidate: int
) -> None:
    for value in ("PC", "EB", "V"):
        give_verdict(archive, candidate, value, "Ada")

    assert [undo_verdict(archive, candidate, "Ada") for _ in range(3)] == ["EB", "PC", None]

    assert holds(archive, candidate) is None
    said = [row.value for row in archive.candidates.dispositions(candidate)]
    assert said == ["PC", "EB", "V", "EB", "PC", "withdrawn"]
    with pytest.raises(DataError, match="no verdict of Ada"):
        undo_verdict(archive, candidate, "Ada")
    give_verdict(archive, candidate, "EB", "Ada")
    assert undo_verdict(archive, candidate, "Ada") is None


def test_a_verdict_may_be_given_again_with_another_comment(
    archive: Archive, candidate: int
) -> None:
    assert give_verdict(archive, candidate, "PC", "Ada", "  flat bottom ")
    assert not give_verdict(archive, candidate, "PC", "Ada", "flat bottom")
    assert give_verdict(archive, candidate, "PC", "Ada", "undone")  # no one can feign taking back
    assert archive.candidates.dispositions(candidate)[-1].comment == ""
    assert undo_verdict(archive, candidate, "Ada") == "PC"


def test_nobody_takes_back_what_others_said(archive: Archive, candidate: int) -> None:
    give_verdict(archive, candidate, "PC", "Ada")

    with pytest.raises(DataError, match="no verdict of Bob"):
        undo_verdict(archive, candidate, "Bob")
    give_verdict(archive, candidate, "EB", "Bob")
    assert undo_verdict(archive, candidate, "Ada") is None
    assert holds(archive, candidate) == "EB"
    (row,) = read_candidate_page(archive, CandidateQuery()).rows
    assert row["verdict"] == "EB"


def test_wrong_verdicts_are_refused(archive: Archive, candidate: int) -> None:
    with pytest.raises(DataError, match=r"PC \(planet candidate\)"):
        give_verdict(archive, candidate, "CP", "Ada")
    with pytest.raises(DataError, match="list signs"):
        give_verdict(archive, candidate, "PC", "TFOPWG")
    with pytest.raises(NotInArchiveError):
        give_verdict(archive, 99, "PC", "Ada")
    with pytest.raises(NotInArchiveError):
        undo_verdict(archive, 99, "Ada")
