"""Latents of known meaning are found to mean it, and what can't be said is said."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.archive import LabelRow
from starsieve.data import Embeddings, Spectrum
from starsieve.errors import DataError
from starsieve.representations.disentangle import (
    disentangle,
    disentangle_collection,
    disentangle_files,
)
from starsieve.representations.disentangle_recipe import DisentangleRecipe, MeaningOptions
from starsieve.representations.known_labels import KnownLabels
from starsieve.representations.meaning_report import write_report
from starsieve.representations.selection import clip, select
from tests.representations.made_latents import make_labels, make_latents, write_files


@pytest.fixture(scope="module")
def found():
    known = make_labels()
    codes = [make_latents(known, seed, model=f"vae-{seed}") for seed in range(2)]
    mixed = make_latents(known, 9, mixed=True, model="PCA-6")
    return disentangle(codes, known, baselines=[mixed], origin={"from": "tests"})


def test_each_label_is_found_in_its_latent(found):
    for meaning in found.meanings[:2]:
        assert [meaning.best(label) for label in ("teff", "logg", "feh")] == [1, 2, 3]
        assert meaning.information["feh"][3].p_value < 0.01
        assert meaning.information["feh"][3].value > 1
        assert meaning.information["feh"][0].value < 0.15
        assert meaning.chance_text("feh") == "< 1e-6"


def test_informative_latents_are_counted_by_both_measures(found):
    meaning = found.meanings[0]

    assert meaning.mad.rows.tolist() == meaning.kl.rows.tolist() == [1, 2, 3]
    assert meaning.mad.margin > 2


def test_models_of_own_latents_beat_components_that_mix(found):
    models, components = found.spread()

    assert (models["n_models"], components["n_models"]) == (2, 1)
    assert models["mean"]["mig"] > components["mean"]["mig"] + 0.1
    assert models["mean"]["disentanglement"] > components["mean"]["disentanglement"] + 0.2
    assert models["mean"]["mig"] < found.ceiling.mig.value
    assert models["deviation"]["mig"] < 0.1
    assert components["deviation"]["mig"] is None


def test_what_a_latent_says_by_the_way_vanishes_under_its_confounder(found):
    partial = {(each.latent, each.label): each for each in found.meanings[0].partial}

    by_the_way, itself = partial[1, "logg"], partial[2, "logg"]

    assert found.dependence["teff", "logg"].p_value < 0.01
    assert by_the_way.given == "teff"
    assert by_the_way.plain.value > 0.1
    assert by_the_way.conditional.value < 0.15
    assert itself.conditional.value > 0.3


def test_the_histogram_stands_beside_with_its_bias(found):
    few, *_, many = found.meanings[0].histograms["feh"]

    assert many[0].value > 1  # of a latent that says nothing
    assert abs(many[0].value - many[0].bias) < 0.2
    assert few[3].value - few[3].bias > 0.8


def test_the_same_seed_gives_the_same_record():
    known = make_labels(150)
    codes = [make_latents(known)]
    options = MeaningOptions(bins=(5,), labels=("teff",))

    first, second = (disentangle(codes, known, options).to_record() for _ in range(2))

    assert repr(first) == repr(second)  # NaN, as of one factor, equals nothing
    assert first["labels"][0]["label"] == "teff"
    assert len(first["labels"]) == 1


def test_pages_show_every_model(found, tmp_path):
    index = write_report(replace(found, meanings=found.meanings[1:]), tmp_path)

    text = index.read_text()
    pages = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert len(pages) == 2
    assert all(f"models/{name}" in text for name in pages)
    assert "the labels themselves" in text
    page = (tmp_path / "models" / pages[-1]).read_text()
    assert page.count("<svg") >= 8
    assert "the first-order formula" in page


def test_spectra_are_joined_by_number_and_counted():
    known = make_labels(300)
    codes = make_latents(known)
    latents = codes.latents.copy()
    latents[:7] = np.nan
    short = Embeddings(latents, codes.ids, model="short")

    selection = select([codes, short], known.take(np.arange(280)), MeaningOptions())

    assert (selection.codes[0].ids == selection.known.ids).all()
    assert (selection.codes[1].ids == selection.known.ids).all()
    assert "7 that short has no latents of" in selection.notes
    assert "20 that the table of labels does not have" in selection.notes


def test_one_spectrum_of_each_star_counts_unless_all_are_wanted():
    known = make_labels(300)
    known = replace(known, stars=np.array([f"s{n // 2}" if n < 200 else "" for n in range(300)]))
    codes = [make_latents(known)]

    once = select(codes, known, MeaningOptions())
    every = select(codes, known, MeaningOptions(one_per_star=False))

    assert (len(once.known), len(every.known)) == (200, 300)
    assert once.notes == ("100 more of stars that count already",)


def test_one_class_only_may_count():
    known = make_labels(400)
    selection = select([make_latents(known)], known, MeaningOptions(only="class=K"))

    assert (selection.known.words["class"] == "K").all()
    assert (selection.known.values["teff"] < 5000).all()


def test_of_many_spectra_some_are_drawn():
    known = make_labels(300)
    selection = select([make_latents(known)], known, MeaningOptions(most_spectra=120))

    assert len(selection.known) == 120
    assert selection.notes == ("180 by lot",)


def test_outliers_are_clipped_again_and_again():
    values = np.append(np.random.default_rng(0).normal(size=500), [30.0, 1e6, np.nan])

    kept = clip(values, 5.0)

    assert np.isfinite(kept).sum() == 500
    assert np.isfinite(clip(values, 0)).sum() == 502


def test_labels_that_can_not_be_used_are_named_and_the_others_go_on():
    known = make_labels(300)
    few = np.where(np.arange(300) < 40, known.values["feh"], np.nan)
    more = {"three": np.arange(300) % 3.0, "constant": np.ones(300), "few": few}
    known = replace(known, values={**known.values, **more})

    uses = {
        u.name: u for u in select([make_latents(make_labels(300))], known, MeaningOptions()).uses
    }

    assert uses["three"].reason.startswith("3 values: a class")
    assert uses["constant"].reason == "constant"
    assert uses["few"].reason == "known of 40 spectra, at least 100 are needed"
    assert (uses["few"].n_unknown, uses["teff"].reason) == (260, "")


@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (1, {}, "Can't say: 1 spectrum with latents and labels, at least 100"),
        (60, {}, "Can't say: 60 spectra"),
        (300, {"labels": ("mass",)}, "no label 'mass' .* Labels that are: teff, logg, feh"),
        (300, {"only": "class=O"}, "Can't say: 0 spectra .* of another class than O"),
        (300, {"only": "type=O"}, "no class 'type' .* Classes: class"),
        (300, {"colour": "mass"}, "Can't colour by 'mass'. There are: teff"),
    ],
)
def test_what_can_not_be_said_is_said(n, options, message):
    known = make_labels(300)
    with pytest.raises(DataError, match=message):
        disentangle([make_latents(known)], known.take(np.arange(n)), MeaningOptions(**options))


def test_labels_that_are_all_of_no_use_are_named():
    known = make_labels(200)
    classes = replace(known, values={"three": np.arange(200) % 3.0})
    with pytest.raises(DataError, match=r"none of the labels can be used. three: 3 values"):
        disentangle([make_latents(known)], classes)
    with pytest.raises(DataError, match=r"no label of these spectra is known. .* are: none"):
        disentangle([make_latents(known)], replace(known, values={}))
    with pytest.raises(DataError, match="there are no latents"):
        disentangle([], known)


def test_latents_without_numbers_go_with_the_rows_of_the_table(tmp_path):
    known = make_labels(150)
    codes = make_latents(known)
    order = np.argsort(np.argsort(known.ids))
    write_files(tmp_path, known, codes)
    np.save(tmp_path / "codes.npy", codes.latents[np.argsort(codes.ids)][order])
    options = MeaningOptions(labels=("feh",), bins=(5,))

    found = disentangle_files([tmp_path / "codes.npy"], tmp_path / "labels.csv", options)

    assert found.meanings[0].best("feh") == 3
    assert found.meanings[0].information["feh"][3].value > 0.8
    np.save(tmp_path / "codes.npy", codes.latents[:-1])
    with pytest.raises(DataError, match="149 rows without numbers"):
        disentangle_files([tmp_path / "codes.npy"], tmp_path / "labels.csv", options)


def test_progress_is_told_for_every_latent_so_that_a_run_can_be_cancelled():
    known, told = make_labels(150), []
    codes = [make_latents(known), make_latents(known, 1)]

    disentangle(
        codes,
        known,
        MeaningOptions(labels=("feh",), bins=(5,)),
        progress=lambda done, total, what: told.append((done, total)),
    )

    assert told == [(number, 12) for number in range(12)]


@pytest.mark.real_data
def test_the_first_component_of_real_stars_is_their_temperature(real_data):
    file = np.load(real_data / "stellar" / "miles" / "miles_labelled.npz")
    flux = file["flux"][:, ::8].astype(float)
    flux = np.nan_to_num(flux / np.nanmedian(flux, axis=1, keepdims=True))
    left, values, _ = np.linalg.svd(flux - flux.mean(axis=0), full_matrices=False)
    table = dict(zip(file["label_names"].tolist(), file["labels"].T.astype(float), strict=True))
    ids = np.arange(len(flux))
    codes = Embeddings(left[:, :4] * values[:4], ids, model="components")
    known = KnownLabels(ids, {"teff": table["teff"], "logg": table["logg"]})

    found = disentangle([codes], known, MeaningOptions(bins=(5,)))

    meaning = found.meanings[0]
    (by_the_way,) = (p for p in meaning.partial if (p.latent, p.label) == (0, "logg"))
    assert meaning.best("teff") == 0
    assert meaning.information["teff"][0].value > 1.5
    assert by_the_way.plain.value > 0.4
    assert by_the_way.conditional.value < 0.25


def test_stored_embeddings_and_labels_are_joined(archive, tmp_path):
    known = make_labels(150)
    wave = np.linspace(0.5, 0.6, 30)
    spectra = [
        Spectrum(wave, np.ones(30) + n / 1000, meta={"kind": "ab"[n % 2]}) for n in range(150)
    ]
    ids = archive.spectra.add(spectra, "stars")
    rows = [
        LabelRow(name, float(values[n]), None, "", "made", spectrum=ids[n])
        for name, values in known.values.items()
        for n in range(150)
    ]
    archive.labels.add(rows)
    stored = KnownLabels(np.array(ids), known.values)
    for seed, mixed in ((0, False), (1, True)):
        codes = make_latents(stored, seed, mixed=mixed, model=f"model-{seed}")
        archive.embeddings.add(replace(codes, collection="stars"), "0" * 64)
    recipe = DisentangleRecipe(
        collection="stars",
        models=("model-0",),
        pca="model-1",
        labels=("teff", "feh"),
        bins=(5,),
        report=str(tmp_path / "out"),
    )

    record = disentangle_collection(recipe, archive)

    vae, components = record["models"]
    assert record["n_spectra"] == 150
    assert np.argmax([each["nats"] for each in vae["mutual_information"]["feh"]]) == 3
    assert components["baseline"]
    assert (tmp_path / "out" / "index.html").is_file()
