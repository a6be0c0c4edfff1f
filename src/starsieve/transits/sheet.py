"""One candidate's sheet, as a page and as PDF: everything that a person needs to judge it."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starsieve.plots import (
    inline_svg,
    plot_vetting_sheet,
    plot_views,
    save_pages,
)
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
    file_stem,
    write_page,
)
from starsieve.transits.vetting import Vetted, Vetting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEETS = "sheets"
"""Folder of a report that holds the sheets."""

INDEX = "index.html"

EXOFOP = "https://exofop.ipac.caltech.edu/tess/target.php?id={tic}"
MAST = "https://mast.stsci.edu/portal/Mashup/Clients/Mast/Portal.html?searchQuery=TIC{tic}"

SUMMARY = (
    "A the whole light curve with its trend, B the full orbit, C the deepest dip elsewhere, "
    "D the transit with its model, E what the model leaves, F odd and even transits, "
    "G difference image, H numbers."
)
SEEN = "Folded, binned, and scaled to a depth of one; views that could not be made are absent."

FITTED = (
    ("period_days", "Period", "d", 6),
    ("epoch_btjd", "Epoch", "BTJD", 5),
    ("duration_hours", "Duration", "h", 3),
    ("ingress_hours", "Ingress", "h", 3),
    ("depth_ppm", "Depth", "ppm", 0),
    ("rp_rs", "Rp/R*", "", 5),
    ("impact", "Impact parameter", "", 3),
    ("a_rs", "a/R*", "", 2),
    ("density_solar", "Density of the star, by the transit", "Sun", 3),
    ("radius_earth", "Planet radius", "Earth radii", 2),
    ("a_au", "Semi-major axis", "au", 4),
    ("insolation_earth", "Insolation", "Earth", 1),
    ("teq_k", "Equilibrium temperature", "K", 0),
)
"""What a sheet shows of a fit: name, words, unit, digits."""


def write_sheet(
    vetting: Vetting, vetted: Vetted, folder: Path, *, pdf: bool = True, alone: str = ""
) -> Path:
    """Write one candidate's sheet; return the path of its page.

    Parameters
    ----------
    vetting : Vetting
        Of the star.
    vetted : Vetted
        One of its candidates.
    folder : Path
        Of the report.
    pdf : bool
        Whether it is written as PDF, too: the summary, then what the classifier saw.
    alone : str
        Title of a sheet that belongs to no report: then it is ``sheet.html`` in that folder.
    """
    title = alone or sheet_title(vetting, vetted)
    origin = vetting.observed.file, repr(sorted(vetting.observed.hashes.items()))
    place = folder / "sheet" if alone else folder / SHEETS / file_stem(title, *origin)
    figures = _figures(vetting, vetted, title)
    downloads = []
    if pdf and figures:
        path = save_pages(list(figures.values()), place.with_name(f"{place.name}.pdf"))
        downloads.append(Link("PDF", path.name))
    sections = [
        Section("", [*_notices(vetted), _headline(vetted), _links(vetting)]),
        Section("Summary", _pictures(figures, "summary", SUMMARY, title, downloads)),
        Section("Why", _reasons(vetted)),
        Section("Parameters", [_parameters(vetted)]),
        Section("Data validation", [Facts(as_facts(vetted.stated))]),
        Section("Star", [Facts(as_facts(_star(vetting)))]),
        Section("What the classifier saw", _pictures(figures, "views", SEEN, title)),
        Section("Provenance", [Facts(as_facts(vetting.provenance))]),
    ]
    page = Page(
        title=title,
        subtitle=f"{Path(vetting.observed.file).name} · {vetting.model}",
        up=None if alone else Link("All candidates", f"../{INDEX}"),
        sections=[each for each in sections if _says_something(each)],
    )
    return write_page(page, place.with_name(f"{place.name}.html"))


def _figures(vetting: Vetting, vetted: Vetted, title: str) -> dict[str, "Figure"]:
    figures: dict[str, Figure] = {}
    if vetted.signal is not None:
        facts = _summary(vetting, vetted)
        figures["summary"] = plot_vetting_sheet(vetted.signal, facts, vetted.image, title=title)
    if views := vetted.views.arrays():
        figures["views"] = plot_views(views)
    return figures


def _says_something(section: Section) -> bool:
    return any(not isinstance(part, Facts) or part.facts for part in section.parts)


def sheet_title(vetting: Vetting, vetted: Vetted) -> str:
    """Return what a candidate is called: its star and its number."""
    return f"{vetting.target} · signal {vetted.number}"


def _notices(vetted: Vetted) -> list[Part]:
    known = [Text(f"Known: {match}.") for match in vetted.matches]
    warnings = [*vetted.warnings, *vetted.verdict.warnings]
    return [*(Notice(as_sentence(warning)) for warning in warnings), *known]


def as_sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _headline(vetted: Vetted) -> Values:
    verdict = vetted.verdict
    others = [
        Value(name.capitalize(), f"{probability:.2f}", note="probability")
        for name, probability in verdict.class_probabilities.items()
        if name != "planet"
    ]
    spread = f"± {verdict.spread:.2f} over the ensemble"
    return Values([Value("Planet", f"{verdict.planet_probability:.2f}", note=spread), *others])


def _links(vetting: Vetting) -> Part:
    tic = vetting.observed.star.tic
    if tic is None:
        return Text("The light curve names no TIC number, so there is nothing to link to.")
    return Table(
        ("Elsewhere", "What is there"),
        [
            [Link("ExoFOP", EXOFOP.format(tic=tic)), "follow-up observations and dispositions"],
            [Link("MAST", MAST.format(tic=tic)), "light curves, pixels and data validation"],
        ],
    )


def _summary(vetting: Vetting, vetted: Vetted) -> list[tuple[str, str]]:
    """Return what panel H shows."""
    candidate, star = vetted.candidate, vetting.observed.star
    shown = [
        ("P(planet)", f"{vetted.verdict.planet_probability:.2f} ± {vetted.verdict.spread:.2f}")
    ]
    measured = {} if vetted.fit is None else vetted.fit.measured
    for name, words, unit, digits in FITTED[:3] + FITTED[4:7] + FITTED[9:10]:
        if name in measured:
            value = measured[name]
            number, error = _rounded(value.value, [value.err], digits)
            text = f"{number} ± {error}" if error else number
            shown.append((f"{words} ({unit})".replace(" ()", ""), text))
    shown += [("S/N (white, correlated)", f"{candidate.snr:.1f}, {candidate.snr_pink:.1f}")]
    if candidate.odd_even_sigma is not None:
        shown.append(("Odd-even", f"{candidate.odd_even_sigma:.1f}σ"))
    if candidate.secondary_snr is not None and candidate.secondary_phase is not None:
        at = f"{candidate.secondary_snr:.1f}σ at phase {candidate.secondary_phase:.2f}"
        shown.append(("Secondary", at))
    if vetted.fit is not None and vetted.fit.density_sigma is not None:
        shown.append(("Density: transit − star", f"{vetted.fit.density_sigma:+.1f}σ"))
    star_values = (
        ("Teff", star.teff, "K", 0),
        ("R*", star.radius, "Sun", 2),
        ("Tmag", star.tmag, "", 2),
    )
    known = [
        f"{name} {value:.{n}f} {unit}".strip() for name, value, unit, n in star_values if value
    ]
    return [*shown, ("Star", ", ".join(known) or "unknown")]


def _pictures(
    figures: Mapping[str, "Figure"],
    name: str,
    caption: str,
    title: str,
    downloads: Sequence[Link] = (),
) -> list[Part]:
    if name not in figures:
        return []
    svg = Svg(inline_svg(figures[name], name))
    return [Picture(svg, f"{name.capitalize()} of {title}.", caption, downloads)]


def _reasons(vetted: Vetted) -> list[Part]:
    rows = [[what, f"{weight:+.2f}"] for what, weight in vetted.verdict.reasons]
    caption = (
        "By how much the log odds of a planet would fall without each (negative: it speaks against "
        "a planet)."
    )
    if not rows:
        return [Text("The model gives no reasons.")]
    return [Table(("What the classifier went by", "Weight"), rows, caption)]


def _parameters(vetted: Vetted) -> Table:
    candidate = vetted.candidate
    found = candidate.to_record()
    measured = {} if vetted.fit is None else vetted.fit.measured
    rows: list[list[Cell]] = []
    for name, words, unit, digits in FITTED:
        searched, fitted = found.get(name), measured.get(name)
        if searched is None and fitted is None:
            continue
        cell: Cell = ""
        if fitted is not None:
            distances = [fitted.high - fitted.value, fitted.value - fitted.low]
            cell = Value(words, *_rounded(fitted.value, distances, digits))
        rows.append([words, "" if searched is None else f"{searched:.{digits}f}", cell, unit])
    return Table(("Parameter", "Search", "Fit", "Unit"), rows, "Fit: median and 68 % interval.")


def _rounded(value: float, errors: Sequence[float], digits: int) -> list[str]:
    """Return a value and its errors with two digits of the smaller error; no errors if unknown.

    Examples
    --------
    >>> _rounded(4.180121, [0.000094, 0.0001], 6), _rounded(1004.37, [183.0, 160.0], 1)
    (['4.180121', '0.000094', '0.000100'], ['1004', '183', '160'])
    """
    if not all(math.isfinite(error) and error > 0 for error in errors):
        return [f"{value:.{digits}f}", *("" for _ in errors)]
    digits = max(0, 1 - math.floor(math.log10(min(errors))))
    return [f"{number:.{digits}f}" for number in (value, *errors)]


def _star(vetting: Vetting) -> Mapping[str, Any]:
    star = vetting.observed.star
    names = {
        "tic": "TIC", "ra": "RA (deg)", "dec": "Dec (deg)", "tmag": "Tmag", "teff": "Teff (K)",
        "logg": "log g", "mh": "[M/H]", "radius": "radius (Sun)", "mass": "mass (Sun)",
        "density": "density (Sun)", "distance_pc": "distance (pc)",
        "contamination": "contamination", "source": "from",
    }  # fmt: skip
    shown = {words: getattr(star, name) for name, words in names.items()}
    rotation = vetting.rotation_days
    return shown | {"rotation (d)": None if rotation is None else f"{rotation:.3g}"}
