"""The stamp of a catalogue tells that it changed, and leaves its locks alone."""

import subprocess
import sys

import pytest

from starsieve.archive import Archive
from starsieve.errors import ArchiveError

# SQLite holds this byte of the index of its log while a connection is open; whoever finds it free
# takes the index for a dead process' and empties it.
TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    try:
        fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
    except BlockingIOError:
        print("held")
"""


def test_a_stamp_changes_with_what_others_write_and_only_then(archive):
    first = archive.catalogue.stamp()
    assert archive.catalogue.stamp() == first
    archive.runs.start("atmospheres.infer", {})

    assert archive.catalogue.stamp() != first


def test_a_stamp_of_a_file_that_another_process_writes_changes(tmp_path):
    code = (
        "import sys; from pathlib import Path; from starsieve.archive import Archive\n"
        "with Archive.open(Path(sys.argv[1])) as a: a.runs.start('atmospheres.infer', {})"
    )
    with Archive.create(tmp_path / "archive") as archive:
        first = archive.catalogue.stamp()
        subprocess.run([sys.executable, "-c", code, str(archive.root)], check=True)

        assert archive.catalogue.stamp() != first


def test_asking_for_a_stamp_gives_no_lock_away(tmp_path):
    with Archive.create(tmp_path / "archive") as archive, archive.catalogue.reading():
        archive.catalogue.stamp()
        index = archive.root / "catalogue.sqlite-shm"
        tried = subprocess.run(
            [sys.executable, "-c", TRY_LOCK, str(index)], capture_output=True, text=True, check=True
        )

        assert tried.stdout == "held\n"


def test_two_openings_of_one_archive_have_stamps_of_their_own(tmp_path):
    with Archive.create(tmp_path / "archive") as one, Archive.open(one.root) as other:
        assert one.catalogue.stamp() != other.catalogue.stamp()


def test_the_stamp_of_a_damaged_catalogue_is_a_clear_error(tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        root = archive.root
    archive.catalogue.engine.dispose()
    (root / "catalogue.sqlite").write_bytes(b"no database at all" * 100)

    with pytest.raises(ArchiveError, match="Catalogue"):
        archive.catalogue.stamp()
