"""Pages about what latents mean: a comparison of models, and one page for each."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from starsieve.plots import inline_svg
from starsieve.plots.latents import (
    Colouring,
    Panel,
    plot_bins,
    plot_information,
    plot_informative,
    plot_panels,
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
    as_facts,
    file_stem,
    write_page,
)
from starsieve.representations.meaning import SURE, Meaning

if TYPE_CHECKING:
    from starsieve.representations.disentangle import Disentangled

INDEX = "index.html"
MODELS = "models"

SCORES = {
    "mig": "MIG",
    "disentanglement": "Disentanglement",
    "completeness": "Completeness",
    "informativeness": "Informativeness",
    "sap": "SAP",
}
"""What tables call the scores."""


def write_report(found: "Disentangled", folder: Path) -> Path:
    """Write the comparison of all models and a page for each; return where the first is.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    links = []
    for each in found.meanings:
        path = folder / MODELS / f"{file_stem(each.name, each.name)}.html"
        write_page(_model_page(found, each), path)
        links.append(Link(each.name, f"{MODELS}/{path.name}"))
    sections = [
        Section("", [Text(_opening(found)), *_left_out(found)]),
        Section("Scores", score_parts(found, links)),
        Section("Informative latents", [_informative_table(found, links)]),
        Section("Labels", [_labels_table(found)]),
        Section("Labels that depend on each other", _confounder_parts(found)),
        Section("Provenance", [Facts(as_facts(found.origin))]),
    ]
    return write_page(Page("What the latents mean", sections), folder / INDEX)


def score_parts(found: "Disentangled", links: Sequence[Cell]) -> list[Part]:
    """Return the scores of every model, of the labels themselves, and over models of one size."""
    if found.ceiling is None:
        return [Notice("Can't say: too few spectra have all labels to give MIG, DCI and SAP.")]
    rows: list[list[Cell]] = []
    for each, link in zip(found.meanings, links, strict=True):
        if each.scores is not None:
            rows.append([link, str(each.n_latents), *_scores(each.scores.to_record())])
    rows.append(["the labels themselves", "", *_scores(found.ceiling.to_record())])
    caption = (
        "1 is a latent of its own for every label. Labels that depend on each other keep even "
        "themselves below 1: the last row is the most that can be had. Disentanglement, "
        "completeness and informativeness (R2 of spectra held out) are DCI's; importance by "
        f"{found.options.importance}."
    )
    parts: list[Part] = [Table(["Model", "Latents", *SCORES.values()], rows, caption)]
    several = [row for row in found.spread() if row["n_models"] > 1]
    if several:
        spread = [
            [
                "PCA" if row["baseline"] else "models",
                str(row["n_latents"]),
                str(row["n_models"]),
                *(f"{row['mean'][name]:.3f} ± {row['deviation'][name]:.3f}" for name in SCORES),
            ]
            for row in several
        ]
        columns = ["Of", "Latents", "Models", *SCORES.values()]
        parts.append(Table(columns, spread, "Mean and deviation over models of one size."))
    return parts


def _model_page(found: "Disentangled", meaning: Meaning) -> Page:
    sections = [
        Section("Informative latents", _informative_parts(meaning)),
        Section("Mutual information", _information_parts(meaning)),
        Section("Against labels", _scatter_parts(found, meaning)),
        Section("Beyond a confounder", [_partial_table(meaning)]),
        Section("By histogram, as first published", _histogram_parts(found, meaning)),
    ]
    of = "principal components" if meaning.baseline else "latents"
    subtitle = f"{meaning.n_latents} {of} of {len(meaning.codes)} spectra"
    return Page(meaning.name, sections, subtitle, Link("All models", f"../{INDEX}"))


def _informative_parts(meaning: Meaning) -> list[Part]:
    scale = "MAD relative to the first" if meaning.baseline else "Median absolute deviation"
    parts: list[Part] = []
    for found, measure, name in ((meaning.mad, scale, "mad"), (meaning.kl, "KL (nats)", "kl")):
        if found is None:
            parts.append(Text("The model gives no posteriors, so there is no divergence to show."))
            continue
        figure = plot_informative(found, measure)
        words = (
            f"{found.count} of {meaning.n_latents} latents are above {found.threshold:g}. The "
            f"count is the same for thresholds from {found.low:.2g} to {found.high:.2g}."
        )
        parts.append(_picture(figure, name, f"{measure} of each latent. {words}", words))
    return parts


def _information_parts(meaning: Meaning) -> list[Part]:
    rows = list(meaning.information.values())
    errors = np.array([[each.error for each in row] for row in rows]).T
    sure = np.array([[each.p_value < SURE for each in row] for row in rows]).T
    figure = plot_information(meaning.table(), errors, list(meaning.information), sure)
    caption = (
        "By nearest neighbours, with standard errors; grey where shuffled pairings give as much "
        f"in {SURE:.0%} of cases or more. Table: the best latent, what shuffled pairings give, and "
        "the probability that the best of as many latents says as much by chance."
    )
    table = [
        [
            label,
            str(meaning.best(label)),
            str(row[meaning.best(label)]),
            f"{row[0].null_mean:z.3f} ± {row[0].null_scatter:.3f}",
            meaning.chance_text(label),
            str(row[0].n),
        ]
        for label, row in meaning.information.items()
    ]
    columns = ["Label", "Best latent", "Information (nats)", "Shuffled", "By chance", "Spectra"]
    return [
        _picture(figure, "information", "Map of mutual information.", caption),
        _table(columns, table),
    ]


def _scatter_parts(found: "Disentangled", meaning: Meaning) -> list[Part]:
    latents, known = meaning.codes.latents, found.selection.known
    colouring = Colouring(*found.colour())
    panels = [
        Panel(known.values[label], latents[:, best], label, f"Latent {best}")
        for label in meaning.information
        for best in [meaning.best(label)]
    ]
    caption = f"Each label and the latent that says most about it; colour: {colouring.name}."
    parts: list[Part] = [_picture(plot_panels(panels, colouring), "scatter", caption, caption)]
    if meaning.n_latents > 1:
        one, two = meaning.leading()
        panel = Panel(latents[:, one], latents[:, two], f"Latent {one}", f"Latent {two}")
        maps = [
            plot_panels([panel], Colouring(name, colours))
            for name, colours in {**known.values, colouring.name: colouring.values}.items()
            if name in (colouring.name, *meaning.information)
        ]
        for number, figure in enumerate(maps):
            words = "Two latents that say most of labels. Axes may leave out the outermost 0.5 %."
            parts.append(_picture(figure, f"map-{number}", words, "" if number else words))
    return parts


def _histogram_parts(found: "Disentangled", meaning: Meaning) -> list[Part]:
    last = found.options.bins[-1]
    text = (
        "Counting in bins finds information where there is none, the more bins the more. Above: "
        "each row as a share of its largest value, as first published; below: less what shuffled "
        "pairings count, and the estimate by neighbours."
    )
    parts: list[Part] = [Text(text)]
    for number, (label, rows) in enumerate(meaning.histograms.items()):
        counted = np.array([[each.value for each in row] for row in rows])
        bias = np.array([[each.bias for each in row] for row in rows])
        by_neighbours = np.array([each.value for each in meaning.information[label]])
        figure = plot_bins(counted, bias, found.options.bins, by_neighbours, label)
        caption = (
            f"{label}: with {last} bins shuffled pairings count {bias[-1].mean():.2f} nats; the "
            f"first-order formula for well-filled bins gives {rows[-1][0].first_order:.2f}."
        )
        parts.append(_picture(figure, f"bins-{number}", caption, caption))
    return parts


def _partial_table(meaning: Meaning) -> Part:
    if not meaning.partial:
        return Text("No label depends on another one so that a latent could say it by the way.")
    rows = [
        [
            str(each.latent),
            each.label,
            each.given,
            str(each.plain),
            str(each.conditional),
            f"{each.conditional.null_mean:z.3f} ± {each.conditional.null_scatter:.3f}",
            f"{each.conditional.p_value:.3f}",
        ]
        for each in meaning.partial
    ]
    caption = (
        "Information in nats on a label, and on the same label for spectra of nearly the same "
        "value of what it depends on most. What vanishes there was said by the way; what grows was "
        "hidden."
    )
    columns = ["Latent", "Label", "Given", "Plain", "Conditional", "Shuffled", "p"]
    return Table(columns, rows, caption)


def _confounder_parts(found: "Disentangled") -> list[Part]:
    if not found.dependence:
        return [Text("There is one label only.")]
    rows = [[a, b, str(each), f"{each.p_value:.3f}"] for (a, b), each in found.dependence.items()]
    parts: list[Part] = []
    known, meaning = found.selection.known, found.meanings[0]
    pair = max(found.dependence, key=lambda each: found.dependence[each].value)
    if {"teff", "logg"} <= set(found.selection.labels):
        pair = ("teff", "logg")
    latent = meaning.best(pair[1])
    panel = Panel(known.values[pair[0]], known.values[pair[1]], *pair)
    colouring = Colouring(f"Latent {latent}", meaning.codes.latents[:, latent])
    figure = plot_panels([panel], colouring)
    caption = (
        f"{pair[1]} against {pair[0]}, coloured by latent {latent} of {meaning.name}, which says "
        f"most about {pair[1]}. Colours that change along {pair[0]} only tell of {pair[0]}."
    )
    parts.append(_picture(figure, "confounders", caption, caption))
    return [*parts, _table(["Label", "Label", "Information (nats)", "p"], rows)]


def _informative_table(found: "Disentangled", links: Sequence[Cell]) -> Table:
    rows: list[list[Cell]] = []
    for each, link in zip(found.meanings, links, strict=True):
        kl = "" if each.kl is None else f"{each.kl.count}"
        mad = each.mad
        same = f"{mad.low:.2g} to {mad.high:.2g}"
        numbers = ", ".join(map(str, mad.rows[:12].tolist())) + (" ..." if mad.count > 12 else "")
        rows.append([link, str(each.n_latents), str(mad.count), same, kl, numbers])
    columns = ["Model", "Latents", "By MAD", "Same count for", "By KL", "Which"]
    return Table(columns, rows)


def _labels_table(found: "Disentangled") -> Table:
    rows = [
        [use.name, str(use.n), str(use.n_unknown), str(use.n_clipped), use.reason or "used"]
        for use in found.selection.uses
    ]
    clip = f"Clipped: beyond {found.options.sigma_clip:g} standard deviations of the median."
    return Table(["Label", "Spectra", "Not known", "Clipped", "Remark"], rows, clip)


def _opening(found: "Disentangled") -> str:
    n, names = len(found.selection.known), ", ".join(found.selection.labels)
    return f"{n} spectra, {len(found.meanings)} models, labels: {names}."


def _left_out(found: "Disentangled") -> list[Part]:
    notes = found.selection.notes
    return [Text(f"Left out: {'; '.join(notes)}.")] if notes else []


def _scores(record: dict[str, Any]) -> list[str]:
    return [f"{record[name]:.3f}" if np.isfinite(record[name]) else "" for name in SCORES]


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    return Table(columns, rows)


def _picture(figure: Any, name: str, alt: str, caption: str) -> Picture:
    return Picture(Svg(inline_svg(figure, name)), alt, caption)
