"""A PostgreSQL server, on which each test has a database of its own."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy


class Postgres:
    """A server; databases are copied from one another.

    Parameters
    ----------
    url : str
        Of a database that is there.
    """

    def __init__(self, url: str) -> None:
        # A database can't be made inside of a transaction.
        self._engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return self._engine.url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """Make a database like another, to which nobody may be connected; drop it at the end."""
        name = f"test_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(sqlalchemy.text(statement))
