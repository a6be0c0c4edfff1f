"""Numbers of one collection as Zarr arrays with shards. The only user of Zarr.

Every array grows along its first axis. Zarr puts a new shard in the place of an old one by
renaming, so whoever reads, and whoever is killed while writing, has one of the two.
"""

import errno
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from starsieve.errors import ArchiveError

AnyArray = npt.NDArray[Any]

VALUES_PER_CHUNK = 65_536
CHUNKS_PER_SHARD = 32
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

NOTHING = bytes.fromhex("6a3f71c295d84ec1")


@dataclass(frozen=True, slots=True)
class Column:
    """One array of a collection: its name and its type on disk."""

    name: str
    dtype: str

    @property
    def fill(self) -> float | int:
        """What Zarr takes for nothing. No data are like that: nothing would not be written."""
        kind = np.dtype(self.dtype)
        if kind.kind in "ui":
            return 255 if kind.kind == "u" else -(2**63)
        # All its bits count, so that no round number can be it.
        return float(np.frombuffer(NOTHING[: kind.itemsize], kind.newbyteorder("<"))[0])


SPECTRUM_COLUMNS = (
    Column("wave", "f8"),
    Column("flux", "f8"),
    Column("sigma", "f8"),
    Column("valid", "u1"),
)
LIGHT_CURVE_COLUMNS = (
    Column("time", "f8"),
    Column("flux", "f8"),
    Column("sigma", "f8"),
    Column("valid", "u1"),
    Column("quality", "i8"),
)


class Arrays:
    """The arrays of one collection: one per column, all of one length.

    Parameters
    ----------
    folder : Path
        Of this collection alone.
    columns : sequence of Column
        What the collection consists of.
    n_pixels : int, optional
        Length of the second axis of a gridded collection; none for ragged ones.
    """

    def __init__(
        self, folder: Path, columns: Sequence[Column], n_pixels: int | None = None
    ) -> None:
        self.folder = folder
        self._columns = {column.name: column for column in columns}
        self._row_shape = () if n_pixels is None else (n_pixels,)
        self.rows_per_chunk = max(1, VALUES_PER_CHUNK // (n_pixels or 1))
        self.rows_per_shard = self.rows_per_chunk * CHUNKS_PER_SHARD
        self._opened: dict[str, zarr.Array[Any]] = {}

    def write(self, start: int, values: Mapping[str, AnyArray]) -> None:
        """Write rows of all columns from `start` on, over unused ones if there are any.

        Raises
        ------
        ArchiveError
            If the disk is full, or the arrays are damaged.
        """
        with _errors(self.folder):
            for name in self._columns:
                array, stop = self._open(name, create=True), start + len(values[name])
                if array.shape[0] < stop:
                    array.resize((stop, *self._row_shape))
                # Shard by shard: in one go Zarr would hold all of them in memory once more.
                for first, last in self._shards(start, stop):
                    array[first:last] = values[name][first - start : last - start]

    def read(self, start: int, stop: int) -> dict[str, AnyArray]:
        """Return the rows from `start` to `stop` of all columns.

        Raises
        ------
        ArchiveError
            If they are not there, or damaged.
        """
        columns = {}
        with _errors(self.folder):
            for name in self._columns:
                for first, _ in self._shards(start, stop):
                    # Zarr would read a lost shard as nothing, and say nothing.
                    self._shard_file(name, first).stat()
                columns[name] = self._read(name, start, stop)
        short = [name for name, values in columns.items() if len(values) != stop - start]
        if short:
            raise ArchiveError(_damaged(self.folder, f"{short[0]} ends before row {stop}"))
        if "valid" in columns:
            columns["valid"] = columns["valid"].view(np.bool_)
        return columns

    def length(self) -> int:
        """Return how many rows every column has; 0 if there is no array yet."""
        if len(self._there()) < len(self._columns):
            return 0
        with _errors(self.folder):
            return min(int(self._open(name).shape[0]) for name in self._columns)

    def longest(self) -> int:
        """Return the length of the longest column; a killed writer leaves them unequal."""
        with _errors(self.folder):
            return max((int(self._open(name).shape[0]) for name in self._there()), default=0)

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        with _errors(self.folder):
            for name in self._there():
                array = self._open(name)
                if array.shape[0] > length:
                    array.resize((length, *self._row_shape))

    def damaged_rows(self, length: int) -> list[tuple[int, int]]:
        """Return (start, stop) of every shard below `length` that is lost or cut short."""
        damaged = []
        for start, stop in self._shards(0, length):
            try:
                self.read(start, start + 1)  # reads the index at the end of the shard, too
            except ArchiveError:
                damaged.append((start, stop))
        return damaged

    def drop_shard(self, row: int) -> None:
        """Delete the shard that holds a row: a damaged one could not be written over."""
        for name in self._there():
            self._shard_file(name, row).unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete all arrays."""
        self._opened.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _there(self) -> list[str]:
        return [name for name in self._columns if (self.folder / name / "zarr.json").exists()]

    def _shards(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        step = self.rows_per_shard
        for edge in range(start - start % step, stop, step):
            yield max(start, edge), min(stop, edge + step)

    def _shard_file(self, name: str, row: int) -> Path:
        columns = ["0"] * len(self._row_shape)
        return self.folder.joinpath(name, "c", str(row // self.rows_per_shard), *columns)

    def _read(self, name: str, start: int, stop: int) -> AnyArray:
        path = self.folder / name
        found = np.asarray(_opened(path, *_state(path))[start:stop])
        # Two changes within a tick of the file system's clock may look like one.
        return found if len(found) == stop - start else np.asarray(self._open(name)[start:stop])

    def _open(self, name: str, *, create: bool = False) -> "zarr.Array[Any]":
        if name not in self._opened:
            path = self.folder / name
            if create and not (path / "zarr.json").exists():
                self._opened[name] = self._create(name)
            else:
                self._opened[name] = zarr.open_array(path, mode="r+")
        return self._opened[name]

    def _create(self, name: str) -> "zarr.Array[Any]":
        column = self._columns[name]
        return zarr.create_array(
            self.folder / name,
            shape=(0, *self._row_shape),
            dtype=np.dtype(column.dtype),
            chunks=(self.rows_per_chunk, *self._row_shape),
            shards=(self.rows_per_shard, *self._row_shape),
            compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"), Crc32cCodec()],
            fill_value=column.fill,
        )


def grid_columns(dtype: np.dtype[Any], sigma_dtype: np.dtype[Any] | None) -> tuple[Column, ...]:
    """Return the columns of a gridded collection, whose flux and sigma keep their types."""
    sigma = () if sigma_dtype is None else (Column("sigma", sigma_dtype.str),)
    return (Column("flux", dtype.str), *sigma, Column("valid", "u1"))


def write_wave(folder: Path, wave: AnyArray) -> None:
    """Store the wavelengths (vacuum micron) that all rows of a gridded collection share."""
    with _errors(folder):
        zarr.create_array(folder / "wave", data=wave)


def open_grid(folder: Path) -> tuple[AnyArray, Arrays]:
    """Return the wavelengths and the arrays of a gridded collection."""
    with _errors(folder):
        wave = np.asarray(zarr.open_array(folder / "wave", mode="r")[:])
        flux = zarr.open_array(folder / "flux", mode="r").dtype
        has_sigma = (folder / "sigma" / "zarr.json").exists()
        sigma = zarr.open_array(folder / "sigma", mode="r").dtype if has_sigma else None
    if not wave.all():  # lost chunks read as zero
        raise ArchiveError(_damaged(folder, "wavelengths are lost"))
    return wave, Arrays(folder, grid_columns(flux, sigma), len(wave))


def _state(path: Path) -> tuple[int, int, int]:
    """Return what changes with the description of an array."""
    found = (path / "zarr.json").stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


@lru_cache(maxsize=256)
def _opened(path: Path, *_: int) -> "zarr.Array[Any]":
    """Return an array for reading; to open it takes longer than to read a spectrum."""
    return zarr.open_array(path, mode="r")


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            msg = f"No space left for {folder}: the disk is full. What was stored is unharmed."
            raise ArchiveError(msg) from error
        raise ArchiveError(_damaged(folder, error)) from error
    except (ValueError, KeyError, RuntimeError, TypeError) as error:
        # This is what Zarr raises for shards and metadata that are cut short or altered.
        raise ArchiveError(_damaged(folder, error)) from error


def _damaged(folder: Path, reason: object) -> str:
    return f"Arrays in {folder} can't be read: {reason}. Try: starsieve archive check."
