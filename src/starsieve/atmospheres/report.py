"""Pages about parameters: one per object, an index of many, and one about a model's quality."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from starsieve.atmospheres.explained import describe_drivers
from starsieve.atmospheres.inference import LIMIT_LEVEL, Inference, Inferences, short_unit
from starsieve.data.labels import get_label
from starsieve.errors import DataError
from starsieve.plots import inline_svg, save_figure
from starsieve.reports import (
    Cell,
    Facts,
    Link,
    Notice,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    Value,
    Values,
    as_facts,
    draw_thumbnail,
    file_stem,
    write_evaluation,
    write_page,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_evaluation", "write_index", "write_object_page"]

OBJECTS, FIGURES = "objects", "figures"
"""Folders of a report that hold the objects' pages, and figures in other formats."""

INDEX = "index.html"


def write_object_page(inference: Inference, folder: Path, figures: Sequence[str] = ()) -> Path:
    """Write one object's page; the same inference always has the same file.

    Parameters
    ----------
    inference : Inference
    folder : Path
        Of the report. The page goes into ``objects``, figures into ``figures``.
    figures : sequence of {"pdf", "png", "svg"}
        Formats to write the figures in, too.

    Returns
    -------
    Path

    Raises
    ------
    FileError
        If the folder can't be written to.
    DataError
        If a format is unknown.
    """
    stem = _stem(inference)
    fit = f" · {inference.model}" if inference.model else ""
    page = Page(
        title=inference.title,
        subtitle=f"{Path(inference.file).name}{fit}",
        up=Link("All objects", f"../{INDEX}"),
        sections=[
            Section("", [*_notices(inference), _headline(inference)]),
            Section("Spectrum and posterior", _pictures(inference, folder, stem, figures)),
            Section("Parameters", [_parameter_table(inference)]),
            *_explained(inference, folder, stem, figures),
            Section("Fit quality", _fit_quality(inference)),
            Section("Provenance", [Facts(as_facts(inference.provenance))]),
        ],
    )
    return write_page(page, folder / OBJECTS / f"{stem}.html")


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
            *(_value(each, name) if name in each.names else "" for name in names),
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
    if inferences.failures:
        failed = [(failure.file, failure.error) for failure in inferences.failures]
        sections.append(Section("Failed", [Table(["File", "Why"], failed)]))
    return write_page(Page(title, sections), folder / INDEX)


def _link(inference: Inference, page: Path | None, folder: Path) -> Cell:
    if page is None:
        return inference.title
    return Link(inference.title, Path(os.path.relpath(page, folder)).as_posix())


def _stem(inference: Inference) -> str:
    """Return the name of a page; the flux tells apart two spectra of one file and object."""
    flux = np.ascontiguousarray(inference.observed.flux).tobytes()
    return file_stem(inference.title, Path(inference.file).name, flux)


def _notices(inference: Inference) -> list[Part]:
    notices: list[Part] = []
    if not inference.in_distribution:
        text = "This object is outside of what the model knows; don't quote these numbers."
        notices.append(Notice(text, "bad"))
    return notices + [Notice(_sentence(warning)) for warning in inference.warnings]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _headline(inference: Inference) -> Values:
    values = []
    for name in inference.names:
        note = get_label(name).meaning
        if name in inference.limits:
            note += f"; {LIMIT_LEVEL:.0%} limit"
        values.append(replace(_value(inference, name), unit=short_unit(name), note=note))
    return Values(values)


def _value(inference: Inference, name: str) -> Value:
    """Return the number to quote, without its unit."""
    quoted = inference.quote(name, unit=False).replace("-", "−")
    if name in inference.limits:
        return Value(name, quoted)
    value, above, below = quoted.split(" ")
    return Value(name, value, above.removeprefix("+"), below.removeprefix("−"))


def _pictures(inference: Inference, folder: Path, stem: str, formats: Sequence[str]) -> list[Part]:
    values = ", ".join(f"{name} {inference.quote(name)}" for name in inference.names)
    caption = "The observed spectrum"
    if inference.fit is not None:
        caption += ", the grid's best-fitting model over it, and their difference"
    described = {
        "spectrum": (inference.plot(), f"{caption}.", f"Spectrum of {inference.title}."),
        "corner": (
            inference.plot_corner(),
            f"{len(inference.draws)} draws from the posterior.",
            f"Corner plot of the posterior: {values}.",
        ),
    }
    return [
        Picture(
            Svg(inline_svg(figure, name)), alt, caption, _save(figure, name, folder, stem, formats)
        )
        for name, (figure, caption, alt) in described.items()
    ]


def _save(
    figure: "Figure", name: str, folder: Path, stem: str, formats: Sequence[str]
) -> list[Link]:
    """Write a figure in all formats, and return links to them from an object's page."""
    paths = [save_figure(figure, folder / FIGURES / f"{stem}-{name}.{each}") for each in formats]
    return [Link(path.suffix[1:].upper(), f"../{FIGURES}/{path.name}") for path in paths]


def _explained(
    inference: Inference, folder: Path, stem: str, formats: Sequence[str]
) -> list[Section]:
    """Return the section about wavelengths, if there is an explanation."""
    explained = inference.explanation
    if explained is None:
        return []
    figure = explained.plot(inference.fit, title=inference.title)
    picture = Picture(
        Svg(inline_svg(figure, "explanation")),
        f"Parameters of {inference.title} without each band: {'; '.join(explained.sentences())}.",
        "68 % intervals and medians when one band at a time is missing.",
        _save(figure, "explanation", folder, stem, formats),
    )
    return [Section("What drives the parameters", [picture, *describe_drivers(explained)])]


def _parameter_table(inference: Inference) -> Table:
    rows = []
    for name in inference.names:
        s, digits = inference.summary(name), get_label(name).digits
        numbers = [f"{each:.{digits}f}" for each in (s.median, s.mean, s.std)]
        intervals = [
            f"{a:.{digits}f} to {b:.{digits}f}" for a, b in ((s.q16, s.q84), (s.q025, s.q975))
        ]
        best = inference.fit.parameters.get(name) if inference.fit else None
        limit = inference.quote(name, unit=False) if name in inference.limits else ""
        rows.append(
            [
                name,
                *numbers,
                *intervals,
                limit,
                "" if best is None else f"{best:.{digits}f}",
                short_unit(name),
            ]
        )
    columns = [
        "Parameter",
        "Median",
        "Mean",
        "Std",
        "68 % interval",
        "95 % interval",
        "Limit",
        "Best fit",
        "Unit",
    ]
    flagged = frozenset(i for i, name in enumerate(inference.names) if name in inference.limits)
    return Table(columns, rows, "Quantiles of the posterior's draws.", flagged)


def _fit_quality(inference: Inference) -> list[Part]:
    facts: dict[str, Any] = {}
    if inference.fit is not None:
        fit = inference.fit
        facts = {
            "reduced chi-square": f"{fit.chi2_reduced:.2f}",
            "pixels fitted": fit.n_pixels,
            "free numbers": f"{fit.n_free}, the scale included",
            "scale": fit.scale,
        }
    facts["out-of-distribution score"] = f"{inference.ood_score:.3g}"
    facts["like what the model knows"] = "yes" if inference.in_distribution else "no"
    return [Facts(as_facts(facts))]


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
