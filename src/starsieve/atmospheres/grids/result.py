"""What is known of a model grid, as a table, as sentences and as JSON."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, show
from starsieve.atmospheres.grids.ceilings import Ceiling, Confusions
from starsieve.atmospheres.grids.collisions import Collisions
from starsieve.atmospheres.grids.confounding import Confounding
from starsieve.atmospheres.grids.coverage import Coverage
from starsieve.atmospheres.grids.fluxes import BadFluxes, Energy
from starsieve.data.labels import plain_symbol
from starsieve.errors import DataError

MOST_SHOWN = 3
"""Ties and patterns that people are shown; JSON has all."""

LOW, NONE = 0.99, 0.9995
"""Ceilings of R2 below which noise, and copies, are worth a warning."""

LITTLE = 1e-3
"""What noise takes from R2 beyond what copies do; less is not worth saying."""


@dataclass(frozen=True, slots=True, eq=False)
class GridCheck:
    """What is known of a model grid.

    Parameters
    ----------
    name : str
    n_spectra, n_pixels : int
    wave_range : (float, float)
        Micron.
    axes : tuple of Axis
    snr : float
        Per pixel: root-mean-square flux over noise.
    scale_free : bool
        Whether spectra were compared after the best scaling, without their brightness.
    n_compared : int
        Spectra that were compared with each other; others have gaps.
    n_pixels_compared : int
    coverage : Coverage
    copies, near : Collisions
        Spectra that are identical, and that are closer than the noise, under different labels.
    ceilings : tuple of Ceiling
        By label: those of copies have an infinite S/N, the others that of an observation.
    confusions : Confusions
    confounded : tuple of Confounding
    bad : BadFluxes
    energy : Energy or None
    no_energy : str
        Why there is no energy.
    """

    name: str
    n_spectra: int
    n_pixels: int
    wave_range: tuple[float, float]
    axes: tuple[Axis, ...]
    snr: float
    scale_free: bool
    n_compared: int
    n_pixels_compared: int
    coverage: Coverage
    copies: Collisions
    near: Collisions
    ceilings: tuple[Ceiling, ...]
    confusions: Confusions
    confounded: tuple[Confounding, ...]
    bad: BadFluxes
    energy: Energy | None
    no_energy: str

    def ceiling(self, label: str, snr: float = np.inf) -> Ceiling:
        """Return the ceiling of one label at one of the S/N; of copies alone by default.

        Raises
        ------
        DataError
            If there is none.
        """
        for each in self.ceilings:
            if each.label == label and each.snr == snr:
                return each
        known = ", ".join(sorted({each.label for each in self.ceilings})) or "none"
        msg = f"No ceiling of {label!r} at S/N {snr:g}; labels with ceilings: {known}."
        raise DataError(msg)

    @property
    def snr_levels(self) -> tuple[float, ...]:
        """Signal-to-noise ratios of the ceilings, increasing; the last is infinity."""
        return tuple(sorted({each.snr for each in self.ceilings}))

    @property
    def has_near(self) -> bool:
        """Whether spectra that are no copies are closer than the noise."""
        return bool(self.near.members) and self.near.n_distinct < self.copies.n_distinct

    def findings(self) -> tuple[str, ...]:
        """Return what whoever trains on the grid, or believes its models, must know."""
        return (
            *self._collision_findings(),
            *(each.text for each in self.confounded),
            *self._coverage_findings(),
            *self._flux_findings(),
        )

    def essentials(self) -> dict[str, Any]:
        """Return what belongs on the card of a model that was trained on the grid."""
        return {
            "n_spectra": self.n_spectra,
            "n_distinct": self.copies.n_distinct,
            "share_of_nodes_filled": self.coverage.share,
            "compared": self.how_compared,
            "tied": [tie.describe() for tie in self.copies.ties()],
            "r2_ceilings": self._ceilings("r2"),
            "huber_floors": self._ceilings("huber"),
            "findings": list(self.findings()),
        }

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        labels = dict.fromkeys(each.label for each in self.ceilings)
        return {
            "grid": self.name,
            "n_spectra": self.n_spectra,
            "n_pixels": self.n_pixels,
            "wave_min_um": self.wave_range[0],
            "wave_max_um": self.wave_range[1],
            "compared": {
                "how": self.how_compared,
                "snr": self.snr,
                "scale_free": self.scale_free,
                "n_spectra": self.n_compared,
                "n_pixels": self.n_pixels_compared,
            },
            "coverage": self.coverage.to_record(),
            "copies": self.copies.to_record(),
            "closer_than_noise": self.near.to_record(),
            "ceilings": {
                label: {
                    "copies": self.ceiling(label).to_record(),
                    "noise": [self.ceiling(label, s).to_record() for s in self.snr_levels[:-1]],
                }
                for label in labels
            },
            "confounded": [each.to_record() for each in self.confounded],
            "bad_fluxes": self.bad.to_record(),
            "energy": self.energy.to_record() if self.energy else {"meaning": self.no_energy},
            "findings": list(self.findings()),
        }

    @property
    def how_compared(self) -> str:
        """In one line how spectra were compared."""
        how = "after the best scaling, without brightness" if self.scale_free else "with brightness"
        return f"{how}, at S/N {self.snr:g} per pixel (root-mean-square flux over noise)"

    def rows(self) -> list[list[str]]:
        """Return the table of labels; the first row holds the names of the columns."""
        noise = f"S/N {self.snr:g}"
        head = ["label", "values", "from", "to", "gaps", "R2 of copies", f"at {noise}"]
        rows = [[*head, "Huber of copies", f"at {noise} "]]
        for axis in self.axes:
            ends = [show(axis.values[0]), show(axis.values[-1])]
            gaps = ", ".join(f"{show(low)} to {show(high)}" for low, high in axis.gaps())
            cells = ["", "", "", ""]
            if any(each.label == axis.name for each in self.ceilings):
                pair = [self.ceiling(axis.name), self.ceiling(axis.name, self.snr)]
                cells = [f"{c.r2:.4f}" for c in pair] + [f"{c.huber:.4f}" for c in pair]
            rows.append([axis.symbol, str(len(axis)), *ends, gaps, *cells])
        return rows

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        low, high = self.wave_range
        lines = [
            f"{self.name}: {self.n_spectra} spectra of {self.n_pixels} pixels, {low:.4g} to "
            f"{high:.4g} micron",
            f"compared {self.how_compared}; {self.n_compared} spectra, {self.n_pixels_compared} "
            "pixels",
            "",
            *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows),
            "",
            f"coverage: {len(self.coverage.filled)} of {self.coverage.n_nodes} nodes hold a "
            f"spectrum ({self.coverage.share:.1%})",
            f"copies: {_count(self.copies)}",
            "closer than the noise: "
            f"{_count(self.near) if self.has_near or not self.near.members else 'copies only'}",
            f"fluxes: {len(self.bad.nan)} spectra with NaN, {len(self.bad.negative)} with negative "
            f"and {len(self.bad.zero)} with zero fluxes",
            f"energy: {self.energy.describe() if self.energy else self.no_energy}",
        ]
        return "\n".join([*lines, *(f"finding: {each}" for each in self.findings())])

    def _collision_findings(self) -> tuple[str, ...]:
        found = []
        if self.copies.members:
            found.append(
                f"{self.n_compared} spectra are {self.copies.n_distinct} different ones: "
                f"{_ties(self.copies, 'share one spectrum')}."
            )
            found += _limits([self.ceiling(label) for label in self._labels()], "copies", NONE)
        if self.has_near:
            where = f", only at {place}" if (place := self.near.where()) else ""
            found.append(
                f"At S/N {self.snr:g}, {self.near.n_spectra} spectra in {len(self.near.members)} "
                f"groups are closer than the noise{where}: {_ties(self.near, 'look alike')}."
            )
        noisy = [
            self.ceiling(label, self.snr)
            for label in self._labels()
            if self.ceiling(label, self.snr).r2 < self.ceiling(label).r2 - LITTLE
        ]
        return (*found, *_limits(noisy, f"noise of S/N {self.snr:g}", LOW))

    def _coverage_findings(self) -> tuple[str, ...]:
        found = []
        coverage = self.coverage
        if n_missing := coverage.n_nodes - len(coverage.filled):
            found.append(f"{n_missing} of {coverage.n_nodes} nodes of the hypercube are missing.")
        if n_repeated := coverage.n_repeated:
            found.append(
                f"{n_repeated} of the nodes hold several spectra: no label tells them apart."
            )
        for axis in self.axes:
            for low, high in axis.doubles():
                found.append(
                    f"{axis.symbol} {show(low)} and {show(high)} are so near that they may be "
                    "meant as one."
                )
        return tuple(found)

    def _flux_findings(self) -> tuple[str, ...]:
        found = [
            f"Spectra with {what} fluxes: {len(rows)} (first: row {rows[0]})."
            for what, rows in (
                ("NaN", self.bad.nan),
                ("negative", self.bad.negative),
                ("zero", self.bad.zero),
            )
            if len(rows)
        ]
        return (*found, *(self.energy.findings() if self.energy else ()))

    def _labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.label for each in self.ceilings))

    def _ceilings(self, what: str) -> dict[str, dict[str, float]]:
        return {
            label: {
                "copies": round(getattr(self.ceiling(label), what), 6),
                f"snr {self.snr:g}": round(getattr(self.ceiling(label, self.snr), what), 6),
            }
            for label in self._labels()
        }


def _count(found: Collisions) -> str:
    if not found.members:
        return "none under different labels"
    return f"{found.n_spectra} spectra in {len(found.members)} groups; {found.n_distinct} differ"


def _ties(found: Collisions, what: str) -> str:
    """Return the ties that concern most spectra, in words."""
    ties = sorted(found.ties(), key=lambda tie: -tie.n_spectra)
    shown = "; ".join(tie.describe(what) for tie in ties[:MOST_SHOWN])
    more = len(ties) - MOST_SHOWN
    return f"{shown}; and {more} ties more" if more > 0 else shown


def _limits(ceilings: list[Ceiling], cause: str, below: float) -> list[str]:
    """Return a sentence about the labels whose ceiling is low, if there are any."""
    low = [each for each in ceilings if each.r2 < below]
    if not low:
        return []
    parts = ", ".join(
        f"{plain_symbol(each.label)} {each.r2:.3f} (Huber {each.huber:.4f})" for each in low
    )
    return [f"For {cause}, no method can exceed R2 of {parts} on this grid."]
