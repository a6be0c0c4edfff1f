import math

import pytest

from starsieve.archive import Archive, LabelRow, Target
from starsieve.errors import DataError, NotInArchiveError
from tests.archive.test_spectra import make_spectrum


def test_labels_come_back_with_error_unit_and_origin(archive: Archive) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(3)], "observed")
    rows = [
        LabelRow("teff", 1200.0, 40.0, "K", "sanghi2023_evo", spectrum=ids[2]),
        LabelRow("teff", 1900.0, None, "K", "sanghi2023_atmo", spectrum=ids[0]),
        LabelRow("logg", 5.1, 0.1, "dex(cm / s2)", "sanghi2023_evo", spectrum=ids[0]),
    ]

    assert archive.labels.add(rows) == 3

    assert archive.labels.read("observed") == [rows[1], rows[2], rows[0]]
    assert archive.labels.read("observed", names=["teff"]) == [rows[1], rows[0]]
    assert archive.labels.read("observed", origin="sanghi2023_evo") == [rows[2], rows[0]]


def test_a_label_of_a_star_is_one_of_its_spectra(archive: Archive) -> None:
    (star,) = archive.targets.add([Target("A")])
    spectra = [make_spectrum(seed=n) for n in range(3)]
    ids = archive.spectra.add(spectra, "observed", targets=[star, None, star])

    archive.labels.add([LabelRow("teff", 1000.0, origin="me", target=star)])

    assert [(row.spectrum, row.target) for row in archive.labels.read("observed")] == [
        (ids[0], star),
        (ids[2], star),
    ]


def test_the_same_label_again_replaces_the_one_before(archive: Archive) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    for value in (1.0, 2.0):
        archive.labels.add([LabelRow("mh", value, 0.1, origin="me", spectrum=number)])

    assert [row.value for row in archive.labels.read("observed")] == [2.0]


def test_wrong_labels_are_refused_and_none_stored(archive: Archive) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    good = LabelRow("mh", 1.0, spectrum=number)

    for bad, error, words in (
        (LabelRow("mh", 1.0), DataError, "of a spectrum or of a target"),
        (LabelRow("mh", 1.0, spectrum=number, target=1), DataError, "or of a target"),
        (LabelRow("mh", math.nan, spectrum=number), DataError, "finite"),
        (LabelRow("mh", 1.0, spectrum=999), NotInArchiveError, "No spectrum 999"),
        (LabelRow("mh", 1.0, target=999), NotInArchiveError, "No target 999"),
    ):
        with pytest.raises(error, match=words):
            archive.labels.add([good, bad])
    assert archive.labels.read("observed") == []
    with pytest.raises(NotInArchiveError):
        archive.labels.read("nothing")


def test_what_is_known_of_a_star_is_found_by_its_number(archive: Archive) -> None:
    one, other = archive.targets.add([Target("A"), Target("B")])
    row = LabelRow("teff", 5700.0, 80.0, "K", "TIC", target=one)
    archive.labels.add([row, LabelRow("teff", 4000.0, None, "K", "TIC", target=other)])

    assert archive.labels.of_target(one) == [row]
    assert archive.labels.of_target(999) == []
