"""What an evaluation found: errors by method, and how often intervals hold the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.grids.huber import HUBER_DELTA
from starsieve.atmospheres.sharpness import describe_sharpness, tell_sharpness
from starsieve.atmospheres.training import Training
from starsieve.data.spectrum import FloatArray
from starsieve.reports.evaluation import write_evaluation
from starsieve.stats import interval_coverage, mean_absolute_error, rank_histogram
from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.regression import bias, r2

Row = dict[str, Any]

LOGARITHMIC = ("teff",)
"""Labels of whose logarithm the Huber loss is, as TelescopeML's."""

COLDEST = 1.0
"""Least value that a logarithm is taken of: a regressor may answer anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """Which spectra count, and in what unit losses are.

    Parameters
    ----------
    objects : array, shape (n,)
        Rows of one object are not independent.
    spreads : mapping of str to float
        Deviation of each label in the grid, of `LOGARITHMIC` ones that of their logarithm.
    """

    objects: npt.NDArray[Any]
    spreads: Mapping[str, float]

    def score(
        self,
        group: str,
        label: str,
        method: str,
        predicted: FloatArray,
        truth: FloatArray,
        used: npt.NDArray[np.bool_],
    ) -> list[Row]:
        """Return one row of the table, or none if nothing is left to score."""
        used = used & np.isfinite(predicted)
        if not used.any():
            return []
        guess, values = predicted[used], truth[used]
        pair = guess, values
        mae = bootstrap(mean_absolute_error, pair, self.objects[used], n_resamples=200)
        return [
            {
                "group": group,
                "label": label,
                "method": method,
                "n": int(used.sum()),
                "mae": mae.value,
                "mae_error": mae.error,
                "bias": bias(guess, values),
                "r2": r2(guess, values) if len(set(values.tolist())) > 1 else float("nan"),
                "huber": self._huber(label, guess, values),
            }
        ]

    def _huber(self, label: str, guess: FloatArray, truth: FloatArray) -> float:
        away = np.abs(_logs(label, guess) - _logs(label, truth)) / self.spreads[label]
        quadratic = np.minimum(away, HUBER_DELTA)
        return float(np.mean(quadratic * (away - 0.5 * quadratic)))


def spread_of(label: str, values: FloatArray) -> float:
    """Return the deviation of a label's values in a grid, or 1 if it has one value only."""
    spread = float(np.std(_logs(label, values)))
    return spread if spread > 0 else 1.0


def _logs(label: str, values: FloatArray) -> FloatArray:
    return np.log10(np.maximum(values, COLDEST)) if label in LOGARITHMIC else values


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A model's errors and coverage.

    Parameters
    ----------
    model : str
    on : str
        One sentence about the spectra.
    metrics : tuple of dict
        One row per group, label and method: n, mae, mae_error, bias, r2, huber.
    draws : mapping of str to array, shape (n_draws, n)
        Nothing of a model that gives no draws.
    truth : mapping of str to array, shape (n,)
        NaN where unknown.
    notes : tuple of str
        What was left out, and why.
    provenance : mapping
    training : Training, optional
        How the model was trained, for the page.
    """

    model: str
    on: str
    metrics: tuple[Row, ...]
    draws: Mapping[str, FloatArray]
    truth: Mapping[str, FloatArray]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    training: Training | None = None

    @property
    def n(self) -> int:
        """Number of spectra that count."""
        return max((int(np.isfinite(t).sum()) for t in self.truth.values()), default=0)

    def intervals(self) -> dict[str, list[Row]]:
        """Return how often each label's central intervals hold the truth."""
        found = {}
        for name, truth in self.truth.items():
            known = np.isfinite(truth)
            if name in self.draws and known.any():
                coverages = interval_coverage(self.draws[name][:, known], truth[known])
                found[name] = [
                    {"level": c.level, "coverage": c.fraction, "low": c.low, "high": c.high}
                    for c in coverages
                ]
        return found

    def _judged(self) -> dict[str, FloatArray]:
        """Return the truth of the labels that there are draws of."""
        return {name: self.truth[name] for name in self.draws}

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        metrics: dict[str, Any] = {}
        for row in self.metrics:
            numbers = {k: v for k, v in row.items() if k not in ("group", "label", "method")}
            by_label = metrics.setdefault(row["group"], {}).setdefault(row["label"], {})
            by_label[row["method"]] = numbers
        ranks = {
            name: float(
                rank_histogram(self.draws[name][:, np.isfinite(t)], t[np.isfinite(t)]).p_value
            )
            for name, t in self.truth.items()
            if name in self.draws and np.isfinite(t).any()
        }
        return {
            "model": self.model,
            "on": self.on,
            "n": self.n,
            "metrics": metrics,
            "intervals": self.intervals(),
            "rank_p_value": ranks,
            **describe_sharpness(self.draws, self._judged()),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        head = ("group", "label", "method", "n", "MAE", "bias", "R2", "Huber")
        rows = [head]
        for row in self.metrics:
            mae = str(Estimate(row["mae"], row["mae_error"], 0, 0))
            others = (f"{row['bias']:+.3g}", f"{row['r2']:.3f}", f"{row['huber']:.3g}")
            rows.append((row["group"], row["label"], row["method"], str(row["n"]), mae, *others))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [self.on, ""]
        lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines.append("")
        for name, found in self.intervals().items():
            levels = ", ".join(f"{c['level']:.0%}: {c['coverage']:.0%}" for c in found)
            lines.append(f"coverage of {name}: {levels}")
        lines += tell_sharpness(self.draws, self._judged())
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def write_report(self, folder: Path) -> Path:
        """Write the page with tables, rank histograms and coverage; return where it is."""
        tables: dict[str, list[Row]] = {}
        for row in self.metrics:
            caption = f"{row['label']}, {row['group']}"
            tables.setdefault(caption, []).append(
                {
                    "method": row["method"],
                    "n": row["n"],
                    "MAE": Estimate(row["mae"], row["mae_error"], 0, 0),
                    "bias": row["bias"],
                    "R2": row["r2"],
                    "Huber": row["huber"],
                }
            )
        return write_evaluation(
            f"Evaluation of {self.model}",
            folder,
            text=(self.on, *self.notes, *tell_sharpness(self.draws, self._judged())),
            metrics=tables,
            draws=self.draws,
            truth=self._judged(),
            provenance=self.provenance,
            losses=self.training.losses if self.training else None,
            kept_step=self.training.kept_step if self.training else None,
        )
