"""Spectra that are of a star."""

from sqlalchemy import func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.paging import Page
from starsieve.archive.spectrum_lists import SpectrumRow, describe_spectra


def list_star_spectra(archive: Archive, target: int, limit: int = 20) -> Page[SpectrumRow]:
    """Return the first spectra of a star, in the order they came, and how many there are.

    Parameters
    ----------
    archive : Archive
    target : int
        The star's number.
    limit : int
    """
    table = schema.spectrum
    mine = table.c.target_id == target
    with archive.catalogue.reading() as connection:
        total = connection.scalar(select(func.count()).where(mine)) or 0
        query = select(table.c.id).where(mine).order_by(table.c.id).limit(limit)
        numbers = connection.scalars(query).all() if total else []
    return Page(describe_spectra(archive, numbers), total)
