"""Build the web app around an archive."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

import starsieve
from starsieve.archive import Archive
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.errors import StarsieveError
from starsieve.web.errands import Errands
from starsieve.web.guard import Guard, Heads
from starsieve.web.metrics import FOLDER, Counted, Metrics
from starsieve.web.options import WebOptions
from starsieve.web.problems import DESCRIBED, Defects, add_handlers
from starsieve.web.routes import ROUTERS
from starsieve.web.spaces import opened_ahead

DESCRIPTION = """Everything that the pages show, for programs. Every page has a twin that ends in
`.json`; tables also in `.csv` and `.vot` (VOTable), spectra and light curves in `.fits`. GET
changes nothing. What writes needs the token, as `Authorization: Bearer TOKEN`. Errors are
`{"error": "..."}`."""


def create_app(
    archive: Archive,
    options: WebOptions | None = None,
    on_stop: Callable[[], None] | None = None,
) -> FastAPI:
    """Return the app; whoever calls this owns the archive.

    Parameters
    ----------
    archive : Archive
    options : WebOptions, optional
    on_stop : callable, optional
        Called when the app stops.
    """
    options = options or WebOptions.for_archive(archive.root)
    metrics = Metrics(options.spool / FOLDER)
    errands = Errands(options, archive.settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(StarsieveError):  # the first visitor's question would meet it, too
            await run_in_threadpool(app.state.spectra.find)
        with errands, opened_ahead(archive):
            yield
        metrics.flush()
        if on_stop is not None:
            on_stop()

    app = FastAPI(
        title="starsieve",
        version=starsieve.__version__,
        description=DESCRIPTION,
        docs_url=None,  # its pages load scripts from elsewhere; /api is ours
        redoc_url=None,
        lifespan=lifespan,
        responses=DESCRIBED,
        middleware=[
            Middleware(Counted, metrics=metrics),
            Middleware(Guard, options=options),
            Middleware(Heads),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
            Middleware(Defects),
        ],
    )
    app.state.archive = archive
    app.state.spectra = SpectrumIndex(archive)
    app.state.options = options
    app.state.metrics = metrics
    app.state.errands = errands
    add_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
