"""The app over the archive with something of everything, asked in process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.web.app import create_app
from starsieve.web.options import WebOptions
from tests.web.conftest import ADDRESS

PAGES = {"accept": "text/html"}


@contextmanager
def asking(root: Path, spool: Path, **given: Any) -> Iterator[TestClient]:
    """Give a client of the app; the errands that it starts are carried out."""
    options = WebOptions(spool=spool, **given)
    with (
        Archive.open(root) as archive,
        TestClient(create_app(archive, options), base_url=ADDRESS) as client,
    ):
        yield client


def wait_for(client: TestClient, address: str, seconds: float = 120.0) -> dict[str, Any]:
    """Ask until work has ended; return what came of it."""
    ends = time.monotonic() + seconds
    while True:
        answer = client.get(address)
        assert answer.status_code in (200, 202), answer.text
        found: dict[str, Any] = answer.json()
        if found["status"] in ("done", "failed"):
            return found
        assert time.monotonic() < ends, found
        time.sleep(0.1)
