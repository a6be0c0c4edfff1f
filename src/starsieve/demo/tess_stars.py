"""Well-known stars of TESS: their light curves and what is listed of them, as far as they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

import numpy as np

from starsieve.archive import Archive, Target
from starsieve.errors import DataError, SourceError
from starsieve.readers.catalogues import read_catalogue
from starsieve.sources import exofop, http, mast
from starsieve.sources.cache import Cache
from starsieve.sources.products import fetch_product, list_products
from starsieve.sources.service import Timing
from starsieve.sources.tess_files import Product, choose
from starsieve.sources.tic import fetch_tic
from starsieve.transits.catalogues import import_catalogue

STARS = {
    261136679: "pi Men",
    290131778: "HD 202772 A",
    259377017: "TOI-270",
    307210830: "L 98-59",
    149603524: "WASP-62",
    266980320: "HD 219666",
}
"""TIC numbers, in the order in which a limit takes them."""

PATIENCE = 25.0
"""Seconds for all questions and files together: nobody waits longer for a demonstration."""

TIMING = Timing(connect=4.0, read=10.0, attempts=1, patience=10.0)
"""Nothing is asked twice: simulated stars are at hand."""


@dataclass(slots=True)
class Came:
    """What came of the archives, in the order in which it came.

    Parameters
    ----------
    curves : list of (int, Path)
        TIC number and file.
    tables : list of Path
        Stars and candidates.
    failures : list of str
        What did not come, and why.
    """

    curves: list[tuple[int, Path]] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def ask(tics: Sequence[int], cache: Cache, patience: float = PATIENCE) -> Came:
    """Return what MAST and ExoFOP give of stars within so many seconds.

    What comes too late goes into the cache, for the next time, if the process lasts.
    """
    coming = Came()
    # Only a thread is left behind on time, whatever it waits for: a name server, a slow line.
    asking = Thread(target=_ask, args=(tics, cache, coming), daemon=True)
    asking.start()
    asking.join(patience)
    came = Came(list(coming.curves), list(coming.tables), list(coming.failures))
    if asking.is_alive():
        came.failures.append(f"Not all came from MAST and ExoFOP within {patience:.0f} s.")
    return came


def store_tables(came: Came, tics: Sequence[int], archive: Archive) -> None:
    """Bring names of stars, and what tables say of them, into the archive."""
    # A name that an archive has for another star stays with that one.
    archive.targets.merge([Target(STARS[tic], tic=tic) for tic in tics], only_unknown=True)
    for path in came.tables:
        try:
            table = read_catalogue(path)
            ours = np.isin(table.columns["tic"], tics)
            columns = {name: values[ours] for name, values in table.columns.items()}
            import_catalogue(replace(table, columns=columns, refused=()), archive)
        except DataError as error:
            came.failures.append(str(error))


def _ask(tics: Sequence[int], cache: Cache, came: Came) -> None:
    """Ask for what is needed most first, and append what comes."""
    with http.Client(TIMING) as client:
        found = list_products(tics, cache, client, service=mast.MAST)
        came.failures += [failure.error for failure in found.failures]
        if found.failures:
            return
        stars = fetch_tic(tics, cache, client, mast.MAST)
        came.tables += [table.path for table in stars.tables]
        came.failures += [failure.error for failure in stars.failures]
        for product in _first_sectors(found.products):
            try:
                file = fetch_product(product, cache, client, mast.MAST)
                came.curves.append((product.tic, file.path))
            except SourceError as error:
                came.failures.append(str(error))
        try:
            came.tables.append(exofop.fetch_toi(cache, client, exofop.EXOFOP).path)
        except SourceError as error:
            came.failures.append(str(error))


def _first_sectors(products: Sequence[Product]) -> list[Product]:
    """Return the first light curve of each star: enough to see its planets."""
    ordered = sorted(choose(products, ["lc"]), key=lambda p: (p.first_sector, p.uri))
    first = {product.tic: product for product in reversed(ordered)}
    return [first[tic] for tic in sorted(first)]
