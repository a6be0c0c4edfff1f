"""Collections: what there is, and the one way to append to one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Table, func, select, update

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, insert_one
from starsieve.archive.lock import only_writer
from starsieve.archive.records import CollectionInfo, Kind
from starsieve.errors import DataError, NotInArchiveError
from starsieve.tasks import Name

_NAME = TypeAdapter(Name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next items of a collection go; `id` is None while it has none."""

    id: int | None
    name: str
    folder: Path
    start: int


class CollectionStore:
    """List collections, and lend the right to write to one."""

    def __init__(self, catalogue: Catalogue, root: Path) -> None:
        self._catalogue = catalogue
        self._root = root

    def names(self) -> list[str]:
        """Return the names of all collections."""
        with self._catalogue.reading() as connection:
            query = select(schema.collection.c.name).order_by(schema.collection.c.name)
            return list(connection.scalars(query))

    def get(self, name: str) -> CollectionInfo:
        """Return a collection.

        Raises
        ------
        NotInArchiveError
            If there is none of that name.
        """
        with self._catalogue.reading() as connection:
            found = next(_select(connection, name), None)
        if found is None:
            known = ", ".join(self.names()) or "none yet"
            msg = f"No collection {name!r} in {self._root}. There are: {known}."
            raise NotInArchiveError(msg)
        return found

    def kind(self, name: str) -> Kind | None:
        """Return what a collection consists of, None if there is none of that name."""
        with self._catalogue.reading() as connection:
            query = select(schema.collection.c.kind).filter_by(name=name)
            return cast("Kind | None", connection.scalar(query))

    def files(self, name: str) -> dict[str, str]:
        """Return the files that a collection came from, and the SHA-256 of each.

        For a derived collection these are those of its parents. A file goes by its name, or by its
        path where another has the same name.

        Raises
        ------
        NotInArchiveError
            If there is no collection of that name.
        """
        collections = [self.get(name)]
        while (parent := collections[-1].parent) is not None:
            collections.append(self.get(parent))
        table = schema.source_file
        query = (
            select(table.c.path, table.c.sha256)
            .where(table.c.collection.in_([c.name for c in collections]))
            .where(table.c.outcome == "kept")
            .order_by(table.c.id)
        )
        files: dict[str, str] = {}
        with self._catalogue.reading() as connection:
            for path, sha256 in connection.execute(query):
                short = PurePath(path).name
                files[path if files.get(short, sha256) != sha256 else short] = sha256
        return files

    def folder(self, name: str) -> Path:
        """Return where the arrays of a collection are, or would be."""
        return self._root / "arrays" / name

    @contextmanager
    def appending(self, name: str, kind: Kind) -> Iterator[Place]:
        """Lend the right to append to a collection, which is made with its first rows.

        Raises
        ------
        DataError
            If the name is not one, or the collection is of another kind.
        ArchiveError
            If another process writes to it for too long.
        """
        check_name(name)
        with only_writer(self._root, name):
            with self._catalogue.reading() as connection:
                found = next(_select(connection, name), None)
                start = 0 if found is None else _end(connection, name)
            if found is not None and found.kind != kind:
                msg = (
                    f"Collection {name!r} is of kind {found.kind!r}, this is {kind!r}. "
                    "Choose another collection for it."
                )
                raise DataError(msg)
            number = None if found is None else self._number(name)
            yield Place(number, name, self.folder(name), start)

    def _number(self, name: str) -> int:
        with self._catalogue.reading() as connection:
            return collection_number(connection, name)

    def list(self) -> list[CollectionInfo]:
        """Return all collections by name."""
        with self._catalogue.reading() as connection:
            return list(_select(connection))


def check_name(name: str) -> None:
    """Raise DataError unless `name` may become a folder."""
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        msg = (
            f"{name!r} is no name for a collection or model: it may have lower-case letters, "
            "digits and ._-, must begin with a letter or digit, and have at most 80 characters."
        )
        raise DataError(msg) from error


def make_collection(
    connection: Connection, place: Place, kind: Kind, parent: str | None = None, **grid: Any
) -> int:
    """Return the number of a collection; make it if it is new or empty.

    Parameters
    ----------
    grid
        n_pixels, flux_unit, resolution, meta, recipe: what a gridded collection shares.

    Raises
    ------
    NotInArchiveError
        If there is no such parent.
    """
    if place.id is not None:
        if place.start == 0 and grid:  # all that was in it has been lost, so its grid is a new one
            table = schema.collection
            connection.execute(update(table).where(table.c.id == place.id).values(**grid))
        return place.id
    row = {
        "name": place.name,
        "kind": kind,
        "created": datetime.now(UTC),
        "parent_id": None if parent is None else collection_number(connection, parent),
        **grid,
    }
    return insert_one(connection, schema.collection, row)


def collection_number(connection: Connection, name: str) -> int:
    """Return the number of a collection; raise NotInArchiveError if there is none."""
    number = connection.scalar(select(schema.collection.c.id).filter_by(name=name))
    if number is None:
        msg = f"No collection {name!r} in the archive."
        raise NotInArchiveError(msg)
    return int(number)


def items_table(kind: str) -> Table:
    """Return the table that holds the items of a collection of that kind."""
    return schema.light_curve if kind == "light curves" else schema.spectrum


def _end(connection: Connection, name: str) -> int:
    number = collection_number(connection, name)
    ends = [
        connection.scalar(select(func.max(table.c.stop)).where(table.c.collection_id == number))
        for table in (schema.spectrum, schema.light_curve)
    ]
    return max(int(end or 0) for end in ends)


def _select(connection: Connection, name: str | None = None) -> Iterator[CollectionInfo]:
    parent = schema.collection.alias()
    query = (
        select(schema.collection, parent.c.name.label("parent"))
        .outerjoin(parent, parent.c.id == schema.collection.c.parent_id)
        .order_by(schema.collection.c.name)
    )
    if name is not None:
        query = query.where(schema.collection.c.name == name)
    for row in connection.execute(query).all():
        table = items_table(row.kind)
        count = select(func.count()).select_from(table).where(table.c.collection_id == row.id)
        yield _info(row._mapping, connection.scalar(count) or 0)


def _info(row: Mapping[Any, Any], n_items: int) -> CollectionInfo:
    return CollectionInfo(
        name=row["name"],
        kind=row["kind"],
        n_items=n_items,
        parent=row["parent"],
        recipe=row["recipe"],
        n_pixels=row["n_pixels"],
        flux_unit=row["flux_unit"],
        resolution=row["resolution"],
        meta=row["meta"] or {},
        created=row["created"],
    )
