"""Bytes of a file, decompressed within limits. Every reader gets its bytes from here."""

import bz2
import gzip
import hashlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from starsieve.errors import FileError, UnknownFormatError

HEAD_SIZE = 65_536
"""Bytes that a reader sees to decide whether a file is of its layout."""

MAX_BYTES = 2 * 1024**3
"""Bytes that a file may have after decompression: a small file may unpack to anything."""

_most_bytes: ContextVar[int] = ContextVar("most_bytes", default=MAX_BYTES)

_BLOCK = 1024**2

_OPENERS: tuple[tuple[bytes, Callable[[Any], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def most_bytes() -> int:
    """Return how many bytes a file may have after decompression, as things are."""
    return _most_bytes.get()


@contextmanager
def at_most(n_bytes: int) -> Iterator[None]:
    """Let no file have more than so many bytes after decompression, or `MAX_BYTES`."""
    before = _most_bytes.set(min(n_bytes, MAX_BYTES))
    try:
        yield
    finally:
        _most_bytes.reset(before)


def check_file(path: Path) -> None:
    """Raise FileError unless `path` is a regular file with something in it."""
    try:
        if path.is_dir():
            msg = "is a folder, not a file. Give the files in it one by one, or ingest the folder."
            raise FileError(msg)
        if not path.exists():
            msg = "there is no such file."
            raise FileError(msg)
        if not path.is_file():
            msg = "is not a regular file."
            raise FileError(msg)
        if path.stat().st_size == 0:
            msg = "the file is empty."
            raise FileError(msg)
    except (OSError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        msg = f"can't be looked at ({_reason(error)})."
        raise FileError(msg) from error


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as they lie on disk, in hexadecimal.

    Raises
    ------
    FileError
        If the file can't be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        msg = f"can't be read ({_reason(error)})."
        raise FileError(msg) from error


def read_head(path: Path) -> bytes:
    """Return the first `HEAD_SIZE` bytes, decompressed.

    Raises
    ------
    FileError
        If the file can't be read or its compressed stream is damaged.
    """
    return _read(path, HEAD_SIZE)


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return all bytes of a file, decompressed if it is gzip, bzip2 or xz.

    Raises
    ------
    FileError
        If the file can't be read, its compressed stream is damaged, or more bytes come out than
        `limit` or `most_bytes`.
    """
    limit = min(limit, most_bytes())
    content = _read(path, limit + 1)
    if len(content) > limit:
        msg = f"holds or unpacks to more than {limit:,} bytes, the most that is read at once."
        raise FileError(msg)
    return content


def is_compressed(path: Path) -> bool:
    """Return whether a file is gzip, bzip2 or xz."""
    with path.open("rb") as stream:
        return stream.read(6).startswith(tuple(magic for magic, _ in _OPENERS))


def _read(path: Path, n_bytes: int) -> bytes:
    collected = io.BytesIO()
    try:
        with path.open("rb") as raw, _decompressed(raw) as stream:
            while collected.tell() < n_bytes:
                block = stream.read(min(_BLOCK, n_bytes - collected.tell()))
                if not block:
                    break
                collected.write(block)
    except _DAMAGE as error:
        msg = f"its compressed stream is truncated or damaged ({_reason(error)})."
        raise FileError(msg) from error
    except OSError as error:
        if isinstance(error, FileError):
            raise
        msg = f"can't be read ({_reason(error)})."
        raise FileError(msg) from error
    return collected.getvalue()


def _decompressed(raw: IO[bytes]) -> Any:
    """Return a stream of the content, found out from the first bytes and not from the name."""
    start = raw.read(6)
    raw.seek(0)
    if start.startswith(b"PK\x03\x04") and not _holds_arrays(raw):
        msg = "is a zip archive. Unpack it first."
        raise UnknownFormatError(msg)
    for magic, opener in _OPENERS:
        if start.startswith(magic):
            return opener(raw)
    return raw


def _holds_arrays(raw: IO[bytes]) -> bool:
    """Return whether a zip archive is NumPy's: its first member is an array."""
    start = raw.read(330)
    raw.seek(0)
    return b".npy" in start[30:]


def _reason(error: BaseException) -> str:
    """Return what went wrong without the path, which the caller's message names already."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
