"""An injection test as a page, a table, and a file that it can be gone on with from."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from starsieve.errors import FileError
from starsieve.plots.files import inline_svg, write_atomically
from starsieve.plots.transits import plot_completeness
from starsieve.reports import Facts, Page, Picture, Section, Svg, Table, Text, as_facts, write_page
from starsieve.transits.recovery import Completeness, Trial, completeness, summary
from starsieve.transits.recovery_recipe import RecoveryOptions

PAGE, TABLE, JOURNAL = "injection-recovery.html", "trials.csv", "trials.jsonl"


def write_recovery_report(
    trials: Sequence[Trial], options: RecoveryOptions, files: Sequence[str], folder: Path
) -> Path:
    """Write the page with the completeness map, and the table of all trials beside it.

    Parameters
    ----------
    trials : sequence of Trial
    options : RecoveryOptions
    files : sequence of str
        Names of the light curves.
    folder : Path

    Returns
    -------
    Path
        Of the page, ``injection-recovery.html``; the table is ``trials.csv``.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    write_atomically(folder / TABLE, _as_csv(trials, files).encode())
    grid = completeness(trials, options)
    figure = plot_completeness(
        grid.period_edges, grid.radius_edges, grid.n_trials, grid.n_recovered
    )
    caption = (
        "Per cent of the injected planets that were recovered with their own period, and of how "
        "many. Impact parameters are even from 0 to "
        f"{options.max_impact:g}: planets that don't transit are not counted."
    )
    picture = Picture(Svg(inline_svg(figure, "completeness")), "Completeness map", caption)
    sections = [
        Section("", [Text(_sentence(trials, options, len(files)))]),
        Section("Completeness", [picture, _map_table(grid)]),
        Section("Light curves", [Facts([("file", list(files))])]),
        Section("Provenance", [Facts(as_facts(options.model_dump(mode="json")))]),
    ]
    failed = [(str(trial.number), [trial.error]) for trial in trials if trial.error]
    if failed:
        sections.insert(2, Section("Trials that failed", [Facts(failed)]))
    return write_page(Page("Injection and recovery", sections), folder / PAGE)


class Journal:
    """Trials on disk as they are done, so that a test that was stopped goes on.

    Parameters
    ----------
    folder : Path
    options : RecoveryOptions
    hashes : sequence of str
        Of the light curves' contents. Trials of other options or light curves are not gone on with.
    """

    def __init__(self, folder: Path, options: RecoveryOptions, hashes: Sequence[str]) -> None:
        self.path = folder / JOURNAL
        identity = json.dumps([options.model_dump(mode="json"), list(hashes)], sort_keys=True)
        self._key = hashlib.sha256(identity.encode()).hexdigest()

    def read(self) -> list[Trial]:
        """Return the trials of the same test that were done before."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{self.path}: can't be read ({error}). Delete it or give another folder."
            raise FileError(msg) from error
        if not lines or lines[0] != self._key:
            return []
        return list(_trials(lines[1:]))

    def start(self, done: Sequence[Trial]) -> None:
        """Begin the file anew, with the trials that are done."""
        lines = [self._key, *(json.dumps(trial.to_record()) for trial in done)]
        write_atomically(self.path, ("\n".join(lines) + "\n").encode())

    def add(self, trial: Trial) -> None:
        """Write one more down."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(trial.to_record()) + "\n")


def _trials(lines: Sequence[str]) -> Iterator[Trial]:
    for line in lines:
        try:
            yield Trial(**json.loads(line))
        except (ValueError, TypeError):
            return  # cut off when it was stopped: what follows is done again


def _as_csv(trials: Sequence[Trial], files: Sequence[str]) -> str:
    text = io.StringIO()
    names = [field.name for field in fields(Trial)]
    writer = csv.DictWriter(text, ["file", *names], lineterminator="\n")
    writer.writeheader()
    for trial in trials:
        writer.writerow({"file": files[trial.curve], **trial.to_record()})
    return text.getvalue()


def _sentence(trials: Sequence[Trial], options: RecoveryOptions, n_files: int) -> str:
    numbers = summary(trials, options)
    plural = "s" if n_files > 1 else ""
    return (
        f"{numbers['n_trials']} planets were put into {n_files} light curve{plural}, one at a "
        f"time and before detrending. The search recovered {numbers['n_recovered']} with their "
        f"period and time of transit, and {numbers['n_harmonics']} at a simple fraction of the "
        "period, which count as not recovered."
    )


def _map_table(grid: Completeness) -> Table:
    periods, radii = grid.period_edges, grid.radius_edges
    columns = ["Earth radii", *(f"{a:.2f}–{b:.2f} d" for a, b in pairwise(periods))]
    rows = []
    for row in reversed(range(len(radii) - 1)):
        cells = [f"{radii[row]:.2f}–{radii[row + 1]:.2f}"]
        for column in range(len(periods) - 1):
            n = int(grid.n_trials[row, column])
            low, high = grid.low[row, column], grid.high[row, column]
            found = grid.fraction[row, column]
            cells.append(f"{found:.0%} ({low:.0%} to {high:.0%})" if n else "")
        rows.append(cells)
    return Table(columns, rows, "Parts that were recovered, with 68 % binomial intervals.")
