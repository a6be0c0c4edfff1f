import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from starsieve.web.errands import Errands
from starsieve.web.options import WebOptions
from tests.conftest import ROOT
from tests.web.errands.made import KINDS
from tests.web.errands.test_errands import is_alive, wait_for

pytestmark = pytest.mark.slow


@contextmanager
def server(spool: Path, at_once: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "tests.web.errands.serving", str(spool), str(at_once)]
    process = subprocess.Popen(words, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def asking(tmp_path: Path) -> Errands:
    """Give errands that are only asked for here, and carried out elsewhere."""
    errands = Errands(WebOptions(spool=tmp_path / "spool"), kinds=KINDS)
    errands.open = lambda: errands  # type: ignore[method-assign]
    return errands


def test_two_servers_do_each_errand_once(asking: Errands) -> None:
    started = [asking.start("sleep", {"seconds": 0.05}) for _ in range(20)]
    with server(asking.spool.root), server(asking.spool.root):
        ended = [asking.wait(each.id, 120) for each in started]
    assert {each.status for each in ended} == {"done"}
    assert {(each.folder / "begun.txt").read_text() for each in ended} == {"x"}


def test_two_servers_together_keep_the_limit(asking: Errands) -> None:
    started = [asking.start("sleep", {"seconds": 0.3}) for _ in range(4)]
    with server(asking.spool.root, at_once=1), server(asking.spool.root, at_once=1):
        results = [asking.wait(each.id, 120).result or {} for each in started]
    spans = sorted((result["begun"], result["ended"]) for result in results)
    assert all(ended <= begun for (_, ended), (begun, _) in pairwise(spans))


def test_the_errand_of_a_killed_server_ends_with_it_and_is_done_by_the_next(
    asking: Errands,
) -> None:
    started = asking.start("sleep", {"seconds": 1})
    with server(asking.spool.root):
        wait_for(lambda: (started.folder / "pid.txt").exists())
    pid = int((started.folder / "pid.txt").read_text())
    wait_for(lambda: not is_alive(pid))
    assert asking.get(started.id).status == "running"  # as far as anyone knows
    with server(asking.spool.root):
        errand = asking.wait(started.id, 120)
    assert errand.status == "done"
    assert errand.attempts == 2


def test_an_errand_that_is_interrupted_again_and_again_is_given_up(asking: Errands) -> None:
    started = asking.start("sleep", {"seconds": 100})
    for attempt in (1, 2):
        with server(asking.spool.root):
            wait_for(
                lambda n=attempt: (
                    (started.folder / "begun.txt").exists()
                    and len((started.folder / "begun.txt").read_text()) == n
                )
            )
    with server(asking.spool.root):
        errand = asking.wait(started.id, 120)
    assert errand.status == "failed"
    assert "interrupted several times" in errand.error
