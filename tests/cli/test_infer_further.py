"""``starsieve infer``: what is known beside the spectrum, and pieces of one object."""

from pathlib import Path

import numpy as np
import pytest

from starsieve.atmospheres.models import DEFAULT
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("shipped")
MODEL = ("--model", DEFAULT, "--draws", "100")


def assert_clear(outcome, *words: str) -> None:
    """Fail unless it ended as wrong usage does, saying so in words and without a traceback."""
    assert outcome.code == 2
    text = " ".join(outcome.err.replace("│", " ").split())
    assert "Traceback" not in text
    assert all(word in text for word in words), text


def test_a_prior_moves_the_answer_and_is_told(terminal: Terminal, observed: list[Path]) -> None:
    words = ("infer", observed[0], "--json", *MODEL)
    (free,) = terminal(*words).records
    (told,) = terminal(*words, "--prior", "teff=1500..1600", "--prior", "mh=0.1+-0.2").records

    assert 1500 <= told["parameters"]["teff"]["q025"] <= told["parameters"]["teff"]["q975"] <= 1600
    assert told["parameters"]["teff"]["std"] < free["parameters"]["teff"]["std"]
    assert "prior given: teff 1500 to 1600 K" in told["assumed"]
    assert "prior given: mh 0.1 ± 0.2 dex" in told["assumed"]


def test_a_prior_that_excludes_everything_is_warned_of(
    terminal: Terminal, observed: list[Path]
) -> None:
    outcome = terminal("infer", observed[0], "--json", *MODEL, "--prior", "teff=100..200")

    assert "the priors exclude all that the spectrum allows" in " ".join(
        outcome.records[0]["warnings"]
    )


def test_impossible_priors_and_ages_are_clear_errors(
    terminal: Terminal, observed: list[Path]
) -> None:
    infer = ("infer", observed[0], *MODEL)

    assert_clear(terminal(*infer, "--prior", "logg:5"), "expected LABEL=MEAN+-SIGMA or LABEL=LOW")
    assert_clear(terminal(*infer, "--prior", "logg=5..4"), "SIGMA above 0 or HIGH above LOW")
    assert_clear(terminal(*infer, "--age", "old"), "--age: expected one of young, intermediate")


def test_what_a_model_does_not_know_is_a_clear_error(
    terminal: Terminal, observed: list[Path]
) -> None:
    unknown = terminal("infer", observed[0], *MODEL, "--prior", "c_to_o=0.5+-0.1")
    assert unknown.code == 1
    assert "No prior on 'c_to_o': the model infers teff, logg, mh, fsed" in unknown.err

    ageless = terminal("infer", observed[0], *MODEL, "--age", "young")
    assert ageless.code == 1
    assert "This model tells no ages apart; take ultracool-spex, or a prior on logg" in ageless.err

    both = terminal("infer", observed[0], *MODEL, "--refine", "--prior", "logg=5+-0.1")
    assert both.code == 1
    assert "either refined or chosen by priors" in both.err


def split(file: Path) -> list[Path]:
    """Cut a file into a blue and a red one that overlap; the red one's level is off."""
    head, *rows = file.read_text().splitlines()
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    parts = []
    for name, inside in (("blue", table[:, 0] < 1.6), ("red", table[:, 0] > 1.4)):
        part = table[inside] * ([1, 3, 3] if name == "red" else [1, 1, 1])
        path = file.with_name(f"{name}.csv")
        lines = "\n".join(",".join(f"{value:.8g}" for value in row) for row in part)
        path.write_text(f"{head}\n{lines}\n")
        parts.append(path)
    return parts


def test_joined_pieces_are_one_object(terminal: Terminal, observed: list[Path]) -> None:
    pieces = split(observed[0])

    apart = terminal("infer", *pieces, "--json", *MODEL).records
    (joined,) = terminal("infer", *pieces, "--join", "--json", *MODEL).records
    (whole,) = terminal("infer", observed[0], "--json", *MODEL).records

    assert len(apart) == 2
    assert joined["file"] == f"{pieces[0]} + {pieces[1]}"
    assert "joined of 2 pieces" in joined["assumed"]
    assert any("multiplied by 0.33" in note for note in joined["assumed"])
    found, expected = (each["parameters"]["teff"]["median"] for each in (joined, whole))
    assert found == pytest.approx(expected, rel=0.02)


def test_join_takes_files_only(terminal: Terminal) -> None:
    assert_clear(
        terminal("infer", "--collection", "any", "--join"),
        "--join takes files: spectra of a collection stay apart",
    )


def test_pieces_in_units_that_do_not_go_together_are_a_clear_error(
    terminal: Terminal, observed: list[Path]
) -> None:
    blue, red = split(observed[0])
    red.write_text(red.read_text().replace(" [erg / (s cm2 um)]", ""))

    outcome = terminal("infer", blue, red, "--join", *MODEL)

    assert outcome.code == 1
    assert "expected units of one kind" in outcome.err
    assert "Traceback" not in outcome.err


def test_what_a_file_leaves_open_can_be_told(terminal: Terminal, observed: list[Path]) -> None:
    table = np.loadtxt(observed[0], delimiter=",", skiprows=1)
    table[:, 0] *= 1e4
    bare = observed[0].with_name("bare.csv")
    text = "\n".join(",".join(f"{value:.8g}" for value in row) for row in table)
    bare.write_text(f"wave [um],flux,sigma\n{text}\n")  # angstroms that are called microns

    wrong = terminal("infer", bare, "--json", *MODEL)
    told = ("--wave-unit", "Angstrom", "--flux-unit", "erg / (s cm2 um)", "--resolution", "300")
    (right,) = terminal("infer", bare, "--json", *MODEL, *told).records
    (same,) = terminal("infer", observed[0], "--json", *MODEL, "--resolution", "300").records

    assert wrong.code == 1
    assert "check the unit of its wavelengths" in wrong.err
    assert right["parameters"]["teff"]["median"] == pytest.approx(
        same["parameters"]["teff"]["median"], rel=1e-3
    )
    assert not any("resolution" in note for note in right["assumed"])


def test_a_collection_is_not_told_what_files_leave_open(terminal: Terminal) -> None:
    assert_clear(
        terminal("infer", "--collection", "any", "--wave-unit", "nm"),
        "is told to starsieve ingest",
    )
