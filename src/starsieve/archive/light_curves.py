"""The archive's light curves: rows in the catalogue, cadences in Zarr."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, func, select

from starsieve.archive import schema
from starsieve.archive.arrays import LIGHT_CURVE_COLUMNS, AnyArray, Arrays
from starsieve.archive.catalogue import Catalogue, in_parts
from starsieve.archive.collections import CollectionStore
from starsieve.archive.encoding import check_unit, dtypes_text, object_name, plain, restore
from starsieve.archive.ragged import Item, Layout, append, belonging, read_spans
from starsieve.archive.records import LightCurveInfo, SourceFile
from starsieve.data import LightCurve
from starsieve.errors import NotInArchiveError

LAYOUT = Layout("light curves", LIGHT_CURVE_COLUMNS, schema.light_curve)


class LightCurveStore:
    """Add and read light curves, collection by collection."""

    def __init__(self, catalogue: Catalogue, collections: CollectionStore) -> None:
        self._catalogue = catalogue
        self._collections = collections

    def add(
        self,
        curves: Sequence[LightCurve],
        collection: str,
        sources: Sequence[SourceFile | None] | None = None,
        targets: Sequence[int | None] | None = None,
    ) -> list[int]:
        """Store light curves as they are; return their numbers.

        Parameters, errors and advice are those of `SpectrumStore.add`.
        """
        items = [storable(curve) for curve in curves]
        items = belonging(items, sources, targets)
        return append(self._catalogue, self._collections, LAYOUT, items, collection)

    def read(self, ids: Sequence[int]) -> list[LightCurve]:
        """Return light curves by number, in that order, bit by bit as they were added.

        Raises
        ------
        NotInArchiveError
            If there is no light curve of one of the numbers.
        """
        rows: dict[int, Row[Any]] = {}
        wanted = [int(number) for number in ids]
        with self._catalogue.reading() as connection:
            for some in in_parts(dict.fromkeys(wanted)):
                query = _rows().where(schema.light_curve.c.id.in_(some))
                rows |= {row.id: row for row in connection.execute(query)}
        missing = [number for number in wanted if number not in rows]
        if missing:
            msg = f"No light curve {missing[0]} in the archive."
            raise NotInArchiveError(msg)
        return self._read([rows[number] for number in wanted])

    def iterate(self, collection: str, batch: int = 64) -> Iterator[list[tuple[int, LightCurve]]]:
        """Yield (number, light curve) of a whole collection, at most `batch` at a time."""
        self._collections.get(collection)
        last = -1
        while True:
            query = (
                _rows()
                .where(schema.collection.c.name == collection, schema.light_curve.c.start > last)
                .order_by(schema.light_curve.c.start)
                .limit(batch)
            )
            with self._catalogue.reading() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            yield [(row.id, c) for row, c in zip(rows, self._read(rows), strict=True)]
            last = rows[-1].start

    def table(self, collection: str) -> list[LightCurveInfo]:
        """Return all about the light curves of a collection but their cadences."""
        self._collections.get(collection)
        query = (
            _rows()
            .where(schema.collection.c.name == collection)
            .order_by(schema.light_curve.c.start)
        )
        with self._catalogue.reading() as connection:
            return [_info(row) for row in connection.execute(query)]

    def of_target(self, target: int) -> list[LightCurveInfo]:
        """Return all about the light curves of a star, of every collection, but their cadences."""
        query = (
            _rows()
            .where(schema.light_curve.c.target_id == target)
            .order_by(schema.collection.c.name, schema.light_curve.c.start)
        )
        with self._catalogue.reading() as connection:
            return [_info(row) for row in connection.execute(query)]

    def count_of_target(self, target: int) -> int:
        """Return how many light curves there are of a star."""
        mine = select(func.count()).where(schema.light_curve.c.target_id == target)
        with self._catalogue.reading() as connection:
            return connection.scalar(mine) or 0

    def info(self, number: int) -> LightCurveInfo:
        """Return all about a light curve but its cadences.

        Raises
        ------
        NotInArchiveError
            If there is none of that number.
        """
        with self._catalogue.reading() as connection:
            row = connection.execute(_rows().where(schema.light_curve.c.id == number)).one_or_none()
        if row is None:
            msg = f"No light curve {number} in the archive."
            raise NotInArchiveError(msg)
        return _info(row)

    def _read(self, rows: Sequence[Row[Any]]) -> list[LightCurve]:
        found: dict[int, LightCurve] = {}
        for collection in {row.collection for row in rows}:
            here = [row for row in rows if row.collection == collection]
            arrays = Arrays(self._collections.folder(collection), LIGHT_CURVE_COLUMNS)
            spans = [(row.start, row.stop) for row in here]
            for row, values in zip(here, read_spans(arrays, spans), strict=True):
                found[row.id] = _light_curve(row, values)
        return [found[row.id] for row in rows]


def storable(curve: LightCurve) -> Item:
    """Return what is stored of a light curve.

    Raises
    ------
    DataError
        If its metadata, unit or arrays can't be kept as they are.
    """
    sigma, quality = curve.sigma, curve.quality
    typed = {"time": curve.time, "flux": curve.flux, "sigma": sigma, "quality": quality}
    return Item(
        arrays={
            "time": curve.time,
            "flux": curve.flux,
            "sigma": np.full(len(curve), np.nan) if sigma is None else sigma,
            "valid": curve.usable,
            "quality": np.zeros(len(curve), dtype=np.int64) if quality is None else quality,
        },
        row={
            "dtypes": dtypes_text(typed),
            "object": object_name(curve.meta),
            "flux_unit": check_unit(curve.flux_unit),
            "meta": plain(curve.meta),
        },
    )


def _rows() -> Select[Any]:
    return (
        select(
            schema.light_curve,
            schema.collection.c.name.label("collection"),
            schema.source_file.c.path,
            schema.source_file.c.sha256,
        )
        .join(schema.collection, schema.collection.c.id == schema.light_curve.c.collection_id)
        .outerjoin(schema.source_file, schema.source_file.c.id == schema.light_curve.c.source_id)
    )


def _light_curve(row: Row[Any], values: Mapping[str, AnyArray]) -> LightCurve:
    names = ("time", "flux", "sigma", "quality")
    types = dict(zip(names, row.dtypes.split(","), strict=True))
    arrays: dict[str, Any] = {name: restore(values[name], dtype) for name, dtype in types.items()}
    return LightCurve(**arrays, valid=values["valid"], flux_unit=row.flux_unit, meta=row.meta)


def _info(row: Row[Any]) -> LightCurveInfo:
    return LightCurveInfo(
        id=row.id,
        collection=row.collection,
        object=row.object,
        target=row.target_id,
        n_cadences=row.stop - row.start,
        flux_unit=row.flux_unit,
        file=row.path,
        file_hash=row.sha256,
        meta=row.meta or {},
    )
