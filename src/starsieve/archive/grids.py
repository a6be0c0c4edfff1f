"""Gridded collections: a row is a spectrum, and all share one wavelength grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from sqlalchemy import Connection, select, update

from starsieve.archive import schema
from starsieve.archive.arrays import AnyArray, Arrays, grid_columns, open_grid, write_wave
from starsieve.archive.catalogue import Catalogue, in_parts, insert_many
from starsieve.archive.collections import CollectionStore, Place, make_collection
from starsieve.archive.encoding import check_unit, dtypes_text, object_name, plain
from starsieve.archive.labels import grid_labels
from starsieve.archive.ragged import numbers_from
from starsieve.archive.records import CollectionInfo, SourceFile
from starsieve.archive.source_files import keep_files, kept_hashes
from starsieve.data import SpectrumSet
from starsieve.data.labels import get_label
from starsieve.data.spectrum import Frame, Medium
from starsieve.errors import DataError, NotInArchiveError

LABEL_ORIGIN = "grid"
OBJECTS = "objects"
"""Where a set's `meta` holds the name of each row's object."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a gridded collection come from: a collection and a recipe, or a file.

    `labels` says who knows their labels.
    """

    parent: str | None
    recipe: Mapping[str, Any] | None
    source: SourceFile | None
    labels: str = LABEL_ORIGIN


def append(
    catalogue: Catalogue,
    collections: CollectionStore,
    spectra: SpectrumSet,
    collection: str,
    origin: Origin,
) -> list[int]:
    """Store spectra as rows of a gridded collection; return their numbers."""
    meta, dtypes = storable(spectra)
    if not len(spectra):
        return []
    with collections.appending(collection, "grid") as place:
        if place.start == 0:
            arrays = _begin(place, spectra)
        else:
            info = collections.get(collection)
            arrays = _matching(place, spectra, info, origin)
            if _is_kept(catalogue, collection, origin.source):
                return []
        arrays.write(place.start, _columns(spectra))
        with catalogue.writing() as connection:
            number = make_collection(
                connection,
                place,
                "grid",
                origin.parent,
                recipe=origin.recipe,
                n_pixels=len(spectra.wave),
                flux_unit=spectra.flux_unit,
                resolution=spectra.resolution,
                meta=meta,
            )
            _share_meta(connection, place, meta)
            rows = _rows(connection, spectra, place, origin, dtypes, number)
            insert_many(connection, schema.spectrum, rows)
            numbers = numbers_from(connection, schema.spectrum, number, place.start)
            _insert_labels(connection, spectra, numbers, origin.labels)
            return numbers


def storable(spectra: SpectrumSet) -> tuple[dict[str, Any], str]:
    """Return the metadata of a set and the types of its arrays, as they are stored.

    Raises
    ------
    DataError
        If its metadata, unit or arrays can't be kept as they are.
    """
    check_unit(spectra.flux_unit)
    arrays = {"wave": spectra.wave, "flux": spectra.flux, "sigma": spectra.sigma}
    # The names of objects are kept row by row.
    shared = {key: value for key, value in spectra.meta.items() if key != OBJECTS}
    return plain(shared), dtypes_text(arrays)


def read(
    catalogue: Catalogue,
    grid: tuple[AnyArray, Arrays],
    info: CollectionInfo,
    rows: slice,
    origin: str | None,
) -> SpectrumSet:
    """Return consecutive rows of a gridded collection, with their numbers and labels."""
    wave, arrays = grid
    start, stop, step = rows.indices(info.n_items)
    if step != 1:
        msg = f"Rows of a gridded collection are read in order, got a step of {step}."
        raise DataError(msg)
    stop = max(start, stop)
    table = schema.spectrum
    query = (
        select(table.c.id)
        .join(schema.collection, schema.collection.c.id == table.c.collection_id)
        .where(schema.collection.c.name == info.name)
        .where(table.c.start >= start, table.c.start < stop)
        .order_by(table.c.start)
    )
    with catalogue.reading() as connection:
        ids = np.array(list(connection.scalars(query)), dtype=np.int64)
        labels = grid_labels(connection, info.name, (start, stop), origin)
    values = arrays.read(start, stop)
    return SpectrumSet(
        wave=wave,
        flux=values["flux"],
        sigma=values.get("sigma"),
        valid=values["valid"],
        ids=ids,
        labels=labels,
        flux_unit=info.flux_unit or "",
        resolution=info.resolution,
        meta=info.meta,
    )


def _begin(place: Place, spectra: SpectrumSet) -> Arrays:
    sigma = None if spectra.sigma is None else spectra.sigma.dtype
    columns = grid_columns(spectra.flux.dtype, sigma)
    arrays = Arrays(place.folder, columns, len(spectra.wave))
    arrays.remove()  # a killed writer may have left something
    write_wave(place.folder, spectra.wave)
    return arrays


def _columns(spectra: SpectrumSet) -> dict[str, AnyArray]:
    columns: dict[str, AnyArray] = {"flux": spectra.flux, "valid": spectra.usable}
    return columns if spectra.sigma is None else columns | {"sigma": spectra.sigma}


def _matching(place: Place, spectra: SpectrumSet, info: CollectionInfo, origin: Origin) -> Arrays:
    wave, arrays = open_grid(place.folder)
    columns = {name: values.dtype for name, values in arrays.read(0, 0).items()}
    given = _columns(spectra)
    differs = [
        what
        for what, same in (
            ("wavelength grid", np.array_equal(wave, spectra.wave)),
            ("unit", info.flux_unit == spectra.flux_unit),
            ("resolution", info.resolution == spectra.resolution),
            ("set of arrays (with or without sigma)", columns.keys() == given.keys()),
            ("type of numbers", all(columns.get(n) == v.dtype for n, v in given.items())),
            ("parent", info.parent == origin.parent),
            ("recipe", info.recipe == origin.recipe),
        )
        if not same
    ]
    if differs:
        msg = (
            f"These spectra have another {differs[0]} than the gridded collection {info.name!r}. "
            "Choose another collection for them."
        )
        raise DataError(msg)
    return arrays


def _is_kept(catalogue: Catalogue, collection: str, source: SourceFile | None) -> bool:
    if source is None:
        return False
    with catalogue.reading() as connection:
        return bool(kept_hashes(connection, collection, [source.sha256]))


def _rows(
    connection: Connection,
    spectra: SpectrumSet,
    place: Place,
    origin: Origin,
    dtypes: str,
    collection: int,
) -> list[dict[str, Any]]:
    file = None
    if origin.source is not None:
        numbers = keep_files(connection, place.name, [origin.source])
        file = numbers[str(origin.source.sha256)]
    shared = {
        "collection_id": collection,
        "dtypes": dtypes,
        "object": object_name(spectra.meta),
        "flux_unit": spectra.flux_unit,
        "medium": _word(spectra.meta, "medium", Medium, "vacuum"),
        "frame": _word(spectra.meta, "frame", Frame, "unknown"),
        "resolution": spectra.resolution,
        "source_id": file,
        "parent_id": None,
        "target_id": None,
    }
    places = [{"start": r, "stop": r + 1} for r in range(place.start, place.start + len(spectra))]
    if origin.parent is None or spectra.ids is None:
        names = _objects(spectra)
        if not names:
            return [{**shared, **where} for where in places]
        return [{**shared, **where, "object": n} for n, where in zip(names, places, strict=True)]
    inherited = _inherited(connection, origin.parent, spectra.ids.tolist())
    return [{**shared, **own, **where} for own, where in zip(inherited, places, strict=True)]


def _word(meta: Mapping[str, Any], name: str, choices: Any, otherwise: str) -> str:
    """Return what a set's metadata say if it is one of the choices."""
    value = meta.get(name)
    return value if isinstance(value, str) and value in get_args(choices) else otherwise


def _objects(spectra: SpectrumSet) -> list[str]:
    """Return the name of each row's object; none if the set has none.

    Raises
    ------
    DataError
        If there are more or fewer than rows.
    """
    names = spectra.meta.get(OBJECTS) or []
    if names and len(names) != len(spectra):
        msg = f"meta['{OBJECTS}'] has {len(names)} names for {len(spectra)} spectra."
        raise DataError(msg)
    return [object_name({"object": name}) for name in names]


def _inherited(connection: Connection, parent: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    table = schema.spectrum
    found: dict[int, dict[str, Any]] = {}
    for some in in_parts(ids):
        query = (
            select(table.c.id, table.c.object, table.c.target_id, table.c.frame)
            .join(schema.collection, schema.collection.c.id == table.c.collection_id)
            .where(schema.collection.c.name == parent, table.c.id.in_(some))
        )
        found |= {
            row.id: {
                "parent_id": row.id,
                "object": row.object,
                "target_id": row.target_id,
                "frame": row.frame,
            }
            for row in connection.execute(query)
        }
    missing = [number for number in ids if number not in found]
    if missing:
        msg = f"No spectrum {missing[0]} in the collection {parent!r}, the parent of these."
        raise NotInArchiveError(msg)
    return [found[number] for number in ids]


def _share_meta(connection: Connection, place: Place, meta: Mapping[str, Any]) -> None:
    # A set's metadata are those of all its spectra: keep what old and new ones agree on.
    if place.start > 0:
        table = schema.collection
        old = connection.scalar(select(table.c.meta).where(table.c.id == place.id)) or {}
        same = {key: value for key, value in old.items() if key in meta and meta[key] == value}
        connection.execute(update(table).where(table.c.id == place.id).values(meta=same))


def _insert_labels(
    connection: Connection, spectra: SpectrumSet, numbers: Sequence[int], origin: str
) -> None:
    for name, values in spectra.labels.items():
        rows = [
            {
                "spectrum_id": number,
                "name": name,
                "value": value,
                "unit": get_label(name).unit,
                "origin": origin,
            }
            for number, value in zip(numbers, values.tolist(), strict=True)
            if value == value  # NaN stands for unknown
        ]
        insert_many(connection, schema.label, rows)
