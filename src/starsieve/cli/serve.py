"""``starsieve serve``: the archive in a browser."""

import os
from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, get_settings
from starsieve.cli.output import say, write_text

MIB = 1024**2
PORT = 8000


def serve(
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="Where to listen; other machines reach 0.0.0.0."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="0 takes a free one. [default: 8000, or a free one if that is taken]",
            show_default=False,
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A name by which the app is reached, as behind a proxy. May be repeated.",
            show_default=False,
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=64, help="That answer requests.")
    ] = 1,
    workers: Annotated[
        int, typer.Option("--workers", min=0, max=64, help="That work off queued runs.")
    ] = 1,
    max_upload: Annotated[
        int, typer.Option("--max-upload", min=1, metavar="MB", help="Of one file.")
    ] = 64,
    keep_hours: Annotated[
        float, typer.Option("--keep-hours", min=0.1, help="After which uploads are deleted.")
    ] = 24.0,
    new_token: Annotated[
        bool,
        typer.Option("--new-token", help="Make a new token for writing; the old one is void."),
    ] = False,
    archive: ArchivePath = None,
) -> None:
    """Serve the archive as a web app: see, search and question everything in it.

    For example:
      starsieve serve
      starsieve serve --archive survey --port 9000
      starsieve serve --host 0.0.0.0 --allow-host archive.example.org --processes 4

    Only this machine can reach it unless --host says otherwise. Looking needs nothing; what
    writes (verdicts, runs, keeping uploads) needs the token that is shown on first start.
    Ctrl-C stops it; runs that its workers are at can be resumed.
    """
    # Many answer at once: threads of one answer would only wait for those of the others. Before
    # NumPy and PyTorch are loaded, for they look once.
    environment = dict(os.environ)  # of the workers, who have one thing to do each
    os.environ.setdefault("OMP_NUM_THREADS", "1")

    from starsieve.archive import Archive
    from starsieve.web.options import WebOptions
    from starsieve.web.server import serve as serve_archive
    from starsieve.web.token import ensure_token, renew_token

    settings = get_settings(archive)
    options = WebOptions.for_archive(
        settings.archive,
        settings,
        host=host,
        port=_free(host) if port is None else port,
        hosts=tuple(allow_host or ()),
        processes=processes,
        workers=workers,
        max_upload_bytes=max_upload * MIB,
        keep_hours=keep_hours,
    )
    with Archive.open(settings.archive, settings.database_url) as store:
        token = renew_token(store.root) if new_token else ensure_token(store.root)
        if token is not None:
            say(f"the token for writing, shown this once: {token}")
        if not options.on_loopback:
            say("other machines can reach it, and nothing is encrypted: put it behind HTTPS.")
        serve_archive(
            store,
            options,
            ready=lambda address: write_text(f"Serving at {address}"),
            environment=environment,
        )


def _free(host: str) -> int:
    """Return the usual port, or 0, for any, if somebody else listens at it."""
    from starsieve.web.server import is_free

    if is_free(host, PORT):
        return PORT
    say(f"port {PORT} is taken, so another one is used.")
    return 0
