"""What finished runs found is read back as tables."""

import json
from datetime import UTC, datetime

import pytest

from starsieve.representations.disentangle import disentangle
from starsieve.representations.meaning_tables import TASK, find_meaning, read_meaning
from tests.representations.made_latents import make_labels, make_latents


@pytest.fixture(scope="module")
def found():
    known = make_labels(300)
    mixed = make_latents(known, 9, mixed=True, model="PCA-6")
    codes = [make_latents(known, seed, model=f"vae-{seed}") for seed in range(2)]
    return disentangle(codes, known, baselines=[mixed], origin={"weights": {"vae-1": "a" * 64}})


@pytest.fixture
def result(found):
    return json.loads(json.dumps(found.to_record()))


def test_tables_are_what_the_run_found(found, result):
    tables = read_meaning(result, "vae-1", 3, datetime(2026, 1, 1, tzinfo=UTC), False)

    assert [each.name for each in tables.models] == ["vae-1", "PCA-6"]
    assert [each.baseline for each in tables.models] == [False, True]
    model, meaning = tables.models[0], found.meanings[1]
    assert tables.labels == tuple(meaning.information)
    assert model.nats == pytest.approx(meaning.table().T)
    assert model.sure[tables.labels.index("feh"), 3]
    assert model.n_informative == meaning.mad.count
    assert model.scores == pytest.approx(meaning.scores.to_record())
    assert tables.ceiling == pytest.approx(found.ceiling.to_record())


def add_run(archive, models, result, collection="spex"):
    number = archive.runs.start(TASK, {"collection": collection, "models": models})
    archive.runs.finish(number, result=result)
    return number


def test_the_newest_run_about_the_model_counts(archive, result):
    assert find_meaning(archive, "spex", "vae-1", "a" * 64) is None
    add_run(archive, ["vae-1"], result)
    newest = add_run(archive, ["vae-0", "vae-1"], result)
    add_run(archive, ["vae-0"], result)
    add_run(archive, ["vae-1"], result, collection="other")
    failed = archive.runs.start(TASK, {"collection": "spex", "models": ["vae-1"]})
    archive.runs.finish(failed, error="Can't say.")

    tables = find_meaning(archive, "spex", "vae-1", "a" * 64)

    assert tables.run == newest
    assert not tables.is_old


def test_a_model_that_was_trained_anew_has_old_tables(archive, result):
    add_run(archive, ["vae-1"], result)

    assert find_meaning(archive, "spex", "vae-1", "b" * 64).is_old
