"""How a training went: numbers by step, in a small table that stays beside the model."""

import csv
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starsieve.errors import FileError

FILE = "history.csv"
COLUMNS = ("step", "part", "quantity", "value")

MOST_POINTS = 1000
"""Of a curve; of a longer one every second is left out."""

WRITE_SECONDS = 5.0
"""How often the table is written while a training goes on: it can be looked at meanwhile."""

Curves = dict[tuple[str, str], list[tuple[int, float]]]
"""Steps and values by part (``training``, ``validation``, ...) and quantity (``loss``, ...)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of one part of a training, by step."""

    part: str
    quantity: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


class HistoryTable:
    """The table while a training writes it.

    A training that goes on where it was interrupted keeps what was written before its first step.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._curves: Curves | None = None
        self._written = time.monotonic()

    def add(self, step: int, part: str, values: Mapping[str, float]) -> None:
        """Take down numbers of a step."""
        if self._curves is None:
            self._curves = _before(step, _read(self._file))
        for name, value in values.items():
            points = self._curves.setdefault((part, name), [])
            points.append((step, float(value)))
            if len(points) > MOST_POINTS:
                points[:] = points[::2]
        if time.monotonic() - self._written > WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write the table, in one piece.

        Raises
        ------
        FileError
            If it can't be written.
        """
        self._written = time.monotonic()
        if self._curves is None:
            return
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                for (name, quantity), points in self._curves.items():
                    writer.writerows((step, name, quantity, f"{v:.7g}") for step, v in points)
            part.replace(self._file)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            msg = f"{self._file}: the training's history can't be written ({error.strerror})."
            raise FileError(msg) from error


def read_history(folder: Path, metrics: Mapping[str, Any] | None = None) -> tuple[Curve, ...]:
    """Return how the training of a model went; nothing if nobody wrote it down.

    Parameters
    ----------
    folder : Path
        Of the model.
    metrics : mapping, optional
        Of its card, which hold the losses at every validation where there is no table.

    Raises
    ------
    FileError
        If the table is damaged.
    """
    curves = _read(folder / FILE) or _of_metrics(metrics or {})
    return tuple(
        Curve(part, quantity, *(tuple(each) for each in zip(*points, strict=True)))
        for (part, quantity), points in curves.items()
        if points
    )


def _read(file: Path) -> Curves:
    curves: Curves = {}
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                points = curves.setdefault((row["part"], row["quantity"]), [])
                points.append((int(row["step"]), float(row["value"])))
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"{file} is no history of a training ({error!r}); delete it to do without."
        raise FileError(msg) from error
    return curves


def _of_metrics(metrics: Mapping[str, Any]) -> Curves:
    kept = metrics.get("history")
    if not isinstance(kept, Mapping) or "step" not in kept:
        return {}
    return {
        (part, "loss"): list(zip(kept["step"], values, strict=False))
        for part, values in kept.items()
        if part != "step"
    }


def _before(step: int, curves: Curves) -> Curves:
    kept = {key: [p for p in points if p[0] < step] for key, points in curves.items()}
    return {key: points for key, points in kept.items() if points}
