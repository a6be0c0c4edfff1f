"""The figures of a run: losses while a model is trained, calibration of what was evaluated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.archive import Archive, RunInfo
from starsieve.errors import NotInArchiveError
from starsieve.learn.history import FILE, Curve, read_history
from starsieve.plots.interactive.calibration import (
    coverage_figure,
    pairs_figure,
    precision_recall_figure,
    ranks_figure,
    reliability_figure,
)
from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.training import Curves, training_figure
from starsieve.stats import ReliabilityBin
from starsieve.web.runs.tuned import (
    about_budget,
    about_slices,
    draw_budget,
    draw_slices,
    is_tuned,
)
from starsieve.web.tables import Column, WebTable

Result = Mapping[str, Any]
LATE_SECONDS = 60.0
"""How long after a run has ended its history may have been written."""

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that a result has.

    Parameters
    ----------
    name : str
        Of the figure, in its address.
    title, alt : str
        What it is, and what can be read off it.
    height : int
        Pixels.
    table : WebTable
        The same in numbers.
    """

    name: str
    title: str
    alt: str
    height: int
    table: WebTable


def figures_of(result: Result) -> list[Drawn]:
    """Return the figures that a result has, in their order on a page."""
    calibration, sources = _calibration(result), _sources(result)
    found = []
    if calibration:
        found += [_coverage(calibration), _pairs(calibration), _ranks(calibration)]
    if sources:
        found += [_reliability(sources), _cuts(sources)]
    if is_tuned(result):
        found += [Drawn("budget", *about_budget(result)), Drawn("slices", *about_slices(result))]
    return found


def draw(result: Result, name: str, theme: Theme) -> Any:
    """Return a figure of a result.

    Raises
    ------
    NotInArchiveError
        If the result has no figure of that name.
    """
    known = {drawn.name for drawn in figures_of(result)}
    if name not in known:
        msg = f"No figure {name!r} of this run. There are: {', '.join(sorted(known)) or 'none'}."
        raise NotInArchiveError(msg)
    return _DRAW[name](result, theme)


def losses_of(archive: Archive, run: RunInfo) -> tuple[Curve, ...]:
    """Return how the training that a run is, or was, goes; nothing for another kind of run."""
    model = run.recipe.get("model")
    if not run.task.partition(".")[2].startswith("train") or not isinstance(model, str):
        return ()
    folder = archive.models.folder(model)
    try:
        written = (folder / FILE).stat().st_mtime
    except OSError:
        return ()
    # A later training of the same name has written it anew.
    late = run.ended is not None and written > run.ended.timestamp() + LATE_SECONDS
    early = run.started is None or written < run.started.timestamp()
    return () if late or early else read_history(folder)


def draw_losses(curves: Sequence[Curve], theme: Theme, kept_step: int | None) -> Any:
    """Return the figure of a training."""
    by_quantity: dict[str, dict[str, Any]] = {}
    for curve in sorted(curves, key=lambda curve: _rank(curve.quantity)):
        parts = by_quantity.setdefault(curve.quantity, {})
        parts[curve.part] = np.array(curve.steps, dtype=float), np.array(curve.values)
    shown: Curves = by_quantity
    return training_figure(shown, theme, kept_step)


def losses_table(curves: Sequence[Curve]) -> WebTable:
    """Return the losses of a training by step, at most `MOST_ROWS` of them."""
    losses = [curve for curve in curves if _rank(curve.quantity) == 0]
    fewest = min((curve.steps for curve in losses), key=len, default=())
    steps = [fewest[n] for n in np.unique(np.linspace(0, len(fewest) - 1, MOST_ROWS).astype(int))]
    values = [(curve.part, dict(zip(curve.steps, curve.values, strict=True))) for curve in losses]
    rows = [{"step": step, **{part: at.get(step) for part, at in values}} for step in steps]
    columns = [Column("step"), *(Column(part, meaning="mean loss") for part, _ in values)]
    return WebTable("losses", columns, rows)


def losses_height(curves: Sequence[Curve]) -> int:
    """Return the height that is kept free for the figure of a training."""
    return (360, 560, 720)[min(len({curve.quantity for curve in curves}), 3) - 1]


def _rank(quantity: str) -> int:
    """Return where a quantity stands: the loss before what it is made of, the rate at the end."""
    return 0 if "loss" in quantity else 2 if quantity == "learning_rate" else 1


def _calibration(result: Result) -> Mapping[str, Any]:
    found = result.get("calibration")
    return found if isinstance(found, Mapping) else {}


def _sources(result: Result) -> list[Mapping[str, Any]]:
    found = result.get("sources")
    return [each for each in found if "reliability" in each] if isinstance(found, list) else []


def _arrays(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: np.asarray(record[name]) for name in names}


def _draw_coverage(result: Result, theme: Theme) -> Any:
    coverage = {
        label: tuple(_arrays(found["coverage"], "level", "share").values())
        for label, found in _calibration(result).items()
    }
    return coverage_figure(coverage, theme)


def _draw_ranks(result: Result, theme: Theme) -> Any:
    names = ("edges", "counts", "expected", "low", "high")
    ranks = {label: _arrays(f["ranks"], *names) for label, f in _calibration(result).items()}
    return ranks_figure(ranks, theme)


def _draw_pairs(result: Result, theme: Theme) -> Any:
    names = ("true", "median", "q16", "q84")
    pairs = {label: _arrays(f["pairs"], *names) for label, f in _calibration(result).items()}
    return pairs_figure(pairs, theme)


def _draw_reliability(result: Result, theme: Theme) -> Any:
    bins = {
        each["source"]: [ReliabilityBin(**one) for one in each["reliability"]]
        for each in _sources(result)
    }
    return reliability_figure(bins, theme)


def _draw_cuts(result: Result, theme: Theme) -> Any:
    curves = {
        each["source"]: tuple(_arrays(each["precision_recall"], "recall", "precision").values())
        for each in _sources(result)
    }
    return precision_recall_figure(curves, theme)


_DRAW: Mapping[str, Callable[[Result, Theme], Any]] = {
    "coverage": _draw_coverage,
    "pairs": _draw_pairs,
    "ranks": _draw_ranks,
    "reliability": _draw_reliability,
    "cuts": _draw_cuts,
    "budget": draw_budget,
    "slices": draw_slices,
}


def _coverage(calibration: Mapping[str, Any]) -> Drawn:
    levels = next(iter(calibration.values()))["coverage"]["level"]
    rows = [
        {"level": level, **{n: f["coverage"]["share"][row] for n, f in calibration.items()}}
        for row, level in enumerate(levels)
    ]
    columns = [Column("level", "interval"), *(Column(name) for name in calibration)]
    return Drawn(
        "coverage",
        "Coverage: how often intervals hold the truth",
        "Share of true values within central intervals against the intervals' probability. "
        "Below the diagonal errors are too small, above it too large.",
        420,
        WebTable("coverage", columns, rows),
    )


def _pairs(calibration: Mapping[str, Any]) -> Drawn:
    columns = (Column("label"), Column("true"), Column("median"), Column("q16"), Column("q84"))
    rows = [
        {"label": label, **{c.name: found["pairs"][c.name][row] for c in columns[1:]}}
        for label, found in calibration.items()
        for row in range(min(MOST_ROWS, len(found["pairs"]["true"])))
    ]
    return Drawn(
        "pairs",
        "Inferred against true values",
        "Medians of posteriors with their 68 % intervals against true values.",
        _grid_height(len(calibration), 310),
        WebTable("pairs", columns, rows),
    )


def _ranks(calibration: Mapping[str, Any]) -> Drawn:
    columns = [Column("label"), Column("rank"), Column("counts"), Column("expected")]
    rows = [
        {
            "label": label,
            "rank": f"{low:.0%} to {high:.0%}",
            "counts": found["ranks"]["counts"][row],
            "expected": found["ranks"]["expected"][row],
        }
        for label, found in calibration.items()
        for row, (low, high) in enumerate(
            zip(found["ranks"]["edges"][:-1], found["ranks"]["edges"][1:], strict=True)
        )
    ]
    return Drawn(
        "ranks",
        "Ranks of the truth among the draws",
        "Histograms that are even within the band if posteriors are calibrated; a hump says that "
        "they are too wide, a bowl too narrow, a slope shifted.",
        _grid_height(len(calibration), 250),
        WebTable("ranks", columns, rows),
    )


def _reliability(sources: Sequence[Mapping[str, Any]]) -> Drawn:
    columns = [Column("source"), Column("probability"), Column("share"), Column("error")]
    rows = [
        {"source": each["source"], **{c.name: one[c.name] for c in columns[1:]}, "n": one["n"]}
        for each in sources
        for one in each["reliability"]
    ]
    return Drawn(
        "reliability",
        "Reliability: how often probabilities came true",
        "Share of planets among signals of like probability; on the diagonal if it is calibrated.",
        420,
        WebTable("reliability", [*columns, Column("n", "signals")], rows),
    )


def _cuts(sources: Sequence[Mapping[str, Any]]) -> Drawn:
    columns = [Column("source"), Column("recall"), Column("precision")]
    rows = [
        {"source": each["source"], "recall": recall, "precision": precision}
        for each in sources
        for recall, precision in list(
            zip(*(each["precision_recall"][n] for n in ("recall", "precision")), strict=True)
        )[:: max(1, len(each["precision_recall"]["recall"]) // MOST_ROWS)]
    ]
    return Drawn(
        "cuts",
        "Precision and recall",
        "What every cut in the probability gives: precision against recall.",
        420,
        WebTable("cuts", columns, rows),
    )


def _grid_height(panels: int, height: int) -> int:
    """Return the height that is kept free for panels in rows of two, of those that there are."""
    wanted = -(-panels // 2) * height
    return next((known for known in (280, 320, 360, 420, 480, 560, 640) if known >= wanted), 720)
