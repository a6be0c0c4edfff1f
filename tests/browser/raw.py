"""Requests as nobody's client would write them: bytes in, bytes out."""

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Raw:
    """What came back; status 0 if the connection was closed without a word."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


def request_bytes(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    host: str = "127.0.0.1",
) -> bytes:
    """Write a request; what is not ASCII goes out as Latin-1, and nothing is checked."""
    given = {"Host": host, "Connection": "close", **(headers or {})}
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name in given):
        given["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


def send(
    address: tuple[str, int], parts: bytes | Sequence[bytes], *, pause: float = 0.0
) -> tuple[Raw, float]:
    """Send bytes, with a pause after each part; return the answer and how long it took.

    Sending stops as soon as the server answers or closes.
    """
    start = time.monotonic()
    with socket.create_connection(address, timeout=SECONDS) as connection:
        received = b""
        for part in [parts] if isinstance(parts, bytes) else parts:
            try:
                connection.sendall(part)
            except OSError:  # closed, and what it said before can still be read
                break
            if pause and _has_answer(connection, pause):
                break
        while chunk := _receive(connection):
            received += chunk
    return _parse(received), time.monotonic() - start


def _has_answer(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(SECONDS)
    return True


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _parse(received: bytes) -> Raw:
    if not received.startswith(b"HTTP/"):
        return Raw(0, {}, received)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    return Raw(int(first.split()[1]), headers, body)
