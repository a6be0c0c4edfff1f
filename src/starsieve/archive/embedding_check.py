"""Is every embedding backed by numbers? A part of the check of an archive."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.arrays import Arrays
from starsieve.archive.catalogue import in_parts
from starsieve.archive.embedding_sets import EmbeddingSet, list_sets
from starsieve.archive.lock import only_writer
from starsieve.errors import ArchiveError

Positions = npt.NDArray[np.int64]
Found = tuple[str, str, bool]
"""Where, what, and whether it is harmless."""


def check_embeddings(archive: Archive, repair: bool) -> Iterator[Found]:
    """Yield what is wrong with embeddings; forget those that are lost, if `repair` asks for it."""
    names = {path.name for path in (archive.root / "embeddings").glob("*") if path.is_dir()}
    with archive.catalogue.reading() as connection:
        names |= {name for name, _ in list_sets(connection)}
    for name in sorted(names):
        with only_writer(archive.root, f".embeddings-{name}") if repair else nullcontext():
            with archive.catalogue.reading() as connection:
                kept = [each for owner, each in list_sets(connection) if owner == name]
            for each in kept:
                yield from _set(archive, name, each, repair)
            yield from _nameless(archive.root / "embeddings" / name, kept, repair)


def _set(archive: Archive, name: str, kept: EmbeddingSet, repair: bool) -> Iterator[Found]:
    where = f"embeddings of {name} by {kept.model}"
    arrays = kept.arrays(archive.root / "embeddings" / name / kept.folder)
    used = _used(archive, kept)
    end = int(used.max(initial=-1)) + 1
    damaged = [(each, *span) for each in arrays for span in _damaged(each, end)]
    lost = np.zeros(len(used), dtype=bool)
    for _, start, stop in damaged:
        lost |= (used >= start) & (used < stop)
    if lost.any():
        what = f"{lost.sum()} of {len(used)} embeddings have lost their numbers"
        yield where, what, False
    unused = max(_longest(each) for each in arrays) - end  # gaps between are used again
    if unused > 0:
        yield where, f"{unused} rows of latents that nothing uses", True
    if repair:
        _forget(archive, kept, used[lost])
        for each, start, _ in damaged:
            if start % each.rows_per_shard == 0:  # not where an array ends too early
                each.drop_shard(start)
        end = int(used[~lost].max(initial=-1)) + 1
        for each in arrays:
            _truncate(each, end)


def _used(archive: Archive, kept: EmbeddingSet) -> Positions:
    table = schema.embedding
    query = select(table.c.position).where(table.c.set_id == kept.number)
    with archive.catalogue.reading() as connection:
        return np.array(connection.scalars(query).all(), dtype=np.int64)


def _damaged(arrays: Arrays, end: int) -> list[tuple[int, int]]:
    try:
        length = min(arrays.length(), end)
    except ArchiveError:
        length = 0
    missing = [(length, end)] if length < end else []
    return arrays.damaged_rows(length) + missing


def _longest(arrays: Arrays) -> int:
    try:
        return arrays.longest()
    except ArchiveError:
        return 0


def _forget(archive: Archive, kept: EmbeddingSet, positions: Positions) -> None:
    table = schema.embedding
    with archive.catalogue.writing() as connection:
        for some in in_parts(positions.tolist()):
            mine = (table.c.set_id == kept.number) & table.c.position.in_(some)
            connection.execute(delete(table).where(mine))


def _truncate(arrays: Arrays, end: int) -> None:
    if end == 0:  # damaged beyond opening, or empty: the next writer makes them anew
        arrays.remove()
    else:
        arrays.truncate(end)


def _nameless(folder: Path, kept: list[EmbeddingSet], repair: bool) -> Iterator[Found]:
    names = {each.folder for each in kept}
    for path in sorted(folder.glob("*")):
        if path.name not in names:
            yield f"embeddings {folder.name}/{path.name}", "latents of no model", True
            if repair:
                shutil.rmtree(path, ignore_errors=True)
