"""The archive's spectra: rows in the catalogue, pixels in Zarr."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row, select

from starsieve.archive import grids, schema
from starsieve.archive.arrays import SPECTRUM_COLUMNS, AnyArray, Arrays, open_grid
from starsieve.archive.catalogue import Catalogue, in_parts
from starsieve.archive.collections import CollectionStore
from starsieve.archive.encoding import check_unit, dtypes_text, object_name, plain
from starsieve.archive.ragged import Item, Layout, append, belonging, read_spans
from starsieve.archive.records import CollectionInfo, SourceFile, SpectrumInfo
from starsieve.archive.spectrum_rows import select_spectra, spectrum_info, stored_spectrum
from starsieve.data import Spectrum, SpectrumSet
from starsieve.errors import DataError, NotInArchiveError

LAYOUT = Layout("spectra", SPECTRUM_COLUMNS, schema.spectrum)


class SpectrumStore:
    """Add and read spectra, collection by collection."""

    def __init__(self, catalogue: Catalogue, collections: CollectionStore) -> None:
        self._catalogue = catalogue
        self._collections = collections

    def add(
        self,
        spectra: Sequence[Spectrum],
        collection: str,
        sources: Sequence[SourceFile | None] | None = None,
        targets: Sequence[int | None] | None = None,
    ) -> list[int]:
        """Store spectra as they are, each on its own grid; return their numbers.

        All are kept or, after a crash, none. Add hundreds at a time: every call writes the last
        shard again.

        Parameters
        ----------
        spectra : sequence of Spectrum
        collection : str
            It is made if there is none of that name.
        sources : sequence of SourceFile, optional
            The file of each spectrum. What comes from files that the collection has is left out.
        targets : sequence of int, optional
            Number of each spectrum's target.

        Raises
        ------
        DataError
            If the collection is of another kind, or a spectrum can't be kept exactly.
        ArchiveError
            If the disk is full, or another process writes to the collection for too long.
        """
        items = [storable(spectrum) for spectrum in spectra]
        items = belonging(items, sources, targets)
        return append(self._catalogue, self._collections, LAYOUT, items, collection)

    def add_grid(
        self,
        spectra: SpectrumSet,
        collection: str,
        parent: str | None = None,
        recipe: Mapping[str, Any] | None = None,
        source: SourceFile | None = None,
        label_origin: str = grids.LABEL_ORIGIN,
    ) -> list[int]:
        """Store spectra that share a grid as rows of a gridded collection; return their numbers.

        Their labels go to the label table. Names in ``meta["objects"]`` become those of the rows.

        Parameters
        ----------
        spectra : SpectrumSet
            With a `parent`, its `ids` are the numbers of the spectra that they are derived from.
        collection : str
            It is made if there is none of that name.
        parent, recipe : optional
            What a new collection is derived from, and how.
        source : SourceFile, optional
            The file of all these spectra. Nothing is added if the collection has it.
        label_origin : str
            Who knows the labels.

        Raises
        ------
        DataError
            If the collection is of another kind, grid, unit, resolution, type, parent or recipe.
        NotInArchiveError
            If there is no such parent.
        ArchiveError
            As in `add`.
        """
        known = None if recipe is None else plain(recipe, "recipe")
        origin = grids.Origin(parent, known, source, label_origin)
        return grids.append(self._catalogue, self._collections, spectra, collection, origin)

    def read(self, ids: Sequence[int]) -> list[Spectrum]:
        """Return spectra by number, in that order, bit by bit as they were added.

        Raises
        ------
        NotInArchiveError
            If there is no spectrum of one of the numbers.
        """
        rows: dict[int, Row[Any]] = {}
        wanted = [int(number) for number in ids]
        with self._catalogue.reading() as connection:
            for some in in_parts(dict.fromkeys(wanted)):
                query = select_spectra().where(schema.spectrum.c.id.in_(some))
                rows |= {row.id: row for row in connection.execute(query)}
        missing = [number for number in wanted if number not in rows]
        if missing:
            raise _unknown(missing[0])
        return self._read([rows[number] for number in wanted])

    def iterate(self, collection: str, batch: int = 256) -> Iterator[list[tuple[int, Spectrum]]]:
        """Yield (number, spectrum) of a whole collection, at most `batch` at a time."""
        self._collections.get(collection)
        last = -1
        while True:
            query = (
                select_spectra()
                .where(schema.collection.c.name == collection, schema.spectrum.c.start > last)
                .order_by(schema.spectrum.c.start)
                .limit(batch)
            )
            with self._catalogue.reading() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            yield [(row.id, s) for row, s in zip(rows, self._read(rows), strict=True)]
            last = rows[-1].start

    def read_grid(
        self, collection: str, rows: slice = slice(None), origin: str | None = None
    ) -> SpectrumSet:
        """Return consecutive rows of a gridded collection, with their numbers and labels.

        Parameters
        ----------
        collection : str
        rows : slice
            With a step of 1; all rows by default.
        origin : str, optional
            Only labels of this origin. Needed where several origins label the same.

        Raises
        ------
        DataError
            If the collection is not gridded, or labels of several origins clash.
        """
        info, grid = self._gridded(collection)
        return grids.read(self._catalogue, grid, info, rows, origin)

    def blocks(
        self, collection: str, seed: int | None = None, origin: str | None = None
    ) -> Iterator[SpectrumSet]:
        """Yield a gridded collection chunk by chunk, in random order if a seed is given.

        Reading whole chunks is what makes training from disk fast; shuffle rows within a block.
        """
        info, grid = self._gridded(collection)
        step = grid[1].rows_per_chunk
        starts = np.arange(0, info.n_items, step)
        if seed is not None:
            np.random.default_rng(seed).shuffle(starts)
        for start in starts.tolist():
            yield grids.read(self._catalogue, grid, info, slice(start, start + step), origin)

    def table(self, collection: str) -> list[SpectrumInfo]:
        """Return all about the spectra of a collection but their pixels, in the order they came."""
        self._collections.get(collection)
        query = select_spectra().where(schema.collection.c.name == collection)
        with self._catalogue.reading() as connection:
            rows = connection.execute(query.order_by(schema.spectrum.c.start))
            return [spectrum_info(row) for row in rows]

    def info(self, number: int) -> SpectrumInfo:
        """Return all about a spectrum but its pixels.

        Raises
        ------
        NotInArchiveError
            If there is none of that number.
        """
        with self._catalogue.reading() as connection:
            query = select_spectra().where(schema.spectrum.c.id == number)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise _unknown(number)
        return spectrum_info(row)

    def beside(self, number: int) -> tuple[int | None, int | None]:
        """Return the numbers of the spectra before and after one in its collection.

        Each is None where there is none.

        Raises
        ------
        NotInArchiveError
            If there is no spectrum of that number.
        """
        table = schema.spectrum
        with self._catalogue.reading() as connection:
            query = select(table.c.collection_id, table.c.start).where(table.c.id == number)
            own = connection.execute(query).one_or_none()
            if own is None:
                raise _unknown(number)
            mine = select(table.c.id).where(table.c.collection_id == own.collection_id).limit(1)
            before = mine.where(table.c.start < own.start).order_by(table.c.start.desc())
            after = mine.where(table.c.start > own.start).order_by(table.c.start)
            return connection.scalar(before), connection.scalar(after)

    def stars(self, collection: str) -> dict[int, str]:
        """Return by number what tells a spectrum's star from others, in the order they came.

        That is its target, or the object's name, or, where neither is known, the spectrum itself.
        """
        self._collections.get(collection)
        table = schema.spectrum
        query = (
            select(table.c.id, table.c.target_id, table.c.object)
            .join(schema.collection, schema.collection.c.id == table.c.collection_id)
            .where(schema.collection.c.name == collection)
            .order_by(table.c.start)
        )
        with self._catalogue.reading() as connection:
            return {row.id: _star(row) for row in connection.execute(query)}

    def _gridded(self, collection: str) -> tuple[CollectionInfo, tuple[AnyArray, Arrays]]:
        info = self._collections.get(collection)
        if info.kind != "grid":
            msg = (
                f"Collection {collection!r} is of kind {info.kind!r}: its items have grids of "
                "their own. Derive a gridded collection from it first."
            )
            raise DataError(msg)
        return info, open_grid(self._collections.folder(collection))

    def _read(self, rows: Sequence[Row[Any]]) -> list[Spectrum]:
        found: list[Spectrum | None] = [None] * len(rows)
        for collection in {row.collection for row in rows}:
            here = [number for number, row in enumerate(rows) if row.collection == collection]
            spans = [(rows[number].start, rows[number].stop) for number in here]
            folder = self._collections.folder(collection)
            wave = None
            arrays = Arrays(folder, SPECTRUM_COLUMNS)
            if rows[here[0]].kind == "grid":
                wave, arrays = open_grid(folder)
            for number, values in zip(here, read_spans(arrays, spans), strict=True):
                found[number] = stored_spectrum(rows[number], values, wave)
        return [spectrum for spectrum in found if spectrum is not None]


def storable(spectrum: Spectrum) -> Item:
    """Return what is stored of a spectrum.

    Raises
    ------
    DataError
        If its metadata, unit or arrays can't be kept as they are.
    """
    sigma = spectrum.sigma
    return Item(
        arrays={
            "wave": spectrum.wave,
            "flux": spectrum.flux,
            "sigma": np.full(len(spectrum), np.nan) if sigma is None else sigma,
            "valid": spectrum.usable,
        },
        row={
            "dtypes": dtypes_text({"wave": spectrum.wave, "flux": spectrum.flux, "sigma": sigma}),
            "object": object_name(spectrum.meta),
            "flux_unit": check_unit(spectrum.flux_unit),
            "medium": spectrum.medium,
            "frame": spectrum.frame,
            "resolution": spectrum.resolution,
            "meta": plain(spectrum.meta),
        },
    )


def _star(row: Any) -> str:
    if row.target_id is not None:
        return f"target {row.target_id}"
    return f"object {row.object}" if row.object else f"spectrum {row.id}"


def _unknown(number: int) -> NotInArchiveError:
    return NotInArchiveError(f"No spectrum {number} in the archive.")
