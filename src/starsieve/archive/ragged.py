"""Items of any length, one after the other in long arrays: how spectra and light curves are kept.

Pixels are written before rows, so that a crash leaves unused pixels and never a row without
pixels. The next writer begins where the last row ends, and so uses them again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, select

from starsieve.archive.arrays import AnyArray, Arrays, Column
from starsieve.archive.catalogue import Catalogue, insert_many
from starsieve.archive.collections import CollectionStore, Place, make_collection
from starsieve.archive.records import Kind, SourceFile
from starsieve.archive.source_files import keep_files, kept_hashes

VALUES_AT_A_TIME = 4_194_304


@dataclass(frozen=True, slots=True)
class Layout:
    """How items of one kind are kept: the kind's name, its columns and its table."""

    kind: Kind
    columns: tuple[Column, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Item:
    """What is stored of one spectrum or light curve: arrays by column, and values of its row."""

    arrays: Mapping[str, AnyArray]
    row: Mapping[str, Any]
    source: SourceFile | None = None

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))


def belonging(
    items: Sequence[Item],
    sources: Sequence[SourceFile | None] | None,
    targets: Sequence[int | None] | None,
) -> list[Item]:
    """Return items with their files and targets."""
    nothing = [None] * len(items)
    return [
        replace(item, source=source, row={**item.row, "target_id": target})
        for item, source, target in zip(items, sources or nothing, targets or nothing, strict=True)
    ]


def append(
    catalogue: Catalogue,
    collections: CollectionStore,
    layout: Layout,
    items: Sequence[Item],
    collection: str,
) -> list[int]:
    """Store items whose files the collection does not have yet; return their numbers."""
    if not items:
        return []
    with collections.appending(collection, layout.kind) as place:
        items = _unknown(catalogue, items, collection)
        arrays = Arrays(place.folder, layout.columns)
        if place.start == 0:
            arrays.remove()  # a killed writer may have left something
        starts = place.start + np.cumsum([0, *(len(item) for item in items)])
        for first, last in _portions([len(item) for item in items]):
            some = [item.arrays for item in items[first:last]]
            values = {c.name: np.concatenate([a[c.name] for a in some]) for c in layout.columns}
            arrays.write(int(starts[first]), values)
        with catalogue.writing() as connection:
            return _insert(connection, layout, place, items, starts.tolist())


def read_spans(arrays: Arrays, spans: Sequence[tuple[int, int]]) -> list[dict[str, AnyArray]]:
    """Return the columns of every (start, stop), reading neighbours at once."""
    found: list[dict[str, AnyArray]] = [{} for _ in spans]
    for run in _neighbours(spans):
        first, last = spans[run[0]][0], spans[run[-1]][1]
        block = arrays.read(first, last)
        for number in run:
            start, stop = spans[number]
            # A copy, so that who keeps one spectrum does not keep all that were read with it.
            found[number] = {n: v[start - first : stop - first].copy() for n, v in block.items()}
    return found


def _unknown(catalogue: Catalogue, items: Sequence[Item], collection: str) -> Sequence[Item]:
    hashes = [None if item.source is None else item.source.sha256 for item in items]
    if not any(hashes):
        return items
    with catalogue.reading() as connection:
        kept = kept_hashes(connection, collection, hashes)
    return [item for item, sha256 in zip(items, hashes, strict=True) if sha256 not in kept]


def _insert(
    connection: Connection,
    layout: Layout,
    place: Place,
    items: Sequence[Item],
    starts: Sequence[int],
) -> list[int]:
    if not items:
        return []
    sources = [item.source for item in items if item.source is not None]
    files = keep_files(connection, place.name, sources)
    number = make_collection(connection, place, layout.kind)
    rows = [
        {
            **item.row,
            "collection_id": number,
            "start": start,
            "stop": start + len(item),
            "source_id": None if item.source is None else files[str(item.source.sha256)],
        }
        for item, start in zip(items, starts, strict=False)
    ]
    insert_many(connection, layout.table, rows)
    return numbers_from(connection, layout.table, number, starts[0])


def numbers_from(connection: Connection, table: Table, collection: int, start: int) -> list[int]:
    """Return the numbers of a collection's items from `start` on."""
    query = (
        select(table.c.id)
        .where(table.c.collection_id == collection, table.c.start >= start)
        .order_by(table.c.start)
    )
    return list(connection.scalars(query))


def _portions(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    first, values = 0, 0
    for number, length in enumerate(lengths):
        if values and values + length > VALUES_AT_A_TIME:
            yield first, number
            first, values = number, 0
        values += length
    if values:
        yield first, len(lengths)


def _neighbours(spans: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in sorted(range(len(spans)), key=lambda i: spans[i]):
        start, stop = spans[number]
        if run and (start != spans[run[-1]][1] or stop - spans[run[0]][0] > VALUES_AT_A_TIME):
            yield run
            run = []
        run.append(number)
    if run:
        yield run
