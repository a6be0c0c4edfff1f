"""Sets of embeddings in the catalogue: what one training of a model made of one collection."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, Select, delete, select

from starsieve.archive import schema
from starsieve.archive.arrays import AnyArray, Arrays, Column
from starsieve.archive.catalogue import in_parts, insert_many, insert_one
from starsieve.archive.encoding import ABSENT


@dataclass(frozen=True, slots=True)
class EmbeddingSet:
    """What one training of a model made of one collection; its number is 0 until it is kept."""

    number: int
    collection_id: int
    model: str
    model_hash: str
    n_latents: int
    dtypes: str
    columns: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Name of its folder; each training has its own, so that the old numbers stay a while."""
        training = hashlib.sha256(self.model_hash.encode()).hexdigest()[:16]
        return f"{self.model}@{training}"

    def arrays(self, folder: Path) -> tuple[Arrays, ...]:
        """Return where the numbers are: vectors, and the columns beside them if there are any."""
        types = zip(("latents", "sigma"), self.dtypes.split(","), strict=True)
        vectors = [Column(name, dtype) for name, dtype in types if dtype != ABSENT]
        kept = Arrays(folder / "vectors", vectors, self.n_latents)
        if not self.columns:
            return (kept,)
        return kept, Arrays(folder / "numbers", (Column("columns", "f8"),), len(self.columns))

    def empty(self) -> dict[str, AnyArray]:
        """Return the numbers of no spectrum, in the types they have."""
        types = zip(("latents", "sigma"), self.dtypes.split(","), strict=True)
        shape = (0, self.n_latents)
        vectors = {name: np.empty(shape, dtype) for name, dtype in types if dtype != ABSENT}
        return vectors | {"columns": np.empty((0, len(self.columns)))}


def list_sets(connection: Connection) -> Iterator[tuple[str, EmbeddingSet]]:
    """Yield every set of embeddings with the name of its collection."""
    query = select_sets().add_columns(schema.collection.c.name.label("collection"))
    joined = query.join(
        schema.collection, schema.collection.c.id == schema.embedding_set.c.collection_id
    )
    for row in connection.execute(joined).all():
        yield row.collection, set_of(row)


def free_position(connection: Connection, kept: EmbeddingSet, n_rows: int) -> int:
    """Return the first position from which on `n_rows` are not in use."""
    table = schema.embedding
    query = select(table.c.position).where(table.c.set_id == kept.number)
    used = np.array(connection.scalars(query.order_by(table.c.position)).all(), dtype=np.int64)
    ends = np.concatenate([[0], used + 1])
    gaps = np.append(used, np.iinfo(np.int64).max) - ends
    return int(ends[np.argmax(gaps >= n_rows)])


def select_sets() -> Select[Any]:
    """Return a query of all sets."""
    return select(schema.embedding_set).order_by(schema.embedding_set.c.model)


def set_of(row: Row[Any]) -> EmbeddingSet:
    """Return a set as its row has it."""
    return EmbeddingSet(
        row.id,
        row.collection_id,
        row.model,
        row.model_hash,
        row.n_latents,
        row.dtypes,
        tuple(row._mapping[schema.embedding_set.c["columns"]]),
    )


def find_set(connection: Connection, given: EmbeddingSet) -> EmbeddingSet | None:
    """Return the set that is kept under the same collection and model, if there is one."""
    table = schema.embedding_set
    mine = (table.c.collection_id == given.collection_id) & (table.c.model == given.model)
    row = connection.execute(select_sets().where(mine)).one_or_none()
    return None if row is None else set_of(row)


def make_set(connection: Connection, given: EmbeddingSet) -> int:
    """Insert a set and return its number."""
    row = {
        "collection_id": given.collection_id,
        "model": given.model,
        "model_hash": given.model_hash,
        "n_latents": given.n_latents,
        "dtypes": given.dtypes,
        "columns": list(given.columns),
        "created": datetime.now(UTC),
    }
    return insert_one(connection, schema.embedding_set, row)


def delete_set(connection: Connection, kept: EmbeddingSet) -> None:
    """Delete a set and its rows."""
    table = schema.embedding_set
    connection.execute(delete(table).where(table.c.id == kept.number))


def point_rows(
    connection: Connection, number: int, spectra: Sequence[int], start: int, run: int | None
) -> None:
    """Let the rows of spectra point to positions from `start` on."""
    table = schema.embedding
    for some in in_parts(spectra):
        mine = (table.c.set_id == number) & table.c.spectrum_id.in_(some)
        connection.execute(delete(table).where(mine))
    rows = [
        {"set_id": number, "spectrum_id": spectrum, "position": position, "run_id": run}
        for position, spectrum in enumerate(spectra, start)
    ]
    insert_many(connection, table, rows)


def read_positions(
    arrays: Sequence[Arrays], positions: npt.NDArray[np.int64]
) -> dict[str, AnyArray]:
    """Return rows in the order of `positions`; what lies together is read at once."""
    places = np.unique(positions)
    found: dict[str, AnyArray] = {}
    for each in arrays:
        # A gap that is shorter than a shard holds no shard of its own, which may be lost by now.
        edges = np.flatnonzero(np.diff(places) >= each.rows_per_shard) + 1
        parts: dict[str, list[AnyArray]] = {}
        for near in np.split(places, edges):
            first, last = int(near[0]), int(near[-1]) + 1
            for name, values in each.read(first, last).items():
                whole = len(values) == len(near)
                parts.setdefault(name, []).append(values if whole else values[near - first])
        for name, some in parts.items():
            joined = some[0] if len(some) == 1 else np.concatenate(some)
            in_order = bool((np.diff(positions) > 0).all())
            found[name] = joined if in_order else joined[np.searchsorted(places, positions)]
    return found
