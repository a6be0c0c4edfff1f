"""Counts of what a process answers, and how long it takes, for Prometheus to read."""

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starsieve.web.guard import App, Message, Receive, Scope, Send

FLUSH_SECONDS = 5.0
FOLDER = "metrics"

Key = tuple[str, str, str]
"""Route, method and status."""


class Metrics:
    """Requests of all server processes: each leaves its own counts in a folder that all read.

    Parameters
    ----------
    folder : Path
        Shared by the processes of one server.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._counts: defaultdict[Key, list[float]] = defaultdict(lambda: [0, 0.0])
        self._flushed = 0.0
        self.started = time.time()

    def add(self, key: Key, seconds: float) -> None:
        """Count an answer."""
        with self._lock:
            entry = self._counts[key]
            entry[0] += 1
            entry[1] += seconds
            due = time.monotonic() - self._flushed > FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Leave the counts where the other processes find them."""
        with self._lock:
            self._flushed = time.monotonic()
            rows = [[*key, *entry] for key, entry in self._counts.items()]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f"{os.getpid()}.part"
            part.write_text(json.dumps(rows), encoding="utf-8")
            part.replace(self._folder / f"{os.getpid()}.json")
        except OSError:
            return  # counting must not keep anything from being answered

    def text(self, gauges: Iterable[tuple[str, str, float]] = ()) -> str:
        """Return all counts in Prometheus's text format.

        Parameters
        ----------
        gauges : iterable of (str, str, float)
            More to tell: name, help and value.
        """
        self.flush()
        totals: defaultdict[Key, list[float]] = defaultdict(lambda: [0, 0.0])
        for route, method, status, number, seconds in self._rows():
            totals[route, method, status][0] += number
            totals[route, method, status][1] += seconds
        lines = [
            "# HELP starsieve_requests_total Requests that were answered.",
            "# TYPE starsieve_requests_total counter",
        ]
        labelled = {key: _labels(key) for key in sorted(totals)}
        lines += [
            f"starsieve_requests_total{labels} {totals[key][0]:.0f}"
            for key, labels in labelled.items()
        ]
        lines += [
            "# HELP starsieve_request_seconds_total Time that the answers took.",
            "# TYPE starsieve_request_seconds_total counter",
        ]
        lines += [
            f"starsieve_request_seconds_total{labels} {totals[key][1]:.6f}"
            for key, labels in labelled.items()
        ]
        for name, words, value in gauges:
            full = f"starsieve_{name}"
            lines += [f"# HELP {full} {words}", f"# TYPE {full} gauge", f"{full} {value:g}"]
        return "\n".join(lines) + "\n"

    def _rows(self) -> Iterable[Any]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield from json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue  # just being replaced, or damaged: its next flush mends it


class Counted:
    """Count the answers of an app."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), "500"

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"].isalpha() else "other"
            self._metrics.add((route, method[:10], status), time.perf_counter() - start)


def _labels(key: Key) -> str:
    route, method, status = (each.replace("\\", "").replace('"', "") for each in key)
    return f'{{route="{route}",method="{method}",status="{status}"}}'
