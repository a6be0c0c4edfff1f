"""What a model says of a spectrum, and how its numbers were made."""

from dataclasses import dataclass
from typing import Any

from starsieve.archive import PredictionRow
from starsieve.archive.records import RunInfo
from starsieve.atmospheres.verdict import Threshold, tell_verdict
from starsieve.data.labels import get_label
from starsieve.web.inferred import grids_table
from starsieve.web.tables import Column, WebTable

PARAMETER_COLUMNS = (
    Column("name", "parameter"),
    Column("median", meaning="Median of the posterior"),
    Column("below", "−", meaning="From the median down to the 16th percentile"),
    Column("above", "+", meaning="From the median up to the 84th percentile"),
    Column("q025", "2.5 %"),
    Column("q975", "97.5 %"),
    Column("unit"),
)

Value = tuple[str, str, str, tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of a spectrum.

    Parameters
    ----------
    row : PredictionRow
    run : RunInfo, optional
        The run that it comes from, as far as that is known.
    weights : str
        Hash of the model's weights as it is now; nothing where it is not there any more.
    threshold : Threshold, optional
        Above which it takes a spectrum for something else.
    """

    row: PredictionRow
    run: RunInfo | None
    weights: str
    threshold: Threshold | None = None

    @property
    def verdict(self) -> str:
        """Whether the spectrum is like what the model knows; nothing where nobody said so."""
        known = self.row.in_distribution
        return "" if known is None else tell_verdict(known, self.row.ood_score, self.threshold)

    @property
    def values(self) -> list[Value]:
        """Name, median, unit, and the errors above and below, as people read them."""
        found: list[Value] = []
        for name, numbers in self.row.parameters.items():
            digits, unit = get_label(name).digits, str(numbers.get("unit") or "").partition("(")[0]
            median, low, high = (numbers.get(key) for key in ("median", "q16", "q84"))
            if median is None or low is None or high is None:
                found.append((name, "—", unit, None))
                continue
            errors = (f"{high - median:.{digits}f}", f"{median - low:.{digits}f}")
            note = "at the grid's edge: a limit" if self._is_limit(name) else unit
            found.append((name, f"{median:.{digits}f}", note, errors))
        return found

    @property
    def table(self) -> WebTable:
        """The same with 95 % intervals."""
        rows = []
        for name, numbers in self.row.parameters.items():
            digits = get_label(name).digits + 1
            median, low, high = (float(numbers[key]) for key in ("median", "q16", "q84"))
            rounded = {
                key: round(float(numbers[key]), digits) for key in ("median", "q025", "q975")
            }
            row = {"name": name, "unit": numbers.get("unit") or "", **rounded}
            row |= {"below": round(median - low, digits), "above": round(high - median, digits)}
            rows.append(row)
        title = f"Parameters by {self.row.model}"
        return WebTable("parameters", PARAMETER_COLUMNS, rows, title)

    @property
    def grids(self) -> WebTable | None:
        """What each grid says, the weightiest first; None where nothing of that is kept."""
        return grids_table({"grids": self.row.grids})

    @property
    def made(self) -> list[tuple[str, Any]]:
        """How these numbers were made."""
        run = self.run
        facts: list[tuple[str, Any]] = [("model", self.row.model)]
        if self.weights:
            facts.append(("weights now (SHA-256)", self.weights))
        if run is None:
            return [*facts, ("run", "not recorded")]
        recipe = [f"{key} = {value}" for key, value in run.recipe.items()]
        versions = [f"{key} {value}" for key, value in run.versions.items()]
        facts += [("run", f"{run.number}: {run.task}"), ("recipe", recipe), ("versions", versions)]
        if run.ended is not None:
            facts.append(("date", f"{run.ended:%Y-%m-%d %H:%M} UTC"))
        return facts

    def _is_limit(self, name: str) -> bool:
        return any(text.startswith(f"{name} piles up") for text in self.row.warnings)

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "model": self.row.model,
            "parameters": self.row.parameters,
            "in_distribution": self.row.in_distribution,
            "ood_score": self.row.ood_score,
            "ood_limit": None if self.threshold is None else self.threshold.limit,
            "ood_kind": None if self.threshold is None else self.threshold.kind,
            "verdict": self.verdict or None,
            "chi2_reduced": self.row.chi2_reduced,
            "warnings": self.row.warnings,
            "grids": self.row.grids,
            "run": self.row.run,
            "recipe": None if self.run is None else self.run.recipe,
            "versions": None if self.run is None else self.run.versions,
            "weights_sha256": self.weights or None,
        }
