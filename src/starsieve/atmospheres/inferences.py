"""The parameters of many spectra, and the files that there are none of."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Self, overload

from starsieve.atmospheres.inference import Inference, short_unit
from starsieve.data.foreign import optional
from starsieve.data.labels import get_label
from starsieve.errors import Failure

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

_NUMBERS = ("median", "mean", "std", "q025", "q16", "q84", "q975")
"""Of a summary, which have a column each."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inferences(Sequence[Inference]):
    """The parameters of many spectra, and the files that there are none of."""

    results: tuple[Inference, ...]
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Inference]:
        return iter(self.results)

    @overload
    def __getitem__(self, index: int) -> Inference: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Inference | Self:
        if isinstance(index, slice):
            return type(self)(self.results[index])
        return self.results[index]

    def __repr__(self) -> str:
        return f"<Inferences: {len(self.results)} done, {len(self.failures)} failed>"

    def __str__(self) -> str:
        rows = [self._header(), *map(self._row, self.results)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        failed = (f"failed: {failure.file}: {failure.error}" for failure in self.failures)
        return "\n".join([*lines, *failed])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in self._header())
        cells = (map(escape, self._row(result)) for result in self.results)
        rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        failed = "".join(
            f"<li>{escape(failure.file)}: {escape(failure.error)}</li>" for failure in self.failures
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return table + (f"<p>Failed:</p><ul>{failed}</ul>" if failed else "")

    @property
    def names(self) -> tuple[str, ...]:
        """Every label that one of the results has, each once."""
        return tuple(dict.fromkeys(name for result in self.results for name in result.names))

    def to_table(self) -> "Table":
        """Return an astropy Table with one row per spectrum; NaN where a model has no such label.

        Columns ``<label>_median``, ``_mean``, ``_std``, ``_q025``, ``_q16``, ``_q84``, ``_q975``
        carry their unit; ``<label>_limit`` is "upper", "lower" or "".
        """
        from astropy.table import Table

        table = Table(self._columns())
        for name in self.names:
            for key in _NUMBERS:
                table[f"{name}_{key}"].unit = get_label(name).unit or None
        return table

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame with the columns of `to_table`.

        Raises
        ------
        StarsieveError
            If pandas is not installed.
        """
        return optional("pandas").DataFrame(self._columns())

    def _columns(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {
            key: [getattr(result, key) for result in self.results]
            for key in ("object", "file", "model")
        }
        for name in self.names:
            found = [r.summary(name) if name in r.names else None for r in self.results]
            for key in _NUMBERS:
                columns[f"{name}_{key}"] = [getattr(each, key, math.nan) for each in found]
            columns[f"{name}_limit"] = [r.limits.get(name, "") for r in self.results]
        columns["in_distribution"] = [bool(r.in_distribution) for r in self.results]
        columns["ood_score"] = [float(r.ood_score) for r in self.results]
        columns["chi2_reduced"] = [
            math.nan if r.chi2_reduced is None else r.chi2_reduced for r in self.results
        ]
        columns["warnings"] = ["; ".join(r.warnings) for r in self.results]
        return columns

    def _header(self) -> list[str]:
        units = {name: short_unit(name) for name in self.names}
        labels = [f"{name} [{unit}]" if unit else name for name, unit in units.items()]
        return ["object", *labels, "chi2_red", "remarks"]

    def _row(self, result: Inference) -> list[str]:
        values = [result.quote(n, unit=False) if n in result.names else "" for n in self.names]
        chi2 = "" if result.chi2_reduced is None else f"{result.chi2_reduced:.2f}"
        return [result.title, *values, chi2, result.remark]
