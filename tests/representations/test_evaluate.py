"""What a representation is good for, judged on a collection that it has encoded."""

import numpy as np
import pytest

from starsieve.archive import LabelRow
from starsieve.errors import NotInArchiveError
from starsieve.jobs import run_task
from starsieve.representations.encode import encode_collection
from starsieve.representations.encode_recipe import EncodeRecipe
from starsieve.representations.evaluate import evaluate
from tests.representations.encoding import keep_model, keep_stars


def keep_encoded(archive):
    """Train a model, keep 40 labelled stars, and encode them."""
    keep_model(archive)
    ids = keep_stars(archive, 40)
    archive.labels.add(
        LabelRow("teff", 5000.0 + number, spectrum=number, origin="made") for number in ids
    )
    encode_collection(EncodeRecipe(collection="observed", model="made"), archive)


def test_latents_are_judged_beside_raw_pixels(archive):
    keep_encoded(archive)

    found = evaluate("made", "observed", archive)

    record = found.to_record()
    assert record["model"] == "made"
    assert record["n"] == 40
    rows = record["metrics"]["Retrieval"]
    assert [row["method"] for row in rows] == [
        "latents",
        "3 principal components",
        "raw pixels",
    ]
    assert all(np.isfinite(row["teff scatter"]) for row in rows)
    assert "Reconstruction" in record["metrics"]
    assert "raw pixels" in str(found)


def test_the_page_has_a_section_for_each_judgement(archive, tmp_path):
    keep_encoded(archive)

    page = evaluate("made", "observed", archive).write_report(tmp_path).read_text(encoding="utf-8")

    assert "Retrieval" in page
    assert "Reconstruction" in page


def test_what_has_not_been_encoded_can_not_be_judged(archive):
    keep_model(archive)
    keep_stars(archive, 5)

    with pytest.raises(NotInArchiveError):
        evaluate("made", "observed", archive)


def test_a_judgement_is_a_run_like_others(archive):
    keep_encoded(archive)

    result = run_task(
        "representations.evaluate", {"collection": "observed", "model": "made"}, archive
    )

    assert set(result["metrics"]) == set(result["about"]) == {"Reconstruction", "Retrieval"}
    assert archive.runs.get(1).result["n"] == 40
