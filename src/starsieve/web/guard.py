"""What every request must pass before a handler sees it, and what every answer carries.

A request is refused if it is addressed to another host (a page of somebody else's may have made
the browser believe that its name is ours), if a page of another origin sends it to change
something, if its body is too long or too slow, or if too many others are being answered.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starsieve.web.options import LOOPBACK, WebOptions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
UPLOADS = "/uploads"

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
"""Of pages without figures."""

CSP_FIGURES = f"{CSP}; style-src 'self' 'unsafe-inline'"
"""BokehJS puts its styles into the page as it draws."""

HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}


class Refused(Exception):  # noqa: N818 - it is no fault of ours
    """A request that goes no further."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


class Guard:
    """Refuse what must not go further; put the headers of safety on every answer."""

    def __init__(self, app: App, options: WebOptions) -> None:
        self._app, self._options = app, options
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive, self._options)
        answer = _Answer(send, body)
        try:
            check_request(scope, self._options)
            if self._active >= self._options.concurrency:
                msg = "Too many requests are being answered just now. Try again in a few seconds."
                raise Refused(503, msg, **{"retry-after": "5"})
            self._active += 1
            try:
                await self._within_time(scope, body, answer)
            finally:
                self._active -= 1
        except Refused as refused:
            body.told = True
            if not answer.begun:
                await _refuse(refused, answer)

    async def _within_time(self, scope: Scope, receive: "_Body", answer: "_Answer") -> None:
        handling = asyncio.ensure_future(self._app(scope, receive, answer))
        seconds = self._options.request_seconds
        if scope["method"] not in SAFE_METHODS:
            seconds += self._options.body_seconds
        started = asyncio.ensure_future(answer.started.wait())
        try:
            await asyncio.wait(
                (handling, started), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not handling.done() and not answer.begun:
                msg = f"The answer took longer than {self._options.request_seconds:g} s. Ask less."
                raise Refused(503, msg, **{"retry-after": "10"})
            await handling
        finally:
            started.cancel()
            if not handling.done():
                handling.cancel()


class Heads:
    """Answer HEAD as GET is, without a body."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {"type": message["type"], "more_body": message.get("more_body", False)}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, headers_only)


class _Answer:
    """Send an answer, with the headers that it does not set itself.

    What was made of a body that was refused half-way is not sent.
    """

    def __init__(self, send: Send, body: "_Body") -> None:
        self._send, self._body = send, body
        self.started = asyncio.Event()

    @property
    def begun(self) -> bool:
        return self.started.is_set()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._body.refused is not None and not self._body.told:
                self._body.told = True
                raise self._body.refused
            there = {name.lower() for name, _ in message.get("headers", ())}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
            self.started.set()
        await self._send(message)


class _Body:
    """Receive a request's body within its limits of size and time."""

    def __init__(self, scope: Scope, receive: Receive, options: WebOptions) -> None:
        self._receive = receive
        self._limit = _body_limit(scope, options)
        self._seconds = options.body_seconds
        self._n_bytes = 0
        self._until: float | None = None
        self._ended = False
        self.refused: Refused | None = None
        self.told = False

    async def __call__(self) -> Message:
        if self._ended:  # what comes now is the end of the connection, whenever that is
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + self._seconds
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - now))
        except TimeoutError as error:
            msg = f"The request's body did not come within {self._seconds:g} s."
            self.refused = Refused(408, msg, connection="close")
            raise self.refused from error
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self._limit:
            self.refused = Refused(413, _too_long(self._limit), connection="close")
            raise self.refused
        self._ended = not message.get("more_body", False)
        return message


def check_request(scope: Scope, options: WebOptions) -> None:
    """Raise Refused if a request's headers alone are reason enough.

    Parameters
    ----------
    scope : mapping
        Of ASGI.
    options : WebOptions
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if _name_of(host) not in allowed_hosts(options):
        msg = (
            "The request is addressed to a host that this app does not serve. Open it by its own "
            "address, or start it with --allow-host NAME."
        )
        raise Refused(421, msg)
    if scope["method"] not in SAFE_METHODS:
        _check_origin(headers, host)
    length = headers.get(b"content-length", "0")
    limit = _body_limit(scope, options)
    if not length.isdigit() or int(length) > limit:
        raise Refused(413, _too_long(limit), connection="close")


def allowed_hosts(options: WebOptions) -> set[str]:
    """Return the names by which the app may be addressed."""
    names = {name.lower() for name in (options.host, *options.hosts)}
    return names | set(LOOPBACK) | {"[::1]"}


def _check_origin(headers: MutableMapping[bytes, str], host: str) -> None:
    """Refuse what another site's page asks a visitor's browser to send."""
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site", "same-origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
    if foreign or site not in ("same-origin", "none"):
        msg = "Only the app's own pages, or programs, may change something here."
        raise Refused(403, msg)


def _name_of(host: str) -> str:
    """Return the name in a Host header, without its port."""
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _body_limit(scope: Scope, options: WebOptions) -> int:
    is_upload = scope["method"] == "POST" and scope["path"].rstrip("/") in (
        UPLOADS,
        f"{UPLOADS}.json",
    )
    # The form around a file takes some bytes, too.
    return options.max_upload_bytes + 65_536 if is_upload else options.max_body_bytes


def _too_long(limit: int) -> str:
    return f"The request's body is longer than the {limit:,} bytes that are taken."


async def _refuse(refused: Refused, send: "_Answer") -> None:
    body = json.dumps({"error": refused.message}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= refused.headers
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
