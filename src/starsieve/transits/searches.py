"""Search stars from Python: whatever holds light curves in, candidates out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from starsieve.archive import Archive
from starsieve.data.foreign import optional
from starsieve.errors import Failure
from starsieve.readers.reader import NO_HINTS, Hints
from starsieve.settings import Settings
from starsieve.transits.observed import group_items
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.search_stars import Progress, SearchedStar, search_stars

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

COLUMNS = (
    *("target", "file", "period_days", "period_err_days", "epoch_btjd", "epoch_err_days"),
    *("duration_hours", "duration_err_hours", "depth_ppm", "depth_err_ppm", "snr", "snr_pink"),
    *("n_transits", "odd_even_sigma", "secondary_snr", "notes"),
)
"""Of a table of candidates: those of the JSON interface that matter most."""


def search(
    items: Any,
    options: SearchOptions | None = None,
    *,
    archive: Archive | None = None,
    hints: Hints = NO_HINTS,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> "Searches":
    """Search the light curves of stars for transits.

    Parameters
    ----------
    items : path, light curve, TIC number, or a sequence of these
        Files of any layout of light curves; `LightCurve`, a light curve of lightkurve, a table; a
        TIC number whose light curves `archive` has. Those of one star are joined.
    options : SearchOptions, optional
        Where and how transits are looked for.
    archive : Archive, optional
        Where TIC numbers are looked up, and what is known of stars.
    hints : Hints
        What the caller knows better than the files.
    settings : Settings, optional
        Over how many processes stars are spread; by default this one alone.
    progress : callable, optional
        Called as ``progress(done, total, what)``.

    Returns
    -------
    Searches
        One `SearchedStar` per star, and in `.failures` what could not be searched.
    """
    groups, failures = group_items(items, archive)
    results: list[SearchedStar] = []
    found = search_stars(groups, options, archive, hints, settings)
    for number, each in enumerate(found, start=1):
        if isinstance(each, Failure):
            failures.append(each)
        else:
            results.append(each)
        if progress is not None:
            progress(number, len(groups), "searching")
    return Searches(tuple(results), tuple(failures))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Searches(Sequence[SearchedStar]):
    """Searched stars, and what could not be searched."""

    results: tuple[SearchedStar, ...]
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[SearchedStar]:
        return iter(self.results)

    @overload
    def __getitem__(self, index: int) -> SearchedStar: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> SearchedStar | Self:
        if isinstance(index, slice):
            return type(self)(self.results[index])
        return self.results[index]

    def __repr__(self) -> str:
        n = len(self.rows())
        return f"<Searches: {len(self)} stars, {n} candidates, {len(self.failures)} failed>"

    def __str__(self) -> str:
        rows = [list(_SHOWN), *map(_shown, self.rows())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(lines + [f"failed: {each.file}: {each.error}" for each in self.failures])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in _SHOWN)
        cells = (map(escape, _shown(row)) for row in self.rows())
        body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def rows(self) -> list[dict[str, Any]]:
        """Return one mapping of `COLUMNS` for each candidate, single events among them."""
        return [
            {
                name: {"target": star.observed.target, "file": star.observed.file}.get(name)
                or record.get(name)
                for name in COLUMNS
            }
            | {"notes": "; ".join(record["notes"])}
            for star in self.results
            for record in (
                each.to_record() for each in (*star.found.candidates, *star.found.singles)
            )
        ]

    def to_table(self) -> "Table":
        """Return an astropy Table with one row per candidate; NaN where a number is unknown."""
        from astropy.table import Table

        rows = self.rows()
        columns = {
            name: [np.nan if row[name] is None else row[name] for row in rows] for name in COLUMNS
        }
        return Table(columns)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame with one row per candidate.

        Raises
        ------
        StarsieveError
            If pandas is not installed.
        """
        return optional("pandas").DataFrame(self.rows(), columns=list(COLUMNS))


_SHOWN = ("target", "P (d)", "epoch (BTJD)", "duration (h)", "depth (ppm)", "S/N", "events")


def _shown(row: dict[str, Any]) -> list[str]:
    period = row["period_days"]
    return [
        str(row["target"]),
        "single" if period is None else f"{period:.5f}",
        f"{row['epoch_btjd']:.4f}",
        f"{row['duration_hours']:.2f}",
        f"{row['depth_ppm']:.0f}",
        f"{row['snr_pink']:.1f}",
        str(row["n_transits"]),
    ]
