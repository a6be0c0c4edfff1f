"""Stars of the TESS Input Catalog, as MAST keeps it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from starsieve.errors import Failure, SourceError
from starsieve.sources.cache import Cache, Fetched, Item
from starsieve.sources.http import Client
from starsieve.sources.mast import (
    MAST,
    in_chunks,
    invoke,
    name_stars,
    one_of,
    read_rows,
    write_rows,
)
from starsieve.sources.service import Service

STARS_AT_A_TIME = 500
MAX_AGE = timedelta(days=30)

Progress = Callable[[int, int | None, str], None]
"""``progress(done, total, what)``"""


@dataclass(frozen=True, slots=True)
class TicAnswer:
    """Tables of stars, CSV with the catalogue's own columns, and what did not come."""

    tables: tuple[Fetched, ...]
    failures: tuple[Failure, ...]


def fetch_tic(
    tics: Sequence[int],
    cache: Cache,
    client: Client,
    service: Service = MAST,
    progress: Progress | None = None,
) -> TicAnswer:
    """Return the catalogue's rows of stars, many stars in a request.

    Parameters
    ----------
    tics : sequence of int
    cache, client, service
        Where to look first, who asks, and whom.
    progress : callable, optional
        Called with the stars done, all stars, and what is being done.

    Returns
    -------
    TicAnswer
        A star that the catalogue lacks, and the stars of a request that failed, are failures; the
        others go on.
    """
    tables, failures, done = [], [], 0
    chunks = list(in_chunks(tics, STARS_AT_A_TIME))
    total = sum(map(len, chunks))
    for chunk in chunks:
        if progress is not None:
            progress(done, total, name_stars(chunk))
        try:
            table = _fetch(chunk, cache, client, service)
        except SourceError as error:
            failures.append(Failure(name_stars(chunk), str(error)))
        else:
            there = {int(row["ID"]) for row in read_rows(table.path)}
            tables += [table] if there else []
            failures += [
                Failure(f"TIC {tic}", f"TIC {tic}: the catalogue has no such star.")
                for tic in chunk
                if tic not in there
            ]
        done += len(chunk)
    return TicAnswer(tuple(tables), tuple(failures))


def _fetch(tics: Sequence[int], cache: Cache, client: Client, service: Service) -> Fetched:
    def make(part: Path) -> None:
        params = {"columns": "*", "filters": [one_of("ID", tics)]}
        columns, rows = invoke("Mast.Catalogs.Filtered.Tic.Rows", params, client, service)
        if rows and "ID" not in columns:
            msg = f"{service.name}: the TIC came without its column ID, with {', '.join(columns)}."
            raise SourceError(msg)
        write_rows(part, columns or ["ID"], rows)

    key = f"{service.url} TIC {' '.join(map(str, tics))}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    what = f"TESS Input Catalog, {len(tics)} stars"
    return cache.get(Item("mast", key, what, f"tic-{digest}.csv", MAX_AGE), make)
