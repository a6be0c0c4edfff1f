import numpy as np
import pytest

from starsieve.archive import Archive, Target
from starsieve.errors import DataError, NotInArchiveError


def test_a_star_is_found_by_each_of_its_names(archive: Archive) -> None:
    star = Target("pi Men", 84.2912, -80.4691, tic=261136679, gaia=4623036865373793408)

    (number,) = archive.targets.add([star])

    for found in (
        archive.targets.get(number),
        archive.targets.find("pi Men"),
        archive.targets.find(tic=261136679),
        archive.targets.find(gaia=4623036865373793408),
    ):
        assert (found.name, found.tic, found.gaia, found.id) == (
            star.name,
            star.tic,
            star.gaia,
            number,
        )
        assert (found.ra, found.dec) == (star.ra, star.dec)


def test_what_is_learnt_later_is_added(archive: Archive) -> None:
    (number,) = archive.targets.add([Target("TIC 5", tic=5)])

    assert archive.targets.add([Target("HD 1", 10.0, -3.0, tic=5), Target("HD 1", gaia=8)]) == [
        number,
        number,
    ]

    assert archive.targets.get(number) == Target("HD 1", 10.0, -3.0, tic=5, gaia=8, id=number)


def test_two_stars_are_never_made_one(archive: Archive) -> None:
    archive.targets.add([Target("A", tic=1), Target("B", tic=2, gaia=20)])

    for contradiction in (
        Target("A", tic=2),
        Target("A", tic=3),
        Target("C", tic=1, gaia=20),
    ):
        with pytest.raises(DataError, match="another star"):
            archive.targets.add([Target("new"), contradiction])
    with pytest.raises(NotInArchiveError):
        archive.targets.find("new")


def test_a_cone_holds_what_is_near_nearest_first(archive: Archive) -> None:
    arcsec = 1 / 3600
    archive.targets.add(
        [
            Target("centre", 0.0, 60.0),
            Target("across the meridian", 360 - 8 * arcsec, 60.0),
            Target("north", 0.0, 60 + 6 * arcsec),
            Target("outside", 0.0, 60 - 11 * arcsec),
            Target("nowhere"),
        ]
    )

    found = archive.targets.near(0.0, 60.0, 10.0)

    assert [star.name for star, _ in found] == ["centre", "across the meridian", "north"]
    np.testing.assert_allclose([distance for _, distance in found], [0, 4, 6], atol=1e-6)


def test_a_cone_at_the_pole_goes_all_around(archive: Archive) -> None:
    archive.targets.add([Target(f"star {ra}", float(ra), 89.999) for ra in range(0, 360, 60)])

    assert len(archive.targets.near(12.0, 89.9999, 10.0)) == 6


def test_a_number_as_a_name_never_replaces_a_real_name(archive: Archive) -> None:
    (number,) = archive.targets.add([Target("pi Men", tic=261136679)])

    archive.targets.add([Target("TIC 261136679", 84.3, -80.5, tic=261136679)])
    archive.targets.merge([Target("HD 39091", 1.0, 2.0, tic=261136679, kic=7)], only_unknown=True)

    star = archive.targets.find(kic=7)
    assert star == Target("pi Men", 84.3, -80.5, tic=261136679, kic=7, id=number)


def test_stars_that_can_not_be_stored_do_not_stop_the_others(archive: Archive) -> None:
    archive.targets.add([Target("A", tic=1), Target("B", tic=2)])

    good, nameless, nowhere, another = archive.targets.merge(
        [Target("C", tic=3), Target(""), Target("D", 400.0, 91.0), Target("A", tic=2)]
    )

    assert good == archive.targets.find(tic=3).id
    for answer, words in ((nameless, "name"), (nowhere, "D"), (another, "another star")):
        assert isinstance(answer, DataError)
        assert words in str(answer)


@pytest.mark.parametrize(
    "star",
    [Target(""), Target("x", 1.0), Target("x", 1.0, 91.0), Target("x", float("nan"), 0.0)],
)
def test_impossible_stars_are_refused(archive: Archive, star: Target) -> None:
    with pytest.raises(DataError):
        archive.targets.add([star])


def test_unknown_stars_are_told(archive: Archive) -> None:
    with pytest.raises(NotInArchiveError, match="tic 17"):
        archive.targets.find(tic=17)
    with pytest.raises(NotInArchiveError, match="number 3"):
        archive.targets.get(3)
    with pytest.raises(DataError, match="one of name, tic, gaia and kic"):
        archive.targets.find("x", tic=17)
