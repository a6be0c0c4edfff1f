"""How good a model's numbers are: on simulated and on real labelled spectra, beside baselines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.baselines import (
    nearest_grid_point,
    noisy,
    predict_by_regressor,
    regressors,
    scale_free,
)
from starsieve.atmospheres.infer import infer, infer_observed
from starsieve.atmospheres.inference import Inference, Inferences
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.labelled import read_labelled
from starsieve.atmospheres.models import PosteriorModel
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.sharpness import describe_sharpness, tell_sharpness
from starsieve.atmospheres.simulate import in_bands
from starsieve.atmospheres.train import refined, without_held_out
from starsieve.atmospheres.training import Training, training_of
from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.reports.evaluation import write_evaluation
from starsieve.stats import interval_coverage, mean_absolute_error, rank_histogram
from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.regression import bias, r2

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]

TRAINING_COPIES = 20
"""Noisy copies of each spectrum that the learning baselines are trained on."""

NETWORK = "posterior median"
NEAREST = "nearest grid point"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A model's errors and coverage.

    Parameters
    ----------
    model : str
    on : str
        One sentence about the spectra.
    metrics : tuple of dict
        One row per group, label and method: n, mae, mae_error, bias, r2.
    draws : mapping of str to array, shape (n_draws, n)
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
            if known.any():
                coverages = interval_coverage(self.draws[name][:, known], truth[known])
                found[name] = [
                    {"level": c.level, "coverage": c.fraction, "low": c.low, "high": c.high}
                    for c in coverages
                ]
        return found

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
            if np.isfinite(t).any()
        }
        return {
            "model": self.model,
            "on": self.on,
            "n": self.n,
            "metrics": metrics,
            "intervals": self.intervals(),
            "rank_p_value": ranks,
            **describe_sharpness(self.draws, self.truth),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        head = ("group", "label", "method", "n", "MAE", "bias", "R2")
        rows = [head]
        for row in self.metrics:
            mae = str(Estimate(row["mae"], row["mae_error"], 0, 0))
            numbers = (str(row["n"]), mae, f"{row['bias']:+.3g}", f"{row['r2']:.3f}")
            rows.append((row["group"], row["label"], row["method"], *numbers))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [self.on, ""]
        lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines.append("")
        for name, found in self.intervals().items():
            levels = ", ".join(f"{c['level']:.0%}: {c['coverage']:.0%}" for c in found)
            lines.append(f"coverage of {name}: {levels}")
        lines += tell_sharpness(self.draws, self.truth)
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
                }
            )
        return write_evaluation(
            f"Evaluation of {self.model}",
            folder,
            text=(self.on, *self.notes, *tell_sharpness(self.draws, self.truth)),
            metrics=tables,
            draws=self.draws,
            truth=self.truth,
            provenance=self.provenance,
            losses=self.training.losses if self.training else None,
            kept_step=self.training.kept_step if self.training else None,
        )


def evaluate(
    model: PosteriorModel,
    path: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate a model: on a table of labelled spectra, or else on simulated ones.

    See `evaluate_labelled` and `evaluate_simulated`.
    """
    if path is None:
        return evaluate_simulated(model, draws=draws, seed=seed, progress=progress)
    return evaluate_labelled(
        model, path, columns=columns, where=where, draws=draws, seed=seed, progress=progress
    )


def evaluate_labelled(
    model: PosteriorModel,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    where: Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on real spectra with known labels, beside the nearest grid point.

    Spectra whose value the model gives as a limit, or which it finds unlike its grid, are
    flagged, not quoted: they count neither for it nor for the baseline, and the notes say how
    many there are. Rows of the whole (``all quoted or not``) count everything.

    Parameters
    ----------
    path, columns, where
        As of `starsieve.atmospheres.labelled.read_labelled`.

    Raises
    ------
    FileError, DataError, RecipeError
        If the table can't be used, or nothing could be inferred.
    """
    labelled = read_labelled(path, model.grid.names, columns, where)
    found = infer(
        [str(f) for f in labelled.files], model, draws=draws, seed=seed, progress=progress
    )
    by_file: dict[str, Inference] = {}
    for each in found:
        by_file.setdefault(each.file.partition("#")[0], each)
    rows = [i for i, file in enumerate(labelled.files) if str(file) in by_file]
    if not rows:
        msg = f"{path}: nothing could be inferred. First: {found.failures[0].error}"
        raise DataError(msg)
    results = [by_file[str(labelled.files[i])] for i in rows]
    nearest = _nearest(model, results)
    truth = {name: values[rows] for name, values in labelled.truth.items()}
    groups, objects = labelled.groups[rows], labelled.objects[rows]
    flagged = np.array([not r.in_distribution or "teff" in r.limits for r in results])
    metrics, notes = [], [f"{len(found.failures)} spectra could not be used."]
    for group in ("all", *sorted(set(groups) - {""})):
        inside = np.ones(len(rows), dtype=bool) if group == "all" else groups == group
        notes.append(f"{group}: {int((inside & flagged).sum())} of {int(inside.sum())} flagged.")
        for name, values in truth.items():
            column = model.grid.names.index(name)
            medians = np.array([np.median(r.draws[:, column]) for r in results])
            for title, chosen in ((group, inside), (f"{group}, not flagged", inside & ~flagged)):
                used = chosen & np.isfinite(values)
                for method, guess in ((NETWORK, medians), (NEAREST, nearest[:, column])):
                    metrics += _score(title, name, method, guess, values, used, objects)
    return Evaluation(
        model=model.name,
        on=f"{len(rows)} real spectra of {path.name}"
        + (f" with {', '.join(where)}" if where else ""),
        metrics=tuple(metrics),
        draws={name: np.stack([r.draws_of(name) for r in results], axis=1) for name in truth},
        truth={name: np.where(flagged, np.nan, values) for name, values in truth.items()},
        notes=(*notes, "Coverage is that of the spectra that are not flagged."),
        provenance={"table": str(path), "where": list(where), "draws": draws, "seed": seed},
        training=training_of(model),
    )


def evaluate_simulated(
    model: PosteriorModel,
    *,
    snr: float = 50.0,
    copies: int = 3,
    draws: int = 1000,
    seed: int = 0,
    baselines: bool = True,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on noisy observations of the nodes that the recipe held out.

    The noise is the same in each pixel: the median flux of the recipe's reference band over
    `snr`. Baselines are trained on the nodes that the model was trained on, under such noise, and
    best fits see those only, with splines between them. Coverage counts a label where it is no
    edge of the grid: a posterior without mass beyond an edge never has it inside.

    Raises
    ------
    DataError
        If the model's recipe held out no nodes.
    """
    grid, recipe = model.grid, model.recipe
    if not recipe.held_out:
        msg = f"{model.name} held no nodes out of its training; evaluate it on a labelled table."
        raise DataError(msg)
    seen, _ = without_held_out(grid, recipe)
    _, unseen = grid.split(recipe.held_out)
    if unseen is None:
        msg = f"{model.name}: the nodes that its recipe held out are not in its grid."
        raise DataError(msg)
    rng = np.random.default_rng(seed)
    used = ~in_bands(grid.wave, recipe.observing.masked)
    reference = in_bands(grid.wave, (recipe.observing.reference_band,))
    flux, sigma = noisy(unseen.flat().flux, reference, snr, copies, rng)
    labels = np.tile(_parameters(unseen), (copies, 1))
    blind = replace(model, fitting=refined(grid, seen, {}))
    results = _infer_simulated(blind, flux, sigma, draws, seed, progress)
    guesses = {
        NETWORK: np.median([r.draws for r in results], axis=1),
        NEAREST: nearest_grid_point(seen, flux, sigma, np.broadcast_to(used, flux.shape)),
    }
    if baselines:
        training, _ = noisy(seen.flat().flux, reference, snr, TRAINING_COPIES, rng)
        answers = np.tile(_parameters(seen), (TRAINING_COPIES, 1))
        inputs = scale_free(training, used), answers
        for name, regressor in regressors(seed):
            if progress is not None:
                progress(0, 1, name)
            guesses[name] = predict_by_regressor(regressor, inputs, scale_free(flux, used))
    held = "; ".join(f"{k} {', '.join(f'{v:g}' for v in vs)}" for k, vs in recipe.held_out.items())
    everything = np.ones(len(labels), dtype=bool)
    nodes = np.tile(np.arange(len(labels) // copies), copies)
    return Evaluation(
        model=model.name,
        on=f"{len(labels)} simulated spectra of the nodes held out ({held}), S/N {snr:g}",
        metrics=tuple(
            row
            for column, name in enumerate(grid.names)
            for method, guess in guesses.items()
            for row in _score(
                "held-out nodes",
                name,
                method,
                guess[:, column],
                labels[:, column],
                everything,
                nodes,
            )
        ),
        draws={name: np.stack([r.draws_of(name) for r in results], axis=1) for name in grid.names},
        truth={
            name: np.where(np.isin(labels[:, i], grid.nodes[i][[0, -1]]), np.nan, labels[:, i])
            for i, name in enumerate(grid.names)
        },
        notes=("Coverage and ranks are of labels that are no edge of the grid.",),
        provenance={"held_out": dict(recipe.held_out), "snr": snr, "copies": copies, "seed": seed},
        training=training_of(model),
    )


def _infer_simulated(
    model: PosteriorModel,
    flux: FloatArray,
    sigma: FloatArray,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> Inferences:
    """Infer from simulated observations through the same door as from real ones."""
    resolution = model.card.resolution
    observed = [
        Observed(Spectrum(model.grid.wave, f, s, resolution=resolution), f"simulated {i}")
        for i, (f, s) in enumerate(zip(flux, sigma, strict=True))
    ]
    results = infer_observed(model, observed, draws, seed, progress)
    if results.failures:
        msg = f"A simulated spectrum could not be used: {results.failures[0].error}"
        raise DataError(msg)
    return results


def _parameters(grid: GridInterpolator) -> npt.NDArray[np.float64]:
    spectra = grid.flat()
    return np.stack([spectra.labels[name] for name in grid.names], axis=1)


def _nearest(model: PosteriorModel, results: Sequence[Inference]) -> FloatArray:
    """Return the nearest grid points of the same pixels that the model used."""
    fits = [r.fit for r in results if r.fit is not None]
    flux = np.stack([fit.flux for fit in fits])
    scale = np.max(np.abs(flux), axis=1, keepdims=True)
    return nearest_grid_point(
        model.grid,
        flux / scale,
        np.stack([fit.sigma for fit in fits]) / scale,
        np.stack([fit.valid for fit in fits]),
    )


def _score(
    group: str,
    label: str,
    method: str,
    predicted: FloatArray,
    truth: FloatArray,
    used: npt.NDArray[np.bool_],
    objects: npt.NDArray[Any],
) -> list[Row]:
    """Return one row of the table, or none if nothing is left to score."""
    if not used.any():
        return []
    guess, values = predicted[used], truth[used]
    mae = bootstrap(mean_absolute_error, (guess, values), objects[used], n_resamples=200)
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
        }
    ]
