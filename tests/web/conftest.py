"""A served archive, asked in process: nothing listens, nothing is downloaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from starsieve.archive import Archive
from starsieve.web.app import create_app
from starsieve.web.options import WebOptions
from starsieve.web.token import renew_token

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _nothing_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists show the newest state, however busy the machine is."""
    monkeypatch.setattr("starsieve.archive.spectrum_index.QUICK_SECONDS", 3600.0)


@pytest.fixture
def options(tmp_path: Path) -> WebOptions:
    return WebOptions(spool=tmp_path / "spool")


@pytest.fixture
def app(archive: Archive, options: WebOptions) -> FastAPI:
    return create_app(archive, options)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Ask as a program does."""
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    """Ask as a browser does: for pages, and following redirects."""
    headers = {"accept": "text/html,application/xhtml+xml"}
    with TestClient(
        app, base_url=ADDRESS, headers=headers, raise_server_exceptions=False
    ) as browser:
        yield browser


@pytest.fixture
def token(archive: Archive) -> str:
    return renew_token(archive.root)


@pytest.fixture
def writer(client: TestClient, token: str) -> TestClient:
    """Ask with the token."""
    client.headers["authorization"] = f"Bearer {token}"
    return client
