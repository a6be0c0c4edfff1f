"""What the verbs of ``starsieve fetch`` say: what came, how old it is, and what is missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starsieve.cli.output import say, write_record, write_table
from starsieve.errors import Failure

if TYPE_CHECKING:
    from starsieve.sources.cache import Fetched
    from starsieve.sources.tess_files import Product
    from starsieve.transits.catalogues import CatalogueReport


def refused_rows(table: "Fetched | Path", report: "CatalogueReport") -> list[Failure]:
    """Return the rows of a table that were refused, and why."""
    path = table if isinstance(table, Path) else table.path
    return [Failure(f"{path.name}, line {line}", reason) for line, reason in report.refused]


def n_rows(report: "CatalogueReport") -> int:
    """Return how many rows of a table are in the archive."""
    return report.n_added + report.n_changed + report.n_unchanged


def say_age(table: "Fetched") -> None:
    """Say how old a table from the cache is, and why it was not fetched anew."""
    if table.origin != "remote":
        say(table.note or f"{table.describe()}.")


def write_tables(done: "Sequence[tuple[Fetched | Path, CatalogueReport]]", as_json: bool) -> None:
    """Write what became of tables, with their ages."""
    rows = []
    for table, report in done:
        counts = {
            "added": report.n_added,
            "changed": report.n_changed,
            "unchanged": report.n_unchanged,
            "refused": len(report.refused),
        }
        if isinstance(table, Path):
            record: dict[str, Any] = {"file": str(table)}
            what = str(table)
        else:
            if table.note:
                say(table.note)
            record, what = _as_record(table), table.describe()
        if as_json:
            write_record(record | counts)
        rows.append((what, *counts.values()))
    if rows and not as_json:
        write_table(("table", "added", "changed", "unchanged", "refused"), rows)


def _as_record(file: "Fetched") -> dict[str, Any]:
    record = {
        "file": str(file.path),
        "what": file.what,
        "origin": file.origin,
        "fetched": file.when.isoformat(timespec="seconds"),
        "sha256": file.sha256,
    }
    return record | ({"note": file.note} if file.note else {})


def write_list(products: "Sequence[Product]", as_json: bool) -> None:
    """Write which files there are."""
    columns = ("tic", "product", "sectors", "pipeline", "uri")
    rows = [(p.tic, p.kind, p.sectors, p.pipeline, p.uri) for p in products]
    if as_json:
        for row in rows:
            write_record(dict(zip(columns, row, strict=True)))
    else:
        write_table(columns, rows)


def write_files(done: "Sequence[tuple[Product, Fetched]]", as_json: bool) -> None:
    """Write which files came, and where those lie that are not in the collection."""
    if as_json:
        for product, file in done:
            about = {"tic": product.tic, "product": product.kind, "sectors": product.sectors}
            write_record(about | {"uri": product.uri} | _as_record(file))
        return
    counts: dict[tuple[int, str], list[tuple[str, bool]]] = {}
    for product, file in done:
        key = product.tic, product.kind
        counts.setdefault(key, []).append((product.sectors, file.origin == "remote"))
    rows = [
        (tic, kind, ", ".join(s for s, _ in files), sum(new for _, new in files), len(files))
        for (tic, kind), files in counts.items()
    ]
    if rows:
        write_table(("TIC", "product", "sectors", "fetched now", "files"), rows)
    kept = [(file.path,) for product, file in done if product.kind in ("dvt", "dvr")]
    if kept:
        write_table(("validation files",), kept)
    for _, file in done:
        if file.note:
            say(file.note)


def write_without(tics: Sequence[int], as_json: bool) -> None:
    """List the stars without products."""
    if as_json:
        for number in tics:
            write_record({"tic": number, "products": 0})
    elif tics:
        say(f"{len(tics)} stars without such products: TIC {', '.join(map(str, tics))}.")
