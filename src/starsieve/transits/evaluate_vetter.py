"""Judge a vetter on examples, of whose stars its members are asked that never saw them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.data.spectrum import BoolArray
from starsieve.plots import inline_svg, plot_precision_recall, plot_reliability
from starsieve.reports import (
    Facts,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    as_facts,
    write_page,
)
from starsieve.stats import (
    Cut,
    Estimate,
    ReliabilityBin,
    average_precision,
    bootstrap,
    calibration_error,
    find_threshold,
    precision_recall,
    reliability,
    roc_auc,
    score_classes,
)
from starsieve.transits.classifier import load_vetter
from starsieve.transits.classifier_recipe import EvaluateVetterRecipe
from starsieve.transits.example_files import read_examples
from starsieve.transits.examples import CLASSES, Examples, join_examples
from starsieve.transits.table_features import FloatArray
from starsieve.transits.train_vetter import balance
from starsieve.transits.vetter import Scores, Vetter
from starsieve.transits.vetting_inputs import inputs_of_examples

PAGE = "vetter.html"
RESAMPLES = 300
MOST_CUTS = 100

SCORES = {
    "average precision": average_precision,
    "ROC AUC": roc_auc,
}


@dataclass(frozen=True, slots=True, eq=False)
class SourceScore:
    """How well a vetter does on one source of examples.

    Parameters
    ----------
    source : str
    n, n_planets, n_seen : int
        Signals, planets, and signals of stars that the vetter learnt from.
    estimates : mapping of str to Estimate
        With errors by drawing stars again.
    calibration_error : float
        For the share of planets that the vetter's probabilities hold for.
    classes : tuple of dict
        Precision and recall by class, of the signals whose class is known.
    cuts : mapping of float to Cut or None
        Threshold and recall for each wanted precision, at this source's share of planets.
    bins : tuple of ReliabilityBin
        How often probabilities came true, for the vetter's share of planets.
    curve : mapping of str to list of float
        Precision by recall, at this source's share of planets: at most `MOST_CUTS` points.
    """

    source: str
    n: int
    n_planets: int
    n_seen: int
    estimates: Mapping[str, Estimate]
    calibration_error: float
    classes: tuple[dict[str, Any], ...]
    cuts: Mapping[float, Cut | None]
    bins: tuple[ReliabilityBin, ...]
    curve: Mapping[str, list[float]]

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        estimates = {
            name.replace(" ", "_").lower(): {
                "value": each.value, "error": each.error, "low": each.low, "high": each.high,
            }
            for name, each in self.estimates.items()
        }  # fmt: skip
        cuts = {
            f"{wanted:g}": None
            if cut is None
            else {"threshold": cut.threshold, "recall": cut.recall}
            for wanted, cut in self.cuts.items()
        }
        return {
            "source": self.source, "n": self.n, "n_planets": self.n_planets,
            "n_seen": self.n_seen, "calibration_error": self.calibration_error,
            "classes": list(self.classes), "thresholds": cuts, **estimates,
            "reliability": [asdict(each) for each in self.bins],
            "precision_recall": dict(self.curve),
        }  # fmt: skip


def evaluate_vetter(recipe: EvaluateVetterRecipe, archive: Archive) -> dict[str, Any]:
    """Judge a vetter on files of examples, write the report, and return the numbers."""
    vetter = load_vetter(recipe.model, archive)
    examples = join_examples([read_examples(file) for file in recipe.files])
    scores = score_examples(vetter, examples)
    judged = judge(vetter, examples, scores, recipe.precisions)
    page = write_report(vetter, examples, scores, judged, Path(recipe.report))
    return {
        "model": vetter.name,
        "n": len(examples),
        "report": str(page),
        "sources": [each.to_record() for each in judged],
    }


def score_examples(vetter: Vetter, examples: Examples) -> Scores:
    """Return what a vetter says of examples, each star judged by who never saw it."""
    inputs = inputs_of_examples(examples, vetter.features, vetter.views)
    return vetter.score(inputs, examples.star)


def judge(
    vetter: Vetter, examples: Examples, scores: Scores, precisions: tuple[float, ...]
) -> list[SourceScore]:
    """Return how well a vetter does on each source of examples."""
    share = float(vetter.card.recipe["planet_share"])
    weight = balance(examples, share)
    judged = []
    for source in np.unique(examples.source):
        rows = np.flatnonzero(examples.source == source)
        some, found = examples.take(rows), scores.planet[rows]
        estimates = {
            name: bootstrap(score, (found, some.planet), some.star, RESAMPLES)
            for name, score in SCORES.items()
        }
        judged.append(
            SourceScore(
                source=str(source),
                n=len(some),
                n_planets=int(some.planet.sum()),
                n_seen=int(np.isin(some.star, vetter.stars).sum()),
                estimates=estimates,
                calibration_error=calibration_error(found, some.planet, weight[rows]),
                classes=_score_classes(some, scores.classes[rows]),
                cuts={each: find_threshold(found, some.planet, each) for each in precisions},
                bins=tuple(reliability(found, some.planet, weight[rows])),
                curve=_thin_curve(found, some.planet),
            )
        )
    return judged


def _thin_curve(score: FloatArray, planet: BoolArray) -> dict[str, list[float]]:
    curve = precision_recall(score, planet)
    some = np.unique(np.linspace(0, len(curve.recall) - 1, MOST_CUTS).astype(int))
    return {
        "recall": [round(value, 4) for value in curve.recall[some].tolist()],
        "precision": [round(value, 4) for value in curve.precision[some].tolist()],
    }


def _score_classes(examples: Examples, classes: FloatArray) -> tuple[dict[str, Any], ...]:
    """Score what the most probable class is right about, where the label leaves one open."""
    certain = examples.allowed.sum(axis=1) == 1
    if not certain.any():
        return ()
    names = np.array(CLASSES)
    truth = names[np.argmax(examples.allowed[certain], axis=1)]
    chosen = names[np.argmax(classes[certain], axis=1)]
    return tuple(
        {"class": each.name, "n": each.n, "precision": each.precision, "recall": each.recall}
        for each in score_classes(chosen, truth, CLASSES)
        if each.n
    )


def write_report(
    vetter: Vetter, examples: Examples, scores: Scores, judged: list[SourceScore], folder: Path
) -> Path:
    """Write the page about how good a vetter is; return its path.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    share = float(vetter.card.recipe["planet_share"])
    weights = balance(examples, share)
    series, weight = {}, {}
    for each in judged:
        rows = examples.source == each.source
        series[each.source] = (scores.planet[rows], examples.planet[rows])
        weight[each.source] = weights[rows]
    told = f"Told apart: planets from the rest. Probabilities: for {share:.0%} planets."
    sections = [
        Section("", [Text(_say_how(judged)), _summary(judged)]),
        Section("Planets and the rest", [_picture(plot_precision_recall(series), "cuts", told)]),
        Section("Calibration", [_picture(plot_reliability(series, weight), "reliability", told)]),
        Section("Thresholds", [_thresholds(judged)]),
        Section("Classes", [_classes(each) for each in judged if each.classes]),
        Section("Ensemble", [_spread(scores, examples)]),
        Section("Provenance", [Facts(as_facts(_provenance(vetter, examples)))]),
    ]
    return write_page(Page(f"How good is {vetter.name}?", sections), folder / PAGE)


def _say_how(judged: list[SourceScore]) -> str:
    n, n_seen = sum(each.n for each in judged), sum(each.n_seen for each in judged)
    return (
        f"{n} signals, {n_seen} of them of stars that the vetter learnt from: these are judged by "
        "the members that were trained without their star. Errors are by drawing stars again."
    )


def _summary(judged: list[SourceScore]) -> Table:
    columns = ("Source", "Signals", "Planets", *SCORES, "ECE")
    rows = [
        [each.source, str(each.n), str(each.n_planets)]
        + [str(each.estimates[name]) for name in SCORES]
        + [f"{each.calibration_error:.3f}"]
        for each in judged
    ]
    return Table(columns, rows, "ECE: expected calibration error.")


def _thresholds(judged: list[SourceScore]) -> Table:
    rows = [
        [each.source, f"{wanted:.0%}", "none" if cut is None else f"{cut.threshold:.3f}",
         "" if cut is None else f"{cut.recall:.1%}"]
        for each in judged
        for wanted, cut in each.cuts.items()
    ]  # fmt: skip
    caption = "The lowest threshold that keeps a precision, at the source's own share of planets."
    return Table(("Source", "Wanted precision", "Threshold", "Recall"), rows, caption)


def _classes(score: SourceScore) -> Table:
    rows = [
        [each["class"], str(each["n"]), _percent(each["precision"]), _percent(each["recall"])]
        for each in score.classes
    ]
    caption = f"{score.source}: the most probable class, where the label leaves only one open."
    return Table(("Class", "Signals", "Precision", "Recall"), rows, caption)


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{share:.1%}"


def _spread(scores: Scores, examples: Examples) -> Part:
    rows = []
    right = (scores.planet >= 0.5) == examples.planet
    for low, high in ((0.0, 0.02), (0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 1.0)):
        some = (scores.spread >= low) & (scores.spread < high)
        if some.any():
            rows.append([f"{low:g} to {high:g}", str(some.sum()), f"{right[some].mean():.1%}"])
    caption = "Where the members disagree, the answer at 50 % is wrong more often."
    return Table(("Spread", "Signals", "Right"), rows, caption)


def _picture(figure: Any, name: str, caption: str) -> Picture:
    return Picture(Svg(inline_svg(figure, name)), caption, caption)


def _provenance(vetter: Vetter, examples: Examples) -> dict[str, Any]:
    card = vetter.card
    return {
        "model": card.name,
        "weights": card.weights_sha256,
        "software": card.software,
        "files": dict(examples.files),
        "training files": dict(card.training_files),
        "limits": card.limits,
    }
