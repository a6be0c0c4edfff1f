"""Files that were offered to a collection, known by their content, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, upsert
from starsieve.archive.encoding import printable
from starsieve.archive.records import FileInfo, SourceFile

_KEYS = ("collection", "sha256")


class SourceFileStore:
    """Ask which files a collection has, and record those that were refused.

    Kept files are recorded together with their contents, by the stores of those.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(self, collection: str) -> "list[FileInfo]":
        """Return all files that were offered to a collection, in the order they came."""
        table = schema.source_file
        query = select(table).where(table.c.collection == collection).order_by(table.c.id)
        with self._catalogue.reading() as connection:
            return [
                FileInfo(
                    path=row.path,
                    sha256=row.sha256,
                    size=row.size,
                    layout=row.layout,
                    outcome=row.outcome,
                    reason=row.reason,
                    created=row.created,
                )
                for row in connection.execute(query)
            ]

    def kept(self, collection: str) -> frozenset[str]:
        """Return the SHA-256 of every file whose contents the collection has."""
        with self._catalogue.reading() as connection:
            return frozenset(_kept(connection, collection))

    def refuse(self, collection: str, refused: Iterable[tuple[SourceFile, str]]) -> None:
        """Record files that were refused, with the reason; forget what was said before."""
        rows = [
            _row(collection, source, outcome="refused", reason=reason) for source, reason in refused
        ]
        table = schema.source_file
        with self._catalogue.writing() as connection:
            for paths in in_parts(row["path"] for row in rows):
                connection.execute(
                    delete(table).where(
                        table.c.collection == collection,
                        table.c.outcome == "refused",
                        table.c.path.in_(paths),
                    )
                )
            kept = kept_hashes(connection, collection, (row["sha256"] for row in rows))
            unread = [row for row in rows if row["sha256"] is None]
            if unread:
                connection.execute(table.insert(), unread)
            known = [row for row in rows if row["sha256"] not in {None, *kept}]
            upsert(connection, table, known, _KEYS)


def kept_hashes(connection: Connection, collection: str, among: Iterable[str | None]) -> set[str]:
    """Return which of the SHA-256 are of files whose contents a collection has."""
    kept: set[str] = set()
    for hashes in in_parts({sha256 for sha256 in among if sha256 is not None}):
        kept |= _kept(connection, collection, schema.source_file.c.sha256.in_(hashes))
    return kept


def _kept(connection: Connection, collection: str, *conditions: ColumnElement[bool]) -> set[str]:
    table = schema.source_file
    query = select(table.c.sha256).where(
        table.c.collection == collection, table.c.outcome == "kept", *conditions
    )
    return set(connection.scalars(query))


def keep_files(
    connection: Connection, collection: str, sources: Sequence[SourceFile]
) -> dict[str, int]:
    """Record files whose contents are stored in this transaction; return number by SHA-256."""
    rows = {source.sha256: _row(collection, source, outcome="kept") for source in sources}
    upsert(connection, schema.source_file, list(rows.values()), _KEYS)
    numbers: dict[str, int] = {}
    for hashes in in_parts(rows):
        query = select(schema.source_file.c.sha256, schema.source_file.c.id).where(
            schema.source_file.c.collection == collection,
            schema.source_file.c.sha256.in_(hashes),
        )
        numbers |= {row.sha256: row.id for row in connection.execute(query)}
    return numbers


def _row(
    collection: str, source: SourceFile, outcome: str, reason: str | None = None
) -> dict[str, Any]:
    path = printable(source.path)
    return {
        "collection": collection,
        "sha256": source.sha256,
        "size": source.size,
        "path": path,
        "name": path.rpartition("/")[2],
        "layout": source.layout,
        "outcome": outcome,
        "reason": None if reason is None else printable(reason),
        "created": datetime.now(UTC),
    }
