import threading
from pathlib import Path

import pytest

from starsieve.archive import Archive, check
from starsieve.archive.run_log import MOST_BYTES, RunLog, read_log
from starsieve.errors import NotInArchiveError


def test_what_a_run_says_is_kept_in_order(archive: Archive) -> None:
    number = archive.runs.queue("some.task", {})
    assert archive.runs.log(number) == ""

    log = archive.runs.open_log(number)
    log.write("begins")
    log.write("something is odd\nand a second line", "WARNING")

    lines = archive.runs.log(number).splitlines()
    assert [line[20:] for line in lines[:2]] == ["INFO    begins", "WARNING something is odd"]
    assert lines[2] == "    and a second line"
    assert archive.runs.log(number, tail=1) == "    and a second line\n"
    assert check(archive).problems == ()


def test_a_run_that_is_not_there_has_no_log(archive: Archive) -> None:
    with pytest.raises(NotInArchiveError, match="No run 9"):
        archive.runs.log(9)


def test_of_a_long_log_the_middle_is_left_out(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "logs" / "run-1.log")
    for number in range(1, 2401):
        log.write(f"{number} " + 999 * "x")

    text = read_log(tmp_path / "logs" / "run-1.log")
    assert len(text) <= MOST_BYTES
    lines = text.splitlines()
    assert " 1 x" in lines[0]
    assert " 2400 x" in lines[-1]
    assert any("bytes are left out" in line for line in lines)
    assert all(len(line) > 900 for line in lines if "left out" not in line)


def test_lines_of_several_threads_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "run-1.log"
    logs = [RunLog(path), RunLog(path)]

    def say(log: RunLog) -> None:
        for _ in range(100):
            log.write(50 * "abc")

    threads = [threading.Thread(target=say, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {line[28:] for line in read_log(path).splitlines()} == {50 * "abc"}


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")

    RunLog(tmp_path / "logs" / "run-1.log").write("lost")

    assert (tmp_path / "logs").read_text() == "a file where the folder should be"


def test_an_odd_line_is_kept_readable(tmp_path: Path) -> None:
    path = tmp_path / "run-1.log"

    RunLog(path).write("file \udcff\0.fits")

    assert read_log(path).endswith(r"file \udcff\0.fits" + "\n")
