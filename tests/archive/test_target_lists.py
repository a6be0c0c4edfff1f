import pytest

from starsieve.archive import Archive, CandidateRow, LabelRow, Target
from starsieve.archive.target_filters import Cone, TargetFilter, TargetOrderedBy
from starsieve.archive.target_lists import count_targets, list_targets
from starsieve.errors import DataError
from tests.archive.test_light_curves import make_curve
from tests.archive.test_spectra import make_spectrum

STARS = (
    Target("TOI-270", 68.416, -51.956, tic=259377017, gaia=4781196115469953024),
    Target("Kepler-10", 285.679, 50.241, kic=11904151),
    Target("GJ 229", 92.644, -21.865, tic=124279679),
    Target("nobody knows where"),
    Target("at the edge", 359.999, 0.0),
    Target("over the edge", 0.001, 0.0),
)


@pytest.fixture
def stars(archive: Archive) -> list[int]:
    numbers = archive.targets.add(STARS)
    archive.light_curves.add([make_curve(50) for _ in range(2)], "night", targets=numbers[:2])
    archive.candidates.add(
        CandidateRow(origin="TOI", name=f"270.0{n}", target=numbers[0]) for n in (1, 2, 3)
    )
    archive.spectra.add([make_spectrum(seed=n) for n in (1, 2)], "near", targets=[numbers[2]] * 2)
    archive.labels.add([LabelRow("teff", 3500.0, unit="K", target=numbers[0])])
    return numbers


def names(archive: Archive, asked: TargetFilter) -> list[str]:
    return [row.target.name for row in list_targets(archive, asked).rows]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (TargetFilter(text="toi-2"), ["TOI-270"]),
        (TargetFilter(text="TIC 259377017"), ["TOI-270"]),
        (TargetFilter(text="124279679"), ["GJ 229"]),
        (TargetFilter(text="kic 11904151"), ["Kepler-10"]),
        (TargetFilter(text="Gaia DR3 4781196115469953024"), ["TOI-270"]),
        (TargetFilter(text="9" * 40), []),
        (TargetFilter(text="EDGE"), ["at the edge", "over the edge"]),
        (TargetFilter(text="_"), []),
        (TargetFilter(has=("light_curves",)), ["TOI-270", "Kepler-10"]),
        (TargetFilter(has=("light_curves", "candidates")), ["TOI-270"]),
        (TargetFilter(has=("spectra",), text="toi"), []),
        (TargetFilter(cone=Cone(0.0005, 0.0, 10)), ["over the edge", "at the edge"]),
        (TargetFilter(cone=Cone(0.0005, 0.0, 3)), ["over the edge"]),
        (TargetFilter(cone=Cone(68.4, -51.9, 300), has=("candidates",)), ["TOI-270"]),
        (TargetFilter(cone=Cone(68.4, -51.9, 300), has=("spectra",)), []),
    ],
)
def test_stars_are_found_by_name_number_place_and_what_is_there(
    archive: Archive, stars: list[int], asked: TargetFilter, wanted: list[str]
) -> None:
    assert names(archive, asked) == wanted


def test_stars_near_a_pole_are_found_across_it(archive: Archive) -> None:
    archive.targets.add([Target("here", 10.0, 89.9), Target("beyond", 190.0, 89.9)])

    page = list_targets(archive, TargetFilter(cone=Cone(10.0, 89.9, 1000)))

    assert [row.target.name for row in page.rows] == ["here", "beyond"]
    assert page.rows[1].distance_arcsec == pytest.approx(720)


def test_rows_count_what_the_archive_has_of_a_star(archive: Archive, stars: list[int]) -> None:
    first, _, third, *_ = list_targets(archive, labels=("teff", "tmag")).rows

    assert first.target == archive.targets.get(stars[0])
    assert (first.n_light_curves, first.n_candidates, first.n_spectra) == (1, 3, 0)
    assert {name: label.value for name, label in first.labels.items()} == {"teff": 3500.0}
    assert (third.n_spectra, third.labels, third.distance_arcsec) == (2, {}, None)
    assert count_targets(archive) == {"light_curves": 2, "candidates": 1, "spectra": 1}
    asked = TargetFilter(text="toi")
    assert count_targets(archive, asked) == {"light_curves": 1, "candidates": 1, "spectra": 0}


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("tic", [2, 0, 1, 3]),
        ("ra", [5, 0, 2, 1]),
        ("dec", [0, 2, 4, 5]),
        ("candidates", [0, 1, 2, 3]),
    ],
)
def test_stars_are_sorted_and_what_is_not_known_comes_last(
    archive: Archive, stars: list[int], by: TargetOrderedBy, first: list[int]
) -> None:
    page = list_targets(archive, by=by)

    assert [stars.index(row.target.id or 0) for row in page.rows][:4] == first
    assert (page.total, page.exact) == (6, True)
    for offset in range(6):
        (row,) = list_targets(archive, by=by, limit=1, offset=offset).rows
        assert row == page.rows[offset]
    assert list_targets(archive, by=by, offset=6).rows == ()
    assert list_targets(archive, by=by, descending=True).rows[0].target.id is not None


def test_counting_ends_where_it_would_take_too_long(
    archive: Archive, stars: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starsieve.archive.target_lists.COUNTED", 1)

    page = list_targets(archive, TargetFilter(text="edge"))

    assert (len(page.rows), page.total, page.exact) == (2, 1, False)


@pytest.mark.parametrize(
    "cone", [(400.0, 0.0, 1.0), (0.0, 91.0, 1.0), (0.0, 0.0, 0.0), (0, 0, 1e9)]
)
def test_impossible_places_are_refused(cone: tuple[float, float, float]) -> None:
    with pytest.raises(DataError):
        Cone(*cone)
