"""Rows of spectra in the catalogue: how they are read, for all that reads them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, select

from starsieve.archive import schema
from starsieve.archive.arrays import AnyArray
from starsieve.archive.encoding import ABSENT, restore
from starsieve.archive.records import SpectrumInfo
from starsieve.data import Spectrum


def select_spectra() -> Select[Any]:
    """Return a query of all spectra, with their collections and files."""
    return (
        select(
            schema.spectrum,
            schema.collection.c.name.label("collection"),
            schema.collection.c.kind,
            schema.collection.c.n_pixels,
            schema.collection.c.meta.label("shared_meta"),
            schema.source_file.c.path,
            schema.source_file.c.sha256,
            schema.source_file.c.layout,
            schema.source_file.c.created.label("read"),
        )
        .join(schema.collection, schema.collection.c.id == schema.spectrum.c.collection_id)
        .outerjoin(schema.source_file, schema.source_file.c.id == schema.spectrum.c.source_id)
    )


def spectrum_info(row: Row[Any]) -> SpectrumInfo:
    """Return a row of `select_spectra` as a record."""
    return SpectrumInfo(
        id=row.id,
        collection=row.collection,
        object=row.object,
        target=row.target_id,
        n_pixels=row.stop - row.start if row.n_pixels is None else row.n_pixels,
        flux_unit=row.flux_unit,
        medium=row.medium,
        frame=row.frame,
        resolution=row.resolution,
        has_sigma=not row.dtypes.endswith(ABSENT),
        parent=row.parent_id,
        file=row.path,
        file_hash=row.sha256,
        meta=row.meta or {},
        layout=row.layout,
        read=row.read,
    )


def stored_spectrum(
    row: Row[Any], values: Mapping[str, AnyArray], wave: AnyArray | None
) -> Spectrum:
    """Return a spectrum as it was added.

    Parameters
    ----------
    row : Row
        Of `select_spectra`.
    values : mapping of str to array
        Its columns, as its collection keeps them.
    wave : array, shape (n_pixels,), or None
        What all of a gridded collection share.
    """
    if wave is None:
        types = dict(zip(("wave", "flux", "sigma"), row.dtypes.split(","), strict=True))
        arrays: dict[str, Any] = {name: restore(values[name], t) for name, t in types.items()}
        arrays["valid"] = values["valid"]
    else:  # rows of one spectrum, in the types they were given
        arrays = {"wave": wave} | {name: rows[0] for name, rows in values.items()}
    return Spectrum(
        **arrays,
        flux_unit=row.flux_unit,
        medium=row.medium,
        frame=row.frame,
        resolution=row.resolution,
        meta=(row.meta or {}) if wave is None else _meta_of_row(row),
    )


def _meta_of_row(row: Row[Any]) -> Mapping[str, Any]:
    """Return the metadata of a row of a gridded collection: all share them but the object."""
    shared = row.shared_meta or {}
    return shared | {"object": row.object} if row.object else shared
