"""What is known of spectra: labels, classes and stars, from the archive or from tables."""

import csv
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, FileError

Words = npt.NDArray[np.str_]

ID_COLUMNS = ("id", "ids", "spectrum", "dp_id")
STAR_COLUMNS = ("star", "target", "object")
UNKNOWN = ("", "nan", "none", "null", "--")
"""Cells that say that something is not known, in small letters."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KnownLabels:
    """Labels and classes of spectra, a row each.

    Parameters
    ----------
    ids : array of int, shape (n,)
    values : mapping of str to array, shape (n,)
        Labels; NaN where not known.
    words : mapping of str to array of str, shape (n,)
        Classes, such as spectral types; ``""`` where not known.
    stars : array of str, shape (n,), optional
        Which star a spectrum is of; ``""`` where not known, and None if of none.
    """

    ids: npt.NDArray[np.int64]
    values: Mapping[str, FloatArray]
    words: Mapping[str, Words] = field(default_factory=dict)
    stars: Words | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<KnownLabels of {len(self)} spectra: {', '.join([*self.values, *self.words])}>"

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return the given rows."""
        return type(self)(
            self.ids[rows],
            {name: values[rows] for name, values in self.values.items()},
            {name: words[rows] for name, words in self.words.items()},
            None if self.stars is None else self.stars[rows],
        )


def labels_of(archive: Archive, collection: str, origin: str | None = None) -> KnownLabels:
    """Return what the archive knows of a collection's spectra.

    Words that files say of their spectra are classes.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    DataError
        If labels of several origins clash.
    """
    ids, values = archive.labels.table(collection, origin=origin)
    rows = archive.spectra.table(collection)
    by_id = {row.id: row for row in rows}
    known = [by_id[number] for number in ids.tolist()]
    stars = [f"target {row.target}" if row.target is not None else row.object for row in known]
    names = {
        name for row in rows for name, word in row.meta.items() if isinstance(word, str) and word
    }
    words = {name: np.array([_word(row.meta.get(name)) for row in known]) for name in sorted(names)}
    return KnownLabels(ids, values, words, np.array(stars, dtype=np.str_) if stars else None)


def read_labels(path: Path) -> KnownLabels:
    """Read a CSV file of labels: numbers are labels, words are classes.

    The column ``id`` says which spectrum a row is of, by number or name; without it, rows are
    numbered 0, 1, ... as latents are that have no numbers either. A column ``star`` (or
    ``target``, ``object``) tells which spectra are of one star.

    Raises
    ------
    FileError
        If it can't be read, or has no header and rows.
    DataError
        If a number or name comes twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: can't be read as a table ({error})."
        raise FileError(msg) from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    header, *rows = csv.reader(io.StringIO("\n".join(lines))) if lines else [[]]
    names = [name.strip() for name in header]
    wrong = next((row for row in rows if len(row) != len(names)), None)
    if not rows or wrong is not None or len(set(names)) != len(names):
        found = f"a row of {len(wrong)} cells" if wrong is not None else f"{len(rows)} rows"
        msg = (
            f"{path}: expected a header of different names and rows of as many cells, got {found} "
            f"under {len(names)} names."
        )
        raise FileError(msg)
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return _known(path, columns, len(rows))


def read_latents(path: Path) -> tuple[Embeddings, bool]:
    """Read latents from ``.npz`` or ``.npy``, and whether it says which spectra they are of.

    An ``.npz`` file has ``latents`` (n, n_latents) and, if there are any, ``ids`` (n,) and
    ``sigma`` (n, n_latents); an ``.npy`` file has latents alone.

    Raises
    ------
    FileError
        If it can't be read.
    DataError
        If shapes do not fit.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            arrays = {"latents": loaded}
        else:
            with loaded:
                arrays = dict(loaded)
    except (OSError, ValueError, EOFError) as error:
        msg = f"{path}: can't be read as arrays ({error}). Expected .npz or .npy."
        raise FileError(msg) from error
    if "latents" not in arrays:
        msg = f"{path}: expected an array 'latents', and 'ids' and 'sigma' if there are any, got "
        raise FileError(msg + f"{', '.join(arrays) or 'nothing'}.")
    latents, sigma = arrays["latents"], arrays.get("sigma")
    if any(each is not None and each.dtype.kind not in "fiu" for each in (latents, sigma)):
        msg = f"{path}: latents and sigma must be real numbers, got {latents.dtype}."
        raise DataError(msg)
    ids = (
        _numbered(path, arrays["ids"])
        if "ids" in arrays
        else np.arange(len(np.atleast_1d(latents)))
    )
    try:
        made = Embeddings(latents.astype(np.float64), ids, sigma, model=path.stem)
    except DataError as error:
        msg = f"{path}: {error}"
        raise DataError(msg) from error
    return made, "ids" in arrays


def _numbered(path: Path, ids: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return what tells spectra apart as numbers, whether it is numbers or names."""
    if ids.dtype.kind == "U":
        return _ids(path, ids.tolist())
    if ids.dtype.kind not in "fiu" or not np.array_equal(ids, np.floor(ids)):
        msg = f"{path}: ids must be whole numbers or names."
        raise DataError(msg)
    return ids.astype(np.int64)


def _known(path: Path, columns: dict[str, list[str]], n_rows: int) -> KnownLabels:
    by_lower = {name.lower(): name for name in columns}
    id_name = next((by_lower[name] for name in ID_COLUMNS if name in by_lower), None)
    star_name = next((by_lower[name] for name in STAR_COLUMNS if name in by_lower), None)
    ids = np.arange(n_rows) if id_name is None else _ids(path, columns[id_name])
    values, words = {}, {}
    for name, cells in columns.items():
        numbers = _numbers(cells)
        if name in (id_name, star_name):
            continue
        if numbers is None:
            words[name] = np.array([_word(cell) for cell in cells])
        else:
            values[name] = numbers
    stars = None if star_name is None else np.array([_word(c) for c in columns[star_name]])
    return KnownLabels(ids, values, words, stars)


def _ids(path: Path, cells: Sequence[str]) -> npt.NDArray[np.int64]:
    try:
        ids = np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):  # names: equal ones have equal hashes
        hashes = [hashlib.sha256(cell.strip().encode()).digest()[:8] for cell in cells]
        ids = np.frombuffer(b"".join(hashes), dtype=np.int64)
    if len(np.unique(ids)) != len(ids):
        msg = f"{path}: a spectrum comes twice. Give one row for each."
        raise DataError(msg)
    return ids


def _numbers(cells: Sequence[str]) -> FloatArray | None:
    """Return cells as numbers, NaN where not known; None if one is a word."""
    found = []
    for cell in cells:
        if cell.strip().lower() in UNKNOWN:
            found.append(np.nan)
            continue
        try:
            value = float(cell)
        except ValueError:
            return None
        found.append(value if math.isfinite(value) else np.nan)
    return np.array(found)


def _word(cell: Any) -> str:
    text = cell.strip() if isinstance(cell, str) else ""
    return "" if text.lower() in UNKNOWN else text
