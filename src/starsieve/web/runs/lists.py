"""Runs as a table for files."""

from collections.abc import Sequence

from starsieve.archive.run_lists import RunLine
from starsieve.web.runs.views import line_record
from starsieve.web.tables import Column, WebTable

COLUMNS = (
    Column("number", "run", meaning="Number of the run", ucd="meta.id;meta.main"),
    Column("task", meaning="What was run"),
    Column("on", meaning="Collections and models of its recipe"),
    Column("status", meaning="queued, running, done, failed, cancelled or interrupted"),
    Column("done", meaning="Steps done of the part of the work that it is at"),
    Column("total", meaning="Steps of that part"),
    Column("what", meaning="The part of the work that it is at"),
    Column("who", meaning="Who asked for it"),
    Column("created", meaning="When it was asked for (UTC)", ucd="time.creation"),
    Column("started", meaning="When it began (UTC)", ucd="time.start"),
    Column("ended", meaning="When it ended (UTC)", ucd="time.end"),
    Column("seconds", unit="s", meaning="How long it took", ucd="time.duration"),
    Column("error", meaning="Why it failed"),
)


def runs_table(runs: Sequence[RunLine], trusted: bool) -> WebTable:
    """Return runs as a table; strangers are not told where things are on the server."""
    rows = [line_record(run, trusted) for run in runs]
    return WebTable("runs", COLUMNS, rows, title="Runs")
