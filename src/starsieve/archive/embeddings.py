"""What models make of collections: rows in the catalogue, latents in Zarr.

Numbers are written before the rows that point to them, as pixels are. Rows that are replaced get
new places, so that whoever is killed while writing leaves the old latents or the new ones.
"""

import shutil
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select

from starsieve.archive import schema
from starsieve.archive.arrays import AnyArray
from starsieve.archive.catalogue import Catalogue, fetch_parts, in_parts
from starsieve.archive.collections import check_name, collection_number
from starsieve.archive.embedding_sets import (
    EmbeddingSet,
    delete_set,
    find_set,
    free_position,
    make_set,
    point_rows,
    read_positions,
    select_sets,
    set_of,
)
from starsieve.archive.encoding import dtypes_text
from starsieve.archive.lock import only_writer
from starsieve.archive.records import EmbeddingInfo
from starsieve.data import Embeddings
from starsieve.errors import DataError, NotInArchiveError


class EmbeddingStore:
    """Add and read embeddings. What a model says again replaces what it said before."""

    def __init__(self, catalogue: Catalogue, root: Path) -> None:
        self._catalogue = catalogue
        self._root = root

    def add(self, embeddings: Embeddings, model_hash: str, run: int | None = None) -> int:
        """Store the latents of some of a collection's spectra, all or none; return how many.

        Those of the same spectra by the same model are replaced. If the model was trained anew,
        which its hash tells, all that its former self made of the collection is dropped: latents
        of two trainings have nothing to do with each other.

        Parameters
        ----------
        embeddings : Embeddings
            With the names of its collection and model; `ids` are numbers of spectra. Add hundreds
            at a time: every call writes the last shard again.
        model_hash : str
            Tells one training of a model from another: the SHA-256 of its weights.
        run : int, optional
            Number of the run that made them.

        Raises
        ------
        NotInArchiveError
            If there is no such collection, or no such spectrum in it.
        DataError
            If a name or the hash is missing, or the latents differ in number, type or columns
            from those that the same model has made already.
        ArchiveError
            If the disk is full, or another process writes to the collection for too long.
        """
        _check(embeddings, model_hash)
        if not len(embeddings):
            return 0
        with only_writer(self._root, f".embeddings-{embeddings.collection}"):
            with self._catalogue.reading() as connection:
                given = _described(connection, embeddings, model_hash)
                old = find_set(connection, given)
                kept = old if old is not None and old.model_hash == model_hash else None
                start = 0 if kept is None else free_position(connection, kept, len(embeddings))
            if kept is not None:
                _check_like(kept, given)
            self._write(embeddings, kept or given, start)
            with self._catalogue.writing() as connection:
                if old is not None and kept is None:
                    delete_set(connection, old)
                number = make_set(connection, given) if kept is None else kept.number
                point_rows(connection, number, embeddings.ids.tolist(), start, run)
            if old is not None and kept is None:
                shutil.rmtree(self._folder(embeddings.collection, old), ignore_errors=True)
        return len(embeddings)

    def read(self, collection: str, model: str | None = None) -> Embeddings:
        """Return what a model made of a collection, in the order of its spectra.

        Parameters
        ----------
        collection : str
        model : str, optional
            Needed where there are embeddings by several.

        Raises
        ------
        NotInArchiveError
            If there is no such collection, or no embeddings of it by that model.
        DataError
            If there are several models and none is named.
        ArchiveError
            If the numbers are lost or damaged.
        """
        with self._catalogue.reading() as connection:
            kept = self._get(connection, collection, model)
            table, spectrum = schema.embedding, schema.spectrum
            query = (
                select(table.c.spectrum_id, table.c.position)
                .join(spectrum, spectrum.c.id == table.c.spectrum_id)
                .where(table.c.set_id == kept.number)
                .order_by(spectrum.c.start)
            )
            parts = [np.array(rows, dtype=np.int64) for rows in fetch_parts(connection, query)]
        ids, positions = np.concatenate([np.empty((0, 2), np.int64), *parts]).T
        if not len(ids):  # all their spectra have gone, and maybe their arrays
            values: dict[str, AnyArray] = kept.empty()
        else:
            values = read_positions(kept.arrays(self._folder(collection, kept)), positions)
        numbers = values.get("columns")
        columns = {} if numbers is None else dict(zip(kept.columns, numbers.T.copy(), strict=True))
        return Embeddings(
            values["latents"], ids.copy(), values.get("sigma"), columns, kept.model, collection
        )

    def ids(self, collection: str, model: str, model_hash: str) -> set[int]:
        """Return which spectra of a collection have an embedding by this training of a model.

        Raises
        ------
        NotInArchiveError
            If there is no such collection.
        """
        with self._catalogue.reading() as connection:
            table, sets = schema.embedding, schema.embedding_set
            query = (
                select(table.c.spectrum_id)
                .join(sets, sets.c.id == table.c.set_id)
                .where(sets.c.collection_id == collection_number(connection, collection))
                .where(sets.c.model == model, sets.c.model_hash == model_hash)
            )
            return set(connection.scalars(query))

    def info(self, collection: str, model: str | None = None) -> EmbeddingInfo:
        """Return all about the embeddings of a collection but the numbers; raises as `read`."""
        with self._catalogue.reading() as connection:
            kept = self._get(connection, collection, model)
        return next(
            info
            for info in self.list()
            if (info.collection, info.model) == (collection, kept.model)
        )

    def folder(self, collection: str, model: str | None = None) -> Path:
        """Return where the numbers of embeddings are, and what is derived from them alone.

        It goes with them when the model is trained anew. Raises as `read`.
        """
        with self._catalogue.reading() as connection:
            kept = self._get(connection, collection, model)
        return self._folder(collection, kept)

    def remove(self, collection: str, model: str) -> None:
        """Delete what a model made of a collection.

        Raises
        ------
        NotInArchiveError
            If there is nothing of the kind.
        """
        with only_writer(self._root, f".embeddings-{collection}"):
            with self._catalogue.writing() as connection:
                kept = self._get(connection, collection, model)
                delete_set(connection, kept)
            shutil.rmtree(self._folder(collection, kept), ignore_errors=True)

    def list(self) -> list[EmbeddingInfo]:
        """Return what there is, by collection and model."""
        table, name = schema.embedding_set, schema.collection.c.name
        count = (
            select(func.count())
            .select_from(schema.embedding)
            .where(schema.embedding.c.set_id == table.c.id)
            .scalar_subquery()
        )
        query = (
            select(table, name.label("collection"), count.label("n_items"))
            .join(schema.collection, schema.collection.c.id == table.c.collection_id)
            .order_by(name, table.c.model)
        )
        with self._catalogue.reading() as connection:
            return [
                EmbeddingInfo(
                    collection=row.collection,
                    model=row.model,
                    model_hash=row.model_hash,
                    n_items=row.n_items,
                    n_latents=row.n_latents,
                    columns=tuple(row._mapping["columns"]),
                    created=row.created,
                )
                for row in connection.execute(query)
            ]

    def _write(self, embeddings: Embeddings, kept: EmbeddingSet, start: int) -> None:
        folder = self._folder(embeddings.collection, kept)
        if not kept.number:
            shutil.rmtree(folder, ignore_errors=True)  # a killed writer may have left something
        values: dict[str, AnyArray] = {"latents": embeddings.latents}
        if embeddings.sigma is not None:
            values["sigma"] = embeddings.sigma
        if kept.columns:
            columns = [embeddings.columns[name] for name in kept.columns]
            values["columns"] = np.stack(columns, axis=1).astype(np.float64)
        for arrays in kept.arrays(folder):
            arrays.write(start, values)

    def _folder(self, collection: str, kept: EmbeddingSet) -> Path:
        return self._root / "embeddings" / collection / kept.folder

    def _get(self, connection: Connection, collection: str, model: str | None) -> EmbeddingSet:
        number = collection_number(connection, collection)
        query = select_sets().where(schema.embedding_set.c.collection_id == number)
        kept = [set_of(row) for row in connection.execute(query)]
        mine = [each for each in kept if model in (None, each.model)]
        if len(mine) == 1:
            return mine[0]
        models = ", ".join(each.model for each in kept)
        if mine:
            msg = f"{collection!r} has embeddings by several models, {models}. Say which: model=..."
            raise DataError(msg)
        by, there = "" if model is None else f" by {model!r}", f" There are: {models}."
        msg = (
            f"No embeddings of {collection!r}{by} in the archive.{there if models else ''} "
            f"Make them: starsieve encode --collection {collection} --model {model or 'NAME'}"
        )
        raise NotInArchiveError(msg)


def _check(embeddings: Embeddings, model_hash: str) -> None:
    if not embeddings.collection or not embeddings.model:
        msg = (
            "Embeddings are kept under the names of their collection and model, got "
            f"collection={embeddings.collection!r} and model={embeddings.model!r}."
        )
        raise DataError(msg)
    check_name(embeddings.model)
    if not model_hash or len(model_hash) > 64 or not model_hash.isprintable():
        msg = f"A model's hash must be text of 1 to 64 characters, got {model_hash!r}."
        raise DataError(msg)


def _described(connection: Connection, embeddings: Embeddings, model_hash: str) -> EmbeddingSet:
    number = collection_number(connection, embeddings.collection)
    table = schema.spectrum
    for some in in_parts(embeddings.ids.tolist()):
        mine = (table.c.collection_id == number) & table.c.id.in_(some)
        missing = sorted(set(some) - set(connection.scalars(select(table.c.id).where(mine))))
        if missing:
            msg = f"No spectrum {missing[0]} in {embeddings.collection!r} to keep an embedding of."
            raise NotInArchiveError(msg)
    return EmbeddingSet(
        0,
        number,
        embeddings.model,
        model_hash,
        embeddings.latents.shape[1],
        dtypes_text({"latents": embeddings.latents, "sigma": embeddings.sigma}),
        tuple(embeddings.columns),
    )


def _check_like(kept: EmbeddingSet, given: EmbeddingSet) -> None:
    for what, old, new in (
        ("number of latents", kept.n_latents, given.n_latents),
        ("types of latents and sigma", kept.dtypes, given.dtypes),
        ("set of columns", sorted(kept.columns), sorted(given.columns)),
    ):
        if old != new:
            msg = (
                f"Model {kept.model!r} has made embeddings with another {what}, {old}, than these, "
                f"{new}. Give all of a collection alike, or remove the old ones first."
            )
            raise DataError(msg)
