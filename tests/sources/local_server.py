"""A server on this machine that answers as remote archives do, or as they do on a bad day."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starsieve.sources.service import Service, Timing

QUICK = Timing(connect=5.0, read=2.0, attempts=4, pause=0.0, longest_pause=5.0, patience=60.0)
HASTY = replace(QUICK, read=0.5, attempts=2, patience=0.0)
"""So that no test waits for long; hasty for those in which nothing more comes."""


@dataclass(frozen=True)
class Asked:
    """A request that came: `values` are those of its query and its form."""

    method: str
    path: str
    values: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What to send, and how to fail at it.

    `break_after` closes the connection after so many bytes of the body, `stall_after` falls silent
    there; with `ranges` the server gives parts of the body to those who ask for them.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    break_after: int | None = None
    stall_after: int | None = None
    ranges: bool = False
    with_length: bool = True


Reply = Callable[[Asked], Answer]


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Say nothing when those who asked have left."""


class LocalServer:
    """Answers by path; several answers for a path are given in turn, the last again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._replies: dict[str, list[Reply]] = {}
        self._lock = threading.Lock()
        self.http = _QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/"

    def on(self, path: str, *replies: Answer | Reply) -> None:
        self._replies[path] = [r if callable(r) else (lambda _, r=r: r) for r in replies]

    def service(self, name: str = "The archive") -> Service:
        return Service(name, self.url, ("127.0.0.1",), "https://status.example")

    def reply(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            replies = self._replies.get(asked.path)
            if not replies:
                return Answer(b"no such page", 404)
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self._answer(self.rfile.read(length).decode())

            def _answer(self, form: str) -> None:
                parts = urlsplit(self.path)
                values = dict(parse_qsl(parts.query) + parse_qsl(form))
                asked = Asked(self.command, parts.path, values, dict(self.headers))
                _send(self, asked, server.reply(asked), server.closing)

            def log_message(self, *_: Any) -> None: ...

        return Handler


@contextmanager
def local_server() -> Iterator[LocalServer]:
    server = LocalServer()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def _send(
    handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer, closing: threading.Event
) -> None:
    body, status, headers = answer.body, answer.status, dict(answer.headers)
    wanted = asked.headers.get("Range")
    same = asked.headers.get("If-Range") in (headers.get("ETag"), headers.get("Last-Modified"))
    if answer.ranges and wanted and same:
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        body, status = body[start:], 206
    ends = [end for end in (answer.break_after, answer.stall_after) if end is not None]
    handler.send_response(status)
    if answer.with_length:
        headers.setdefault("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    if ends or not answer.with_length:
        handler.close_connection = True
    handler.end_headers()
    handler.wfile.write(body[: min(ends, default=len(body))])
    handler.wfile.flush()
    if answer.stall_after is not None:
        closing.wait(5.0)
