"""What is known of a collection, column by column."""

import numpy as np
import pytest

from starsieve.archive import LabelRow, PredictionRow, SourceFile, Target
from starsieve.archive.columns import (
    read_label_columns,
    read_prediction_columns,
    read_spectrum_columns,
)
from starsieve.archive.stamps import read_embedding_stamp
from starsieve.data import Embeddings
from starsieve.errors import NotInArchiveError
from tests.archive.test_spectra import make_spectrum


@pytest.fixture
def ids(archive):
    (star,) = archive.targets.add([Target("Vega", 279.23, 38.78)])
    spectra = [make_spectrum(5, seed=n) for n in range(4)]
    files = [SourceFile(f"night/{n}.fits", f"{n:064x}", 1) for n in range(4)]
    return archive.spectra.add(spectra, "observed", files, [star, None, None, star])


def label(name, value, **of):
    return LabelRow(name, value, unit="K", **({"origin": "gaia"} | of))


def predict(archive, spectra, teff, good=True):
    rows = [
        PredictionRow(n, {"teff": {"unit": "K", "median": teff}}, in_distribution=good)
        for n in spectra
    ]
    archive.predictions.add("net", None, rows)


def test_columns_are_what_the_table_says(archive, ids):
    archive.spectra.add([make_spectrum(3, seed=9)], "elsewhere")

    found = read_spectrum_columns(archive, "observed")

    table = archive.spectra.table("observed")
    assert found.ids.tolist() == ids == [row.id for row in table]
    assert found.objects.tolist() == [row.object for row in table]
    assert found.files.tolist() == [f"night/{n}.fits" for n in range(4)]
    assert found.targets.tolist() == [table[0].target, -1, -1, table[0].target]


def test_labels_of_stars_are_those_of_their_spectra_that_have_none(archive, ids):
    (star,) = {row.target for row in archive.spectra.table("observed")} - {None}
    archive.labels.add([label("teff", 9600.0, target=star), label("teff", 9500.0, spectrum=ids[3])])

    (teff,) = read_label_columns(archive, "observed")

    assert (teff.name, teff.unit, teff.origins) == ("teff", "K", ("gaia",))
    np.testing.assert_array_equal(teff.values, [9600.0, np.nan, np.nan, 9500.0])
    np.testing.assert_array_equal(teff.values, archive.labels.table("observed")[1]["teff"])


def test_spectra_can_be_asked_for_in_any_order(archive, ids):
    archive.labels.add(label("teff", 5000.0 + n, spectrum=ids[n]) for n in range(4))

    (teff,) = read_label_columns(archive, "observed", np.array([ids[2], ids[0]]))

    assert teff.values.tolist() == [5002.0, 5000.0]


def test_origins_that_disagree_have_a_column_each(archive, ids):
    archive.labels.add(
        [
            label("teff", 5000.0, spectrum=ids[0]),
            label("teff", 5100.0, spectrum=ids[0], origin="apogee"),
            label("logg", 4.5, spectrum=ids[0]),
            label("logg", 4.4, spectrum=ids[1], origin="apogee"),
        ]
    )

    found = {each.name: each for each in read_label_columns(archive, "observed")}

    assert list(found) == ["logg", "teff (apogee)", "teff (gaia)"]
    assert found["teff (apogee)"].values[0] == 5100.0
    np.testing.assert_array_equal(found["logg"].values, [4.5, 4.4, np.nan, np.nan])


def test_without_labels_there_are_no_columns(archive, ids):
    assert read_label_columns(archive, "observed") == ()


def test_what_models_say_of_what_they_know_is_a_column(archive, ids):
    predict(archive, ids[:2], 5000.0)
    predict(archive, ids[2:3], 9999.0, good=False)

    (teff,) = read_prediction_columns(archive, "observed", np.array(ids))

    assert (teff.parameter, teff.model, teff.unit) == ("teff", "net", "K")
    np.testing.assert_array_equal(teff.values, [5000.0, 5000.0, np.nan, np.nan])


def test_without_predictions_there_are_no_columns(archive, ids):
    assert read_prediction_columns(archive, "observed", np.array(ids)) == ()


def test_a_collection_that_is_not_there_is_said(archive):
    for read in (read_spectrum_columns, read_label_columns):
        with pytest.raises(NotInArchiveError, match="nowhere"):
            read(archive, "nowhere")


def test_a_stamp_changes_with_embeddings_and_labels(archive, ids):
    with pytest.raises(NotInArchiveError, match="starsieve encode"):
        read_embedding_stamp(archive, "observed", "toy")
    stamps = []

    def add(rows, **more):
        embeddings = Embeddings(np.eye(4)[rows], np.array(ids)[rows], **more)
        archive.embeddings.add(embeddings, "a" * 64)

    for change in (
        lambda: add([0, 1], model="toy", collection="observed"),
        lambda: add([2], model="toy", collection="observed"),
        lambda: add([2], model="toy", collection="observed"),
        lambda: archive.labels.add([label("teff", 5000.0, spectrum=ids[0])]),
        lambda: archive.labels.add([label("teff", 5001.0, spectrum=ids[0])]),
        lambda: predict(archive, ids[:1], 4800.0),
        lambda: predict(archive, ids[:1], 4900.0),
    ):
        change()
        stamps.append(read_embedding_stamp(archive, "observed", "toy"))
        assert read_embedding_stamp(archive, "observed", "toy") == stamps[-1]

    assert len(set(stamps)) == len(stamps)
