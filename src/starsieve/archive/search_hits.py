"""What a search finds of each kind, the best first; the same thing may come more than once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, case, or_, select

from starsieve.archive import schema
from starsieve.archive.paging import begins, contains, equals
from starsieve.archive.search_words import Meant
from starsieve.archive.spectrum_columns import distinct
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.archive.target_filters import TargetRow
from starsieve.archive.target_lists import describe_targets
from starsieve.archive.texts import BEGINS, CONTAINS, EXACT

TARGET, SPECTRUM, CANDIDATE = schema.target, schema.spectrum, schema.candidate
FILE, CURVE = schema.source_file, schema.light_curve

HitKind = Literal["target", "spectrum", "object", "candidate", "collection", "model", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found.

    Parameters
    ----------
    kind : str
        One of `HitKind`; an object is a name that several spectra have.
    title, subtitle : str
    id : int, optional
        Number of the target, spectrum, candidate or run.
    name : str
        Of the object, collection or model.
    rank : int
        0 if it is just what was asked for, 1 if it begins with that, 2 if it contains it.
    distance_arcsec : float, optional
        From the coordinates that were asked for.
    """

    kind: HitKind
    title: str
    subtitle: str = ""
    id: int | None = None
    name: str = ""
    rank: int = 0
    distance_arcsec: float | None = None


def find_targets(connection: Connection, meant: Meant, limit: int) -> Iterator[Hit]:
    """Yield stars by number, by name, and by the names of their light curves' files."""
    ranks: dict[int, int] = {}
    for name in ("tic", "kic", "gaia"):
        if (number := getattr(meant, name)) is not None:
            query = select(TARGET.c.id).where(TARGET.c[name] == number)
            ranks |= dict.fromkeys(connection.scalars(query), 0)
    if meant.toi is not None and "." not in meant.toi:
        ranks |= dict.fromkeys(connection.scalars(_stars_of_toi(meant.toi)), 0)
    for row, rank in _alike(connection, select(TARGET.c.id), TARGET.c.name, meant.text, limit):
        ranks.setdefault(row.id, rank)
    # Light curves have no page of their own: their star's shows them.
    curves = select(CURVE.c.target_id.label("id")).join(FILE, FILE.c.id == CURVE.c.source_id)
    curves = curves.where(CURVE.c.target_id.is_not(None), FILE.c.collection.in_(_light_curves()))
    for row, rank in _alike(connection, curves, FILE.c.name, meant.text, limit):
        ranks.setdefault(row.id, rank)
    for star in describe_targets(connection, list(ranks)):
        yield target_hit(star, ranks[star.target.id or 0])


def _stars_of_toi(number: str) -> Select[Any]:
    """Return a query of the stars that have a TOI number, by name or by their candidates."""
    listed = (CANDIDATE.c.origin == "TOI") & begins(CANDIDATE.c.name, f"{number}.")
    named = TARGET.c.name.in_([f"TOI-{number}", f"TOI {number}"])
    return select(TARGET.c.id).where(
        or_(named, TARGET.c.id.in_(select(CANDIDATE.c.target_id).where(listed)))
    )


def target_hit(row: TargetRow, rank: int) -> Hit:
    """Return a star as a hit."""
    star = row.target
    numbers = [
        f"{name} {number}" for name, number in (("TIC", star.tic), ("KIC", star.kic)) if number
    ]
    things = ((row.n_candidates, "candidate"), (row.n_light_curves, "light curve"))
    parts = [text for text in numbers if text != star.name]
    parts += [_count(n, word) for n, word in things if n]
    if row.n_spectra:
        parts.append(f"{row.n_spectra} spectra" if row.n_spectra > 1 else "1 spectrum")
    return Hit(
        kind="target",
        title=star.name,
        subtitle=", ".join(parts),
        id=star.id,
        rank=rank,
        distance_arcsec=row.distance_arcsec,
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def find_spectra(
    connection: Connection, index: SpectrumIndex, meant: Meant, limit: int
) -> Iterator[Hit]:
    """Yield spectra by number, by name, and by the names of their files; names that many have."""
    if meant.spectrum is not None:
        for row in connection.execute(_spectra().where(SPECTRUM.c.id == meant.spectrum)):
            yield _spectrum_hit(row, 0)
    found = index.find_names(meant.text, limit)
    first = [name.spectrum for name in (*found.objects, *found.files)]
    query = _spectra().where(SPECTRUM.c.id.in_(first))
    rows = {row.id: row for row in connection.execute(query)}
    named = [(name, rows[name.spectrum]) for name in found.objects if name.spectrum in rows]
    for name, row in named:
        if name.n_spectra > 1:
            words = f"{name.n_spectra:,} spectra"
            yield Hit(
                kind="object", title=row.object, subtitle=words, name=row.object, rank=name.rank
            )
        else:
            yield _spectrum_hit(row, name.rank)
    for name in found.files:
        if name.spectrum in rows:
            yield _spectrum_hit(rows[name.spectrum], name.rank)


def _spectra() -> Select[Any]:
    return (
        select(
            SPECTRUM.c.id,
            SPECTRUM.c.object,
            FILE.c.name,
            schema.collection.c.name.label("collection"),
        )
        .join(schema.collection, schema.collection.c.id == SPECTRUM.c.collection_id)
        .outerjoin(FILE, FILE.c.id == SPECTRUM.c.source_id)
    )


def _spectrum_hit(row: Row[Any], rank: int) -> Hit:
    parts = [f"spectrum {row.id}"] if row.object else []
    parts += [part for part in (row.name, f"in {row.collection}") if part]
    return Hit(
        kind="spectrum",
        title=row.object or f"spectrum {row.id}",
        subtitle=", ".join(parts),
        id=row.id,
        rank=rank,
    )


def find_candidates(connection: Connection, meant: Meant, limit: int) -> Iterator[Hit]:
    """Yield possible planets by TOI number and by name."""
    query: Select[Any] = select(
        *(CANDIDATE.c.id, CANDIDATE.c.origin, CANDIDATE.c.name, CANDIDATE.c.period_days),
        TARGET.c.name.label("star"),
    ).join(TARGET, TARGET.c.id == CANDIDATE.c.target_id)
    if meant.toi is not None:
        exact = CANDIDATE.c.name == meant.toi
        wanted = exact if "." in meant.toi else begins(CANDIDATE.c.name, f"{meant.toi}.")
        listed = query.where(CANDIDATE.c.origin == "TOI", wanted).order_by(CANDIDATE.c.name)
        for toi in connection.execute(listed.limit(limit)):
            yield _candidate_hit(toi, 0 if toi.name == meant.toi else 1)
    for row, rank in _alike(connection, query, CANDIDATE.c.name, meant.text, limit):
        yield _candidate_hit(row, rank)


def _candidate_hit(row: Any, rank: int) -> Hit:
    period = f", every {row.period_days:.5g} d" if row.period_days else ""
    title = row.name if row.origin == "search" else f"{row.origin} {row.name}"
    return Hit(
        kind="candidate",
        title=title,
        subtitle=f"possible planet of {row.star}{period}",
        id=row.id,
        rank=rank,
    )


def find_named(connection: Connection, meant: Meant, models: Iterable[str]) -> Iterator[Hit]:
    """Yield collections and models, of which there are few."""
    query = select(schema.collection.c.name, schema.collection.c.kind)
    for row in connection.execute(query.order_by(schema.collection.c.name)):
        if (rank := _rank(row.name, meant.text)) is not None:
            of = {"spectra": "of spectra", "grid": "of spectra on one grid"}
            words = f"collection {of.get(row.kind, 'of light curves')}"
            yield Hit(kind="collection", title=row.name, subtitle=words, name=row.name, rank=rank)
    known = {*models, *connection.scalars(select(schema.model.c.name))}
    for column in (schema.prediction.c.model, schema.candidate_score.c.model):
        known |= set(distinct(connection, column))
    for name in sorted(known):
        if (rank := _rank(name, meant.text)) is not None:
            yield Hit(kind="model", title=name, subtitle="model", name=name, rank=rank)


def find_runs(connection: Connection, meant: Meant) -> Iterator[Hit]:
    """Yield a run by its number."""
    query = select(schema.run.c.id, schema.run.c.task, schema.run.c.status)
    if meant.run is not None:
        for row in connection.execute(query.where(schema.run.c.id == meant.run)):
            words = f"{row.task}, {row.status}"
            yield Hit(kind="run", title=f"run {row.id}", subtitle=words, id=row.id)


def _rank(name: str, text: str) -> int | None:
    name, text = name.lower(), text.lower()
    if text not in name:
        return None
    return 0 if name == text else 1 if name.startswith(text) else 2


def _alike(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], text: str, limit: int
) -> Iterator[tuple[Row[Any], int]]:
    """Yield rows whose name is, begins with or contains a text, in this order, and which it is."""
    rank = case((equals(column, text), EXACT), (begins(column, text), BEGINS), else_=CONTAINS)
    ranked = query.add_columns(rank.label("rank")).where(contains(column, text))
    for row in connection.execute(ranked.order_by(rank, column).limit(limit)):
        yield row, row.rank


def _light_curves() -> Select[Any]:
    table = schema.collection
    return select(table.c.name).where(table.c.kind == "light curves")
