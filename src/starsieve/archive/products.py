"""Files that remote archives have of the stars."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, insert_many
from starsieve.archive.records import ProductRow, Stored, Target
from starsieve.errors import DataError, NotInArchiveError

Stars = list[Target]


class ProductStore:
    """Add lists of files, and ask which stars have some and which have none."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, rows: Iterable[ProductRow]) -> Stored:
        """Store files by their address, all or none; what is said anew of one replaces the old.

        Raises
        ------
        DataError
            If a file has no address or kind, or comes twice.
        NotInArchiveError
            If there is no such target.
        """
        kept = list(rows)
        offered = {_checked(row).uri: row for row in kept}
        if len(offered) < len(kept):
            msg = "A file comes twice among those to add."
            raise DataError(msg)
        now, table = datetime.now(UTC), schema.product
        with self._catalogue.writing() as connection:
            _check_targets(connection, {row.target for row in kept})
            known = _known(connection, offered)
            new = [_values(row) for uri, row in offered.items() if uri not in known]
            insert_many(connection, table, [values | {"created": now} for values in new])
            changed = {
                uri
                for uri, row in offered.items()
                if uri in known and _said(known[uri]) != _values(row)
            }
            for uri in changed:
                connection.execute(
                    update(table).where(table.c.uri == uri).values(_values(offered[uri]))
                )
            numbers = {uri: row.id for uri, row in _known(connection, offered).items()}
        return Stored(
            tuple(numbers[uri] for uri in offered),
            tuple(
                "added" if uri not in known else "changed" if uri in changed else "unchanged"
                for uri in offered
            ),
        )

    def list(
        self,
        *,
        target: int | None = None,
        tic: int | None = None,
        kind: str | None = None,
        sector: int | None = None,
    ) -> "list[ProductRow]":
        """Return files in order of their addresses: all, or those for which all given holds."""
        table, star = schema.product, schema.target
        given = {
            table.c.target_id: target,
            star.c.tic: tic,
            table.c.kind: kind,
            table.c.sector: sector,
        }
        query = (
            select(table, star.c.tic)
            .join(star, star.c.id == table.c.target_id)
            .where(*(column == value for column, value in given.items() if value is not None))
            .order_by(table.c.uri)
        )
        with self._catalogue.reading() as connection:
            return [
                ProductRow(
                    target=row.target_id, uri=row.uri, kind=row.kind, sector=row.sector, tic=row.tic
                )
                for row in connection.execute(query)
            ]

    def missing(self, kind: str | None = None) -> Stars:
        """Return the stars with a TIC number of which no file is known, or none of a kind."""
        table, star = schema.product, schema.target
        has_some = exists().where(table.c.target_id == star.c.id)
        if kind is not None:
            has_some = has_some.where(table.c.kind == kind)
        query = select(star).where(star.c.tic.is_not(None), ~has_some).order_by(star.c.tic)
        with self._catalogue.reading() as connection:
            return [Target(**row._mapping) for row in connection.execute(query)]


def _checked(row: ProductRow) -> ProductRow:
    for what, value, longest in (("an address", row.uri, 400), ("a kind", row.kind, 20)):
        if not value or len(value) > longest or not value.isprintable():
            msg = f"A file needs {what} of 1 to {longest} printable characters, got {value!r}."
            raise DataError(msg)
    return row


def _check_targets(connection: Any, numbers: Iterable[int]) -> None:
    for some in in_parts(numbers):
        query = select(schema.target.c.id).where(schema.target.c.id.in_(some))
        if missing := sorted(set(some) - set(connection.scalars(query))):
            msg = f"No target {missing[0]} in the archive."
            raise NotInArchiveError(msg)


def _known(connection: Any, uris: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in in_parts(uris):
        query = select(schema.product).where(schema.product.c.uri.in_(some))
        found |= {row.uri: row for row in connection.execute(query)}
    return found


def _values(row: ProductRow) -> dict[str, Any]:
    return {"target_id": row.target, "uri": row.uri, "kind": row.kind, "sector": row.sector}


def _said(known: Any) -> dict[str, Any]:
    return {name: known._mapping[name] for name in ("target_id", "uri", "kind", "sector")}
