"""The archive: it opens and closes, and holds one store for each kind of thing."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import insert, select
from sqlalchemy.engine import URL

from starsieve.archive import schema
from starsieve.archive.candidates import CandidateStore
from starsieve.archive.catalogue import Catalogue, server_url
from starsieve.archive.collections import CollectionStore
from starsieve.archive.embeddings import EmbeddingStore
from starsieve.archive.labels import LabelStore
from starsieve.archive.light_curves import LightCurveStore
from starsieve.archive.lock import only_writer
from starsieve.archive.migrate import check_not_newer, schema_version, upgrade
from starsieve.archive.models import ModelStore
from starsieve.archive.predictions import PredictionStore
from starsieve.archive.products import ProductStore
from starsieve.archive.runs import RunStore
from starsieve.archive.scores import ScoreStore
from starsieve.archive.source_files import SourceFileStore
from starsieve.archive.spectra import SpectrumStore
from starsieve.archive.studies import StudyStore
from starsieve.archive.targets import TargetStore
from starsieve.errors import ArchiveError
from starsieve.settings import Settings

MARKER = "archive.json"
CATALOGUE_FILE = "catalogue.sqlite"
UNFINISHED = {"locks", f"{MARKER}.partial"}
"""What is in a folder whose making was interrupted before it was marked."""


class Archive:
    """Everything that is kept, in one folder (and, if you like, one database server).

    Make one with `create` or `open`; use it in a ``with`` block, or `close` it.

    Attributes
    ----------
    root : Path
        Folder of the arrays and models, and of the SQLite catalogue if there is no server.
    collections : CollectionStore
    spectra : SpectrumStore
    light_curves : LightCurveStore
    targets : TargetStore
    labels : LabelStore
    candidates : CandidateStore
    products : ProductStore
    predictions : PredictionStore
    embeddings : EmbeddingStore
    scores : ScoreStore
    models : ModelStore
    runs : RunStore
    studies : StudyStore
    source_files : SourceFileStore
    """

    def __init__(self, root: Path, catalogue: Catalogue) -> None:
        self.root = root
        self.catalogue = catalogue
        self.collections = CollectionStore(catalogue, root)
        self.source_files = SourceFileStore(catalogue)
        self.spectra = SpectrumStore(catalogue, self.collections)
        self.light_curves = LightCurveStore(catalogue, self.collections)
        self.targets = TargetStore(catalogue)
        self.labels = LabelStore(catalogue)
        self.candidates = CandidateStore(catalogue)
        self.products = ProductStore(catalogue)
        self.predictions = PredictionStore(catalogue)
        self.embeddings = EmbeddingStore(catalogue, root)
        self.scores = ScoreStore(catalogue)
        self.models = ModelStore(catalogue, root / "models")
        self.runs = RunStore(catalogue, root / "logs")
        self.studies = StudyStore(catalogue, root)

    @classmethod
    def create(cls, root: Path, database_url: str | None = None) -> Self:
        """Make an archive in an empty or new folder, or open the one that is there.

        Parameters
        ----------
        root : Path
            The archive's folder.
        database_url : str, optional
            Catalogue on a server: ``postgresql+psycopg://user@host/database``, an empty database
            of its own. By default the catalogue is a file in the folder.

        Raises
        ------
        ArchiveError
            If the folder holds other things, can't be written to, or its archive can't be opened.
        """
        root = Path(root).absolute()
        if database_url is not None:
            _reach(database_url)
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not (root / MARKER).exists() and {p.name for p in root.iterdir()} - UNFINISHED:
                msg = f"{root} is no archive and not empty. Name a new or an empty folder."
                raise ArchiveError(msg)
        except OSError as error:
            msg = f"Can't make an archive at {root}: {error.strerror or error}."
            raise ArchiveError(msg) from error
        with only_writer(root, ".archive"):
            _write_marker(root, database_url)
            catalogue = Catalogue(_url(root, database_url))
            try:
                _prepare(catalogue, _read_marker(root)["id"])
            finally:
                catalogue.close()
        return cls.open(root, database_url)

    @classmethod
    def open(cls, root: Path, database_url: str | None = None) -> Self:
        """Open an archive.

        Raises
        ------
        ArchiveError
            If the folder is no archive, its catalogue is not there, damaged, of another version,
            or belongs to another folder.
        """
        root = Path(root).absolute()
        catalogue = _open_catalogue(root, database_url)
        try:
            with catalogue.reading() as connection:
                version = schema_version(connection)
                check_not_newer(version)
                if version != schema.VERSION:
                    msg = (
                        f"The archive {root} has schema {version}, this starsieve needs "
                        f"{schema.VERSION}. Run: starsieve archive upgrade --archive {root}"
                    )
                    raise ArchiveError(msg)
                _check_identity(connection.scalar(select(schema.identity.c.id)), root)
        except BaseException:
            catalogue.close()
            raise
        return cls(root, catalogue)

    @property
    def settings(self) -> Settings:
        """What another process opens this archive with; a server's URL may hold a password."""
        url = self.catalogue.url
        server = None if self.catalogue.is_sqlite else url.render_as_string(hide_password=False)
        return Settings(archive=self.root, database_url=server)

    def close(self) -> None:
        """Close the catalogue's connections."""
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Archive {str(self.root)!r}>"


def upgrade_archive(root: Path, database_url: str | None = None) -> tuple[str | None, str]:
    """Bring an archive of an older version to this one; return its schema before and after.

    Raises
    ------
    ArchiveError
        If the folder is no archive, or a newer version made it.
    """
    root = Path(root).absolute()
    catalogue = _open_catalogue(root, database_url)
    try:
        with only_writer(root, ".archive"):
            with catalogue.reading() as connection:
                before = schema_version(connection)
            _prepare(catalogue, _read_marker(root)["id"])
    finally:
        catalogue.close()
    return before, schema.VERSION


def _open_catalogue(root: Path, database_url: str | None) -> Catalogue:
    marker = _read_marker(root)
    if marker["catalogue"] == "server" and database_url is None:
        msg = (
            f"The archive {root} keeps its catalogue on a server. "
            "Say which: STARSIEVE_DATABASE_URL=postgresql+psycopg://..."
        )
        raise ArchiveError(msg)
    if marker["catalogue"] == "file" and database_url is not None:
        msg = (
            f"The archive {root} keeps its catalogue in a file, not on a server. "
            "Unset STARSIEVE_DATABASE_URL, or name another folder."
        )
        raise ArchiveError(msg)
    if database_url is None and not (root / CATALOGUE_FILE).is_file():
        msg = (
            f"The archive {root} lacks its catalogue, {CATALOGUE_FILE}. Restore it from a copy; "
            "if the archive has just been made: starsieve archive create."
        )
        raise ArchiveError(msg)
    return Catalogue(_url(root, database_url))


def _url(root: Path, database_url: str | None) -> URL:
    if database_url is not None:
        return server_url(database_url)
    return URL.create("sqlite", database=str(root / CATALOGUE_FILE))


def _reach(database_url: str) -> None:
    # Before anything is made: an archive without its server would be of no use.
    catalogue = Catalogue(server_url(database_url))
    try:
        with catalogue.reading():
            pass
    finally:
        catalogue.close()


def _write_marker(root: Path, database_url: str | None) -> None:
    # The marker comes first: a folder with half a catalogue is still known as ours.
    if not (root / MARKER).exists():
        content = {
            "id": uuid.uuid4().hex,
            "catalogue": "file" if database_url is None else "server",
        }
        partial = root / f"{MARKER}.partial"
        partial.write_text(json.dumps(content) + "\n")
        partial.replace(root / MARKER)


def _read_marker(root: Path) -> dict[str, Any]:
    if not root.is_dir():
        msg = f"No archive at {root}: no such folder. Make one: starsieve archive create."
        raise ArchiveError(msg)
    try:
        marker = json.loads((root / MARKER).read_text())
        return {"id": str(marker["id"]), "catalogue": str(marker["catalogue"])}
    except FileNotFoundError as error:
        msg = f"{root} is no archive: it lacks {MARKER}. Make one: starsieve archive create."
        raise ArchiveError(msg) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{root} is no archive: its {MARKER} can't be read ({error!r})."
        raise ArchiveError(msg) from error


def _prepare(catalogue: Catalogue, archive_id: str) -> None:
    upgrade(catalogue)
    with catalogue.writing() as connection:
        if connection.scalar(select(schema.identity.c.id)) is None:
            row = {"id": archive_id, "created": datetime.now(UTC)}
            connection.execute(insert(schema.identity), row)


def _check_identity(found: str | None, root: Path) -> None:
    if found != _read_marker(root)["id"]:
        msg = (
            f"The catalogue belongs to another archive than {root}. "
            "Every archive needs a database, or a schema, of its own."
        )
        raise ArchiveError(msg)
