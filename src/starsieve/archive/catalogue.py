"""The catalogue's connection: engine set-up, transactions, and errors in one voice."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    Text,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from starsieve.errors import ArchiveError

BUSY_SECONDS = 60
"""How long a writer waits for another one, on SQLite."""

ROWS_PER_STATEMENT = 500
"""Below the number of variables that SQLite takes in one statement."""

ROWS_PER_ARRAY = 20_000
ROWS_AT_A_TIME = 20_000

SERVERS = ("postgresql+psycopg",)

_numbers = count()


class Catalogue:
    """A database and how to talk to it: `reading` and `writing` give a connection in a transaction.

    Parameters
    ----------
    url : sqlalchemy.URL
        ``sqlite:///file`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _make_engine(url)
        # Versions of a database can be compared on one connection only, which writes nothing.
        self._watcher: PoolProxiedConnection | None = None
        self._watching, self._number = Lock(), next(_numbers)

    @property
    def is_sqlite(self) -> bool:
        """True for a file, False for a server."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the catalogue.

        Raises
        ------
        ArchiveError
            If the database can't be reached or is damaged.
        """
        with self._errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept all together, or not at all.

        Raises
        ------
        ArchiveError
            If the database can't be reached, is damaged, busy for too long, or the disk is full.
        """
        with self._errors(), self.engine.connect() as connection:
            connection.execution_options(starsieve_writes=True)
            with connection.begin():
                yield connection

    def stamp(self) -> str:
        """Return a text that changes whenever anything in the catalogue does, at next to no cost.

        Raises
        ------
        ArchiveError
            If the database can't be reached.
        """
        if not self.is_sqlite:
            with self.reading() as connection:
                newest = func.pg_snapshot_xmax(func.pg_current_snapshot())
                return str(connection.scalar(select(cast(newest, Text))))
        # Nobody but SQLite may open the catalogue's files: whoever closes one of them takes the
        # locks of all connections of this process with it.
        with self._watching:
            try:
                self._watcher = self._watcher or _open_alone(self.engine)
                cursor = self._watcher.cursor()
                cursor.execute("PRAGMA data_version")
                [(version,)] = cursor.fetchall()
                cursor.close()
            except (sqlite3.Error, SQLAlchemyError) as error:
                raise ArchiveError(_explain(error, self.url)) from error
        return f"{self._number}.{version}"

    def close(self) -> None:
        """Close all connections."""
        with self._watching:
            if self._watcher is not None:
                self._watcher.close()
            self._watcher = None
        self.engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise ArchiveError(_explain(error, self.url)) from error


def server_url(url: str) -> URL:
    """Return the URL of a catalogue on a server.

    Raises
    ------
    ArchiveError
        If it is no URL or names a database that is not supported.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in SERVERS:
        shown = "what was given" if parsed is None else repr(parsed.drivername)
        msg = (
            f"database_url must start with postgresql+psycopg://, {shown} does not. "
            "Leave it out to keep the catalogue in a file."
        )
        raise ArchiveError(msg)
    return parsed


def insert_one(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Insert a row and return its number."""
    key = connection.execute(table.insert(), row).inserted_primary_key
    return int(key[0]) if key is not None else -1  # every table here has a key


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(table.insert(), rows)
        return
    # Row by row a server takes four times as long.
    names = list(rows[0])
    for first in range(0, len(rows), ROWS_PER_ARRAY):
        some = rows[first : first + ROWS_PER_ARRAY]
        columns = [
            func.unnest(
                literal([row[name] for row in some], ARRAY(table.c[name].type, dimensions=1))
            )
            for name in names
        ]
        connection.execute(table.insert().from_select(names, select(*columns)))


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> None:
    """Insert rows; where one with the same `keys` exists, put the new values in its place."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=values), list(rows)
    )


def fetch_parts(connection: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows as the driver gives them, some at a time: records of them take as long again.

    For numbers and plain text alone: what a column's type would make of a value is left out.
    """
    cursor: Any = connection.execute(query).cursor
    while rows := cursor.fetchmany(ROWS_AT_A_TIME):
        yield rows


def in_parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Split values into lists that fit into one ``IN (...)``."""
    everything = list(values)
    for first in range(0, len(everything), ROWS_PER_STATEMENT):
        yield everything[first : first + ROWS_PER_STATEMENT]


def _make_engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=url.drivername in SERVERS)
    except (ImportError, NoSuchModuleError) as error:
        msg = "PostgreSQL needs the extra 'postgres': pip install 'starsieve[postgres]'."
        raise ArchiveError(msg) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_alone(engine: Engine) -> PoolProxiedConnection:
    """Open a connection to a file that belongs to no pool, for use under a lock."""
    alone = engine.raw_connection()
    alone.detach()
    return alone


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # safe with WAL, whatever kills the process
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader could be refused half-way; one that begins as a writer waits.
    writes = connection.get_execution_options().get("starsieve_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_EXPLANATIONS = (
    (
        ("database or disk is full", "no space left"),
        "the disk is full; what was stored is unharmed",
    ),
    (
        ("not a database", "image is malformed", "file is encrypted", "corrupted"),
        "the catalogue is damaged or no database; restore it from a copy",
    ),
    (("locked", "busy"), "another process has been writing for too long; try again"),
    (
        ("connection failed", "could not connect", "failed to resolve"),
        "the database server can't be reached",
    ),
    (("no such table", "does not exist"), "the catalogue lacks tables that an archive has"),
)


def _explain(error: Exception, url: URL) -> str:
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    known = next(
        (text for words, text in _EXPLANATIONS if any(w in reason.lower() for w in words)),
        "the database refused",
    )
    shown = url.database if url.drivername == "sqlite" else url.render_as_string()
    return f"Catalogue {shown}: {known} ({reason})."
