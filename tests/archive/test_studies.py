"""Studies in the archive: journals that several write to, in one order."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from starsieve.archive import Archive, check, summarise
from starsieve.errors import DataError, NotInArchiveError
from starsieve.tuning.tune import search
from tests.tuning.made import BOWL, make_recipe


def test_a_journal_is_read_as_it_was_written(archive: Archive) -> None:
    archive.studies.open("mine", "bowl.train", {"seed": 0})

    archive.studies.append("mine", [{"op": 1}, {"op": 2, "value": float("inf")}])
    archive.studies.append("mine", [{"op": 3}])

    assert archive.studies.read("mine") == [{"op": 1}, {"op": 2, "value": float("inf")}, {"op": 3}]
    assert archive.studies.read("mine", 2) == [{"op": 3}]
    assert archive.studies.read("mine", 3) == []


def test_journals_of_two_studies_are_apart(archive: Archive) -> None:
    for name in ("a", "b"):
        archive.studies.open(name, "bowl.train", {})
        archive.studies.append(name, [{"of": name}])

    archive.studies.remove("a")

    assert [study.name for study in archive.studies.list()] == ["b"]
    assert archive.studies.read("b") == [{"of": "b"}]
    archive.studies.open("a", "bowl.train", {})
    assert archive.studies.read("a") == []


def test_a_study_that_is_there_stays_what_it_is(archive: Archive) -> None:
    first = archive.studies.open("mine", "bowl.train", {"seed": 0})

    assert archive.studies.open("mine", "other.train", {"seed": 1}) == first


def test_entries_of_several_writers_are_all_there_and_whole(archive: Archive) -> None:
    archive.studies.open("mine", "bowl.train", {})

    def write(writer: int) -> None:
        for turn in range(5):
            entries = [{"writer": writer, "turn": turn, "part": part} for part in (0, 1)]
            archive.studies.append("mine", entries)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    found = archive.studies.read("mine")
    assert len(found) == 40
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert all({**one, "part": 1} == two for one, two in pairs)
    for writer in range(4):
        assert [one["turn"] for one, _ in pairs if one["writer"] == writer] == list(range(5))


def test_what_is_not_there_is_named_with_what_is(archive: Archive) -> None:
    archive.studies.open("mine", "bowl.train", {})

    with pytest.raises(NotInArchiveError, match=r"No study 'yours' .* There are: mine\."):
        archive.studies.read("yours")
    with pytest.raises(NotInArchiveError, match="No study 'yours'"):
        archive.studies.append("yours", [{}])
    with pytest.raises(NotInArchiveError, match="No study 'yours'"):
        archive.studies.remove("yours")
    with pytest.raises(DataError, match="no name"):
        archive.studies.open("My Study", "bowl.train", {})


def test_an_archive_with_studies_is_sound(archive: Archive, database_url: str | None) -> None:
    archive.studies.open("mine", "bowl.train", {})
    archive.studies.append("mine", [{"op": 1}])

    assert check(archive).problems == ()
    assert summarise(archive).schema_version
    with Archive.open(archive.root, database_url) as again:
        assert again.studies.read("mine") == [{"op": 1}]


def test_a_search_is_the_same_on_every_kind_of_database(archive: Archive, tmp_path: Path) -> None:
    search(make_recipe(trials=6), archive, BOWL)
    result = search(make_recipe(trials=10), archive, BOWL)

    with Archive.create(tmp_path / "in a file") as other:
        again = search(make_recipe(trials=10), other, BOWL)
    assert [t["value"] for t in result["tried"]] == [t["value"] for t in again["tried"]]
    assert result["budget"] == again["budget"]
