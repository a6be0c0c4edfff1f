"""Light curves and validation files of TESS at MAST: which there are of stars, and their content.

Written after the service's documentation; no list of TESS products was at hand.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from starsieve.errors import Failure, SourceError
from starsieve.sources.cache import Cache, Fetched, Item
from starsieve.sources.checks import check_fits, check_xml
from starsieve.sources.http import Client
from starsieve.sources.mast import (
    MAST,
    Row,
    in_chunks,
    invoke,
    name_stars,
    one_of,
    read_rows,
    write_rows,
)
from starsieve.sources.service import Request, Service
from starsieve.sources.tess_files import PIPELINES, Product, check_choice, name_products
from starsieve.sources.tic import Progress

STARS_AT_A_TIME = 250
OBSERVATIONS_AT_A_TIME = 1000
MAX_AGE = timedelta(days=7)
MOST_BYTES = 1_000_000_000
"""Of one file; a two-minute light curve has two million."""

MOST_IN_A_ROW = 5
"""Files that fail one after another before the others are not tried any more."""

_COLUMNS = ("TIC_ID", "dataURI", "product", "first_sector", "last_sector", "pipeline")


@dataclass(frozen=True, slots=True)
class ProductList:
    """What MAST has of stars.

    Parameters
    ----------
    products : tuple of Product
        By star, then by address.
    without : tuple of int
        Stars that have none.
    tables : tuple of Fetched
        The same as CSV tables, with their ages.
    failures : tuple of Failure
        Stars whose list did not come.
    """

    products: tuple[Product, ...]
    without: tuple[int, ...]
    tables: tuple[Fetched, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Downloads:
    """Files that came, and those that did not."""

    files: tuple[tuple[Product, Fetched], ...]
    failures: tuple[Failure, ...]


def list_products(
    tics: Sequence[int],
    cache: Cache,
    client: Client,
    *,
    pipelines: Sequence[str] = ("spoc",),
    service: Service = MAST,
    progress: Progress | None = None,
) -> ProductList:
    """Return which light curves and validation files there are of stars, many stars in a request.

    Parameters
    ----------
    tics : sequence of int
    cache, client
        Where to look first, and who asks.
    pipelines : sequence of str
        Of `PIPELINES`.
    service : Service
    progress : callable, optional
        Called with the stars done, all stars, and what is being done.

    Raises
    ------
    DataError
        If a pipeline is unknown.
    """
    check_choice("pipeline", pipelines, PIPELINES)
    tables, failures, products, without = [], [], [], []
    done, chunks = 0, list(in_chunks(tics, STARS_AT_A_TIME))
    for chunk in chunks:
        if progress is not None:
            progress(done, sum(map(len, chunks)), f"list of {name_stars(chunk)}")
        try:
            table = _fetch_list(chunk, tuple(sorted(set(pipelines))), cache, client, service)
        except SourceError as error:
            failures.append(Failure(name_stars(chunk), str(error)))
        else:
            found = [_read_product(row) for row in read_rows(table.path)]
            tables.append(table)
            products += found
            without += sorted(set(chunk) - {product.tic for product in found})
        done += len(chunk)
    return ProductList(tuple(products), tuple(without), tuple(tables), tuple(failures))


def fetch_products(
    products: Sequence[Product],
    cache: Cache,
    client: Client,
    *,
    service: Service = MAST,
    progress: Progress | None = None,
) -> Downloads:
    """Return the content of files, each complete and verified; those that fail are listed.

    After an interruption, do the same again: what came is there, and what came half goes on.
    """
    files, failures, in_a_row = [], [], 0
    for number, product in enumerate(products):
        if progress is not None:
            progress(number, len(products), product.name)
        if in_a_row == MOST_IN_A_ROW:
            reason = f"not tried, since the {MOST_IN_A_ROW} files before it failed."
            failures += [Failure(rest.name, reason) for rest in products[number:]]
            break
        try:
            files.append((product, fetch_product(product, cache, client, service)))
            in_a_row = 0
        except SourceError as error:
            failures.append(Failure(product.name, str(error)))
            in_a_row += 1
    return Downloads(tuple(files), tuple(failures))


def fetch_product(
    product: Product, cache: Cache, client: Client, service: Service = MAST
) -> Fetched:
    """Return the content of a file: complete, and true to its checksums if it has any.

    Raises
    ------
    SourceError
        If it is not in the cache and does not come.
    """
    query = {"uri": product.uri}
    request = Request(service, "api/v0.1/Download/file", query, max_bytes=MOST_BYTES)
    item = Item("mast", f"{service.url} {product.uri}", product.name, product.name)
    check = check_xml if product.name.endswith(".xml") else check_fits
    return cache.get(item, lambda part: client.download(request, part, check))


def _fetch_list(
    tics: Sequence[int], pipelines: Sequence[str], cache: Cache, client: Client, service: Service
) -> Fetched:
    """Return the table of all files of some stars."""

    def make(part: Path) -> None:
        observations = _find_observations(tics, pipelines, client, service)
        uris: list[str] = []
        for some in in_chunks(observations, OBSERVATIONS_AT_A_TIME):
            params = {"obsid": ",".join(map(str, some))}
            _, found = invoke("Mast.Caom.Products", params, client, service)
            uris += [str(row.get("dataURI") or "") for row in found]
        wanted = set(tics)
        rows = [_row(file) for file in name_products(uris) if file.tic in wanted]
        write_rows(part, _COLUMNS, rows)

    key = f"{service.url} products {' '.join(pipelines)} {' '.join(map(str, tics))}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    what = f"List of files of {len(tics)} star{'s' if len(tics) > 1 else ''}"
    return cache.get(Item("mast", key, what, f"products-{digest}.csv", MAX_AGE), make)


def _find_observations(
    tics: Sequence[int], pipelines: Sequence[str], client: Client, service: Service
) -> list[int]:
    """Return MAST's numbers of all observations of some stars."""
    filters = [
        one_of("obs_collection", ["TESS", "HLSP"]) | {"separator": ";"},
        one_of("provenance_name", [PIPELINES[name] for name in pipelines]),
        one_of("dataproduct_type", ["timeseries"]),
        one_of("target_name", tics),
    ]
    params = {"columns": "*", "filters": filters}
    _, rows = invoke("Mast.Caom.Filtered", params, client, service)
    try:
        return [int(row["obsid"]) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{service.name} lists observations without their number, obsid ({error})."
        raise SourceError(msg) from error


def _row(product: Product) -> dict[str, Any]:
    file = product
    values = (file.tic, file.uri, file.kind, file.first_sector, file.last_sector, file.pipeline)
    return dict(zip(_COLUMNS, values, strict=True))


def _read_product(row: Row) -> Product:
    return Product(
        tic=int(row["TIC_ID"]),
        uri=row["dataURI"],
        kind=row["product"],
        first_sector=int(row["first_sector"]),
        last_sector=int(row["last_sector"]),
        pipeline=row["pipeline"],
    )
