"""A probability of being a planet for each row of a table of candidates, with its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from starsieve.archive import Archive
from starsieve.data.catalogue import Catalogue
from starsieve.data.foreign import optional
from starsieve.errors import Failure
from starsieve.learn.trees import IntArray
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.ranker import SHIPPED, Scores, load_ranker
from starsieve.transits.ranking_reasons import explain
from starsieve.transits.ranking_table import candidates_of, features_of, join_stars, problems
from starsieve.transits.table_features import MEASURED, FloatArray

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

MANY_UNKNOWN = 4
"""From so many unknown values of a row on, it says so."""

WIDE_SPREAD = 0.15


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row of a table and what a ranker says of it.

    Parameters
    ----------
    toi : str
        Name in the table; empty where it has none.
    tic : int
        TIC number; 0 where the table has none.
    planet_probability : float
    spread : float
        Standard deviation between the ranker's members.
    model : str
    reasons : tuple of str
        What counted most, in words.
    warnings : tuple of str
        What a reader of the number must know.
    line : int
        Line of the file.
    """

    toi: str
    tic: int
    planet_probability: float
    spread: float
    model: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    line: int = 0

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "toi": self.toi,
            "tic": self.tic,
            "planet_probability": self.planet_probability,
            "model": self.model,
            "spread": self.spread,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ranking(Sequence[Ranked]):
    """All rows of a table that could be judged, in its order, and those that could not."""

    rows: tuple[Ranked, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> Ranked: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Ranked | Self:
        if isinstance(index, slice):
            return type(self)(self.rows[index], (), self.notes, self.provenance)
        return self.rows[index]

    def __repr__(self) -> str:
        return f"<Ranking: {len(self.rows)} rows, {len(self.failures)} failed>"

    def __str__(self) -> str:
        cells = [HEADINGS, *(row_cells(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
        failed = (f"failed: {failure.file}: {failure.error}" for failure in self.failures)
        return "\n".join([*lines, *failed])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in HEADINGS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row_cells(row)) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def best_first(self) -> Self:
        """Return the same rows, the most probable planets first."""
        rows = sorted(self.rows, key=lambda row: -row.planet_probability)
        return type(self)(tuple(rows), self.failures, self.notes, self.provenance)

    def to_table(self) -> "Table":
        """Return an astropy Table with a row per candidate, and the provenance as its metadata."""
        from astropy.table import Table

        return Table(self.columns(), meta=dict(self.provenance))

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame with the columns of `to_table`.

        Raises
        ------
        StarsieveError
            If pandas is not installed.
        """
        return optional("pandas").DataFrame(self.columns())

    def columns(self) -> dict[str, list[Any]]:
        """Return the rows by column; reasons and warnings as one text each."""
        records = [row.to_record() for row in self.rows]
        names = Ranked("", 0, 0.0, 0.0, "").to_record()
        return {
            name: [
                "; ".join(each[name]) if isinstance(each[name], list) else each[name]
                for each in records
            ]
            for name in names
        }


HEADINGS = ("toi", "tic", "planet", "spread", "mostly because of", "remarks")


def row_cells(row: Ranked) -> tuple[str, ...]:
    """Return a row as people read it: one cell for each of `HEADINGS`."""
    because = row.reasons[0] if row.reasons else ""
    remarks = {0: "", 1: "1 warning"}.get(len(row.warnings), f"{len(row.warnings)} warnings")
    probability = f"{row.planet_probability:.3f}"
    return (row.toi, str(row.tic or ""), probability, f"{row.spread:.3f}", because, remarks)


def rank(
    table: str | Path | Catalogue,
    model: str | Path = SHIPPED,
    stars: str | Path | Catalogue | None = None,
    archive: Archive | None = None,
) -> Ranking:
    """Return the probability of being a planet for each row of a table of candidates.

    Parameters
    ----------
    table : str, Path or Catalogue
        In any layout that the catalogue readers know, with period, duration and depth.
    model : str or Path
        A ranker by name or folder; the one that ships by default.
    stars : str, Path or Catalogue, optional
        A table of the TESS Input Catalog, whose values go before those of the table.
    archive : Archive, optional
        Where to look for the model, too.

    Raises
    ------
    FileError, UnknownFormatError, DataError
        If a file can't be read, or is no table of candidates.
    NotInArchiveError, ModelMismatchError
        If there is no such model, or it is no ranker.
    """
    catalogue = _as_catalogue(table)
    known = [] if stars is None else [_as_catalogue(stars)]
    columns = join_stars(candidates_of(catalogue), catalogue["tic"], known)
    card, ranker = load_ranker(model, archive)
    wrong = problems(columns)
    good = np.array([row for row, problem in enumerate(wrong) if not problem], dtype=np.intp)
    taken = features_of(catalogue, columns, ranker.names).take(good)
    scores = ranker.score(taken, catalogue["tic"][good])
    reasons = explain(scores, taken)
    warnings = _warnings(columns, good, scores)
    rows = tuple(
        Ranked(
            toi=str(catalogue["name"][row]),
            tic=int(catalogue["tic"][row]),
            planet_probability=float(scores.probability[place]),
            spread=float(scores.spread[place]),
            model=card.name,
            reasons=reasons[place],
            warnings=warnings[place],
            line=_line(catalogue, row),
        )
        for place, row in enumerate(good.tolist())
    )
    provenance = {
        "table": Path(catalogue.file).name,
        "table_sha256": catalogue.content_hash,
        "stars": [Path(each.file).name for each in known],
        "model": card.name,
        "weights_sha256": card.weights_sha256,
        "software": card.software,
    }
    return Ranking(rows, _failures(catalogue, wrong), _notes(catalogue, columns), provenance)


def _warnings(
    columns: Mapping[str, FloatArray], rows: IntArray, scores: Scores
) -> list[tuple[str, ...]]:
    unknown_in = {name: ~np.isfinite(columns[name]) for name in MEASURED if name in columns}
    absent = [name for name in MEASURED if name not in columns]
    found = []
    for place, row in enumerate(rows.tolist()):
        unknown = absent + [name for name, where in unknown_in.items() if where[row]]
        warnings = {
            "No period is known; it is taken as a usual one.": "period_days" in unknown,
            f"Not known: {', '.join(MEASURED[name].words for name in unknown)}.": (
                len(unknown) >= MANY_UNKNOWN
            ),
            "The members of the model disagree.": scores.spread[place] > WIDE_SPREAD,
            "The star is of the training table: judged by the member that never saw it.": (
                scores.seen[place]
            ),
        }
        found.append(tuple(text for text, holds in warnings.items() if holds))
    return found


def _failures(catalogue: Catalogue, wrong: Sequence[str]) -> tuple[Failure, ...]:
    """Return rows that could not be read or judged, in the order of the file."""
    found = list(catalogue.refused)
    for row, problem in enumerate(wrong):
        if problem:
            name = str(catalogue["name"][row])
            found.append((_line(catalogue, row), f"TOI {name}: {problem}" if name else problem))
    return tuple(
        Failure(f"{Path(catalogue.file).name} line {line}", reason)
        for line, reason in sorted(found)
    )


def _notes(catalogue: Catalogue, columns: Mapping[str, FloatArray]) -> tuple[str, ...]:
    absent = [feature.words for name, feature in MEASURED.items() if name not in columns]
    if not absent:
        return catalogue.assumed
    note = (
        f"The table does not have: {', '.join(absent)}. Probabilities get better with a table of "
        "the TESS Input Catalog, which has them for most stars."
    )
    return (*catalogue.assumed, note)


def _line(catalogue: Catalogue, row: int) -> int:
    return int(catalogue["line"][row]) or row + 2


def _as_catalogue(table: str | Path | Catalogue) -> Catalogue:
    return table if isinstance(table, Catalogue) else read_catalogue(table)
