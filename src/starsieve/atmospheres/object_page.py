"""The page about one object's parameters."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from starsieve.atmospheres.explained import describe_drivers
from starsieve.atmospheres.inference import LIMIT_LEVEL, Inference, short_unit
from starsieve.atmospheres.verdict import verdict_of
from starsieve.atmospheres.which_grid import describe_grids
from starsieve.data.labels import get_label
from starsieve.plots import inline_svg, save_figure
from starsieve.reports import (
    Facts,
    Link,
    Notice,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Value,
    Values,
    as_facts,
    file_stem,
    write_page,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
            *_which_grid(inference),
            *_to_scale(inference, folder, stem, figures),
            *_explained(inference, folder, stem, figures),
            Section("Fit quality", _fit_quality(inference)),
            Section("Provenance", [Facts(as_facts(inference.provenance))]),
        ],
    )
    return write_page(page, folder / OBJECTS / f"{stem}.html")


def _which_grid(inference: Inference) -> list[Section]:
    """Return the section about the grids, if there are several."""
    if not inference.grids:
        return []
    return [Section("Which grid", [describe_grids(inference.grids)])]


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
        values.append(replace(quoted_value(inference, name), unit=short_unit(name), note=note))
    return Values(values)


def quoted_value(inference: Inference, name: str) -> Value:
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
    if inference.predictive is not None:
        caption += "; shaded, where 68 and 95 % of the predicted spectra are"
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


def _to_scale(
    inference: Inference, folder: Path, stem: str, formats: Sequence[str]
) -> list[Section]:
    """Return the section about radius and luminosity, if a distance was given."""
    physical = inference.physical
    if physical is None:
        return []
    rows = []
    for name, each in physical.summaries().items():
        numbers = [f"{number:.3f}" for number in (each.median, each.mean, each.std)]
        pairs = ((each.q16, each.q84), (each.q025, each.q975))
        rows.append([name, *numbers, *[f"{a:.3f} to {b:.3f}" for a, b in pairs], each.unit])
    columns = ["Quantity", "Median", "Mean", "Std", "68 % interval", "95 % interval", "Unit"]
    caption = f"At {physical.distance}; luminosity is that of a sphere of the radius and Teff."
    parts: list[Part] = [Table(columns, rows, caption)]
    if inference.fit is not None and inference.fit.freedom > 0:
        figure = inference.plot_radius()
        text = f"Chi-square against radius of {inference.title}: {physical.quote('radius')}."
        said = "Reduced chi-square of the best-fitting model, and its p-value, against the radius."
        links = _save(figure, "radius", folder, stem, formats)
        parts.append(Picture(Svg(inline_svg(figure, "radius")), text, said, links))
    return [Section("Radius and luminosity", parts)]


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
            "degrees of freedom": fit.freedom,
            "p-value": f"{fit.p_value:.2g}",
        }
    if (predictive := inference.predictive) is not None:
        facts["posterior predictive p-value"] = f"{predictive.p_value:.2g}"
    if (refined := inference.refined) is not None:
        facts |= {
            "posterior predictive p-value, errors fitted": f"{refined.p_value:.2g}",
            "error fitted beside the stated ones": f"{np.median(refined.inflation):.2%} of the "
            "mean flux",
            "effective number of draws": f"{refined.ess:.0f} of {len(inference.draws)}",
        }
    facts["out-of-distribution score"] = f"{inference.ood_score:.3g}"
    facts["verdict"] = verdict_of(inference)
    return [Facts(as_facts(facts))]
