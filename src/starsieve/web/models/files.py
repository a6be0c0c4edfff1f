"""A model's folder as one file, made while it is sent."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.model import CARD, WEIGHTS

CHUNK = 1024 * 1024


class _Pipe:
    """What a zip file is written to, and taken from piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep what is written."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def files_of(folder: Path) -> list[Path]:
    """Return the files of a model that others need: card, weights, and how the training went."""
    return [folder / name for name in (CARD, WEIGHTS, HISTORY) if (folder / name).is_file()]


def zipped(folder: Path, name: str) -> Iterator[bytes]:
    """Yield a zip file with a model's folder, which may be too large for memory.

    Nothing is compressed: weights hardly can be.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for path in files_of(folder):
            entry = zipfile.ZipInfo.from_file(path, f"{name}/{path.name}")
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(CHUNK):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
