"""How a training went: what is written down, thinned, gone on with and read again."""

from pathlib import Path

import pytest

from starsieve.errors import FileError
from starsieve.learn import history
from starsieve.learn.checkpoint import Checkpoint
from starsieve.learn.history import FILE, Curve, HistoryTable, read_history
from starsieve.learn.log import Log
from starsieve.learn.loop import Schedule, fit
from tests.learn.test_loop import make_problem


def test_curves_come_back_as_they_were_told(tmp_path: Path) -> None:
    with Log(tmp_path / FILE) as log:
        log.add(1, "training", {"loss": 3.25, "learning_rate": 1e-3})
        log.add(10, "training", {"loss": 1.5, "learning_rate": 2e-3})
        log.add(10, "validation", {"loss": float("nan")})

    loss, rate, validation = read_history(tmp_path)

    assert loss == Curve("training", "loss", (1, 10), (3.25, 1.5))
    assert rate.values == (1e-3, 2e-3)
    assert validation.values[0] != validation.values[0]


def test_a_long_curve_is_thinned_and_keeps_its_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_POINTS", 100)
    table = HistoryTable(tmp_path / FILE)
    for step in range(1, 1001):
        table.add(step, "training", {"loss": float(step)})
    table.write()

    (curve,) = read_history(tmp_path)

    assert 50 <= len(curve.steps) <= 100
    assert curve.steps[0] == 1
    assert curve.steps[-1] > 950
    assert curve.values == curve.steps


def test_a_new_training_forgets_the_old_one(tmp_path: Path) -> None:
    for values in ({"loss": 1.0, "odd": 2.0}, {"loss": 3.0}):
        with Log(tmp_path / FILE) as log:
            log.add(1, "training", values)

    assert read_history(tmp_path) == (Curve("training", "loss", (1,), (3.0,)),)


def test_a_training_that_goes_on_has_one_curve(tmp_path: Path) -> None:
    schedule = Schedule(steps=60, validate_every=20)

    def train(stop_at: int | None = None) -> None:
        network, loss, validate = make_problem()

        def progress(done: int, total: int, what: str) -> None:
            if done == stop_at:
                raise KeyboardInterrupt

        saved = Checkpoint(tmp_path / "state", "this one")
        with Log(tmp_path / FILE) as log:
            fit(network, loss, validate, schedule, progress, saved, log.add)

    with pytest.raises(KeyboardInterrupt):
        train(stop_at=47)
    (interrupted, *_) = read_history(tmp_path)
    train()

    training, _, validation = read_history(tmp_path)
    assert interrupted.steps[-1] == 47
    assert training.steps == tuple(range(1, 61))
    assert training.values[:40] == interrupted.values[:40]
    assert validation.steps == (20, 40, 60)


def test_a_card_tells_where_there_is_no_table(tmp_path: Path) -> None:
    metrics = {"history": {"step": [5, 10], "training": [2.0, 1.0], "validation": [3.0, 2.0]}}

    training, validation = read_history(tmp_path, metrics)

    assert training == Curve("training", "loss", (5, 10), (2.0, 1.0))
    assert validation.values == (3.0, 2.0)
    assert read_history(tmp_path, {"auc": 0.9}) == ()
    assert read_history(tmp_path) == ()


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("step,part\n1,training\n")

    with pytest.raises(FileError, match=r"history\.csv is no history"):
        read_history(tmp_path)


def test_a_table_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    table = HistoryTable(tmp_path / "folder" / FILE)
    table.add(1, "training", {"loss": 1.0})
    (tmp_path / "folder").write_text("a file where the folder should be")

    with pytest.raises(FileError, match="can't be written"):
        table.write()
