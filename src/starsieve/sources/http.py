"""Questions to remote services: over https, to listed hosts, bounded in time and size."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from starsieve.errors import SourceError
from starsieve.sources.parts import continues, describe, put_aside, so_far, state_of
from starsieve.sources.service import Request, Timing

MOST_REDIRECTS = 5
EXCERPT = 200
"""Characters that are shown of an answer that is none."""

_BLOCK = 2**16
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_OF_RANGES = (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
_KEEP_FORM = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)

Answer = TypeVar("Answer")


class _BrokenError(Exception):
    """An attempt that failed and may do better next time."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """Asks services; keeps connections open between questions.

    Nothing is sent but by https to the hosts of a service; plain http only reaches this machine.

    Parameters
    ----------
    timing : Timing
    sleep : callable
        Called with the seconds of a pause.
    """

    def __init__(
        self, timing: Timing = Timing(), sleep: Callable[[float], None] = time.sleep
    ) -> None:
        from starsieve import __version__

        self.timing = timing
        self.sleep = sleep
        self._session = requests.Session()
        # Lengths and ranges count bytes as they are sent: compression would hide them.
        self._session.headers.update(
            {"User-Agent": f"starsieve/{__version__}", "Accept-Encoding": "identity"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def read(self, request: Request) -> bytes:
        """Return an answer that fits into memory.

        Raises
        ------
        SourceError
            If the service does not answer, refuses, or sends more than it may.
        """
        return self._persist(request, lambda: self._read_once(request))

    def download(self, request: Request, part: Path, check: Callable[[Path], None]) -> None:
        """Write an answer to a file, going on where an earlier attempt or process broke off.

        What is there of `part` is continued only if the service shows by ETag, date or length
        that it still has the same file; otherwise it starts again. Content that `check` refuses is
        put aside as ``<part>.bad`` and fetched once more from its beginning.

        Parameters
        ----------
        request : Request
        part : Path
            After an interruption it holds what came so far, and ``<part>.json`` of which file.
        check : callable
            Raises SourceError with the reason if the file is not what was asked for.

        Raises
        ------
        SourceError
            If the service does not answer, refuses, or sends what is too large or wrong.
        """

        def attempt() -> None:
            self._download_once(request, part)
            try:
                check(part)
            except SourceError as error:
                put_aside(part)
                raise _BrokenError(str(error)) from error

        self._persist(request, attempt)
        state_of(part).unlink(missing_ok=True)

    def _persist(self, request: Request, attempt: Callable[[], Answer]) -> Answer:
        """Return what an attempt gives, made as often as the timing allows."""
        reason, timing = "", self.timing
        for number in range(timing.attempts):
            try:
                return attempt()
            except requests.exceptions.SSLError as error:
                raise _failure(request, f"its certificate is not valid ({error})") from error
            except requests.exceptions.RequestException as error:
                reason, wait = _in_words(error, timing), 0.0
            except _BrokenError as error:
                reason, wait = str(error), error.wait
            if wait > timing.longest_pause:
                raise _failure(request, f"{reason}, and asks to wait {wait:.0f} s")
            if number + 1 < timing.attempts:
                backing_off = min(timing.pause * 2**number, timing.longest_pause)
                self.sleep(max(backing_off, wait))
        raise _failure(request, reason, f" Tried {timing.attempts} times.")

    def _read_once(self, request: Request) -> bytes:
        with self._open(request, {}) as response:
            length = _length(response)
            content = b"".join(_blocks(response, request, length, 0))
        _check_length(len(content), length)
        return content

    def _download_once(self, request: Request, part: Path) -> None:
        start, state = so_far(part)
        headers = {"Range": f"bytes={start}-", "If-Range": state["validator"]} if start else {}
        with self._open(request, headers) as response:
            if start and not continues(response, start, state):
                part.unlink()
                if response.status_code != HTTPStatus.OK:
                    msg = "the file is another one by now"
                    raise _BrokenError(msg)
                start = 0
            total = state["length"] if start else _length(response)
            if not start:
                part.unlink(missing_ok=True)
                state_of(part).write_text(json.dumps(describe(response, total)))
            with part.open("ab") as stream:
                for block in _blocks(response, request, total, start):
                    stream.write(block)
        _check_length(part.stat().st_size, total)

    @contextmanager
    def _open(self, request: Request, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """Give the answer's head; whatever is no success has ended in an error before."""
        method = "GET" if request.form is None else "POST"
        url, query = urljoin(request.service.url, request.path), dict(request.query)
        for _ in range(MOST_REDIRECTS + 1):
            _check_address(request, url)
            with self._session.request(
                method,
                url,
                params=query,
                data=request.form,
                headers=dict(headers),
                timeout=(self.timing.connect, self.timing.read),
                stream=True,
                allow_redirects=False,
            ) as response:
                if not response.is_redirect:
                    _check_status(request, response, ranged="Range" in headers)
                    yield response
                    return
                if method == "POST" and response.status_code not in _KEEP_FORM:
                    reason = f"it redirects a form to {response.headers['Location']}"
                    raise _failure(request, reason)
                url, query = urljoin(response.url, response.headers["Location"]), {}
        raise _failure(request, f"it redirects more than {MOST_REDIRECTS} times")


def excerpt(content: bytes) -> str:
    """Return how an answer begins, in one line."""
    text = " ".join(content[: 4 * EXCERPT].decode("utf-8", "replace").split())
    return text[:EXCERPT] + (" ..." if len(text) > EXCERPT else "")


def _failure(request: Request, reason: str, more: str = "") -> SourceError:
    service = request.service
    where = urljoin(service.url, request.path)
    return SourceError(f"{service.name} at {where}: {reason}.{more} Its status: {service.status}")


def _check_address(request: Request, url: str) -> None:
    parts = urlsplit(url)
    service = request.service
    if parts.hostname not in service.hosts:
        reason = f"{url} is on none of its hosts ({', '.join(service.hosts)})"
        raise _failure(request, reason)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise _failure(request, f"{url} is not https, and nothing else is used")


def _check_status(request: Request, response: requests.Response, *, ranged: bool) -> None:
    code = response.status_code
    if code == HTTPStatus.OK or (ranged and code in _OF_RANGES):
        return
    reason = f"it answers {code} {response.reason or ''}".rstrip()
    if code == HTTPStatus.TOO_MANY_REQUESTS or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _BrokenError(reason, _retry_after(response))
    said = excerpt(next(response.iter_content(4 * EXCERPT), b""))
    raise _failure(request, reason + (f" ({said})" if said else ""))


def _retry_after(response: requests.Response) -> float:
    """Return the seconds that a service asks to wait, 0 if it does not."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _length(response: requests.Response) -> int | None:
    """Return how many bytes the whole answer has, if it is said and means what arrives."""
    text = response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "identity") != "identity"
    return int(text) if text.isdecimal() and not encoded else None


def _blocks(
    response: requests.Response, request: Request, total: int | None, start: int
) -> Iterator[bytes]:
    """Yield an answer in pieces; one that is too large ends in an error."""
    n_bytes = max(start, total or 0)
    if n_bytes <= request.max_bytes:
        n_bytes = start
        for block in response.iter_content(_BLOCK):
            n_bytes += len(block)
            if n_bytes > request.max_bytes:
                break
            yield block
    if n_bytes > request.max_bytes:
        raise _failure(request, f"it sends more than {request.max_bytes:,} bytes")


def _check_length(n_bytes: int, length: int | None) -> None:
    if length is not None and n_bytes != length:
        msg = f"the answer breaks off after {n_bytes:,} of {length:,} bytes"
        raise _BrokenError(msg)


def _in_words(error: requests.exceptions.RequestException, timing: Timing) -> str:
    """Return what went wrong on the way, without the inside of the HTTP library."""
    text = str(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {timing.connect:g} s"
    if isinstance(error, requests.exceptions.Timeout) or "Read timed out" in text:
        return f"nothing came for {timing.read:g} s"
    if "resolve" in text:
        return "its name is not known here, perhaps for want of a network"
    if isinstance(error, requests.exceptions.ChunkedEncodingError) or "IncompleteRead" in text:
        return "the answer breaks off"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "the connection is refused or broken"
    return f"{type(error).__name__}: {text}"
