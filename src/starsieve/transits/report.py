"""A report of many stars: sheets, an index, a table with its origin, and ExoFOP's file.

Stars are added one by one; only what the index and the table show is kept of each.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

import starsieve
from starsieve.errors import Failure
from starsieve.plots import write_atomically
from starsieve.reports import (
    Cell,
    Link,
    Page,
    Part,
    Section,
    Table,
    Text,
    draw_thumbnail,
    write_page,
)
from starsieve.transits.exofop import file_name, write_file, write_line
from starsieve.transits.match import Match
from starsieve.transits.sheet import INDEX, SHEETS, as_sentence, sheet_title, write_sheet
from starsieve.transits.vetting import COLUMNS, Vetted, Vetting, Vettings

TABLE = "candidates.csv"

SHOWN = (
    "Candidate",
    "Transit",
    "P (d)",
    "Depth (ppm)",
    "S/N",
    "P(planet)",
    "Most likely",
    "Known as",
    "Remarks",
)
"""Columns of the index."""


def write_report(
    vettings: Vettings, folder: Path, *, pdf: bool = True, title: str = "Candidates"
) -> Path:
    """Write a sheet for every candidate, the index, the table, and a file for ExoFOP.

    Parameters
    ----------
    vettings : Vettings
    folder : Path
        Made if it is not there.
    pdf : bool
        Whether every sheet is written as PDF, too.
    title : str
        Of the index.

    Returns
    -------
    Path
        Of the index.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    writer = ReportWriter(folder, pdf=pdf, title=title)
    for vetting in vettings:
        writer.add(vetting)
    return writer.finish(vettings.failures)


class ReportWriter:
    """Write a report star by star, so that many never have to be in memory at once."""

    def __init__(self, folder: Path, *, pdf: bool = True, title: str = "Candidates") -> None:
        self._folder, self._pdf, self._title = folder, pdf, title
        self._index: list[list[Cell]] = []
        self._rows: list[dict[str, Any]] = []
        self._lines: list[str] = []
        self._quiet: list[str] = []
        self._origin: dict[str, None] = {}
        self._n_stars = 0

    def add(self, vetting: Vetting) -> None:
        """Write the sheets of one star.

        Raises
        ------
        FileError
            If the folder can't be written to.
        """
        self._n_stars += 1
        self._rows += vetting.rows()
        searched = vetting.provenance.get("search")
        self._origin |= {f"model: {vetting.model}": None, f"search: {searched}": None}
        if not vetting.vetted:
            self._quiet.append(vetting.target)
        for vetted in vetting.vetted:
            page = write_sheet(vetting, vetted, self._folder, pdf=self._pdf)
            self._index.append(_row(vetting, vetted, page))
            if vetting.observed.star.tic is not None:
                self._lines.append(exofop_line(vetting, vetted))

    def finish(self, failures: Sequence[Failure] = (), sections: Sequence[Section] = ()) -> Path:
        """Write index, table and ExoFOP's file; return where the index is.

        Parameters
        ----------
        failures : sequence of Failure
        sections : sequence of Section
            What else is to stand on the index, after the candidates.

        Raises
        ------
        FileError
            If the folder can't be written to.
        """
        opening: list[Part] = [Text(self._count(failures))]
        if self._index:
            opening.append(Table(SHOWN, self._index))
        sections = [Section("", opening), *sections]
        if self._quiet:
            sections.append(Section("No candidate", [Text(", ".join(self._quiet) + ".")]))
        if failures:
            failed = [(failure.file, failure.error) for failure in failures]
            sections.append(Section("Failed", [Table(("File", "Why"), failed)]))
        sections.append(Section("Files", [Table(("File", "What it is"), self._files(failures))]))
        return write_page(Page(self._title, sections), self._folder / INDEX)

    def _files(self, failures: Sequence[Failure]) -> list[list[Cell]]:
        """Write the table and, if any star has a TIC number, ExoFOP's file; return their rows."""
        table = write_csv(self._rows, [*self._origin, f"stars: {self._n_stars}"], failures)
        write_atomically(self._folder / TABLE, table.encode())
        files: list[list[Cell]] = [
            [Link(TABLE, TABLE), "the table, with its provenance in the first lines"]
        ]
        if self._lines:
            upload = self._folder / file_name(date.today())
            write_atomically(upload, write_file(self._lines).encode())
            words = "in ExoFOP's form, to check and upload by hand"
            files.append([Link(upload.name, upload.name), words])
        return files

    def _count(self, failures: Sequence[Failure]) -> str:
        n_likely = sum(row["planet_probability"] > 0.5 for row in self._rows)
        words = (
            f"{self._n_stars} {'star' if self._n_stars == 1 else 'stars'}",
            f"{len(self._rows)} {'candidate' if len(self._rows) == 1 else 'candidates'}",
            f"{n_likely} more likely a planet than not",
        )
        failed = f"; {len(failures)} failed" if failures else ""
        return ", ".join(words) + failed + "."


def write_csv(
    rows: Sequence[dict[str, Any]], origin: Sequence[str] = (), failures: Sequence[Failure] = ()
) -> str:
    """Return candidates as CSV; lines that start with # say where they come from.

    Read it with ``comment="#"``. A cell that a spreadsheet would take for a formula starts with an
    apostrophe.

    Parameters
    ----------
    rows : sequence of mappings
        As `Vetting.rows` makes them.
    origin : sequence of str
        Lines about the whole.
    failures : sequence of Failure
    """
    lines = [
        f"starsieve {starsieve.__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        *origin,
        *(f"column {name}: {meaning}" for name, meaning in COLUMNS.items()),
        *(f"failed {failure.file}: {failure.error}" for failure in failures),
    ]
    text = io.StringIO()
    text.writelines(f"# {' '.join(line.split())}\n" for line in lines)
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def exofop_line(vetting: Vetting, vetted: Vetted) -> str:
    """Return one candidate as a line of ExoFOP's file."""
    fields = {
        "period": "period_days", "epoch": "epoch_btjd", "depth": "depth_ppm",
        "duration": "duration_hours", "inc": "inclination_deg", "imp": "impact",
        "r_planet": "rp_rs", "ar_star": "a_rs", "radius": "radius_earth", "temp": "teq_k",
        "insol": "insolation_earth", "sma": "a_au",
    }  # fmt: skip
    measured = {} if vetted.fit is None else vetted.fit.measured
    values: dict[str, float | None] = {}
    for name, own in fields.items():
        if own in measured:
            values |= {name: measured[own].value, f"{name}_unc": measured[own].err}
    if vetted.fit is None:
        ephemeris = vetted.candidate.ephemeris
        values |= {"period": ephemeris.period_days, "epoch": ephemeris.epoch_btjd}
        values |= {"duration": ephemeris.duration_hours, "depth": vetted.candidate.depth_ppm}
    notes = f"P(planet) {vetted.verdict.planet_probability:.2f} by {vetting.model}"
    return write_line(f"TIC{vetting.observed.star.tic}.{vetted.number:02d}", values, notes=notes)


def _row(vetting: Vetting, vetted: Vetted, page: Path) -> list[Cell]:
    view = vetted.views.arrays().get("local_view")
    period = vetted.candidate.ephemeris.period_days
    return [
        Link(sheet_title(vetting, vetted), f"{SHEETS}/{page.name}"),
        ""
        if view is None
        else draw_thumbnail(np.arange(len(view), dtype=float), view.astype(float)),
        "single" if period is None else f"{period:.5f}",
        f"{vetted.candidate.depth_ppm:.0f}",
        f"{vetted.candidate.snr_pink:.1f}",
        f"{vetted.verdict.planet_probability:.2f} ± {vetted.verdict.spread:.2f}",
        vetted.most_likely,
        "; ".join(map(_known, vetted.matches)),
        " ".join(map(as_sentence, [*vetted.warnings, *vetted.verdict.warnings])),
    ]


def _known(match: Match) -> str:
    """Return a known signal in few words; its sheet has more."""
    status = f" ({match.known.disposition})" if match.known.disposition else ""
    where = "" if match.same_star else ", on another star"
    how = "" if match.period_ratio == 1 and "half" not in match.relation else f", {match.relation}"
    return f"{match.known.name}{status}{how}{where}"
