"""Models that the archive keeps: where their folders are, and a list of them."""

import hashlib
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, upsert
from starsieve.archive.collections import check_name
from starsieve.archive.records import ModelInfo
from starsieve.errors import ArchiveError, NotInArchiveError

CARD, WEIGHTS = "model.json", "weights.safetensors"


class ModelStore:
    """Say where models are, and keep a list of them. What is inside is for `starsieve.learn`."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue = catalogue
        self._folder = folder

    def folder(self, name: str) -> Path:
        """Return where the model of that name is, or would be, kept.

        Raises
        ------
        DataError
            If the name can't be that of a folder.
        """
        check_name(name)
        return self._folder / name

    def register(self, name: str) -> ModelInfo:
        """Put a model whose folder is complete on the list, or note that it has changed.

        Raises
        ------
        ArchiveError
            If the folder lacks the card or the weights.
        """
        lacking = missing_parts(self.folder(name))
        if lacking:
            msg = f"Model {name!r} lacks {' and '.join(lacking)} in {self.folder(name)}."
            raise ArchiveError(msg)
        card_hash = hashlib.sha256((self.folder(name) / CARD).read_bytes()).hexdigest()
        model = ModelInfo(name, card_hash, datetime.now(UTC))
        with self._catalogue.writing() as connection:
            upsert(connection, schema.model, [asdict(model)], ["name"])
        return model

    def remove(self, name: str) -> None:
        """Take a model from the list and delete its folder; what it predicted stays.

        Raises
        ------
        NotInArchiveError
            If there is none of that name.
        """
        folder = self.folder(name)
        with self._catalogue.writing() as connection:
            query = delete(schema.model).where(schema.model.c.name == name)
            known = connection.execute(query).rowcount
        if not known and not folder.exists():
            there = ", ".join(model.name for model in self.list()) or "none yet"
            msg = f"No model {name!r} in the archive. There are: {there}."
            raise NotInArchiveError(msg)
        shutil.rmtree(folder, ignore_errors=True)

    def list(self) -> list[ModelInfo]:
        """Return all models by name."""
        query = select(schema.model).order_by(schema.model.c.name)
        with self._catalogue.reading() as connection:
            return [
                ModelInfo(name=row.name, card_hash=row.card_hash, created=row.created)
                for row in connection.execute(query)
            ]


def missing_parts(folder: Path) -> list[str]:
    """Return which files a model's folder lacks."""
    return [name for name in (CARD, WEIGHTS) if not (folder / name).is_file()]
