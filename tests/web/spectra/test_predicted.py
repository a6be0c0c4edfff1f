"""Bands of the predicted spectrum over a stored spectrum and over an upload."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.predictive import find_predictive
from starsieve.web.errands import Errand
from starsieve.web.routes import spectra, upload_files
from starsieve.web.spectra.kept import keep
from starsieve.web.uploads.kept import write_arrays
from starsieve.web.uploads.spectra import arrays_of
from tests.atmospheres.made_inferences import make_inference
from tests.plots.interactive.reading import columns, has
from tests.web.spectra.made import MODEL, keep_dwarfs

N_DRAWS = 50


@pytest.fixture
def predicting() -> Inference:
    """Return an inference whose spectra are predicted to one per cent."""
    made = make_inference()
    fit = made.fit
    assert fit is not None
    factors = np.random.default_rng(0).normal(1.0, 0.01, (N_DRAWS, 1))
    found = find_predictive(factors * fit.model_flux, fit.flux, fit.sigma, fit.valid)
    return make_inference(predictive=found)


def ask_figure(
    client: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch, errand: Errand
) -> dict[str, Any]:
    """Return the figure of a spectrum whose model's answer is an errand's."""
    monkeypatch.setattr(spectra, "ask", lambda *_: errand)
    (number, *_) = keep_dwarfs(archive, 1)
    answer = client.get(f"/spectra/{number}/figure.json?model={MODEL}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def answered(folder: Path, inference: Inference) -> Errand:
    result = inference.to_record() | {"best_fit": keep(folder, inference)}
    state = {"status": "done", "result": result}
    return Errand("a" * 20, "infer-spectrum", {}, folder, datetime.now(UTC), **state)


def test_where_a_posterior_predicts_a_stored_spectrum_is_shaded_and_told(
    client: TestClient,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    predicting: Inference,
) -> None:
    item = ask_figure(client, archive, monkeypatch, answered(tmp_path, predicting))

    bands, model = columns(item, "predicted"), columns(item, "model")
    widths = (bands["high68"] - bands["low68"]) / model["y"]
    np.testing.assert_allclose(widths, widths[0], rtol=1e-4)
    assert widths[0] == pytest.approx(0.02, rel=0.3)
    assert f"68 and 95 % of {N_DRAWS} spectra" in item["about"]["predicted"]


def test_a_model_that_predicts_nothing_shows_its_fit_alone(
    client: TestClient, archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    item = ask_figure(client, archive, monkeypatch, answered(tmp_path, make_inference()))

    assert has(item, "model")
    assert not has(item, "predicted")
    assert item["about"]["predicted"] == f"{MODEL} predicts none."


def test_an_upload_is_shaded_as_well(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, predicting: Inference
) -> None:
    write_arrays(tmp_path, arrays_of(predicting.observed, predicting))
    result = {"kind": "spectrum", "reading": {}}
    state = {"status": "done", "result": result}
    errand = Errand("b" * 20, "upload", {}, tmp_path, datetime.now(UTC), **state)
    monkeypatch.setattr(upload_files, "get_upload", lambda *_: errand)

    item = client.get(f"/uploads/{errand.id}/figure.json?theme=dark").json()

    bands, model = columns(item, "predicted"), columns(item, "model")
    assert ((bands["low95"] < bands["low68"]) & (bands["high68"] < bands["high95"])).all()
    np.testing.assert_allclose(bands["x"], model["x"])
