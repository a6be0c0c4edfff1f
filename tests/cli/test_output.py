"""Data to standard output, messages to standard error, progress for whoever watches."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
import typer

from starsieve.cli import output
from starsieve.cli.read import FailedFile


def test_records_are_json_even_of_numpy_and_nan(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_record(
        {"a": np.float64("nan"), "b": (np.int64(3), float("inf")), "c": np.arange(2)}
    )
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": None, "b": [3, None], "c": [0, 1]}
    assert out.count("\n") == 1


def test_tables_in_a_pipe_are_never_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60
    output.write_table(("file", "reason"), [("a", long), ("b", "[red]not markup[/red]")])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 3
    assert long.strip() in out
    assert "[red]not markup[/red]" in out
    assert "\x1b" not in out


def test_facts_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    record = {"a": {"b": 1.23456789, "c": None}, "d": [{"x": 1, "y": "K"}], "e": list(range(20))}
    output.write_facts(record)
    assert [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()] == [
        ["what", "value"],
        ["a.b", "1.23457"],
        ["a.c"],
        ["d", "1 K"],
        ["e", "0, 1, 2, 3, 4, 5, 6, 7, ... (20 in all)"],
    ]


@pytest.mark.parametrize(("n_done", "code"), [(0, 1), (1, 3), (7, 3)])
def test_failures_are_listed_and_set_the_exit_code(
    capsys: pytest.CaptureFixture[str], n_done: int, code: int
) -> None:
    with pytest.raises(typer.Exit) as ended:
        output.report_failures([FailedFile("x.fits", "is empty")], n_done, as_json=True)
    assert ended.value.exit_code == code
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"file": "x.fits", "error": "is empty"}
    assert captured.err.startswith("starsieve: x.fits: is empty\n")


def test_progress_without_a_terminal_is_an_occasional_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: Iterator[float] = iter(range(0, 1000, 4))  # 4 s from call to call
    monkeypatch.setattr(output, "monotonic", lambda: next(clock))
    with output.show_progress("reading") as progress:
        for done in range(1, 7):
            progress(done, 100, "")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "reading: 3 of 100, 0.25/s, 6 min 28 s left",
        "reading: 6 of 100, 0.25/s, 6 min 16 s left",
    ]


def test_a_quick_job_shows_nothing_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with output.show_progress("reading") as progress:
        progress(1, 1, "")
    assert capsys.readouterr().err == ""


def test_hints_are_only_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    output.hint("starsieve demo")
    assert capsys.readouterr().err == ""
