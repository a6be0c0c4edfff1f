"""The page about the spectra that are like one."""

from pathlib import Path

import numpy as np

from starsieve.plots import inline_svg
from starsieve.plots.similar import plot_overlay
from starsieve.reports import (
    Cell,
    Facts,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    as_facts,
    draw_thumbnail,
    write_page,
)
from starsieve.representations.differences import Overlay
from starsieve.representations.similar_result import Neighbour, Similar

PAGE = "similar.html"


def write_similar(found: Similar, folder: Path) -> Path:
    """Write the page: a table of all neighbours, and each of them over the query.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    name = Path(found.query).name
    sections = [
        Section("", [Text(f"Distance: {found.definition}."), _table(found)]),
        *(_section(number, each, name) for number, each in enumerate(found, start=1)),
    ]
    if found.failures:
        failed = [(failure.file, failure.error) for failure in found.failures]
        sections.append(Section("Not compared", [Table(["File", "Why"], failed)]))
    sections.append(Section("Provenance", [Facts(as_facts(_provenance(found)))]))
    title = f"Spectra like {name}"
    return write_page(Page(title, sections, f"among {found.n_compared}"), folder / PAGE)


def _table(found: Similar) -> Table:
    rows: list[list[Cell]] = [["query", _thumbnail(found), "", "", "", ""]]
    rows += [
        [
            each.title,
            ""
            if each.overlay is None
            else draw_thumbnail(
                each.overlay.wave, np.where(each.overlay.valid, each.overlay.model, np.nan)
            ),
            f"{each.distance:.3f}",
            "" if each.velocity is None else f"{each.velocity:.1f}",
            ", ".join(f"{label} {value:.4g}" for label, value in each.labels.items()),
            f"{each.id}",
        ]
        for each in found
    ]
    return Table(["Object", "Spectrum", "Distance", "Velocity (km/s)", "Labels", "Number"], rows)


def _thumbnail(found: Similar) -> Svg:
    spectrum = found.spectrum
    return draw_thumbnail(spectrum.wave, np.where(spectrum.usable, spectrum.flux, np.nan))


def _section(number: int, each: Neighbour, query: str) -> Section:
    facts = {
        "distance": each.distance,
        "distance of latents": each.latent_distance,
        "distance of spectra": each.spectrum_distance,
        "labels": dict(each.labels),
        "velocity of the query relative to it (km/s)": each.velocity,
        "flux of the query over its own": each.scale,
        "pixels in common": each.n_common or None,
        "common wavelengths (um)": None
        if each.common_um is None
        else f"{each.common_um[0]:.4g} to {each.common_um[1]:.4g}",
        "differs most in": "; ".join(map(str, each.differences)) or None,
        "file": each.file,
    }
    parts: list[Part] = []
    if each.overlay is not None:
        parts.append(_picture(number, each, each.overlay, query))
    return Section(f"{number}. {each.title}", [*parts, Facts(as_facts(facts))])


def _picture(number: int, each: Neighbour, overlay: Overlay, query: str) -> Picture:
    sigma = np.divide(
        1.0, np.sqrt(overlay.weight), out=np.ones_like(overlay.weight), where=overlay.valid
    )
    figure = plot_overlay(
        overlay.wave,
        overlay.flux,
        overlay.model,
        sigma,
        overlay.valid,
        names=(query, each.title),
        ranges=[(d.low_um, d.high_um) for d in each.differences],
    )
    caption = "Shaded: where the two differ most."
    alt = f"The query and {each.title} over it, and their difference."
    return Picture(Svg(inline_svg(figure, f"overlay{number}")), alt, caption)


def _provenance(found: Similar) -> dict[str, object]:
    return {
        "query": found.query,
        "collection": found.collection,
        "by": found.by,
        "model": found.model,
        "spectra that could have been found": found.n_compared,
        "notes": list(found.notes) or None,
    }
