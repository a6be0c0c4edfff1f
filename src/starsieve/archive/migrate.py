"""Bring a catalogue to the schema of this version of starsieve."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from starsieve.archive.catalogue import Catalogue
from starsieve.archive.schema import VERSION
from starsieve.errors import ArchiveError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(catalogue: Catalogue) -> None:
    """Apply all migrations that are missing, in one transaction."""
    with catalogue.writing() as connection:
        check_not_newer(schema_version(connection))
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def schema_version(connection: Connection) -> str | None:
    """Return the revision that a catalogue is at, None if it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)


def check_not_newer(version: str | None) -> None:
    """Raise ArchiveError if a newer starsieve made the catalogue.

    Revisions are numbered ``0001``, ``0002``, ..., so that their order is that of the text.
    """
    if version is not None and version > VERSION:
        msg = (
            f"The archive has schema {version}, this starsieve knows {VERSION}: a newer version "
            "made it. Update starsieve to open it."
        )
        raise ArchiveError(msg)
