"""What an inference gives: draws from a posterior, their summary, and how well the model fits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.several.answers import GridAnswer, tell_weights
from starsieve.data import Spectrum
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray, check_choice
from starsieve.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.atmospheres.explanation import Explanation
    from starsieve.atmospheres.importance.refined import Refined
    from starsieve.atmospheres.physical import Physical
    from starsieve.atmospheres.predictive import Predictive

LIMIT_LEVEL = 0.95
"""Posterior probability that the true value lies on the stated side of a limit."""

Limit = Literal["upper", "lower"]


@dataclass(frozen=True, slots=True)
class Summary:
    """One parameter's posterior in numbers; q16 and q84 are its 16th and 84th percentiles."""

    median: float
    mean: float
    std: float
    q025: float
    q16: float
    q84: float
    q975: float
    unit: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Inference:
    """The parameters of one spectrum.

    Parameters
    ----------
    file, object, model : str
        Where the spectrum came from, what it is of, and the model that was asked.
    names : tuple of str
        The model's labels.
    draws : array, shape (n_draws, n_labels)
        Draws from the posterior, in the labels' units.
    in_distribution : bool
        Whether the spectrum looks like what the model was trained on.
    ood_score : float
        The larger, the less it does.
    observed : Spectrum
        As it was read.
    chi2_reduced : float, optional
        Of the best-fitting model.
    warnings : tuple of str
        What a reader of the numbers must know.
    limits : mapping of str to {"upper", "lower"}
        Labels whose posterior piles up at an edge of the model grid: the number to quote is a
        limit, not a value. "upper" says that the true value lies below it.
    ranges : mapping of str to (float, float)
        Edges of the model grid by label, in the labels' units.
    fit : Fit, optional
        The best-fitting model.
    provenance : mapping
        How the numbers were made: versions, seed, hashes.
    grids : mapping of str to GridAnswer
        What each grid says, and how much it counts; empty for a model of one grid.
    explanation : Explanation, optional
        Which wavelengths drive each parameter.
    refined : Refined, optional
        How the draws were weighted, if they are those of an emulator's likelihood.
    physical : Physical, optional
        Radius and luminosity, if a distance was given.
    predictive : Predictive, optional
        What the posterior predicts of the spectrum.

    Raises
    ------
    DataError
        If the draws are none, not finite or not one column per label, or a limit is of no label.
    """

    file: str
    object: str
    model: str
    names: tuple[str, ...]
    draws: FloatArray
    in_distribution: bool
    ood_score: float
    observed: Spectrum
    chi2_reduced: float | None = None
    warnings: tuple[str, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    fit: Fit | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    grids: Mapping[str, GridAnswer] = field(default_factory=dict)
    explanation: "Explanation | None" = None
    refined: "Refined | None" = None
    physical: "Physical | None" = None
    predictive: "Predictive | None" = None

    def __post_init__(self) -> None:
        if self.draws.ndim != 2 or self.draws.shape[1] != len(self.names) or not len(self.draws):
            msg = (
                f"draws must have shape (n_draws, {len(self.names)}), one column for each of "
                f"{', '.join(self.names)}; got {self.draws.shape}."
            )
            raise DataError(msg)
        if not np.all(np.isfinite(self.draws)):
            msg = f"The posterior of {self.file} holds draws that are not finite."
            raise DataError(msg)
        for name, limit in self.limits.items():
            check_choice("limits", name, self.names)
            check_choice(f"limits[{name!r}]", limit, ("upper", "lower"))

    def __repr__(self) -> str:
        values = ", ".join(f"{name} {self.quote(name)}" for name in self.names)
        return f"<Inference of {self.title}: {values}>"

    def __str__(self) -> str:
        lines = [f"{self.title}, by {self.model}"]
        width = max(map(len, self.names))
        lines += [f"  {name:{width}} {self.quote(name)}" for name in self.names]
        lines += [f"  {line}" for line in self.further()]
        if self.chi2_reduced is not None:
            lines.append(f"  reduced chi-square of the best fit: {self.chi2_reduced:.2f}")
        if self.grids:
            lines.append(f"  grids: {tell_weights(self.grids)}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """The object's name, or the file's where the object is not known."""
        printable = (c if c.isprintable() else " " for c in self.object)
        return " ".join("".join(printable).split()) or Path(self.file).name

    def further(self) -> list[str]:
        """Return what is known besides the parameters, in lines: only what was asked for."""
        lines = []
        if self.physical is not None:
            lines += [f"{name} {self.physical.quote(name)}" for name in ("radius", "luminosity")]
        if self.refined is not None:
            ess, n = self.refined.ess, len(self.draws)
            lines.append(f"effective number of draws: {ess:.0f} of {n}")
        if self.predictive is not None:
            lines.append(f"posterior predictive p-value: {self.predictive.p_value:.2g}")
        return lines

    @property
    def remark(self) -> str:
        """Why not to take the numbers at face value, in a few words; empty if they may be."""
        if not self.in_distribution:
            return "outside the model's range"
        return {0: "", 1: "1 warning"}.get(len(self.warnings), f"{len(self.warnings)} warnings")

    def draws_of(self, name: str) -> FloatArray:
        """Return one label's draws, shape (n_draws,).

        Raises
        ------
        DataError
            If the model has no such label.
        """
        check_choice("The label", name, self.names)
        return self.draws[:, self.names.index(name)]

    def summary(self, name: str) -> Summary:
        """Return one label's posterior in numbers."""
        draws = self.draws_of(name)
        levels = (0.5, 0.025, 0.16, 0.84, 0.975)
        median, q025, q16, q84, q975 = map(float, np.quantile(draws, levels))
        mean, std = float(draws.mean()), float(draws.std())
        return Summary(median, mean, std, q025, q16, q84, q975, get_label(name).unit)

    def limit(self, name: str) -> float:
        """Return the value that the label lies below (or above) with probability LIMIT_LEVEL.

        Raises
        ------
        DataError
            If the label is not one of `limits`.
        """
        check_choice("A limit's label", name, tuple(self.limits))
        level = LIMIT_LEVEL if self.limits[name] == "upper" else 1 - LIMIT_LEVEL
        return float(np.quantile(self.draws_of(name), level))

    def quote(self, name: str, *, unit: bool = True) -> str:
        """Return a label as one would quote it: ``1204 +38 -41 K``, or a limit ``< 950 K``."""
        digits = get_label(name).digits
        text = self._quote_limit(name, digits) or self._quote_value(name, digits)
        return f"{text} {short_unit(name)}".rstrip() if unit else text

    def _quote_limit(self, name: str, digits: int) -> str:
        if name not in self.limits:
            return ""
        # Rounded away from what it excludes, so that it stays a limit at the stated level.
        upper, step = self.limits[name] == "upper", 10.0**-digits
        rounded = (math.ceil if upper else math.floor)(self.limit(name) / step) * step
        return f"{'<' if upper else '>'} {rounded:.{digits}f}"

    def _quote_value(self, name: str, digits: int) -> str:
        s = self.summary(name)
        above, below = s.q84 - s.median, s.median - s.q16
        return f"{s.median:.{digits}f} +{above:.{digits}f} -{below:.{digits}f}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON; what is not a finite number becomes None.

        ``explanation``, ``refined``, ``physical`` and ``predictive`` are there only if they were
        asked for, ``grids`` only for a model of several.
        """
        asked = ("explanation", "refined", "physical", "predictive")
        further = {name: getattr(self, name) for name in asked}
        summaries = {name: self.summary(name) for name in self.names}
        return (
            {
                "file": self.file,
                "object": self.object,
                "model": self.model,
                "parameters": {
                    name: {key: getattr(summary, key) for key in Summary.__slots__}
                    for name, summary in summaries.items()
                },
                "limits": {
                    name: {"kind": kind, "value": self.limit(name), "level": LIMIT_LEVEL}
                    for name, kind in self.limits.items()
                },
                "in_distribution": bool(self.in_distribution),
                "ood_score": finite_or_none(self.ood_score),
                "chi2_reduced": finite_or_none(self.chi2_reduced),
                "chi2_p_value": None if self.fit is None else finite_or_none(self.fit.p_value),
                "n_draws": len(self.draws),
                "wavelengths_used": self.provenance.get("wavelengths_used"),
                "coverage": self.provenance.get("coverage"),
                "warnings": list(self.warnings),
                "assumed": list(self.provenance.get("assumed", ())),
            }
            | {name: each.to_record() for name, each in further.items() if each is not None}
            | (
                {"grids": {name: each.to_record() for name, each in self.grids.items()}}
                if self.grids
                else {}
            )
        )

    def plot(self) -> "Figure":
        """Return a figure of the spectrum, the best-fitting model over it, and the residuals."""
        from starsieve.plots.spectra import plot_fit

        return plot_fit(self.observed, self.fit, title=self.title, bands=self.predictive)

    def plot_radius(self) -> "Figure":
        """Return a figure of chi-square against radius.

        Raises
        ------
        DataError
            If no distance was given, or there is no fit.
        """
        from starsieve.atmospheres.radius_scan import scan_radius
        from starsieve.plots.radius import plot_chi2_radius

        if self.physical is None or self.fit is None:
            msg = "Chi-square against radius needs a distance: infer(..., distance=PC)."
            raise DataError(msg)
        radius = self.physical.summaries()["radius"]
        interval = (radius.q16, radius.q84)
        scan = scan_radius(self.fit, self.physical.distance, interval)
        return plot_chi2_radius(scan, interval, title=self.title)

    def plot_corner(self) -> "Figure":
        """Return a corner plot of the posterior."""
        from starsieve.plots.posteriors import plot_corner

        best = dict(self.fit.parameters) if self.fit else {}
        limits = {name: self.quote(name) for name in self.limits}
        return plot_corner(self.draws, self.names, ranges=self.ranges, best=best, limits=limits)


def finite_or_none(value: float | None) -> float | None:
    """Return a finite float, or None, which is what JSON has for anything else."""
    return float(value) if value is not None and math.isfinite(value) else None


def short_unit(name: str) -> str:
    """Return a label's unit as people write it: of ``dex(cm / s2)`` only ``dex``."""
    return get_label(name).unit.partition("(")[0]
