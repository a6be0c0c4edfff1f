"""Evaluate a model of transits on labelled data: the door of the command line and of Python."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.errors import DataError, ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import read_card
from starsieve.readers.catalogues import read_catalogue
from starsieve.stats import Estimate, bootstrap, calibration_error, roc_auc
from starsieve.transits.classifier import load_vetter
from starsieve.transits.evaluate_vetter import judge, score_examples, write_report
from starsieve.transits.example_files import read_examples
from starsieve.transits.ranking import rank

PRECISIONS = (0.5, 0.8, 0.9, 0.95)
PLANETS, OTHERS = ("CP", "KP"), ("FP", "FA")
RESAMPLES = 300


@dataclass(frozen=True, slots=True, eq=False)
class ModelEvaluation:
    """How good a model of transits is on labelled data.

    Parameters
    ----------
    model : str
    n : int
        Signals or rows that counted.
    metrics : mapping of str to float
    intervals : mapping of str to (float, float)
        16th and 84th percentiles by drawing stars again.
    report : Path, optional
    """

    model: str
    n: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    report: Path | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface."""
        known = {"model": self.model, "n": self.n, "metrics": self.metrics}
        report = {} if self.report is None else {"report": str(self.report)}
        intervals = {name: list(pair) for name, pair in self.intervals.items()}
        return known | {"intervals": intervals} | self.details | report

    def __str__(self) -> str:
        lines = [f"{self.model} on {self.n} of known nature"]
        for name, value in self.metrics.items():
            low, high = self.intervals.get(name, (None, None))
            between = "" if low is None else f"  ({low:.3f} to {high:.3f})"
            lines.append(f"  {name:32} {value:.3f}{between}")
        return "\n".join(lines)


def evaluate(
    model: str, path: Path | None, archive: Archive | None = None, report: Path | None = None
) -> ModelEvaluation:
    """Evaluate a vetter on a file of examples, or a ranker on a table with dispositions.

    Stars that the model learnt from are judged by those of its members that never saw them.

    Raises
    ------
    DataError
        If there is no file, or nothing of known nature in it.
    ModelMismatchError
        If the model is of another kind.
    """
    task = read_card(find_model(model, archive)).task
    if path is None:
        msg = (
            f"{model} is evaluated on labelled data: give a file of examples (.npz) for a vetter, "
            "a table with dispositions for a ranker."
        )
        raise DataError(msg)
    if task == "transits.vet":
        return _of_vetter(model, path, archive, report)
    if task == "transits.rank":
        return _of_ranker(model, path, archive)
    msg = f"{model} is a model for {task}, not for transits."
    raise ModelMismatchError(msg)


def _of_vetter(
    model: str, path: Path, archive: Archive | None, report: Path | None
) -> ModelEvaluation:
    vetter, examples = load_vetter(model, archive), read_examples(path)
    scores = score_examples(vetter, examples)
    judged = judge(vetter, examples, scores, PRECISIONS)
    (own,) = judged
    metrics = {_key(name): each.value for name, each in own.estimates.items()}
    page = None if report is None else write_report(vetter, examples, scores, judged, report)
    return ModelEvaluation(
        vetter.name,
        own.n,
        metrics | {"calibration_error": own.calibration_error},
        {_key(name): (each.low, each.high) for name, each in own.estimates.items()},
        page,
        {"sources": [own.to_record()]},
    )


def _of_ranker(model: str, path: Path, archive: Archive | None) -> ModelEvaluation:
    table = read_catalogue(path)
    said = dict(zip(table["line"].tolist(), table["disposition"].astype(str), strict=True))
    rows = rank(table, model, archive=archive).rows
    decided = [row for row in rows if said.get(row.line) in (*PLANETS, *OTHERS)]
    planet = np.array([said[row.line] in PLANETS for row in decided], dtype=bool)
    if not (planet.any() and (~planet).any()):
        msg = (
            f"{path}: needs rows with the dispositions {', '.join(PLANETS)} and others with "
            f"{', '.join(OTHERS)}; has {int(planet.sum())} and {int((~planet).sum())}."
        )
        raise DataError(msg)
    probability = np.array([row.planet_probability for row in decided])
    star = np.array([row.tic for row in decided])
    found: dict[str, Estimate] = {
        name: bootstrap(score, (probability, planet), star, RESAMPLES)
        for name, score in {
            "roc_auc": roc_auc,
            "accuracy": lambda p, truth: float(np.mean((p >= 0.5) == truth)),
            "calibration_error": calibration_error,
        }.items()
    }
    return ModelEvaluation(
        str(model),
        len(decided),
        {name: each.value for name, each in found.items()},
        {name: (each.low, each.high) for name, each in found.items()},
    )


def _key(name: str) -> str:
    return name.replace(" ", "_").lower()
