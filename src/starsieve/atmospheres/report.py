"""Pages about parameters: one per object, an index of many, and one about a model's quality."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starsieve.atmospheres.explained import describe_mean
from starsieve.atmospheres.inference import Inference, short_unit
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.mean_explanation import average_explanations
from starsieve.atmospheres.object_page import INDEX, quoted_value, write_object_page
from starsieve.data.labels import get_label
from starsieve.errors import DataError
from starsieve.reports import (
    Cell,
    Link,
    Page,
    Section,
    Svg,
    Table,
    Text,
    draw_thumbnail,
    write_evaluation,
    write_page,
)

if TYPE_CHECKING:
    pass

__all__ = ["write_evaluation", "write_index", "write_object_page"]


def write_index(
    inferences: Inferences,
    pages: Sequence[Path | None],
    folder: Path,
    title: str = "Parameters from spectra",
) -> Path:
    """Write the page that leads to all objects and lists what failed.

    Parameters
    ----------
    inferences : Inferences
    pages : sequence of Path or None
        Of each of them, in the same order. None: it has no page, and is listed without a link.
    folder : Path
        Of the report.
    title : str

    Raises
    ------
    DataError
        If there is not one entry for each inference.
    FileError
        If the folder can't be written to.
    """
    if len(pages) != len(inferences):
        msg = (
            f"Expected one page (or None) for each of {len(inferences)} objects, got {len(pages)}."
        )
        raise DataError(msg)
    names = inferences.names
    rows: list[list[Cell]] = [
        [
            _link(each, page, folder),
            _thumbnail(each),
            *(quoted_value(each, name) if name in each.names else "" for name in names),
            "" if each.chi2_reduced is None else f"{each.chi2_reduced:.1f}",
            each.remark,
        ]
        for each, page in zip(inferences, pages, strict=True)
    ]
    flagged = frozenset(i for i, each in enumerate(inferences) if each.remark)
    units = [f"{get_label(name).name} ({short_unit(name)})".replace(" ()", "") for name in names]
    columns = ["Object", "Spectrum", *units, "χ²ᵣ", "Remarks"]
    sections = [
        Section("", [Text(_count(inferences)), Table(columns, rows, flagged=flagged)]),
    ]
    explained = [each.explanation for each in inferences if each.explanation is not None]
    if len(explained) > 1:
        mean = describe_mean(average_explanations(explained))
        sections.append(Section(f"What drives the parameters of {len(explained)} spectra", mean))
    if inferences.failures:
        failed = [(failure.file, failure.error) for failure in inferences.failures]
        sections.append(Section("Failed", [Table(["File", "Why"], failed)]))
    return write_page(Page(title, sections), folder / INDEX)


def _link(inference: Inference, page: Path | None, folder: Path) -> Cell:
    if page is None:
        return inference.title
    return Link(inference.title, Path(os.path.relpath(page, folder)).as_posix())


def _thumbnail(inference: Inference) -> Svg:
    spectrum = inference.observed
    flux = np.where(spectrum.usable, spectrum.flux, np.nan)
    if inference.fit is not None:
        wave = inference.fit.wave
        flux = np.where((spectrum.wave >= wave[0]) & (spectrum.wave <= wave[-1]), flux, np.nan)
    return draw_thumbnail(spectrum.wave, flux)


def _count(inferences: Inferences) -> str:
    n_outside = sum(not each.in_distribution for each in inferences)
    n_warned = sum(each.in_distribution and bool(each.warnings) for each in inferences)
    counts = [
        f"{len(inferences)} {'spectrum' if len(inferences) == 1 else 'spectra'}",
        f"{n_warned} with warnings" if n_warned else "",
        f"{n_outside} outside of what the model knows: don't quote those" if n_outside else "",
        f"{len(inferences.failures)} failed" if inferences.failures else "",
    ]
    return (
        "; ".join(filter(None, counts))
        + ". Values are medians with the distances to the 16th and 84th percentiles."
    )
