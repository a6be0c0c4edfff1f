"""What vetting gives: for every star its candidates, each with a probability and the reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from starsieve.data.foreign import optional
from starsieve.errors import Failure
from starsieve.plots.vetting import DifferenceImage, Signal
from starsieve.transits.candidate import Candidate
from starsieve.transits.classifier import Verdict
from starsieve.transits.fit import TransitFit
from starsieve.transits.match import Match
from starsieve.transits.observed import ObservedStar
from starsieve.transits.views import Views

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

COLUMNS = {
    "target": "name of the star",
    "tic": "TESS Input Catalog number",
    "number": "number of the signal, by signal-to-noise",
    "period_days": "orbital period (d); empty for a single event",
    "period_err_days": "its standard error (d)",
    "epoch_btjd": "middle of one transit (BJD_TDB - 2457000)",
    "duration_hours": "first to last contact (h)",
    "depth_ppm": "mean depth of the transits (ppm)",
    "snr": "depth over its error from white noise",
    "snr_pink": "the same with correlated noise counted",
    "n_transits": "transits with data inside",
    "radius_earth": "planet radius (Earth radii), if the star is known",
    "planet_probability": "calibrated probability that this is a planet",
    "spread": "standard deviation of that over the ensemble",
    "most_likely": "the most probable class",
    "matches": "known signals with this ephemeris",
    "reasons": "what spoke for and against a planet, strongest first",
    "warnings": "what a reader of the numbers must know",
    "file": "where the light curve comes from",
}
"""Columns of a table of candidates, and what they hold."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vetted:
    """One candidate, examined and judged.

    Parameters
    ----------
    number : int
        From 1, by signal-to-noise.
    candidate : Candidate
    fit : TransitFit, optional
        None where no transit shape could be fitted; `warnings` say why.
    views : Views
        What the classifier saw.
    features : mapping of str to float
        Numbers that the classifier saw.
    matches : tuple of Match
        Known signals with this ephemeris.
    verdict : Verdict
    signal : Signal, optional
        What its figures show; None where only a report's numbers are known.
    image : DifferenceImage, optional
        Where there are pixels.
    stated : mapping of str to number
        What a data validation says of it.
    warnings : tuple of str
    """

    number: int
    candidate: Candidate
    fit: TransitFit | None
    views: Views
    features: Mapping[str, float]
    matches: tuple[Match, ...]
    verdict: Verdict
    signal: Signal | None = None
    image: DifferenceImage | None = None
    stated: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def most_likely(self) -> str:
        """The most probable class."""
        return max(self.verdict.class_probabilities.items(), key=lambda pair: pair[1])[0]

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface."""
        return self.candidate.to_record() | {
            "number": self.number,
            "planet_probability": self.verdict.planet_probability,
            "spread": self.verdict.spread,
            "class_probabilities": dict(self.verdict.class_probabilities),
            "reasons": [{"what": what, "weight": weight} for what, weight in self.verdict.reasons],
            "fit": None if self.fit is None else self.fit.to_record(),
            "matches": [each.to_record() for each in self.matches],
            "stated": dict(self.stated),
            "centroid_offset_arcsec": None if self.image is None else self.image.offset_arcsec,
            "centroid_offset_sigma": None if self.image is None else self.image.offset_sigma,
            "warnings": [*self.warnings, *self.verdict.warnings],
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vetting:
    """One star: what was observed, what was found, and what that probably is.

    Parameters
    ----------
    observed : ObservedStar
    vetted : tuple of Vetted
        The periodic candidates, the one with the highest signal-to-noise first, then single
        events.
    model : str
        Whose probabilities these are.
    notes : tuple of str
        What was done to the light curve, and what to know of the search as a whole.
    rotation_days : float, optional
        Rotation period of the star, by the light curve.
    provenance : mapping
        How the numbers were made: versions, options, hashes.
    """

    observed: ObservedStar
    vetted: tuple[Vetted, ...]
    model: str
    notes: tuple[str, ...] = ()
    rotation_days: float | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The star's name."""
        return self.observed.target

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface."""
        return {
            "file": self.observed.file,
            "target": self.target,
            "tic": self.observed.star.tic,
            "model": self.model,
            "candidates": [each.to_record() for each in self.vetted],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        return str(Vettings((self,)))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield one mapping of `COLUMNS` for each candidate."""
        for each in self.vetted:
            record = each.to_record()
            radius = None if each.fit is None else each.fit.measured.get("radius_earth")
            own = {
                "target": self.target,
                "tic": self.observed.star.tic,
                "radius_earth": None if radius is None else radius.value,
                "most_likely": each.most_likely,
                "matches": "; ".join(str(match) for match in each.matches),
                "reasons": "; ".join(
                    f"{r['what']} ({r['weight']:+.2f})" for r in record["reasons"]
                ),
                "warnings": "; ".join(record["warnings"]),
                "file": self.observed.file,
            }
            yield {name: own[name] if name in own else record[name] for name in COLUMNS}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Vettings(Sequence[Vetting]):
    """Vetted stars, and what could not be vetted."""

    results: tuple[Vetting, ...]
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Vetting]:
        return iter(self.results)

    @overload
    def __getitem__(self, index: int) -> Vetting: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Vetting | Self:
        if isinstance(index, slice):
            return type(self)(self.results[index])
        return self.results[index]

    def __repr__(self) -> str:
        n = sum(len(each.vetted) for each in self.results)
        return f"<Vettings: {len(self)} stars, {n} candidates, {len(self.failures)} failed>"

    def __str__(self) -> str:
        rows = [list(_SHOWN), *map(_shown, self.rows())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines += [f"{each.target}: no candidate" for each in self.results if not each.vetted]
        return "\n".join(lines + [f"failed: {each.file}: {each.error}" for each in self.failures])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in _SHOWN)
        cells = (map(escape, _shown(row)) for row in self.rows())
        body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        failed = "".join(
            f"<li>{escape(each.file)}: {escape(each.error)}</li>" for each in self.failures
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return table + (f"<p>Failed:</p><ul>{failed}</ul>" if failed else "")

    def rows(self) -> list[dict[str, Any]]:
        """Return one mapping of `COLUMNS` for each candidate of every star."""
        return [row for each in self.results for row in each.rows()]

    def to_table(self) -> "Table":
        """Return an astropy Table with one row per candidate and the columns of `COLUMNS`."""
        from astropy.table import Table

        rows = self.rows()
        return Table({name: [_plain(row[name]) for row in rows] for name in COLUMNS})

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame with one row per candidate.

        Raises
        ------
        StarsieveError
            If pandas is not installed.
        """
        return optional("pandas").DataFrame(self.rows(), columns=list(COLUMNS))


_SHOWN = ("target", "signal", "P (d)", "depth (ppm)", "S/N", "P(planet)", "most likely", "known as")


def _shown(row: Mapping[str, Any]) -> list[str]:
    period = row["period_days"]
    return [
        str(row["target"]),
        str(row["number"]),
        "single" if period is None else f"{period:.5f}",
        f"{row['depth_ppm']:.0f}",
        f"{row['snr_pink']:.1f}",
        f"{row['planet_probability']:.2f} ± {row['spread']:.2f}",
        str(row["most_likely"]),
        str(row["matches"]),
    ]


def _plain(value: Any) -> Any:
    return np.nan if value is None else value
