"""Several who ask for the same thing at the same moment: figures of a page all need one errand."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from starsieve.web.errands import Errand, Errands
from starsieve.web.options import WebOptions
from tests.web.errands.made import KINDS

VISITORS, ROUNDS = 4, 60


def test_who_asks_for_the_same_at_once_gets_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errands = Errands(WebOptions(spool=tmp_path / "spool", waiting=10_000), kinds=KINDS)
    monkeypatch.setattr(errands, "open", lambda: errands)  # nobody carries them out
    barrier = Barrier(VISITORS)

    def ask(number: int) -> Errand:
        barrier.wait(30)
        return errands.start("add", {"numbers": [number]}, key=f"sum {number}")

    with ThreadPoolExecutor(VISITORS) as pool:
        for number in range(ROUNDS):
            told = list(pool.map(ask, [number] * VISITORS))
            assert len({(each.id, each.created) for each in told}) == 1
    assert len(errands.spool.queued()) == ROUNDS


def test_what_is_past_its_time_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errands = Errands(WebOptions(spool=tmp_path / "spool"), kinds=KINDS)
    monkeypatch.setattr(errands, "open", lambda: errands)
    old = errands.start("add", {"numbers": [1]}, key="sum of 1")
    (old.folder / "rest.txt").touch()
    errands.spool.update(old.id, created="2020-01-01T00:00:00+00:00")

    new = errands.start("add", {"numbers": [1]}, key="sum of 1")

    assert new.id == old.id
    assert new.created >= old.created
    assert not (new.folder / "rest.txt").exists()
