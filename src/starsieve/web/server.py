"""Serve an archive: one process or several, the work that is queued, and a graceful stop."""

import gc
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from starsieve.archive import Archive
from starsieve.errors import ArchiveError
from starsieve.learn.threads import take_one_thread
from starsieve.settings import Settings
from starsieve.web.app import create_app
from starsieve.web.metrics import FOLDER as METRICS
from starsieve.web.options import WebOptions
from starsieve.web.workers import Workers

OPTIONS = "STARSIEVE_WEB_OPTIONS"
"""Environment variable by which the server's processes learn their options."""

STOP_SECONDS = 10
"""How long answers that have begun may take to end when the server is told to stop."""

START_SECONDS = 60
"""How long a process of several may take until it answers; one that takes longer is replaced."""

KEEP_ALIVE_SECONDS = 15

SWITCH_SECONDS = 0.001
"""For so long one answer is worked on before another gets its turn."""

Ready = Callable[[str], None]


def serve(
    archive: Archive,
    options: WebOptions,
    ready: Ready | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Serve an archive until the process is told to stop (SIGINT, SIGTERM).

    Parameters
    ----------
    archive : Archive
        Open; it stays so. Further processes open it for themselves, as the environment says.
    options : WebOptions
    ready : callable, optional
        Called with the address when the app answers.
    environment : mapping, optional
        Variables of the processes that work off queued runs; by default those of this one.

    Raises
    ------
    ArchiveError
        If nothing can listen at the address.
    """
    listening = _listen(options)
    address = _address(options.host, listening.getsockname()[1])
    shutil.rmtree(options.spool / METRICS, ignore_errors=True)  # of processes that are no more
    with _ending_in_order(), Workers(archive.root, options.workers, environment):
        if options.processes == 1:
            config = _Config(create_app(archive, options), options)
            _be_quick()
            _Server(config, address, ready).run([listening])
            return
        os.environ[OPTIONS] = options.model_dump_json()
        os.environ["STARSIEVE_ARCHIVE"] = str(archive.root)
        config = _Config(f"{__name__}:app_from_environment", options, factory=True)
        if ready is not None:
            ready(address)
        Multiprocess(config, [listening]).run()


def is_free(host: str, port: int) -> bool:
    """Return whether nobody listens at an address yet."""
    try:
        _bound(host, port).close()
    except OSError:
        return False
    return True


def app_from_environment() -> FastAPI:
    """Return the app that a server process of several serves."""
    settings = Settings.from_environment()
    options = WebOptions.model_validate_json(os.environ[OPTIONS])
    archive = Archive.open(settings.archive, settings.database_url)
    app = create_app(archive, options, on_stop=archive.close)
    _be_quick()
    return app


def _be_quick() -> None:
    """Let no answer keep the others of this process waiting for long."""
    take_one_thread()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what was imported stays; to look through it for garbage takes half a second


class _Stopped(BaseException):
    """The process was told to stop."""


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM, which uvicorn passes on once it has stopped, end what stands around it, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise _Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except _Stopped:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


class Protocol(H11Protocol):
    """HTTP that hangs up on whoever does not get their headers across in time."""

    _late: Any = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self._patience, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait until all headers are there, however slowly they trickle in."""
        super().data_received(data)
        cycle: Any = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            self._wait_no_longer()
        elif self._late is None:
            self._late = self.loop.call_later(self._patience, self._hang_up)

    @property
    def _patience(self) -> float:
        return self.config.header_seconds if isinstance(self.config, _Config) else 10.0

    def _wait_no_longer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()


class _Config(uvicorn.Config):
    """How uvicorn serves an archive."""

    def __init__(self, app: Any, options: WebOptions, **more: Any) -> None:
        super().__init__(
            app,
            host=options.host,
            port=options.port,
            workers=options.processes,
            http=Protocol,
            ws="none",
            log_config=LOGGING,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
            timeout_worker_healthcheck=START_SECONDS,
            limit_concurrency=4 * options.concurrency,
            **more,
        )
        self.header_seconds = options.header_seconds


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, address: str, ready: Ready | None) -> None:
        super().__init__(config)
        self._address, self._ready = address, ready

    async def startup(self, sockets: Any = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready(self._address)


def _listen(options: WebOptions) -> socket.socket:
    try:
        listening = _bound(options.host, options.port)
    except OSError as error:
        msg = (
            f"Can't listen at {options.host}, port {options.port}: {error.strerror or error}. "
            "Name another: --port 0 takes a free one."
        )
        raise ArchiveError(msg) from error
    listening.set_inheritable(True)
    return listening


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The event loop turns off Nagle's delay, 40 ms for an answer, only where TCP is named.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found


def _address(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "starsieve": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
