"""The NASA Exoplanet Archive: whole tables through its TAP service.

Written after the service's documentation; what its TAP answers was not at hand.
"""

from datetime import timedelta
from typing import Literal

from starsieve.sources.cache import Cache, Fetched, Item
from starsieve.sources.checks import check_table
from starsieve.sources.http import Client
from starsieve.sources.service import Request, Service

NASA = Service(
    "The NASA Exoplanet Archive",
    "https://exoplanetarchive.ipac.caltech.edu/",
    ("exoplanetarchive.ipac.caltech.edu",),
    "https://exoplanetarchive.ipac.caltech.edu/",
)
MAX_AGE = timedelta(days=1)

Table = Literal["toi", "cumulative", "ps"]
"""TESS objects of interest, Kepler objects of interest, and confirmed planets."""

QUERIES: dict[Table, str] = {
    "toi": "select * from toi",
    "cumulative": "select * from cumulative",
    # one row per planet: the set of values that the archive calls the default
    "ps": "select * from ps where default_flag = 1",
}
_COLUMN: dict[Table, str] = {"toi": "toi", "cumulative": "kepoi_name", "ps": "pl_name"}
_WORDS: dict[Table, str] = {
    "toi": "TOI table",
    "cumulative": "KOI table",
    "ps": "Table of confirmed planets",
}


def fetch_table(table: Table, cache: Cache, client: Client, service: Service = NASA) -> Fetched:
    """Return a whole table, CSV.

    Raises
    ------
    SourceError
        If it is not in the cache and does not come.
    """
    request = Request(service, "TAP/sync", {"query": QUERIES[table], "format": "csv"})
    what = f"{_WORDS[table]} of {service.name.removeprefix('The ')}"
    item = Item("nasa", f"{service.url} {QUERIES[table]}", what, f"{table}.csv", MAX_AGE)
    return cache.get(
        item,
        lambda part: client.download(request, part, lambda path: check_table(path, _COLUMN[table])),
    )
