from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.archive import Archive, CandidateRow, SourceFile, Target
from starsieve.archive.search import search_archive
from starsieve.archive.search_words import read_cone, read_words
from starsieve.archive.target_filters import Cone
from tests.archive.test_light_curves import make_curve
from tests.archive.test_predictions import make_prediction
from tests.archive.test_spectra import make_spectrum


@pytest.fixture
def archive(archive: Archive) -> Archive:
    stars = archive.targets.add(
        [
            Target("L 231-32", 68.416, -51.956, tic=259377017),
            Target("pi Men", 84.291, -80.469, tic=261136679),
            Target("TIC 17", kic=5),
        ]
    )
    archive.candidates.add(
        [
            CandidateRow(origin="TOI", name="270.01", target=stars[0], period_days=3.36),
            CandidateRow(origin="TOI", name="270.02", target=stars[0]),
            CandidateRow(origin="TOI", name="144.01", target=stars[1]),
            CandidateRow(origin="search", name="night/pi Men.01", target=stars[1]),
        ]
    )
    names = ("GJ 229 B", "GJ 229 B", "GJ 2", "GJ 1001", "", "2MASS GJ")
    files = [SourceFile(f"/some/where/obs_{n}.fits", f"{n}" * 64, 1) for n in range(len(names))]
    spectra = [make_spectrum(seed=n, meta={"object": name}) for n, name in enumerate(names)]
    ids = archive.spectra.add(spectra, "prism", files)
    curve = SourceFile("/some/where/tess-s0001.fits", "c" * 64, 1)
    archive.light_curves.add([make_curve(50)], "night", [curve], targets=[stars[1]])
    archive.predictions.add("sonora", None, [make_prediction(ids[0])])
    archive.runs.queue("some.task", {})
    return archive


def found(archive: Archive, text: str, **more: Any) -> list[tuple[str, str, int]]:
    return [(hit.kind, hit.title, hit.rank) for hit in search_archive(archive, text, **more).hits]


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("TIC 259377017", "target", "L 231-32"),
        ("tic259377017", "target", "L 231-32"),
        ("259377017", "target", "L 231-32"),
        ("KIC 5", "target", "TIC 17"),
        ("pi men", "target", "pi Men"),
        ("TOI-270", "target", "L 231-32"),
        ("toi 144", "target", "pi Men"),
        ("TOI 270.02", "candidate", "TOI 270.02"),
        ("270.01", "candidate", "TOI 270.01"),
        ("night/pi Men.01", "candidate", "night/pi Men.01"),
        ("gj 2", "spectrum", "GJ 2"),
        ("gj 229 b", "object", "GJ 229 B"),
        ("spectrum 4", "spectrum", "GJ 1001"),
        ("#4", "spectrum", "GJ 1001"),
        ("obs_2.fits", "spectrum", "GJ 2"),
        ("tess-s0001.fits", "target", "pi Men"),
        ("Prism", "collection", "prism"),
        ("sonora", "model", "sonora"),
        ("toi-ranker", "model", "toi-ranker"),
        ("run 1", "run", "run 1"),
    ],
)
def test_what_is_named_in_full_is_the_sole_hit_of_its_kind(
    archive: Archive, text: str, kind: str, title: str
) -> None:
    result = search_archive(archive, text, models=["toi-ranker"])

    assert result.sole is not None
    assert (result.sole.kind, result.sole.title) == (kind, title)


def test_exact_comes_before_prefix_before_the_rest(archive: Archive) -> None:
    assert found(archive, "gj 2") == [("spectrum", "GJ 2", 0), ("object", "GJ 229 B", 1)]
    assert found(archive, "GJ")[-1] == ("spectrum", "2MASS GJ", 2)
    assert {title for _, title, _ in found(archive, "GJ")} == {
        *("GJ 229 B", "GJ 2", "GJ 1001", "2MASS GJ")
    }


def test_a_bare_number_may_be_of_anything(archive: Archive) -> None:
    result = search_archive(archive, "5")

    assert {(hit.kind, hit.id) for hit in result.hits if hit.rank == 0} == {
        *(("target", 3), ("spectrum", 5))
    }
    assert result.sole is None


def test_stars_are_found_around_coordinates(archive: Archive) -> None:
    (hit,) = search_archive(archive, "84.29 -80.47 r=30s").hits

    assert (hit.title, hit.distance_arcsec) == ("pi Men", pytest.approx(3.6, abs=0.2))
    assert hit.subtitle == "TIC 261136679, 2 candidates, 1 light curve"
    assert search_archive(archive, "84.29 -80.47 r=30s").sole is None
    assert search_archive(archive, "10 10").hits == ()


def test_there_is_more_than_the_limit_and_it_is_said(archive: Archive) -> None:
    result = search_archive(archive, "obs", limit=2)

    assert len(result.hits) == 2
    assert result.more == {"spectrum"}
    assert search_archive(archive, "gj", limit=3).more == {"spectrum"}


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "b_1", "\\", "'; --", "\0", "\udc80", "🪐", "9" * 60, "tic 0"]
)
def test_what_means_nothing_finds_nothing(archive: Archive, text: str) -> None:
    assert search_archive(archive, text).hits == ()


@pytest.mark.parametrize(
    ("text", "cone"),
    [
        ("84.5 -80.25", Cone(84.5, -80.25)),
        ("84.5,-80.25", Cone(84.5, -80.25)),
        ("84.5d -80.25d 2'", Cone(84.5, -80.25, 120)),
        ("84.5 +8 10arcsec", Cone(84.5, 8, 10)),
        ("84.5 +8 radius=0.1 deg", Cone(84.5, 8, 360)),
        ("05:30:00 -10:30:00", Cone(82.5, -10.5)),
        ("5h30m0s +10d30m0s", Cone(82.5, 10.5)),
        ("05 30 00.0 −00 30 00", Cone(82.5, -0.5)),
        ('05 30 00 00 30 00 r=5"', Cone(82.5, 0.5, 5)),
    ],
)
def test_coordinates_are_read_as_people_write_them(text: str, cone: Cone) -> None:
    assert read_cone(text) == cone


@pytest.mark.parametrize(
    "text", ["GJ 229", "400 10", "10 95", "05:99:00 -10:30:00", "84.5 -80.25 9d", "1 2 3", "-"]
)
def test_what_is_no_place_is_not_read_as_one(text: str) -> None:
    assert read_cone(text) is None


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for(text: str) -> None:
    assert read_words(text).text.isprintable()
