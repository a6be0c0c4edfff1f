"""Everything that the page of a candidate shows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starsieve.archive import Archive, CandidateRow, DispositionRow, ScoreRow, Target
from starsieve.archive.candidate_pages import CandidateNeighbours, read_neighbours
from starsieve.archive.candidate_query import STAR
from starsieve.archive.dispositions import LISTS
from starsieve.errors import NotInArchiveError
from starsieve.transits.fit_result import ERROR_NAMES
from starsieve.transits.known import OWN
from starsieve.transits.sheet import FITTED
from starsieve.transits.verdicts import verdict_of
from starsieve.web.planets.asked import Asked
from starsieve.web.planets.columns import name_of
from starsieve.web.planets.numbers import with_error
from starsieve.web.tables import Column, WebTable

_WEIGHT = re.compile(r"(?P<what>.+) \((?P<weight>[+-]\d+(?:\.\d+)?)\)")

CHECKS: tuple[tuple[str, str, str, int], ...] = (
    ("n_transits", "Transits with data inside", "", 0),
    ("snr", "S/N in white noise", "", 1),
    ("snr_pink", "S/N with correlated noise", "", 1),
    ("odd_even_sigma", "Odd and even depths differ by", "σ", 1),
    ("secondary_snr", "Secondary, S/N", "", 1),
    ("secondary_phase", "Secondary, phase", "", 3),
    ("secondary_depth_ppm", "Secondary, depth", "ppm", 0),
    ("coverage", "Part of the transits that was observed", "", 2),
)
"""What the light curves say beside the fit: name, words, unit, digits."""

FIT_CHECKS: tuple[tuple[str, str, str, int], ...] = (
    ("chi2_reduced", "Fit, reduced χ²", "", 2),
    ("noise_inflation", "Fit, errors multiplied by", "", 2),
    ("density_ratio", "Stellar density, by the transit over the catalogue's", "", 2),
    ("density_sigma", "These densities differ by", "σ", 1),
)


FIGURE_FACTS: Mapping[str, tuple[tuple[str, str, str, int], ...]] = {
    "transit": (
        ("depth_ppm", "Depth", "ppm", 0),
        ("duration_hours", "Duration", "h", 2),
        ("n_transits", "Transits", "", 0),
        ("snr_pink", "S/N with correlated noise", "", 1),
    ),
    "orbit": (("period_days", "Period", "d", 5), ("epoch_btjd", "Epoch", "BTJD", 4)),
    "odd-even": (
        ("odd_depth_ppm", "Depth of odd transits", "ppm", 0),
        ("even_depth_ppm", "Depth of even transits", "ppm", 0),
        ("odd_even_sigma", "They differ by", "σ", 1),
    ),
    "secondary": (
        ("secondary_phase", "Phase", "", 3),
        ("secondary_depth_ppm", "Depth", "ppm", 0),
        ("secondary_snr", "S/N", "", 1),
    ),
}
"""What stands in numbers beside each figure."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says: its score, and its reasons with weights, None where it gives none."""

    score: ScoreRow
    reasons: tuple[tuple[str, float | None], ...]

    @property
    def weighted(self) -> list[tuple[str, float]]:
        """Reasons that have weights."""
        return [(what, weight) for what, weight in self.reasons if weight is not None]


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """A candidate, and all that the archive knows of it.

    Parameters
    ----------
    row : CandidateRow
    target : Target
    judged : tuple of Judged
        By model, the latest first.
    history : tuple of DispositionRow
        The oldest first.
    neighbours : CandidateNeighbours
        In the list that one came from.
    n_light_curves : int
        Of its star.
    """

    row: CandidateRow
    target: Target
    judged: tuple[Judged, ...]
    history: tuple[DispositionRow, ...]
    neighbours: CandidateNeighbours
    n_light_curves: int

    @property
    def title(self) -> str:
        """What it is called."""
        return name_of(self.row.origin, self.row.name)

    @property
    def verdict(self) -> DispositionRow | None:
        """What people say that holds."""
        return verdict_of(self.history)

    @property
    def listed(self) -> DispositionRow | None:
        """What its list last said."""
        return next((row for row in reversed(self.history) if row.who in LISTS), None)

    @property
    def listed_star(self) -> dict[str, float]:
        """What its list, or the search, takes for its star's parameters."""
        values = {name: getattr(self.row, name) for name in STAR}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def extra(self) -> list[tuple[str, str]]:
        """What else its list says: whatever has no place of its own."""
        known = self.row.other.items()
        return [
            (name.replace("_", " "), f"{value:.8g}" if isinstance(value, float) else str(value))
            for name, value in known
            if isinstance(value, str | int | float) and value == value and value != ""
        ]

    def weighted_reasons(self, model: str = "") -> list[tuple[str, float]]:
        """Return the reasons of a model with their weights, by default of the first that has some.

        Raises
        ------
        NotInArchiveError
            If it has told none.
        """
        for each in self.judged:
            if each.weighted and model in ("", each.score.model):
                return each.weighted
        msg = f"No model {model!r} has told weights of its reasons for {self.title}."
        raise NotInArchiveError(msg)

    def to_record(self) -> dict[str, Any]:
        """Return what the page's JSON twin tells."""
        return {
            "candidate": self.row,
            "star": self.target,
            "scores": [each.score for each in self.judged],
            "disposition": self.listed,
            "verdict": self.verdict,
            "history": self.history,
            "neighbours": self.neighbours,
            "n_light_curves": self.n_light_curves,
        }


def read_candidate(archive: Archive, number: int, asked: Asked) -> CandidatePage:
    """Return all that the archive knows of a candidate.

    Raises
    ------
    NotInArchiveError
        If there is none of that number.
    """
    row = archive.candidates.get(number)
    scores = archive.scores.list(candidate=number)
    return CandidatePage(
        row=row,
        target=archive.targets.get(row.target),
        judged=tuple(Judged(each, tuple(map(parse_reason, each.reasons))) for each in scores),
        history=tuple(archive.candidates.dispositions(number)),
        neighbours=read_neighbours(archive, asked.to_query(), number),
        n_light_curves=archive.light_curves.count_of_target(row.target),
    )


def parse_reason(text: str) -> tuple[str, float | None]:
    """Return what counted and its weight, None if it has none.

    Examples
    --------
    >>> parse_reason("local view (+2.71)"), parse_reason("depth 300 ppm speaks for a planet")
    (('local view', 2.71), ('depth 300 ppm speaks for a planet', None))
    """
    found = _WEIGHT.fullmatch(text)
    return (found["what"], float(found["weight"])) if found else (text, None)


def parameter_table(row: CandidateRow, seen: Mapping[str, Any]) -> WebTable:
    """Return the candidate's numbers: as listed, as measured, and as fitted here.

    Parameters
    ----------
    row : CandidateRow
    seen : mapping
        What looking at the light curves told of it; empty if nobody has looked.
    """
    measured = seen.get("measured") or {}
    fit = seen.get("fit") or row.other.get("fit") or {}
    rows = []
    for name, words, unit, digits in FITTED:
        listed = getattr(row, name, None)
        error = getattr(row, ERROR_NAMES.get(name, ""), None)
        found = {
            "listed": with_error(listed, [error], digits),
            "measured": with_error(measured.get(name), [measured.get(ERROR_NAMES[name])], digits),
            "fitted": _fitted(fit, name, digits),
        }
        if any(found.values()):
            rows.append({"what": f"{words} ({unit})" if unit else words, **found})
    columns = [
        Column("what", "Parameter"),
        Column("listed", "Search" if row.origin == OWN else "Listed"),
        Column("measured", "Measured", meaning="in the light curves here, without a model"),
        Column("fitted", "Fit", meaning="median and 68 % interval"),
    ]
    wanted = [c for c in columns if any(r[c.name] for r in rows)]
    return WebTable("parameters", wanted, rows)


def check_facts(row: CandidateRow, seen: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what else was measured, in words."""
    measured = seen.get("measured") or dict(row.other)
    fit = seen.get("fit") or row.other.get("fit") or {}
    return _facts(CHECKS, measured) + _facts(FIT_CHECKS, fit)


def figure_facts(row: CandidateRow, seen: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the numbers of each figure, in words; none where they are not known yet."""
    values = {**row.other, **(seen.get("measured") or {})}
    return {name: _facts(names, values) for name, names in FIGURE_FACTS.items()}


def _facts(
    names: Sequence[tuple[str, str, str, int]], values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    return [
        (words, f"{value:.{digits}f} {unit}".strip())
        for name, words, unit, digits in names
        if isinstance(value := values.get(name), int | float) and value == value
    ]


def _fitted(fit: Mapping[str, Any], name: str, digits: int) -> str:
    value = fit.get(name)
    if value is None:
        return ""
    low, high = (fit.get("intervals") or {}).get(name) or (None, None)
    if low is None or high is None:
        return with_error(value, [fit.get(ERROR_NAMES[name])], digits)
    return with_error(value, [high - value, value - low], digits)
