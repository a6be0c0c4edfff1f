import math
from dataclasses import replace

import numpy as np
import pytest

from starsieve.archive import Archive, PredictionRow
from starsieve.errors import DataError, NotInArchiveError
from tests.archive.test_spectra import make_spectrum


def make_prediction(spectrum: int, median: float = 1000.0) -> PredictionRow:
    statistics = {
        "median": median, "mean": 1001.0, "std": 30.0, "q025": 940.0, "q16": 970.0,
        "q84": 1030.0, "q975": 1060.0, "unit": "K",
    }  # fmt: skip
    return PredictionRow(
        spectrum=spectrum,
        parameters={"teff": statistics, "logg": statistics | {"unit": "dex(cm / s2)"}},
        in_distribution=False,
        ood_score=0.25,
        chi2_reduced=1.5,
        warnings=("teff piles up at the grid's edge",),
    )


GRIDS = {"bt-settl": {"weight": 0.7, "misfit": 0.06, "parameters": {"teff": 1010.0}}, "atmo": {}}


def test_predictions_come_back(archive: Archive) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(3)], "observed")
    run = archive.runs.start("atmospheres.infer", {})
    rows = [make_prediction(number, 1000.0 + number) for number in ids]

    assert archive.predictions.add("sonora", run, rows) == 3

    stored = archive.predictions.read("observed")
    assert stored == [replace(row, model="sonora", run=run) for row in rows]
    assert list(stored[0].parameters) == ["teff", "logg"]


def test_what_each_grid_says_comes_back(archive: Archive) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(2)], "observed")
    weight = np.float64(0.7)  # as calculations leave it
    given = {**GRIDS, "bt-settl": GRIDS["bt-settl"] | {"weight": weight}}

    archive.predictions.add("several", None, [replace(make_prediction(ids[0]), grids=given)])
    archive.predictions.add("one", None, [make_prediction(ids[0]), make_prediction(ids[1])])

    one, several = archive.predictions.of_spectrum(ids[0])
    assert several.grids == GRIDS
    assert one.grids == {}
    wrong = replace(make_prediction(ids[0]), grids={"atmo": {"weight": object()}})
    with pytest.raises(DataError, match=r"grids\['atmo'\]"):
        archive.predictions.add("several", None, [wrong])
    assert archive.predictions.read("observed", "several") == [several]


def test_a_model_that_runs_again_replaces_what_it_said(archive: Archive) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(2)], "observed")
    archive.predictions.add("sonora", None, [make_prediction(number) for number in ids])
    archive.predictions.add("other", None, [make_prediction(ids[0])])

    archive.predictions.add("sonora", None, [make_prediction(ids[0], 1500.0)])

    medians = [
        (row.spectrum, row.parameters["teff"]["median"])
        for row in archive.predictions.read("observed", "sonora")
    ]
    assert medians == [(ids[0], 1500.0), (ids[1], 1000.0)]
    assert len(archive.predictions.read("observed")) == 3


def test_what_all_models_say_about_one_spectrum_comes_by_model(archive: Archive) -> None:
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(2)], "observed")
    for model, median in (("sonora", 900.0), ("btsettl", 950.0)):
        archive.predictions.add(model, None, [make_prediction(number, median) for number in ids])

    said = archive.predictions.of_spectrum(ids[1])

    assert [(row.model, row.spectrum) for row in said] == [("btsettl", ids[1]), ("sonora", ids[1])]
    assert said == archive.predictions.read("observed")[2:]
    assert archive.predictions.of_spectrum(999) == []


def test_what_is_not_quoted_is_nan(archive: Archive) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    row = PredictionRow(number, {"teff": {"q975": 900.0, "unit": "K", "median": math.nan}})

    archive.predictions.add("sonora", None, [row])

    (stored,) = archive.predictions.read("observed")
    teff = stored.parameters["teff"]
    assert teff["q975"] == 900.0
    assert math.isnan(teff["median"])
    assert math.isnan(teff["mean"])
    assert (stored.in_distribution, stored.ood_score, stored.warnings) == (None, None, ())


def test_wrong_predictions_are_refused_and_none_stored(archive: Archive) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    good = make_prediction(number)

    for rows, error, words in (
        ([good, make_prediction(99)], NotInArchiveError, "No spectrum 99"),
        ([good, good, make_prediction(number)], DataError, "two predictions"),
        ([replace(good, parameters={"teff": {"mode": 1.0}})], DataError, "'mode'"),
    ):
        with pytest.raises(error, match=words):
            archive.predictions.add("sonora", None, rows)
    assert archive.predictions.read("observed") == []


def test_thousands_of_predictions_are_stored_at_once(archive: Archive) -> None:
    spectra = [make_spectrum(3, seed=n) for n in range(1200)]
    ids = archive.spectra.add(spectra, "observed")

    archive.predictions.add("sonora", None, (make_prediction(number) for number in ids))

    assert [row.spectrum for row in archive.predictions.read("observed")] == ids
