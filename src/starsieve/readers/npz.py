"""Arrays of NumPy's ``.npz`` files, within limits, and never anything pickled."""

import ast
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, FileError, StarsieveError
from starsieve.readers.files import most_bytes

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError),
    *(struct.error, SyntaxError, ValueError, RuntimeError),
)
_MOST_ARRAYS = 1000


def is_npz(head: bytes) -> bool:
    """Return whether a file is a zip archive whose first member is an array of NumPy."""
    return head.startswith(b"PK\x03\x04") and b".npy" in head[30:330]


def read_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return all arrays of a file by name.

    Raises
    ------
    FileError
        If it is damaged, or would unpack to more than `starsieve.readers.files.most_bytes`.
    DataError
        If an array holds Python objects, which only running the file's code could bring back.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
            _check_size(members)
            return {m.filename.removesuffix(".npy"): _array(archive, m) for m in members}
    except StarsieveError:
        raise
    except _DAMAGE as error:
        msg = f"is truncated or damaged ({str(error) or type(error).__name__})."
        raise FileError(msg) from error


def _check_size(members: list[zipfile.ZipInfo]) -> None:
    n_bytes = sum(member.file_size for member in members)
    if n_bytes > most_bytes() or len(members) > _MOST_ARRAYS:
        msg = (
            f"would unpack to {n_bytes:,} bytes in {len(members):,} arrays; at most "
            f"{most_bytes():,} in {_MOST_ARRAYS:,} are read."
        )
        raise FileError(msg)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """Return one array; its header is looked at before any memory is taken for it."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size + 1)
    if len(content) != member.file_size:
        msg = f"{member.filename} has another length than the archive says"
        raise ValueError(msg)
    dtype, shape = _header(content)
    if dtype.hasobject:
        msg = (
            f"its array {member.filename.removesuffix('.npy')!r} holds Python objects, which are "
            "not read: they may run any code. Save it as numbers or text: array.astype('U')."
        )
        raise DataError(msg)
    # Counted in Python's integers: NumPy's would overflow.
    n_bytes = dtype.itemsize
    for length in shape:
        n_bytes *= length
    if n_bytes > len(content):
        msg = f"{member.filename} declares {n_bytes:,} bytes and holds {len(content):,}"
        raise ValueError(msg)
    return np.asarray(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))


def _header(content: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    width = "<H" if version == (1, 0) else "<I"
    [length] = struct.unpack(width, stream.read(struct.calcsize(width)))
    if length > 10_000:
        msg = f"a header of {length:,} bytes"
        raise ValueError(msg)
    header = ast.literal_eval(stream.read(length).decode("latin1"))
    return np.dtype(header["descr"]), tuple(int(n) for n in header["shape"])
