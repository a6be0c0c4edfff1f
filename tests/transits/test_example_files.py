"""Examples come from files as they were, or with a reason why not."""

import numpy as np
import pytest

from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.example_files import read_examples
from starsieve.transits.examples import CLASSES, join_examples
from tests.transits.vetting_examples import write_made_examples


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "made.npz"
    return path, *write_made_examples(path, 12)


def test_examples_come_back_as_they_were_written(made):
    path, views, numbers, _ = made
    examples = read_examples(path)
    np.testing.assert_array_equal(examples.views["local_view"][3], views[3].local_view)
    assert examples.features["period_days"][3] == numbers[3]["period_days"]
    assert examples.planet.tolist() == [True, False, False] * 4
    assert examples.allowed[2].tolist() == [False, False, True, True]
    assert list(examples.files) == ["made.npz"]


def rewritten(path, **changes):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files} | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"label": np.array(["planet"] * 11 + ["alien"])}, DataError, "'alien' is none of"),
        ({"label": np.array(["planet|systematics"] * 12)}, DataError, "leaves open whether"),
        ({"label": None}, DataError, "'label' is missing"),
        ({"label": np.array(["planet"] * 5)}, DataError, "expected one number for each"),
        ({"view.local_view": np.zeros((12, 60))}, DataError, r"expected \(12, 61\)"),
        ({"feature.snr": np.zeros(5)}, DataError, "snr has shape"),
        ({"star": None}, UnknownFormatError, "no known set of labelled views"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(made, changes, error, message):
    path = made[0]
    rewritten(path, **changes)
    with pytest.raises(error, match=message) as caught:
        read_examples(path)
    assert str(path) in str(caught.value)


def test_a_view_that_is_partly_unknown_is_refused(made):
    path = made[0]
    view = np.zeros((12, 61), dtype=np.float32)
    view[4, 7] = np.nan
    rewritten(path, **{"view.local_view": view})
    with pytest.raises(DataError, match="only partly known"):
        read_examples(path)


def test_missing_and_damaged_files_are_refused(tmp_path, made):
    with pytest.raises(FileError, match="no such file"):
        read_examples(tmp_path / "absent.npz")
    damaged = tmp_path / "damaged.npz"
    content = made[0].read_bytes()
    for broken in (content[: len(content) // 2], b"", b"PK\x03\x04 nonsense", b"hello"):
        damaged.write_bytes(broken)
        with pytest.raises(FileError):
            read_examples(damaged)


def test_pickled_objects_are_never_loaded(tmp_path):
    path = tmp_path / "hostile.npz"
    np.savez(path, star=np.array([{"a": 1}], dtype=object), label=np.array(["planet"]))
    with pytest.raises(FileError, match="not a readable"):
        read_examples(path)


def test_what_one_source_lacks_is_unknown_in_the_join(made, tmp_path):
    path = made[0]
    first = read_examples(path)
    rewritten(path, **{"view.odd_view": None, "feature.snr": None})
    both = join_examples([first, read_examples(path)])
    assert len(both) == 24
    assert np.isfinite(both.features["snr"][:12]).all()
    assert np.isnan(both.features["snr"][12:]).all()
    assert np.isnan(both.views["odd_view"][12:]).all()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "n", "planets"),
    [
        ("yu2019_vetting", 14451, 420),
        ("nigraha_2min", 5170, 438),
        ("kepler_dr24_views_2263", 1828, 855),
    ],
)
def test_published_sets_have_our_scale_and_units(real_data, name, n, planets):
    examples = read_examples(real_data / "tess" / "views" / f"{name}.npz")
    assert (len(examples), examples.planet.sum()) == (n, planets)
    assert examples.allowed.shape == (n, len(CLASSES))
    local = examples.views["local_view"]
    np.testing.assert_allclose(local.min(axis=1), -1, atol=1e-5)
    np.testing.assert_allclose(np.median(local, axis=1), 0, atol=1e-5)
    clear = examples.planet & (examples.features["snr"] > 20)
    dip = np.median(local[clear], axis=0)
    width = (dip < -0.5).sum() * 4 / 61
    assert 0.7 < width < 1.2  # durations
    assert dip[30] < -0.9


@pytest.mark.real_data
def test_standardised_numbers_are_those_of_the_tic_again(real_data):
    catalogue = read_catalogue(real_data / "tess" / "catalogs" / "tic_catalog_example.csv")
    row_of = {int(tic): row for row, tic in enumerate(catalogue["tic"])}
    for name, columns in (
        ("yu2019_vetting", ["tmag"]),
        ("nigraha_2min", ["tmag", "radius", "mass", "density"]),
    ):
        examples = read_examples(real_data / "tess" / "views" / f"{name}.npz")
        known = [
            (i, row_of[star]) for i, star in enumerate(examples.star.tolist()) if star in row_of
        ]
        ours, theirs = (np.array(rows) for rows in zip(*known, strict=True))
        for column in columns:
            truth = catalogue[column][theirs]
            near = np.isclose(examples.features[column][ours], truth, rtol=0.01)
            # The others were revised between the versions of the catalogue.
            assert near[np.isfinite(truth)].mean() > 0.75, column
