from datetime import UTC, datetime

import pytest

from starsieve.archive import Archive, CandidateRow, DispositionRow, LabelRow, ScoreRow, Target
from starsieve.archive.candidate_pages import (
    iterate_candidates,
    list_score_models,
    read_candidate_page,
    read_neighbours,
)
from starsieve.archive.candidate_query import NUMBERS, SORTED, CandidateQuery
from starsieve.archive.dispositions import WITHDRAWN
from starsieve.errors import DataError, NotInArchiveError


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


def row(name: str, target: int, origin: str = "TOI", **values: float) -> CandidateRow:
    return CandidateRow(origin=origin, name=name, target=target, **values)


@pytest.fixture
def made(archive: Archive) -> list[int]:
    """Give two stars with four candidates: numbers in the order 101.01, 99.01, 99.02, own."""
    first, second = archive.targets.add(
        [Target("pi Men", 84.29, -80.47, tic=261136679), Target("TOI-270", 68.4, -51.9, tic=25)]
    )
    archive.labels.add([LabelRow("teff", 6000.0, 90.0, "K", "TIC", None, first)])
    numbers = archive.candidates.add(
        [
            row("101.01", first, period_days=6.27, snr=20.0, teq_k=1170.0, teff=5900.0),
            row("99.01", second, period_days=3.36, snr=12.0, teq_k=528.0, teff=3500.0),
            row("99.02", second, snr=30.0),
            row("tess/pi Men.01", first, "search", period_days=6.268, snr=18.0),
        ]
    ).ids
    archive.candidates.add_dispositions(
        [
            DispositionRow(candidate=numbers[0], value="PC", who="TFOPWG", date=year(2019)),
            DispositionRow(candidate=numbers[0], value="CP", who="TFOPWG", date=year(2020)),
            DispositionRow(candidate=numbers[1], value="FP", who="TFOPWG", date=year(2020)),
            DispositionRow(candidate=numbers[1], value="EB", who="Ada", date=year(2021)),
        ]
    )
    archive.scores.add("ranker", None, [score(numbers[0], 0.3), score(numbers[1], 0.9)])
    archive.scores.add("vetter", None, [score(numbers[0], 0.95), score(numbers[3], 0.5)])
    return list(numbers)


def score(candidate: int, probability: float) -> ScoreRow:
    return ScoreRow(candidate=candidate, planet_probability=probability, spread=0.1)


def names(archive: Archive, **asked: object) -> list[str]:
    page = read_candidate_page(archive, CandidateQuery(**asked))
    assert page.total == len(page.rows)
    return [each["name"] for each in page.rows]


def test_a_row_has_all_that_the_table_shows(archive: Archive, made: list[int]) -> None:
    first = read_candidate_page(archive, CandidateQuery()).rows[0]

    assert set(first) == {*SORTED, "target", "model"}
    assert (first["star"], first["tic"], first["ra"]) == ("pi Men", 261136679, 84.29)
    assert (first["disposition"], first["verdict"]) == ("CP", None)
    assert (first["planet_probability"], first["spread"], first["model"]) == (0.95, 0.1, "vetter")
    assert (first["teff"], first["teq_k"], first["logg"]) == (6000.0, 1170.0, None)


def test_every_column_sorts_both_ways_with_the_unknown_last(
    archive: Archive, made: list[int]
) -> None:
    for name in SORTED:
        up, down = (
            [
                each[name]
                for each in read_candidate_page(
                    archive, CandidateQuery(sort=name, descending=descending)
                ).rows
            ]
            for descending in (False, True)
        )
        known = [value for value in up if value is not None]
        assert up[len(known) :] == down[len(known) :] == [None] * (4 - len(known))
        if name != "name":
            assert known == sorted(known) == [v for v in down if v is not None][::-1]
    assert names(archive, sort="name", descending=False)[:3] == ["99.01", "99.02", "101.01"]


def test_probabilities_are_the_latest_or_of_one_model(archive: Archive, made: list[int]) -> None:
    assert names(archive)[:2] == ["101.01", "99.01"]
    assert names(archive, model="ranker")[:2] == ["99.01", "101.01"]
    assert names(archive, model="vetter", ranges={"planet_probability": (0.4, 0.6)}) == [
        "tess/pi Men.01"
    ]
    assert list_score_models(archive) == {"ranker": 2, "vetter": 2}


def test_ranges_hold_for_every_number(archive: Archive, made: list[int]) -> None:
    assert names(archive, ranges={"snr": (15.0, None)}, sort="snr") == [
        "99.02",
        "101.01",
        "tess/pi Men.01",
    ]
    assert names(archive, ranges={"teff": (5950.0, 6050.0)}, sort="id", descending=False) == [
        "101.01",
        "tess/pi Men.01",
    ]
    assert names(archive, ranges={"teff": (None, 4000.0), "snr": (None, 20.0)}) == ["99.01"]
    for name in NUMBERS:
        read_candidate_page(archive, CandidateQuery(ranges={name: (0.0, 1.0)}))


def test_words_are_looked_for_in_names_and_numbers(archive: Archive, made: list[int]) -> None:
    for text, found in (
        ("TOI-101", ["101.01"]),
        ("toi 99.02", ["99.02"]),
        ("toi99", ["99.01", "99.02"]),
        ("TOI 9", []),
        ("PI men", ["101.01", "tess/pi Men.01"]),
        ("TIC261136679 search", ["tess/pi Men.01"]),
        ("TOI-270", ["99.01", "99.02"]),
        ("100%", []),
    ):
        assert names(archive, text=text, sort="id", descending=False) == found, text


def test_facets_count_what_another_choice_would_give(archive: Archive, made: list[int]) -> None:
    page = read_candidate_page(archive, CandidateQuery(origins=("TOI",), dispositions=("FP", "")))

    assert [each["name"] for each in page.rows] == ["99.01", "99.02"]
    assert page.total == 2
    assert page.facets == {
        "origin": {"TOI": 2, "search": 1},
        "disposition": {"": 1, "CP": 1, "FP": 1},
        "verdict": {"": 1, "EB": 1},
    }


def test_neighbours_are_those_of_the_list_one_came_from(archive: Archive, made: list[int]) -> None:
    first, _, third, own = made
    undecided = CandidateQuery(verdicts=("",), sort="snr")

    found = read_neighbours(archive, undecided, first)
    assert (found.place, found.total, found.previous, found.next) == (2, 3, third, own)

    archive.candidates.disposition(first, "PC", "Ada")  # and so it is no longer in that list
    found = read_neighbours(archive, undecided, first)
    assert (found.previous, found.next) == (third, own)
    with pytest.raises(NotInArchiveError, match="number 99"):
        read_neighbours(archive, undecided, 99)


def test_a_verdict_stands_until_it_is_withdrawn(archive: Archive, made: list[int]) -> None:
    def verdict() -> str | None:
        page = read_candidate_page(archive, CandidateQuery(text="101.01"))
        value: str | None = page.rows[0]["verdict"]
        return value

    assert archive.candidates.disposition(made[0], "PC", "Ada")
    assert archive.candidates.disposition(made[0], "PC", "Ada", comment="flat bottom")
    assert not archive.candidates.disposition(made[0], "PC", "Ada", comment="flat bottom")
    assert verdict() == "PC"
    archive.candidates.disposition(made[0], WITHDRAWN, "Ada")
    assert verdict() is None
    assert len(archive.candidates.dispositions(made[0])) == 5


def test_pages_and_the_whole_list_have_the_same_rows(archive: Archive, made: list[int]) -> None:
    query = CandidateQuery(sort="period_days")

    pages = [read_candidate_page(archive, query, start, 3) for start in (0, 3, 6)]

    rows = [each for page in pages for each in page.rows]
    assert rows == list(iterate_candidates(archive, query))
    assert [page.total for page in pages] == [4, 4, 4]


def test_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match="sorted by 'colour'"):
        CandidateQuery(sort="colour")
    with pytest.raises(DataError, match="range 'name'"):
        CandidateQuery(ranges={"name": (0.0, 1.0)})
