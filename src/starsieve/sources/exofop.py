"""ExoFOP-TESS: its tables of TESS objects of interest and of those of the community.

Written after the service's page of downloads; what it answers was not at hand.
"""

from datetime import timedelta

from starsieve.sources.cache import Cache, Fetched, Item
from starsieve.sources.checks import check_table
from starsieve.sources.http import Client
from starsieve.sources.service import Request, Service

EXOFOP = Service(
    "ExoFOP",
    "https://exofop.ipac.caltech.edu/tess/",
    ("exofop.ipac.caltech.edu",),
    "https://exofop.ipac.caltech.edu/tess/",
)
MAX_AGE = timedelta(days=1)
"""Dispositions change daily."""


def fetch_toi(cache: Cache, client: Client, service: Service = EXOFOP) -> Fetched:
    """Return the table of all TESS objects of interest, CSV.

    Raises
    ------
    SourceError
        If it is not in the cache and does not come.
    """
    return _fetch("toi", "TOI", cache, client, service)


def fetch_ctoi(cache: Cache, client: Client, service: Service = EXOFOP) -> Fetched:
    """Return the table of all community TESS objects of interest, CSV.

    Raises
    ------
    SourceError
        If it is not in the cache and does not come.
    """
    return _fetch("ctoi", "CTOI", cache, client, service)


def _fetch(table: str, column: str, cache: Cache, client: Client, service: Service) -> Fetched:
    request = Request(service, f"download_{table}.php", {"sort": table, "output": "csv"})
    key = f"{service.url}{request.path}"
    item = Item("exofop", key, f"{column} table of {service.name}", f"{table}.csv", MAX_AGE)
    return cache.get(
        item,
        lambda part: client.download(
            request, part, lambda path: check_table(path, "TIC ID", column)
        ),
    )
