from datetime import UTC, datetime

import pytest

from starsieve.archive import (
    Archive,
    CandidateRow,
    DispositionRow,
    ProductRow,
    ScoreRow,
    Target,
    summarise,
)
from starsieve.errors import DataError, NotInArchiveError


def year(number: int) -> datetime:
    return datetime(number, 7, 1, tzinfo=UTC)


@pytest.fixture
def star(archive: Archive) -> int:
    return archive.targets.add([Target("pi Men", 84.3, -80.5, tic=261136679)])[0]


@pytest.fixture
def candidate(archive: Archive, star: int) -> int:
    return archive.candidates.add([make_row(star)]).ids[0]


def make_row(target: int, name: str = "144.01", **more: object) -> CandidateRow:
    values = {"period_days": 6.27, "epoch_btjd": 1325.5, "duration_hours": 2.95} | more
    return CandidateRow(origin="TOI", name=name, target=target, **values)  # type: ignore[arg-type]


def test_a_candidate_is_found_by_number_name_and_star(archive: Archive, star: int) -> None:
    row = make_row(star, depth_ppm=286.0, other={"teq_k": 1170.0}, announced=year(2018))

    stored = archive.candidates.add([row])

    (number,) = stored.ids
    found = archive.candidates.get(number)
    assert (found.tic, found.period_days, found.depth_ppm) == (261136679, 6.27, 286.0)
    assert (found.other, found.announced) == ({"teq_k": 1170.0}, year(2018))
    assert found.ephemeris is not None
    assert found.ephemeris.period_days == 6.27
    assert archive.candidates.find("TOI", "144.01") == found
    assert archive.candidates.list(tic=261136679) == [found]
    assert archive.candidates.list(origin="KOI") == []
    assert summarise(archive).n_candidates == 1


def test_what_a_newer_row_lacks_stays_and_what_differs_replaces(
    archive: Archive, star: int
) -> None:
    archive.candidates.add([make_row(star, snr=30.0, other={"teq_k": 1170.0, "note": "a"})])

    again = archive.candidates.add([make_row(star, other={"note": "b"})])
    same = archive.candidates.add([make_row(star), make_row(star, "144.02")])

    found = archive.candidates.find("TOI", "144.01")
    assert (found.snr, found.other) == (30.0, {"teq_k": 1170.0, "note": "b"})
    assert again.outcomes == ("changed",)
    assert same.outcomes == ("unchanged", "added")
    assert (same.n_added, same.n_changed) == (1, 0)


def test_a_single_transit_has_no_period_and_some_have_no_ephemeris(
    archive: Archive, star: int
) -> None:
    archive.candidates.add(
        [make_row(star, period_days=None), make_row(star, "144.02", epoch_btjd=float("nan"))]
    )

    single, unknown = archive.candidates.list()

    assert single.ephemeris is not None
    assert single.ephemeris.period_days is None
    assert unknown.ephemeris is None


def test_own_finds_name_their_run(archive: Archive, star: int) -> None:
    run = archive.runs.start("transits.search", {})
    own = CandidateRow(origin="search", name="TIC 261136679 a", target=star, run=run)

    archive.candidates.add([own, make_row(star)])

    assert [row.name for row in archive.candidates.list(run=run)] == ["TIC 261136679 a"]


def test_wrong_candidates_are_refused_and_none_stored(archive: Archive, star: int) -> None:
    good = make_row(star)

    for bad, error, words in (
        (make_row(999, "144.02"), NotInArchiveError, "No target 999"),
        (make_row(star, "144.02", light_curve=7), NotInArchiveError, "No light curve 7"),
        (make_row(star, "144.02", run=7), NotInArchiveError, "No run 7"),
        (make_row(star, ""), DataError, "a name"),
        (make_row(star, "1\0"), DataError, "printable"),
        (good, DataError, "twice"),
    ):
        with pytest.raises(error, match=words):
            archive.candidates.add([good, bad])
    assert archive.candidates.list() == []
    with pytest.raises(NotInArchiveError, match="number 3"):
        archive.candidates.get(3)


def test_a_changed_disposition_is_added_to_the_history(archive: Archive, candidate: int) -> None:
    say = archive.candidates.disposition

    news = [
        say(candidate, "PC", "TFOPWG", year(2018)),
        say(candidate, "PC", "TFOPWG", year(2019)),
        say(candidate, "CP", "TFOPWG", year(2020), "mass known"),
        say(candidate, "FP", "me", year(2019)),
    ]

    assert news == [True, False, True, True]
    history = archive.candidates.dispositions(candidate)
    assert [(row.value, row.who, row.date.year) for row in history] == [
        ("PC", "TFOPWG", 2018),
        ("FP", "me", 2019),
        ("CP", "TFOPWG", 2020),
    ]
    assert history[-1].comment == "mass known"


def test_what_was_known_at_a_date_does_not_change_later(archive: Archive, star: int) -> None:
    first, second = archive.candidates.add([make_row(star), make_row(star, "144.02")]).ids
    rows = [
        DispositionRow(candidate=first, value="PC", who="TFOPWG", date=year(2018)),
        DispositionRow(candidate=first, value="FP", who="TFOPWG", date=year(2021)),
        DispositionRow(candidate=second, value="CP", who="TFOPWG", date=year(2022)),
    ]

    archive.candidates.add_dispositions(reversed(rows))

    known = {
        when: {n: row.value for n, row in archive.candidates.known_on(year(when)).items()}
        for when in (2017, 2019, 2021, 2023)
    }
    assert known == {
        2017: {},
        2019: {first: "PC"},
        2021: {first: "FP"},
        2023: {first: "FP", second: "CP"},
    }
    assert archive.candidates.known_on(year(2023), origin="KOI") == {}
    assert archive.candidates.known_on(year(2023), who="me") == {}


def test_what_nobody_says_is_refused(archive: Archive, candidate: int) -> None:
    say = archive.candidates.disposition

    with pytest.raises(DataError, match="who says it"):
        say(candidate, "CP", "")
    with pytest.raises(DataError, match="who says it"):
        say(candidate, "", "me")
    with pytest.raises(DataError, match="time zone"):
        say(candidate, "CP", "me", datetime(2020, 1, 1))
    with pytest.raises(NotInArchiveError, match="No candidate 999"):
        say(999, "CP", "me")
    with pytest.raises(DataError, match="time zone"):
        archive.candidates.known_on(datetime(2020, 1, 1))


def test_a_model_that_runs_again_replaces_its_scores(archive: Archive, star: int) -> None:
    first, second = archive.candidates.add([make_row(star), make_row(star, "144.02")]).ids
    classes = {"planet": 0.9, "eclipsing binary": 0.1}
    archive.scores.add("vetter", None, [ScoreRow(candidate=first, planet_probability=0.2)])

    archive.scores.add(
        "vetter",
        None,
        [
            ScoreRow(
                candidate=first,
                planet_probability=0.9,
                class_probabilities=classes,
                spread=0.05,
                reasons=("flat bottom",),
            ),
            ScoreRow(candidate=second, planet_probability=0.95),
        ],
    )

    best, other = archive.scores.list(model="vetter")
    assert (best.candidate, best.planet_probability) == (second, 0.95)
    assert other == ScoreRow(
        candidate=first,
        planet_probability=0.9,
        class_probabilities=classes,
        spread=0.05,
        reasons=("flat bottom",),
        model="vetter",
    )
    assert archive.scores.list(candidate=first) == [other]


def test_wrong_scores_are_refused(archive: Archive, candidate: int) -> None:
    for rows, error in (
        ([ScoreRow(candidate=candidate, planet_probability=1.2)], DataError),
        ([ScoreRow(candidate=candidate, planet_probability=0.2)] * 2, DataError),
        ([ScoreRow(candidate=99, planet_probability=0.2)], NotInArchiveError),
    ):
        with pytest.raises(error):
            archive.scores.add("vetter", None, rows)
    assert archive.scores.list() == []


def test_stars_without_files_are_told(archive: Archive, star: int) -> None:
    (other,) = archive.targets.add([Target("TIC 5", tic=5)])
    archive.targets.add([Target("no TESS star")])

    stored = archive.products.add(
        [
            ProductRow(target=star, uri="mast:a_lc.fits", kind="lc", sector=1),
            ProductRow(target=star, uri="mast:a_dvt.fits", kind="dvt"),
        ]
    )

    assert stored.n_added == 2
    assert [row.tic for row in archive.products.missing()] == [5]
    archive.products.add([ProductRow(target=other, uri="mast:b_lc.fits", kind="lc", sector=2)])
    assert archive.products.missing() == []
    assert [row.id for row in archive.products.missing(kind="dvt")] == [other]
    assert [row.uri for row in archive.products.list(tic=261136679, kind="lc")] == [
        "mast:a_lc.fits"
    ]


def test_a_list_of_files_again_changes_only_what_differs(archive: Archive, star: int) -> None:
    files = [
        ProductRow(target=star, uri=f"mast:{n}_lc.fits", kind="lc", sector=n) for n in range(3)
    ]
    archive.products.add(files)

    again = archive.products.add(
        [*files[:2], ProductRow(target=star, uri="mast:2_lc.fits", kind="lc", sector=9)]
    )

    assert again.outcomes == ("unchanged", "unchanged", "changed")
    assert [row.sector for row in archive.products.list(sector=9)] == [9]
    with pytest.raises(DataError, match="twice"):
        archive.products.add(files[:1] * 2)
    with pytest.raises(DataError, match="address"):
        archive.products.add([ProductRow(target=star, uri="", kind="lc")])
    with pytest.raises(NotInArchiveError, match="No target 99"):
        archive.products.add([ProductRow(target=99, uri="x", kind="lc")])
