"""Rank the candidates of an archive's list: what is read there, and what is left there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from starsieve.archive import Archive, CandidateRow, ScoreRow
from starsieve.data.catalogue import UNITS, Catalogue, CatalogueKind
from starsieve.errors import Failure, NotInArchiveError
from starsieve.transits.ranking import Ranked, rank
from starsieve.transits.ranking_recipe import RankRecipe
from starsieve.transits.ranking_table import NEEDED, STELLAR

Progress = Callable[[int, int, str], None]

ROWS_AT_A_TIME = 1000
MOST_FAILURES = 100
"""That are listed in a run's result; their number is always told."""

KINDS: Mapping[str, CatalogueKind] = {"TOI": "toi", "CTOI": "ctoi"}


def rank_candidates(
    recipe: RankRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Give every candidate of a list a probability of being a planet, and keep it as its score.

    What the TESS Input Catalog says of the stars, where the archive knows it, goes before what
    the list says of them. Ranking again with the same model replaces what it said.
    """
    rows = archive.candidates.list(origin=recipe.origin)
    if not rows:
        msg = (
            f"There are no candidates of the list {recipe.origin} in the archive. "
            f"Bring them in: starsieve fetch {recipe.origin.lower()}."
        )
        raise NotInArchiveError(msg)
    failures: list[Failure] = []
    n_ranked, n_planets = 0, 0
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        some = rows[start : start + ROWS_AT_A_TIME]
        table, stars = _table(some, recipe.origin), _stars(some, archive)
        ranking = rank(table, recipe.model, stars=stars, archive=archive)
        archive.scores.add(recipe.model, run, [_score(each) for each in ranking])
        failures += ranking.failures
        n_ranked += len(ranking)
        n_planets += sum(each.planet_probability >= 0.5 for each in ranking)
        if progress is not None:
            progress(start + len(some), len(rows), "ranking")
    names = {f"{recipe.origin} line {row.id}": row.name for row in rows}
    return {
        "origin": recipe.origin,
        "model": recipe.model,
        "n_ranked": n_ranked,
        "n_planets": n_planets,
        "n_failed": len(failures),
        "failed": [
            {"candidate": names.get(each.file, each.file), "error": each.error}
            for each in failures[:MOST_FAILURES]
        ],
    }


def _score(ranked: Ranked) -> ScoreRow:
    return ScoreRow(
        candidate=ranked.line,
        planet_probability=ranked.planet_probability,
        spread=ranked.spread,
        reasons=ranked.reasons,
    )


def _table(rows: Sequence[CandidateRow], origin: str) -> Catalogue:
    """Return candidates as the table that they came from; its lines are their numbers here."""
    columns: dict[str, Any] = {
        "name": np.array([row.name for row in rows], dtype=object),
        "tic": np.array([row.tic or 0 for row in rows], dtype=np.int64),
        "line": np.array([row.id for row in rows], dtype=np.int64),
    }
    for name in UNITS:
        values = np.array([_value(row, name) for row in rows], dtype=np.float64)
        if name in NEEDED or np.isfinite(values).any():
            columns[name] = values
    return Catalogue(KINDS[origin], f"candidates of the archive, {origin}", columns, origin)


def _value(row: CandidateRow, name: str) -> float:
    value = getattr(row, name, None)
    if value is None:
        value = row.other.get(name)
    return float(value) if isinstance(value, int | float) else np.nan


def _stars(rows: Sequence[CandidateRow], archive: Archive) -> Catalogue | None:
    """Return what the TESS Input Catalog says of the stars of candidates, if anything is known."""
    tics = {row.target: row.tic for row in rows if row.tic}
    known: dict[int, dict[str, float]] = {}
    for label in archive.labels.of_targets(tics, origin="TIC"):
        if label.target is not None:
            known.setdefault(label.target, {})[label.name] = label.value
    if not known:
        return None
    columns: dict[str, Any] = {"tic": np.array([tics[star] for star in known], dtype=np.int64)}
    columns |= {
        name: np.array([values.get(name, np.nan) for values in known.values()]) for name in STELLAR
    }
    return Catalogue("tic", "stars of the archive", columns, "TIC")
