import math
from dataclasses import replace

import numpy as np
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


def test_one_spectrum_has_its_own_labels_and_those_of_its_star(archive: Archive) -> None:
    (star,) = archive.targets.add([Target("GJ 1")])
    numbers = archive.spectra.add(
        [make_spectrum(seed=n) for n in range(2)], "observed", targets=[star, None]
    )
    known = LabelRow("teff", 3500.0, 50.0, "K", "TIC", target=star)
    own = [LabelRow("snr", 70.0 + n, spectrum=number) for n, number in enumerate(numbers)]
    archive.labels.add([known, *own])

    assert archive.labels.of_spectrum(numbers[0]) == [own[0], replace(known, spectrum=numbers[0])]
    assert archive.labels.of_spectrum(numbers[1]) == [own[1]]
    assert archive.labels.of_spectrum(999) == []


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


def test_the_table_of_labels_has_a_row_per_spectrum_and_nan_where_nothing_is_known(
    archive: Archive,
) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(3)], "observed")
    archive.spectra.add([make_spectrum()], "other")
    archive.labels.add(
        [LabelRow("teff", 1200.0, spectrum=ids[2]), LabelRow("mh", -0.5, spectrum=ids[0])]
    )

    numbers, labels = archive.labels.table("observed")
    _, asked = archive.labels.table("observed", ["mh", "logg"])

    assert numbers.tolist() == ids
    assert set(labels) == {"teff", "mh"}
    np.testing.assert_array_equal(labels["teff"], [math.nan, math.nan, 1200.0])
    assert set(asked) == {"mh", "logg"}
    np.testing.assert_array_equal(asked["mh"], [-0.5, math.nan, math.nan])
    assert np.isnan(asked["logg"]).all()
    assert archive.labels.table("other")[1] == {}
    with pytest.raises(NotInArchiveError):
        archive.labels.table("nothing")


def test_a_spectrums_own_label_is_preferred_to_that_of_its_star(archive: Archive) -> None:
    (star,) = archive.targets.add([Target("A")])
    ids = archive.spectra.add(
        [make_spectrum(seed=n) for n in range(2)], "observed", None, [star] * 2
    )
    own = LabelRow("teff", 1200.0, origin="me", spectrum=ids[1])
    for rows in ([own], [LabelRow("teff", 1000.0, origin="TIC", target=star)]):
        archive.labels.add(rows)

    assert archive.labels.table("observed")[1]["teff"].tolist() == [1000.0, 1200.0]
    found = archive.labels.table("observed", origin="me")[1]["teff"]
    np.testing.assert_array_equal(found, [math.nan, 1200.0])


def test_labels_of_two_origins_clash_in_a_table_until_one_is_named(archive: Archive) -> None:
    (star,) = archive.targets.add([Target("A")])
    (number,) = archive.spectra.add([make_spectrum()], "observed", None, [star])
    for owner in ({"spectrum": number}, {"target": star}):
        rows = [
            LabelRow("mh", value, origin=o, **owner) for o, value in (("me", 0.1), ("you", 0.2))
        ]
        archive.labels.add(rows)

        with pytest.raises(DataError, match=r"'mh' of 'observed' has several origins.*origin="):
            archive.labels.table("observed")
        assert archive.labels.table("observed", origin="you")[1]["mh"].tolist() == [0.2]
