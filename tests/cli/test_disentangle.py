"""``starsieve disentangle``: what latents mean, or why it can't be said."""

import json

import numpy as np
import pytest

from tests.representations.made_latents import make_labels, make_latents, write_files


@pytest.fixture
def made(terminal):
    known = make_labels(150)
    write_files(terminal.folder, known, make_latents(known))
    return terminal


def test_files_are_explained_in_a_table(made):
    done = made(
        *("disentangle", "--latents", "codes.npz", "--labels", "labels.csv"),
        *("--label", "teff", "--label", "feh", "--report", "out"),
    )

    assert done.code == 0
    assert "codes" in done.out
    assert "3 (KL: 3)" in done.out
    assert "the labels themselves" in done.out
    assert "150 spectra" in done.err
    assert (made.folder / "out" / "index.html").is_file()


def test_one_json_object_has_everything(made):
    done = made(
        *("disentangle", "--latents", "codes.npz", "--latents", "codes.npz"),
        *("--labels", "labels.csv", "--label", "feh", "--threshold", "0.001", "--json"),
    )

    (record,) = map(json.loads, done.out.splitlines())
    assert done.code == 0
    assert len(record["models"]) == 2
    assert record["models"][0]["informative_by_mad"]["count"] == 6
    assert record["models"][0]["mutual_information"]["feh"][3]["nats"] > 0.8
    assert record["over_models"][0]["deviation"]["mig"] == 0


def test_what_can_not_be_said_is_one_line(made):
    rows = [f"{n},{n // 3 % 3}" for n in range(450)]
    (made.folder / "three.csv").write_text("id,three\n" + "\n".join(rows) + "\n")

    done = made("disentangle", "--latents", "codes.npz", "--labels", "three.csv")

    assert done.code == 1
    assert done.out == ""
    assert "none of the labels can be used. three: 3 values" in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "give either COLLECTION and --model NAME, or --latents FILE"),
        (("stars",), 2, "give either COLLECTION"),
        (("--latents", "codes.npz"), 2, "give either COLLECTION"),
        (("stars", "--model", "vae", "--labels", "labels.csv"), 2, "give either COLLECTION"),
        (("--latents", "no.npz", "--labels", "labels.csv"), 1, "no.npz: can't be read"),
        (("--latents", "codes.npz", "--labels", "no.csv"), 1, "no.csv: can't be read"),
        (("stars", "--model", "vae"), 1, "No archive at"),
    ],
)
def test_wrong_words_and_files_are_named(made, words, code, message):
    done = made("disentangle", *words)

    assert done.code == code
    assert message in done.err


def test_an_impossible_option_is_named(made):
    done = made(
        *("disentangle", "--latents", "codes.npz", "--labels", "labels.csv"),
        *("--importance", "wishes"),
    )

    assert done.code == 1
    assert "importance" in done.err
    assert "'trees' or 'lasso'" in done.err


def test_latents_without_numbers_need_as_many_labels(made):
    np.save(made.folder / "codes.npy", np.ones((10, 2)))

    done = made("disentangle", "--latents", "codes.npy", "--labels", "labels.csv")

    assert done.code == 1
    assert "10 rows without numbers" in done.err
