"""The page about a model grid."""

from itertools import combinations
from pathlib import Path

import numpy as np

from starsieve.atmospheres.grids.axes import show
from starsieve.atmospheres.grids.collisions import Collisions
from starsieve.atmospheres.grids.pictures import draw_grid
from starsieve.atmospheres.grids.result import GridCheck
from starsieve.data import SpectrumSet
from starsieve.plots import (
    Ticks,
    inline_svg,
    plot_grid_ceilings,
    plot_grid_confusions,
    plot_grid_coverage,
    plot_grid_energy,
)
from starsieve.reports import (
    Facts,
    Notice,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    as_facts,
    write_page,
)

PAGE = "grid.html"
MOST_PATTERNS = 40
MOST_GROUPS = 12


def write_grid_report(check: GridCheck, folder: Path, spectra: SpectrumSet | None = None) -> Path:
    """Write the page about a model grid; return where it is.

    Parameters
    ----------
    check : GridCheck
    folder : Path
    spectra : SpectrumSet, optional
        Those that were checked, to be drawn along each label and as features.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    low, high = check.wave_range
    findings = check.findings()
    notices: list[Part] = [Notice(finding) for finding in findings]
    if not findings:
        notices.append(Notice("Nothing was found that stands against training on it.", "good"))
    sections = [
        Section("", notices),
        Section("Labels", [_labels(check)]),
        Section("Coverage", _coverage(check)),
        Section("Copies", _collisions(check.copies, "identical")),
        Section("Closer than the noise", _near(check)),
        Section("Ceilings", _ceilings(check)),
        Section("Energy", _energy(check)),
        *([] if spectra is None else draw_grid(spectra)),
        Section("How it was compared", [Facts(as_facts(check.to_record()["compared"]))]),
    ]
    subtitle = (
        f"{check.n_spectra} spectra of {check.n_pixels} pixels, {low:.4g} to {high:.4g} micron"
    )
    return write_page(Page(f"Model grid {check.name}", sections, subtitle), Path(folder) / PAGE)


def _labels(check: GridCheck) -> Table:
    head, *rows = check.rows()
    return Table(head, rows, "Values of each label, and what the best of all methods can reach.")


def _coverage(check: GridCheck) -> list[Part]:
    coverage = check.coverage
    text = (
        f"{len(coverage.filled)} of {coverage.n_nodes} nodes of the hypercube hold a spectrum "
        f"({coverage.share:.1%}); {coverage.n_repeated} hold several."
    )
    varied = [axis for axis in check.axes if len(axis) > 1]
    if len(varied) < 2:
        return [Text(text)]
    pairs = {
        (one.name, other.name): coverage.by_pair(one.name, other.name)
        for one, other in combinations(varied, 2)
    }
    figure = plot_grid_coverage([_ticks(check, axis.name) for axis in varied], pairs)
    caption = "For each pair of labels, the share of the nodes that holds a spectrum."
    return [Text(text), Picture(Svg(inline_svg(figure, "coverage")), caption, caption)]


def _collisions(found: Collisions, what: str) -> list[Part]:
    if not found.members:
        return [Text(f"No spectra are {what} under different labels.")]
    text = (
        f"{found.n_spectra} spectra in {len(found.members)} groups are {what} under different "
        f"labels; {found.n_distinct} differ."
    )
    patterns = [
        [pattern.text, str(pattern.n_groups), str(pattern.n_spectra)]
        for pattern in found.patterns()[:MOST_PATTERNS]
    ]
    groups = [[found.name(rows), str(len(rows))] for rows in found.members[:MOST_GROUPS]]
    return [
        Text(text),
        Table(["Tied", "Groups", "Spectra"], patterns, "How labels differ within the groups."),
        Table(["Group", "Spectra"], groups, f"The largest {len(groups)} groups."),
    ]


def _near(check: GridCheck) -> list[Part]:
    if check.near.members and not check.has_near:
        return [Text(f"At S/N {check.snr:g}, no spectra but copies.")]
    return _collisions(check.near, f"alike at S/N {check.snr:g}")


def _ceilings(check: GridCheck) -> list[Part]:
    labels = list(dict.fromkeys(each.label for each in check.ceilings))
    if not labels:
        return [Text("No label varies.")]
    levels = check.snr_levels[:-1]
    figure = plot_grid_ceilings(
        np.array(levels),
        {name: np.array([check.ceiling(name, level).r2 for level in levels]) for name in labels},
        {name: check.ceiling(name).r2 for name in labels},
        asked=check.snr,
    )
    varied = [number for number, axis in enumerate(check.axes) if len(axis) > 1]
    confusions = plot_grid_confusions(
        [_ticks(check, check.axes[number].name) for number in varied],
        [check.confusions.by_label[number] for number in varied],
        title=f"S/N {check.confusions.snr:g}",
    )
    limit = (
        "What the best of all methods loses on spectra of the grid's nodes with white noise; a "
        "method that interpolates, or meets real spectra, loses more."
    )
    mixed = "What that method answers, by the true value: a dark diagonal has neighbours."
    return [
        Picture(Svg(inline_svg(figure, "ceilings")), limit, limit),
        Picture(Svg(inline_svg(confusions, "confusions")), mixed, mixed),
    ]


def _energy(check: GridCheck) -> list[Part]:
    if check.energy is None:
        return [Text(f"The energy was {check.no_energy}.")]
    energy = check.energy
    figure = plot_grid_energy(energy.teff, energy.share, energy.black)
    text = energy.describe()
    caption = "The energy of each spectrum within the range, beside that of black bodies."
    picture = Picture(Svg(inline_svg(figure, "energy")), caption, caption)
    return [Text(text[:1].upper() + text[1:]), picture]


def _ticks(check: GridCheck, name: str) -> Ticks:
    [axis] = [axis for axis in check.axes if axis.name == name]
    return Ticks(name, [show(value) for value in axis.values])
