"""Catalogues into the archive: stars, candidates, what is said of them, and their files."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from starsieve.archive import (
    Archive,
    CandidateRow,
    DispositionRow,
    LabelRow,
    ProductRow,
    Stored,
    Target,
)
from starsieve.data.catalogue import UNITS, Catalogue, error_name
from starsieve.errors import DataError

ROWS_AT_A_TIME = 2000
"""Each batch is kept whole or not at all: what a crash undoes."""

ORIGINS = {"toi": "TOI", "ctoi": "CTOI", "koi": "KOI", "tce": "TCE", "planets": "planets"}
"""How candidates of a kind of catalogue are called in the archive."""

AUTHORITIES = {
    "toi": "TFOPWG",
    "ctoi": "TFOPWG",
    "koi": "NASA Exoplanet Archive",
    "tce": "Autovetter",
    "planets": "NASA Exoplanet Archive",
}
"""Who says what a kind of catalogue says of its candidates."""

STAR_VALUES = (
    *("tmag", "teff", "logg", "mh", "radius", "mass", "density", "luminosity", "distance_pc"),
    *("parallax_mas", "pmra_mas_yr", "pmdec_mas_yr", "contamination"),
)
"""What becomes labels of a star, of the origin ``"TIC"``."""

NO_STARS = ("DUPLICATE", "ARTIFACT")
"""What the TESS Input Catalog itself calls entries that are not a star, or another one's double."""

_FIELDS = frozenset(f.name for f in fields(CandidateRow)) & {
    *UNITS,
    *map(error_name, UNITS),
}
_STAR = frozenset(["ra", "dec", "tic", "kic", "gaia", "star"])
_APART = {*_FIELDS, *_STAR, "name", "disposition", "created", "line"}
"""Columns of a candidate that are not kept among its other values."""

Progress = Callable[[int, int, str], None]
"""Called with the number of rows done, of all rows, and what is being done."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """What became of the rows of a catalogue.

    Parameters
    ----------
    n_added, n_changed, n_unchanged : int
        Rows that were new, that told something new or different, and that told nothing new.
    refused : tuple of (int, str)
        Line of the file and reason, of those that the reader left out and those that do not fit
        the archive.
    """

    n_added: int = 0
    n_changed: int = 0
    n_unchanged: int = 0
    refused: tuple[tuple[int, str], ...] = ()

    def __add__(self, other: "CatalogueReport") -> "CatalogueReport":
        return CatalogueReport(
            self.n_added + other.n_added,
            self.n_changed + other.n_changed,
            self.n_unchanged + other.n_unchanged,
            tuple(sorted({*self.refused, *other.refused})),
        )


def import_catalogue(
    catalogue: Catalogue,
    archive: Archive,
    *,
    date: datetime | None = None,
    progress: Progress | None = None,
) -> CatalogueReport:
    """Bring a catalogue into an archive; do it again, and only what has changed is changed.

    What the archive knows and the catalogue lacks stays. A disposition that differs from the last
    one is added to the candidate's history. After an interruption do the same again.

    Parameters
    ----------
    catalogue : Catalogue
    archive : Archive
    date : datetime, optional
        When the catalogue was as it is; by default now. A row that says when it was updated has
        that date.
    progress : callable, optional
        See `Progress`.

    Raises
    ------
    DataError
        If the date has no time zone.
    ArchiveError
        If the archive can't be written to. What was stored before stays.
    """
    when = date or datetime.now(UTC)
    if when.tzinfo is None:
        msg = f"The date of a catalogue needs a time zone, got {when!r}."
        raise DataError(msg)
    report, done = CatalogueReport(refused=catalogue.refused), 0
    for rows in _batches(catalogue):
        if progress is not None:
            progress(done, len(catalogue), catalogue.layout)
        if catalogue.kind == "tic":
            report += _import_stars(rows, archive)
        elif catalogue.kind == "products":
            report += _import_products(rows, archive)
        elif "name" not in catalogue:
            report += _import_nameless(rows, catalogue, archive, when)
        else:
            report += _import_candidates(rows, catalogue, archive, when)
        done += len(rows)
    if progress is not None:
        progress(done, len(catalogue), catalogue.layout)
    return report


def _batches(catalogue: Catalogue) -> Iterator[list[Row]]:
    # A table without names is taken whole, because its stars must be counted.
    size = ROWS_AT_A_TIME if catalogue.kind in ("tic", "products") or "name" in catalogue else None
    for first in range(0, len(catalogue), size or max(len(catalogue), 1)):
        last = min(first + (size or len(catalogue)), len(catalogue))
        yield catalogue.rows(first, last)


def _import_stars(rows: Sequence[Row], archive: Archive) -> CatalogueReport:
    """Store stars of the TESS Input Catalog, and their values as labels."""
    stars, refused = [], []
    for row in rows:
        if row.get("disposition") in NO_STARS:
            refused.append((row["line"], _why_no_star(row)))
        else:
            stars.append(row)
    numbers = archive.targets.merge([_target(row) for row in stars])
    placed, errors = _placed(stars, numbers)
    known: dict[int, dict[str, LabelRow]] = {}
    for label in archive.labels.of_targets((n for _, n in placed), origin="TIC"):
        known.setdefault(label.target or 0, {})[label.name] = label
    outcomes, new = [], []
    for row, number in placed:
        mine = known.get(number, {})
        labels = [label for label in _labels(row, number) if mine.get(label.name) != label]
        outcomes.append("unchanged" if not labels else "changed" if mine else "added")
        new += labels
    archive.labels.add(new)
    return _report(outcomes, [*refused, *errors])


def _why_no_star(row: Row) -> str:
    double = row.get("duplicate_id")
    of = f" of TIC {double:.0f}" if isinstance(double, float) else ""
    return f"TIC {row['tic']} is no star of its own: the TIC calls it {row['disposition']}{of}."


def _labels(row: Row, number: int) -> list[LabelRow]:
    return [
        LabelRow(name, row[name], row.get(error_name(name)), UNITS[name], "TIC", None, number)
        for name in STAR_VALUES
        if name in row
    ]


def _import_products(rows: Sequence[Row], archive: Archive) -> CatalogueReport:
    """Store a list of files, and their stars where they are new."""
    numbers = archive.targets.merge([_target(row) for row in rows], only_unknown=True)
    placed, errors = _placed(rows, numbers)
    stored = archive.products.add(
        ProductRow(target=n, uri=row["uri"], kind=row["product"], sector=row.get("sector"))
        for row, n in placed
    )
    return _report(stored.outcomes, errors)


def _import_candidates(
    rows: Sequence[Row], catalogue: Catalogue, archive: Archive, when: datetime
) -> CatalogueReport:
    """Store candidates, what is said of them, and their stars where they are new."""
    numbers = archive.targets.merge([_target(row) for row in rows], only_unknown=True)
    placed, errors = _placed(rows, numbers)
    origin = ORIGINS[catalogue.kind]
    stored = archive.candidates.add(_candidate(row, n, origin) for row, n in placed)
    said = [
        _said(row, number, catalogue, when)
        for (row, _), number in zip(placed, stored.ids, strict=True)
        if "disposition" in row
    ]
    news = set(archive.candidates.add_dispositions(said))
    return _report(_with_news(stored, news), errors)


def _with_news(stored: Stored, news: set[int]) -> list[str]:
    """Return outcomes: a candidate of which something new is said has changed."""
    return [
        "changed" if outcome == "unchanged" and number in news else outcome
        for number, outcome in zip(stored.ids, stored.outcomes, strict=True)
    ]


def _import_nameless(
    rows: Sequence[Row], catalogue: Catalogue, archive: Archive, when: datetime
) -> CatalogueReport:
    """Store what a table without names says of candidates that are known already.

    Which candidate a row means is certain only where its star has one row and one candidate.
    """
    origin = ORIGINS[catalogue.kind]
    known: dict[int | None, list[int | None]] = {}
    for candidate in archive.candidates.list(origin=origin):
        known.setdefault(candidate.tic, []).append(candidate.id)
    n_rows = Counter(row["tic"] for row in rows)
    refused, said, numbers = [], [], []
    for row in rows:
        mine = known.get(row["tic"], [])
        if len(mine) == n_rows[row["tic"]] == 1 and mine[0] is not None:
            numbers.append(mine[0])
            said += [_said(row, mine[0], catalogue, when)] if "disposition" in row else []
        else:
            refused.append((row["line"], _why_unnamed(row, n_rows, len(mine), origin)))
    news = set(archive.candidates.add_dispositions(said))
    outcomes = ["changed" if number in news else "unchanged" for number in numbers]
    return _report(outcomes, refused)


def _why_unnamed(row: Row, n_rows: Counter[int], n_known: int, origin: str) -> str:
    return (
        f"the table names no {origin}, has {n_rows[row['tic']]} rows of TIC {row['tic']}, and the "
        f"archive knows {n_known} of that star: which is meant is certain only with one of each. "
        "Import a table with names first."
    )


def _target(row: Row) -> Target:
    tic, kic = row.get("tic"), row.get("kic")
    name = row.get("star") or (f"TIC {tic}" if tic else f"KIC {kic}")
    ra, dec = row.get("ra"), row.get("dec")
    whole = ra is not None and dec is not None
    return Target(name, ra if whole else None, dec if whole else None, tic, row.get("gaia"), kic)


def _placed(
    rows: Sequence[Row], numbers: Sequence[int | DataError]
) -> tuple[list[tuple[Row, int]], list[tuple[int, str]]]:
    """Return rows with the number of their star, and line and reason of those without one."""
    pairs = list(zip(rows, numbers, strict=True))
    placed = [(row, number) for row, number in pairs if isinstance(number, int)]
    errors = [(row["line"], str(why)) for row, why in pairs if isinstance(why, DataError)]
    return placed, errors


def _candidate(row: Row, target: int, origin: str) -> CandidateRow:
    return CandidateRow(
        origin=origin,
        name=row["name"],
        target=target,
        other={name: value for name, value in row.items() if name not in _APART},
        announced=_utc(row.get("created")),
        **{name: row[name] for name in _FIELDS if name in row},
    )


def _said(row: Row, candidate: int, catalogue: Catalogue, when: datetime) -> DispositionRow:
    return DispositionRow(
        candidate=candidate,
        value=row["disposition"],
        who=AUTHORITIES[catalogue.kind],
        date=_utc(row.get("updated")) or when,
        comment=row.get("comments", ""),
    )


def _utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _report(outcomes: Sequence[str], refused: Sequence[tuple[int, str]]) -> CatalogueReport:
    return CatalogueReport(
        outcomes.count("added"),
        outcomes.count("changed"),
        outcomes.count("unchanged"),
        tuple(refused),
    )
