import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from starsieve.archive import Archive
from starsieve.errors import DataError, NotInArchiveError
from starsieve.settings import Settings
from starsieve.web.errands import Errand, Errands
from starsieve.web.options import WebOptions
from starsieve.web.problems import Busy
from tests.web.errands.made import KINDS


def options(folder: Path, **given: object) -> WebOptions:
    return WebOptions(spool=folder / "spool", **given)


@pytest.fixture
def errands(tmp_path: Path) -> Iterator[Errands]:
    with Errands(options(tmp_path, upload_seconds=20), kinds=KINDS) as found:
        yield found


def carried_out(errands: Errands, kind: str, **given: object) -> Errand:
    return errands.wait(errands.start(kind, given).id, 120)


def test_an_errand_gives_its_result(errands: Errands) -> None:
    errand = carried_out(errands, "add", numbers=[1, 2, 39])
    assert errand.status == "done"
    assert errand.result == {"sum": 42, "not a number": None, "niceness": 10}
    assert (errand.done, errand.total, errand.what) == (1, 2, "adding")


def test_a_file_becomes_the_errands_own(errands: Errands, tmp_path: Path) -> None:
    file = tmp_path / "sent"
    file.write_bytes(b"12345")
    started = errands.start("count_bytes", {}, file, file_name="../../etc/a b.fits")
    errand = errands.wait(started.id, 120)
    assert errand.result == {"n": 5, "name": "a_b.fits"}
    assert not file.exists()


def test_an_errand_may_read_the_archive(tmp_path: Path) -> None:
    Archive.create(tmp_path / "archive").close()
    settings = Settings(archive=tmp_path / "archive")
    with Errands(options(tmp_path), settings, KINDS) as errands:
        assert carried_out(errands, "count_collections").result == {"n": 0}


def test_a_memory_bomb_is_stopped_and_said_so(tmp_path: Path) -> None:
    with Errands(options(tmp_path, upload_memory_bytes=2**28), kinds=KINDS) as errands:
        errand = carried_out(errands, "take_memory")
    assert errand.error == "This takes more than the 256 MB of memory that are allowed for it."


def test_an_endless_loop_is_stopped_and_said_so(tmp_path: Path) -> None:
    with Errands(options(tmp_path, upload_seconds=0.5), kinds=KINDS) as errands:
        errand = carried_out(errands, "loop_for_ever")
    assert errand.status == "failed"
    assert errand.error == "This took longer than 0.5 s and was stopped."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("crash", "ended in a crash"),
        ("fill_the_disk", "makes a file that is larger than allowed"),
        ("refuse", "a.fits: expected a spectrum, got a cat."),
        ("surprise", "for a reason that was not expected (ZeroDivisionError)."),
    ],
)
def test_a_failure_is_told_in_words_without_paths(errands: Errands, kind: str, words: str) -> None:
    errand = carried_out(errands, kind)
    assert errand.status == "failed"
    assert words in errand.error
    assert str(errand.folder) not in errand.error
    assert "Traceback" not in errand.error


def test_after_a_crash_the_next_errand_goes_well(errands: Errands) -> None:
    carried_out(errands, "crash")
    assert carried_out(errands, "add", numbers=[1]).status == "done"


def test_the_same_key_is_the_same_errand_and_is_done_once(errands: Errands) -> None:
    several = {errands.start("add", {"numbers": [1]}, key="sum of 1").id for _ in range(5)}
    assert len(several) == 1
    errand = errands.wait(several.pop(), 30)
    assert errands.start("add", {"numbers": [1]}, key="sum of 1").status == "done"
    assert (errand.folder / "begun.txt").read_text() == "x"
    assert errands.start("add", {"numbers": [1]}, key="another").id != errand.id


def test_ids_without_a_key_are_not_to_be_guessed(errands: Errands) -> None:
    several = {errands.start("add", {"numbers": []}).id for _ in range(10)}
    assert len(several) == 10
    assert all(len(number) >= 24 for number in several)


@pytest.mark.parametrize("number", ["", "..", "../errands", "a/b", "x" * 65, "short", "é" * 20])
def test_what_is_no_id_is_not_found(errands: Errands, number: str) -> None:
    with pytest.raises(NotInArchiveError, match="no such work"):
        errands.get(number)


def test_an_unknown_kind_is_refused(errands: Errands) -> None:
    with pytest.raises(DataError, match="No errand of kind 'dance'"):
        errands.start("dance", {})


def test_too_many_waiting_are_refused(tmp_path: Path) -> None:
    with Errands(options(tmp_path, errands=1, waiting=2), kinds=KINDS) as errands:
        first = errands.start("sleep", {"seconds": 20})
        wait_for(lambda: errands.get(first.id).status == "running")
        for _ in range(2):
            errands.start("add", {"numbers": []})
        with pytest.raises(Busy, match="Too much work is waiting"):
            errands.start("add", {"numbers": []})


def test_an_errand_past_its_time_is_gone(tmp_path: Path) -> None:
    with Errands(options(tmp_path, keep_hours=1e-9), kinds=KINDS) as errands:
        assert errands.spool.add("a" * 20, "add", {"numbers": []}, None, "")
        wait_for(lambda: not errands.spool.queued())
        with pytest.raises(NotInArchiveError):
            errands.get("a" * 20)
        errands.spool.sweep()
        assert not list(errands.spool.all())


def test_a_discarded_errand_is_stopped_and_leaves_nothing(errands: Errands) -> None:
    started = errands.start("sleep", {"seconds": 60})
    wait_for(lambda: (started.folder / "pid.txt").exists())
    pid = int((started.folder / "pid.txt").read_text())
    errands.discard(started.id)
    wait_for(lambda: not is_alive(pid))
    assert not started.folder.exists()
    wait_for(lambda: not list((errands.spool.root / "running").iterdir()))


def test_a_stopped_server_leaves_its_errand_to_the_next_one(tmp_path: Path) -> None:
    with Errands(options(tmp_path), kinds=KINDS) as errands:
        started = errands.start("sleep", {"seconds": 0.5})
        wait_for(lambda: (started.folder / "pid.txt").exists())
        pid = int((started.folder / "pid.txt").read_text())
    assert not is_alive(pid)
    with Errands(options(tmp_path), kinds=KINDS) as errands:
        assert errands.wait(started.id, 120).status == "done"


def wait_for(condition: object, seconds: float = 90.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
