"""Serve an archive: one process or several, the work that is queued, and a graceful stop."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from starsieve.archive import Archive
from starsieve.settings import Settings
from starsieve.web.app import create_app
from starsieve.web.options import WebOptions

OPTIONS = "STARSIEVE_WEB_OPTIONS"
"""Environment variable by which the server's processes learn their options."""

STOP_SECONDS = 10
"""How long answers that have begun may take to end when the server is told to stop."""

KEEP_ALIVE_SECONDS = 15


def serve(archive: Archive, options: WebOptions, ready: Callable[[str], None] | None = None) -> None:
    """Serve an archive until the process is told to stop (SIGINT, SIGTERM).

    Parameters
    ----------
    archive : Archive
        Open; it stays so. Further processes open it for themselves, as the environment says.
    options : WebOptions
    ready : callable, optional
        Called with the address when the app answers.

    Raises
    ------
    OSError
        If nothing can listen at the address.
    """
    config = _config(options, create_app(archive, options))
    socket = config.bind_socket()
    port = socket.getsockname()[1]
    if options.processes > 1:
        os.environ[OPTIONS] = options.model_dump_json()
        os.environ["STARSIEVE_ARCHIVE"] = str(archive.root)
        config = _config(options, f"{__name__}:app_from_environment", factory=True)
        if ready is not None:
            ready(_address(options.host, port))
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, target=_Server(config).run, sockets=[socket]).run()
        return
    _Server(config, lambda: ready(_address(options.host, port)) if ready else None).run([socket])


def app_from_environment() -> FastAPI:
    """Return the app that a server process of several serves."""
    settings = Settings.from_environment()
    options = WebOptions.model_validate_json(os.environ[OPTIONS])
    archive = Archive.open(settings.archive, settings.database_url)
    return create_app(archive, options, on_stop=archive.close)


class Protocol(H11Protocol):
    """HTTP that hangs up on whoever does not get their headers across in time."""

    header_seconds = 10.0
    _late: Any = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.header_seconds, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait until all headers are there, however slowly they trickle in."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_longer()
        elif self._late is None:
            self._late = self.loop.call_later(self.header_seconds, self._hang_up)

    def _wait_no_longer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()


def _config(options: WebOptions, app: Any, **more: Any) -> uvicorn.Config:
    protocol = type("Protocol", (Protocol,), {"header_seconds": options.header_seconds})
    return uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        workers=options.processes,
        http=protocol if not more else Protocol,
        ws="none",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        limit_concurrency=4 * options.concurrency,
        **more,
    )


def _address(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


LOGGING: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "starsieve": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
