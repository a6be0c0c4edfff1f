"""A list of spectra: what is found, as rows for pages, programs and files."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starsieve.archive import Archive, LabelRow
from starsieve.archive.spectrum_filters import SpectrumCounts
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.archive.spectrum_lists import SpectrumRow, describe_spectra
from starsieve.archive.spectrum_values import KnownValues, Quantity, read_known_values
from starsieve.data.labels import get_label
from starsieve.web.cached import Cached
from starsieve.web.lists.spectrum_query import SpectrumQuery
from starsieve.web.tables import Column, WebTable

TELLING = ("teff", "spt", "logg", "mh", "feh", "snr")
"""Labels that are shown if nobody asks for others."""

MOST_LABELS = 4
SPECTRAL_CLASSES = "MLTY"
"""Ten types each; M0 is 0."""

QUANTILES = ("median", "q16", "q84")

_known: Cached[KnownValues] = Cached(8)


@dataclass(frozen=True, slots=True)
class SpectrumList:
    """Some of the spectra that are asked for.

    Parameters
    ----------
    query : SpectrumQuery
    counts : SpectrumCounts
        Of all that are asked for.
    rows : tuple of SpectrumRow
    known : KnownValues
        What lists can be narrowed and sorted by.
    labels : tuple of Quantity
        That are shown.
    model : str, optional
        Whose predictions are shown.
    """

    query: SpectrumQuery
    counts: SpectrumCounts
    rows: tuple[SpectrumRow, ...]
    known: KnownValues
    labels: tuple[Quantity, ...]
    model: str | None

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        """What the model predicts."""
        return () if self.model is None else self.known.models.get(self.model, ())

    @property
    def table(self) -> WebTable:
        """Every number in a column of its own."""
        return WebTable("spectra", self._columns(), [self._cells(row) for row in self.rows])

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as they go into JSON."""
        return [_record(row) for row in self.rows]

    def _columns(self) -> list[Column]:
        columns = [*_COLUMNS]
        for label in self.labels:
            meaning = get_label(label.name).meaning or f"label {label.name}"
            columns.append(Column(label.name, unit=label.unit, meaning=meaning))
            columns.append(Column(f"{label.name}_error", unit=label.unit, meaning="its error"))
        for parameter in self.parameters:
            for quantile in QUANTILES:
                name, words = f"predicted_{parameter.name}_{quantile}", f"{quantile}, {self.model}"
                columns.append(Column(name, unit=parameter.unit, meaning=words))
        if self.model is not None:
            meaning = f"whether it is like what {self.model} was trained on"
            columns.append(Column("in_distribution", meaning=meaning))
        return columns

    def _cells(self, row: SpectrumRow) -> dict[str, Any]:
        cells: dict[str, Any] = {
            name: getattr(row, name) for name in _ATTRIBUTES if name not in ("star", "target")
        }
        cells |= {"star": row.target_name, "target": row.target}
        for name, label in row.labels.items():
            cells |= {name: label.value, f"{name}_error": label.error}
        if row.prediction is not None:
            cells["in_distribution"] = row.prediction.in_distribution
            for name, numbers in row.prediction.parameters.items():
                cells |= {f"predicted_{name}_{q}": numbers.get(q) for q in QUANTILES}
        return cells


_COLUMNS = (
    Column("id", "number", meaning="Number in the archive", ucd="meta.id;meta.main"),
    Column("object", meaning="Name in the file", ucd="meta.id"),
    Column("collection"),
    Column("file", meaning="Name of the file it comes from", ucd="meta.file"),
    Column("target", "star's number", meaning="Number of its star in the archive"),
    Column("star", meaning="Name of its star"),
    Column("n_pixels", "pixels", meaning="Number of pixels"),
    Column("flux_unit", "unit of flux"),
    Column("medium", meaning="Of the wavelengths in the file"),
    Column("frame", meaning="Velocity frame of the wavelengths"),
    Column("resolution", "R", meaning="Resolving power", digits=0, ucd="spect.resolution"),
)
_ATTRIBUTES = tuple(column.name for column in _COLUMNS)


def read_list(
    archive: Archive, index: SpectrumIndex, query: SpectrumQuery, limit: int, offset: int = 0
) -> SpectrumList:
    """Return some of the spectra that a query means.

    Raises
    ------
    NotInArchiveError
        If there is no such collection.
    DataError
        If a distribution is asked for without a model.
    """
    found = index.find(query.to_filter(), query.to_order())
    known = known_values(archive)
    labels = _shown_labels(known.labels, query.label)
    model = query.model or next(iter(known.models), None)
    rows = describe_spectra(
        archive,
        found.ids[offset : offset + limit].tolist(),
        labels=[label.name for label in labels],
        model=model,
    )
    return SpectrumList(query, found.counts, rows, known, labels, model)


def known_values(archive: Archive) -> KnownValues:
    """Return what lists can be narrowed and sorted by."""
    state = (str(archive.root), archive.catalogue.stamp())
    return _known.get(state, lambda: read_known_values(archive))


def show_label(label: LabelRow | None) -> str:
    """Return a label as people read it."""
    return "" if label is None else show_value(label.name, label.value)


def show_value(name: str, value: float) -> str:
    """Return a value as people read it; a spectral type with its letter.

    Examples
    --------
    >>> show_value("spt", 15.5), show_value("teff", 1234.56)
    ('L5.5', '1235')
    """
    rounded = round(value, 1)
    if name == "spt" and 0 <= rounded < 10 * len(SPECTRAL_CLASSES):
        return f"{SPECTRAL_CLASSES[int(rounded // 10)]}{rounded % 10:g}"
    return f"{value:.{get_label(name).digits}f}"


def show_predicted(row: SpectrumRow, parameter: str) -> tuple[str, str]:
    """Return the median of a parameter and half of its 68 % interval, as people read them."""
    numbers = {} if row.prediction is None else row.prediction.parameters.get(parameter, {})
    median, low, high = (numbers.get(q, math.nan) for q in QUANTILES)
    digits = get_label(parameter).digits
    if not math.isfinite(median):
        return "", ""
    half = (high - low) / 2
    return f"{median:.{digits}f}", f"{half:.{digits}f}" if math.isfinite(half) else ""


def title_of(row: SpectrumRow) -> str:
    """Return what a spectrum is called."""
    return row.object or row.target_name or row.file or f"spectrum {row.id}"


def _shown_labels(known: Sequence[Quantity], asked: Iterable[str]) -> tuple[Quantity, ...]:
    by_name: Mapping[str, Quantity] = {label.name: label for label in known}
    wanted = list(asked) or [name for name in TELLING if name in by_name][:MOST_LABELS]
    return tuple(by_name[name] for name in dict.fromkeys(wanted) if name in by_name)


def _record(row: SpectrumRow) -> dict[str, Any]:
    star = None if row.target is None else {"id": row.target, "name": row.target_name}
    said = row.prediction
    return {
        **{name: getattr(row, name) for name in _ATTRIBUTES if name not in ("star", "target")},
        "target": star,
        "labels": {
            name: {
                "value": label.value,
                "error": label.error,
                "unit": label.unit,
                "origin": label.origin,
                "of": "spectrum" if label.target is None else "star",
            }
            for name, label in row.labels.items()
        },
        "prediction": None
        if said is None
        else {
            "model": said.model,
            "in_distribution": said.in_distribution,
            "parameters": {
                name: {key: numbers.get(key) for key in (*QUANTILES, "unit")}
                for name, numbers in said.parameters.items()
            },
        },
        "href": f"/spectra/{row.id}",
    }
