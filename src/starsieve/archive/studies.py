"""Studies that the archive keeps: what is searched, and a journal of what happened."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, insert_many, insert_one
from starsieve.archive.collections import check_name
from starsieve.archive.encoding import plain
from starsieve.archive.lock import only_writer
from starsieve.archive.records import StudyInfo
from starsieve.errors import NotInArchiveError


class StudyStore:
    """Keep studies. What their journals mean is for `starsieve.tuning`."""

    def __init__(self, catalogue: Catalogue, root: Path) -> None:
        self._catalogue = catalogue
        self._root = root

    def open(self, name: str, task: str, recipe: Mapping[str, Any]) -> StudyInfo:
        """Return the study of that name; make it if there is none.

        Raises
        ------
        DataError
            If the name can't be that of a study.
        """
        check_name(name)
        row = {"name": name, "task": task, "recipe": plain(recipe, "recipe")}
        with self.alone(name), self._catalogue.writing() as connection:
            if connection.scalar(_number(name)) is None:
                insert_one(connection, schema.study, row | {"created": datetime.now(UTC)})
        return self.get(name)

    def get(self, name: str) -> StudyInfo:
        """Return a study.

        Raises
        ------
        NotInArchiveError
            If there is none of that name.
        """
        found = {study.name: study for study in self.list()}
        if name not in found:
            raise _unknown(name, list(found))
        return found[name]

    def remove(self, name: str) -> None:
        """Forget a study and all that happened in it.

        Raises
        ------
        NotInArchiveError
            If there is none of that name.
        """
        self.get(name)
        with self._catalogue.writing() as connection:
            connection.execute(delete(schema.study).where(schema.study.c.name == name))

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Let only one process at a time do what must not be done by two.

        Raises
        ------
        ArchiveError
            If another process is at it for too long.
        """
        with only_writer(self._root, f".study-{name}"):  # no collection has such a name
            yield

    def append(self, name: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Add to the end of a study's journal: all entries, one after the other, or none.

        Raises
        ------
        NotInArchiveError
            If there is no study of that name.
        """
        last = func.coalesce(func.max(schema.study_entry.c.position), -1)
        with self._catalogue.writing() as connection:
            # The lock on the row keeps a second writer waiting; SQLite has one writer anyway.
            number = self._find(connection, name, _number(name).with_for_update())
            query = select(last).where(schema.study_entry.c.study_id == number)
            first = connection.execute(query).scalar_one() + 1
            rows = [
                {"study_id": number, "position": first + n, "entry": dict(entry)}
                for n, entry in enumerate(entries)
            ]
            insert_many(connection, schema.study_entry, rows)

    def read(self, name: str, first: int = 0) -> list[dict[str, Any]]:
        """Return a study's journal, from an entry on.

        Raises
        ------
        NotInArchiveError
            If there is no study of that name.
        """
        table, studies = schema.study_entry, schema.study
        query = (
            select(table.c.entry)
            .join(studies, studies.c.id == table.c.study_id)
            .where(studies.c.name == name, table.c.position >= first)
            .order_by(table.c.position)
        )
        with self._catalogue.reading() as connection:
            entries = list(connection.scalars(query))
            if not entries:
                self._find(connection, name, _number(name))
            return entries

    def _find(self, connection: Connection, name: str, query: Select[Any]) -> int:
        number = connection.scalar(query)
        if number is None:
            names = connection.scalars(select(schema.study.c.name).order_by(schema.study.c.name))
            raise _unknown(name, list(names))
        return int(number)

    def list(self) -> list[StudyInfo]:
        """Return all studies by name."""
        query = select(schema.study).order_by(schema.study.c.name)
        with self._catalogue.reading() as connection:
            return [
                StudyInfo(row.name, row.task, row.recipe, row.created)
                for row in connection.execute(query)
            ]


def _number(name: str) -> Select[Any]:
    return select(schema.study.c.id).where(schema.study.c.name == name)


def _unknown(name: str, names: Sequence[str]) -> NotInArchiveError:
    known = ", ".join(names) or "none yet"
    return NotInArchiveError(f"No study {name!r} in the archive. There are: {known}.")
