"""Is every row backed by pixels, every model by weights, every running run by a process?"""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, or_, select, text

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.arrays import (
    LIGHT_CURVE_COLUMNS,
    SPECTRUM_COLUMNS,
    Arrays,
    open_grid,
)
from starsieve.archive.catalogue import in_parts
from starsieve.archive.collections import items_table
from starsieve.archive.embedding_check import check_embeddings
from starsieve.archive.lock import only_writer
from starsieve.archive.models import missing_parts
from starsieve.archive.records import CollectionInfo
from starsieve.errors import ArchiveError, DataError


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be.

    `harmless` is what a killed process leaves and nobody ever reads.
    """

    where: str
    what: str
    harmless: bool = False
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found."""

    problems: tuple[Problem, ...]

    @property
    def clean(self) -> bool:
        """True if nothing is wrong, or what was is repaired."""
        return all(problem.harmless or problem.repaired for problem in self.problems)


def check(archive: Archive, repair: bool = False) -> CheckReport:
    """Look for everything that a crash, a full disk or a lost file can leave behind.

    Parameters
    ----------
    archive : Archive
    repair : bool
        Whether to put it right: unused pixels are given back, rows whose pixels are lost are
        deleted together with the record of their file, so that the next ingest brings them again.

    Raises
    ------
    ArchiveError
        If the catalogue itself is damaged, or a collection to repair is being written to.
    """
    _check_catalogue(archive)
    problems = [*_nameless(archive, repair)]
    for name in archive.collections.names():
        with only_writer(archive.root, name) if repair else nullcontext():
            problems += _collection(archive, archive.collections.get(name), repair)
    problems += [Problem(*found) for found in check_embeddings(archive, repair)]
    problems += _empty_files(archive, repair)
    problems += _models(archive, repair)
    problems += _runs(archive, repair)
    return CheckReport(tuple(replace(p, repaired=repair) for p in problems))


def _check_catalogue(archive: Archive) -> None:
    if archive.catalogue.is_sqlite:
        with archive.catalogue.reading() as connection:
            verdict = connection.scalar(text("PRAGMA quick_check(1)"))
        if verdict != "ok":
            msg = f"The catalogue of {archive.root} is damaged ({verdict}). Restore it from a copy."
            raise ArchiveError(msg)


def _nameless(archive: Archive, repair: bool) -> Iterator[Problem]:
    """Yield arrays of collections that were never finished."""
    folders = [path for path in sorted((archive.root / "arrays").glob("*")) if path.is_dir()]
    for folder in folders:
        if folder.name in archive.collections.names():
            continue
        yield Problem(f"arrays {folder.name}", "pixels of no collection", harmless=True)
        if repair:
            with only_writer(archive.root, folder.name):
                if folder.name not in archive.collections.names():
                    shutil.rmtree(folder, ignore_errors=True)


def _collection(archive: Archive, info: CollectionInfo, repair: bool) -> Iterator[Problem]:
    where = f"collection {info.name}"
    folder = archive.collections.folder(info.name)
    partial = list(folder.rglob("*.partial"))
    if partial:
        yield Problem(where, f"{len(partial)} shards written in part", harmless=True)
    spans = _spans(archive, info)
    end = spans[-1][1] if spans else 0
    arrays = _open(info, folder)
    damaged = [(0, end)] if arrays is None else _damaged(arrays, end)
    lost = [s for s in spans if any(s[0] < stop and start < s[1] for start, stop in damaged)]
    if lost:
        what = f"{len(lost)} of {len(spans)} {_items(info)} have lost their pixels"
        yield Problem(where, what)
    unused = 0 if arrays is None else arrays.longest() - end
    if unused > 0:
        yield Problem(where, f"{unused} rows of pixels that nothing uses", harmless=True)
    if repair:
        for path in partial:
            path.unlink(missing_ok=True)
        if lost:
            _forget(archive, info, [span[2] for span in lost])
        if arrays is not None:
            arrays.truncate(max((stop for _, stop, _ in _spans(archive, info)), default=0))


def _spans(archive: Archive, info: CollectionInfo) -> list[tuple[int, int, int]]:
    table = items_table(info.kind)
    query = (
        select(table.c.start, table.c.stop, table.c.id)
        .join(schema.collection, schema.collection.c.id == table.c.collection_id)
        .where(schema.collection.c.name == info.name)
        .order_by(table.c.start)
    )
    with archive.catalogue.reading() as connection:
        return [(row.start, row.stop, row.id) for row in connection.execute(query)]


def _open(info: CollectionInfo, folder: Path) -> Arrays | None:
    if info.kind != "grid":
        columns = SPECTRUM_COLUMNS if info.kind == "spectra" else LIGHT_CURVE_COLUMNS
        return Arrays(folder, columns)
    try:
        return open_grid(folder)[1]
    except (ArchiveError, DataError):
        return None


def _damaged(arrays: Arrays, end: int) -> list[tuple[int, int]]:
    try:
        length = arrays.length()
    except ArchiveError:
        length = 0
    missing = [(length, end)] if length < end else []
    return arrays.damaged_rows(min(length, end)) + missing


def _forget(archive: Archive, info: CollectionInfo, numbers: list[int]) -> None:
    """Delete items, all that came with them in one file, and the record of that file."""
    table, files = items_table(info.kind), schema.source_file
    with archive.catalogue.writing() as connection:
        rows = {
            row.id: row
            for row in connection.execute(
                select(table).where(
                    table.c.collection_id
                    == select(schema.collection.c.id).filter_by(name=info.name).scalar_subquery()
                )
            )
        }
        lost = {rows[number].source_id for number in numbers} - {None}
        gone = {row.id for row in rows.values() if row.source_id in lost} | set(numbers)
        if info.kind == "grid":
            # Rows of a grid follow each other without gaps: what comes after goes, too.
            first = min(rows[number].start for number in gone)
            gone = {row.id for row in rows.values() if row.start >= first}
            lost = {rows[number].source_id for number in gone} - {None}
        for some in in_parts(gone):
            connection.execute(delete(table).where(table.c.id.in_(some)))
        for some in in_parts(lost):
            connection.execute(delete(files).where(files.c.id.in_(some)))


def _empty_files(archive: Archive, repair: bool) -> Iterator[Problem]:
    """Yield files that count as kept, of which nothing is there."""
    files = schema.source_file
    used = [
        files.c.id.in_(select(table.c.source_id).where(table.c.source_id.is_not(None)))
        for table in (schema.spectrum, schema.light_curve)
    ]
    empty = (files.c.outcome == "kept") & ~or_(*used)
    with archive.catalogue.writing() as connection:
        for path in connection.scalars(select(files.c.path).where(empty)).all():
            yield Problem(f"file {path}", "counts as kept, but nothing of it is there")
        if repair:
            connection.execute(delete(files).where(empty))


def _models(archive: Archive, repair: bool) -> Iterator[Problem]:
    for model in archive.models.list():
        lacking = missing_parts(archive.models.folder(model.name))
        if lacking:
            yield Problem(f"model {model.name}", f"lacks {' and '.join(lacking)}")
            if repair:
                archive.models.remove(model.name)


def _runs(archive: Archive, repair: bool) -> Iterator[Problem]:
    for run in archive.runs.lost():
        yield Problem(f"run {run.number}", "counts as running, but its process is gone")
    if repair:
        archive.runs.mark_interrupted()


def _items(info: CollectionInfo) -> str:
    return "light curves" if info.kind == "light curves" else "spectra"
