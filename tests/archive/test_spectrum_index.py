import math
import time
from collections.abc import Mapping
from typing import Any

import pytest
from alembic import command

from starsieve.archive import (
    Archive,
    LabelRow,
    PredictionRow,
    SourceFile,
    Target,
    spectrum_index,
    upgrade_archive,
)
from starsieve.archive.migrate import alembic_config
from starsieve.archive.spectrum_filters import (
    LabelLimits,
    PredictedLimits,
    SpectrumFilter,
    SpectrumOrder,
)
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.archive.spectrum_lists import describe_spectra
from starsieve.archive.spectrum_values import Quantity, read_known_values
from starsieve.errors import DataError, NotInArchiveError
from tests.archive.test_spectra import make_spectrum

MODEL = "sonora"


def predict(spectrum: int, teff: float, in_distribution: bool | None = True) -> PredictionRow:
    statistics = {"median": teff, "q16": teff - 20, "q84": teff + 20, "unit": "K"}
    return PredictionRow(spectrum, {"teff": statistics}, in_distribution)


@pytest.fixture
def numbers(archive: Archive) -> list[int]:
    """Fill the archive with five spectra in two collections, and return their numbers."""
    (star,) = archive.targets.add([Target("GJ 229")])
    made: list[Mapping[str, Any]] = [
        {"meta": {"object": "GJ 229 B"}, "resolution": 120.0, "frame": "rest"},
        {"meta": {"object": "gj 570 D"}, "resolution": 90.0},
        {"meta": {"object": "50% off_"}, "medium": "air"},
        {"meta": {}, "resolution": 3000.0},
    ]
    files = [SourceFile(f"/data/{name}", name * 9, 1) for name in ("a.fits", "b.fits")]
    first = archive.spectra.add(
        [make_spectrum(seed=n, **more) for n, more in enumerate(made)],
        "prism",
        [*files, None, None],
        [star, None, None, star],
    )
    last = archive.spectra.add([make_spectrum(seed=9, meta={"object": "GJ 229 B"})], "survey")
    archive.labels.add(
        [
            LabelRow("teff", 950.0, 50.0, "K", "first", spectrum=first[0]),
            LabelRow("teff", 1900.0, None, "K", "second", spectrum=first[0]),
            LabelRow("teff", 820.0, unit="K", spectrum=first[1]),
            LabelRow("teff", 3700.0, unit="K", target=star),
            LabelRow("mh", -0.1, unit="dex", target=star),
        ]
    )
    archive.predictions.add(
        MODEL,
        None,
        [predict(first[0], 940.0), predict(first[1], 800.0, False), predict(last[0], 960.0, None)],
    )
    archive.predictions.add("other", None, [predict(first[0], 1000.0, False)])
    return [*first, *last]


def found(archive: Archive, numbers: list[int], **asked: Any) -> list[int]:
    """Return which of the made spectra are found, counted from zero."""
    ids = SpectrumIndex(archive).find(SpectrumFilter(**asked)).ids.tolist()
    return [numbers.index(number) for number in ids]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"text": "gj"}, [0, 1, 4]),
        ({"text": "B.FIT"}, [1]),
        ({"text": "/data"}, []),
        ({"text": "%"}, [2]),
        ({"text": "f_"}, [2]),
        ({"collections": ("survey",)}, [4]),
        ({"collections": ("survey", "prism"), "media": ("air",)}, [2]),
        ({"frames": ("rest",)}, [0]),
        ({"labels": (LabelLimits("teff", 800, 1000),)}, [0, 1]),
        ({"labels": (LabelLimits("teff", 1800, 2000),)}, []),
        ({"labels": (LabelLimits("teff", low=3700),)}, [3]),
        ({"labels": (LabelLimits("mh"),)}, [0, 3]),
        ({"labels": (LabelLimits("unheard", 0, 1),)}, []),
        ({"predicted": (PredictedLimits(MODEL, "teff", 900, None),)}, [0, 4]),
        ({"predicted": (PredictedLimits("other", "teff", None, 999),)}, []),
        ({"model": MODEL}, [0, 1, 4]),
        ({"model": MODEL, "in_distribution": True}, [0]),
        ({"model": MODEL, "in_distribution": False}, [1]),
        ({"model": "unheard"}, []),
        ({"text": "gj", "model": MODEL, "labels": (LabelLimits("teff", 800, 900),)}, [1]),
    ],
)
def test_spectra_are_found_by_what_is_known_of_them(
    archive: Archive, numbers: list[int], asked: dict[str, Any], wanted: list[int]
) -> None:
    assert found(archive, numbers, **asked) == wanted


def test_spectra_of_a_star_are_found(archive: Archive, numbers: list[int]) -> None:
    star = archive.targets.find("GJ 229").id

    assert found(archive, numbers, target=star) == [0, 3]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (SpectrumOrder(descending=True), [4, 3, 2, 1, 0]),
        (SpectrumOrder("object"), [2, 0, 4, 1, 3]),
        (SpectrumOrder("object", descending=True), [1, 0, 4, 2, 3]),
        (SpectrumOrder("resolution"), [1, 0, 3, 2, 4]),
        (SpectrumOrder("label", "teff"), [1, 0, 3, 2, 4]),
        (SpectrumOrder("label", "teff", descending=True), [3, 0, 1, 2, 4]),
        (SpectrumOrder("predicted", "teff", MODEL), [1, 0, 4, 2, 3]),
        (SpectrumOrder("predicted", "teff", "unheard"), [0, 1, 2, 3, 4]),
    ],
)
def test_what_is_not_known_comes_last_in_either_direction(
    archive: Archive, numbers: list[int], order: SpectrumOrder, wanted: list[int]
) -> None:
    ids = SpectrumIndex(archive).find(order=order).ids.tolist()

    assert [numbers.index(number) for number in ids] == wanted


def test_kinds_are_counted_as_if_another_had_been_asked_for(
    archive: Archive, numbers: list[int]
) -> None:
    asked = SpectrumFilter(text="gj", collections=("prism",), model=MODEL, in_distribution=True)

    counts = SpectrumIndex(archive).find(asked).counts

    assert counts.total == 1
    assert counts.collections == {"prism": 1}
    assert counts.models == {MODEL: 2, "other": 1}
    assert counts.in_distribution == {False: 1, True: 1}
    everything = SpectrumIndex(archive).find().counts
    assert list(everything.collections.items()) == [("prism", 4), ("survey", 1)]
    assert everything.media == {"vacuum": 4, "air": 1}
    assert everything.models == {MODEL: 3, "other": 1}
    assert everything.in_distribution == {}


def test_rows_have_the_labels_and_predictions_that_were_asked_for(
    archive: Archive, numbers: list[int]
) -> None:
    wanted = [numbers[3], 99_999, numbers[0]]

    bare, rich = describe_spectra(archive, wanted, labels=("teff", "mh"), model=MODEL)

    assert (rich.object, rich.file, rich.target_name) == ("GJ 229 B", "a.fits", "GJ 229")
    assert (rich.labels["teff"].value, rich.labels["teff"].origin) == (950.0, "first")
    assert (bare.labels["teff"].value, bare.labels["mh"].value) == (3700.0, -0.1)
    assert (bare.file, bare.resolution, bare.prediction) == ("", 3000.0, None)
    assert rich.prediction is not None
    assert rich.prediction.parameters["teff"]["q84"] == 960.0
    assert math.isnan(rich.prediction.parameters["teff"]["std"])
    assert rich.n_pixels == 30


def test_what_can_be_asked_for_is_listed(archive: Archive, numbers: list[int]) -> None:
    (lonely,) = archive.targets.add([Target("without spectra")])
    archive.labels.add([LabelRow("tmag", 8.0, unit="mag", target=lonely)])

    known = read_known_values(archive)

    assert known.labels == (Quantity("mh", "dex"), Quantity("teff", "K"))
    assert known.models == {"other": (Quantity("teff", "K"),), MODEL: (Quantity("teff", "K"),)}


def test_an_empty_archive_has_nothing_to_find(archive: Archive) -> None:
    nothing = SpectrumIndex(archive).find(order=SpectrumOrder("label", "teff"))

    assert (nothing.ids.tolist(), nothing.counts.total) == ([], 0)
    assert read_known_values(archive).labels == ()
    assert describe_spectra(archive, []) == ()


def test_what_makes_no_sense_is_refused(archive: Archive, numbers: list[int]) -> None:
    with pytest.raises(NotInArchiveError, match="No collection 'dust'"):
        SpectrumIndex(archive).find(SpectrumFilter(collections=("dust",)))
    with pytest.raises(DataError, match="which model"):
        SpectrumFilter(in_distribution=True)
    with pytest.raises(DataError, match="needs the name"):
        SpectrumOrder("label")
    with pytest.raises(DataError, match="needs the name"):
        SpectrumOrder("predicted", "teff")


def test_what_is_added_is_found_at_once_in_a_small_archive(
    archive: Archive, numbers: list[int]
) -> None:
    index, hot = SpectrumIndex(archive), SpectrumFilter(labels=(LabelLimits("teff", 5000),))
    assert index.find(hot).counts.total == 0

    archive.labels.add([LabelRow("teff", 6000.0, spectrum=numbers[2])])

    assert index.find(hot).ids.tolist() == [numbers[2]]
    (new,) = archive.spectra.add([make_spectrum(seed=20)], "prism")
    assert index.find().ids.tolist()[-1] == new


def test_a_large_archive_is_read_again_beside_the_questions(
    archive: Archive, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrum_index, "QUICK_SECONDS", 0.0)
    monkeypatch.setattr(spectrum_index, "RARELY", 0)
    index = SpectrumIndex(archive)
    assert index.find().counts.total == 5

    archive.spectra.add([make_spectrum(seed=20)], "prism")

    until = time.monotonic() + 10
    while index.find().counts.total == 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert index.find().counts.total == 6


def test_columns_that_nobody_asks_for_make_place_for_others(
    archive: Archive, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrum_index, "MOST_COLUMNS", 1)
    index = SpectrumIndex(archive)

    for _ in range(2):
        for name, n in (("teff", 3), ("mh", 2), ("unheard", 0)):
            asked = SpectrumFilter(labels=(LabelLimits(name),))
            assert index.find(asked).counts.total == n


def test_names_of_files_of_an_older_archive_are_found(
    archive: Archive, numbers: list[int], database_url: str | None
) -> None:
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "0005")

    upgrade_archive(archive.root, database_url)

    with Archive.open(archive.root, database_url) as upgraded:
        assert found(upgraded, numbers, text="b.fits") == [1]
