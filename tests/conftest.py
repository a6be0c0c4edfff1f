"""Fixtures: everything is made, nothing is downloaded."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data import SpectrumSet
from tests.postgres import Postgres

if TYPE_CHECKING:
    from tests.browser.made_archive import Whole
    from tests.browser.serving import Served

ROOT = Path(__file__).parents[1]

# The same examples at every run: what passed once passes again. HYPOTHESIS_PROFILE=searching
# draws new ones. A first call imports packages of seconds, and machines differ: no deadline.
for profile, derandomize in (("repeatable", True), ("searching", False)):
    hypothesis.settings.register_profile(
        profile, deadline=None, max_examples=60, derandomize=derandomize
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real files; skip the test where it is absent."""
    folder = Path(os.environ.get("STARSIEVE_TEST_DATA") or ROOT / ".." / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real files at {folder}; STARSIEVE_TEST_DATA names their folder")
    return folder.resolve()


def make_spectra(n: int = 400, seed: int = 0) -> SpectrumSet:
    """Make toy spectra: a slope set by teff and a line whose depth is set by logg."""
    rng = np.random.default_rng(seed)
    wave = np.linspace(1.0, 2.5, 60)
    teff, logg = rng.uniform(800, 2200, n), rng.uniform(3.5, 5.5, n)
    slope = (teff[:, None] / 1500) * (wave - 1.75)
    line = (logg[:, None] / 4.5) * np.exp(-0.5 * ((wave - 1.4) / 0.05) ** 2)
    sigma = np.full((n, len(wave)), 0.02)
    flux = 1 + slope - 0.5 * line + rng.normal(0, sigma)
    return SpectrumSet(wave=wave, flux=flux, sigma=sigma, labels={"teff": teff, "logg": logg})


@pytest.fixture
def spectra() -> SpectrumSet:
    return make_spectra()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Give the URL of a database on the server, and None for a catalogue in a file.

    It is empty, unless the test asks for an archive, too: then it is that archive's.
    """
    if request.param == "sqlite":
        yield None
        return
    server = request.getfixturevalue("postgres")
    template = "template1"
    if "archive" in request.fixturenames:
        template = request.getfixturevalue("postgres_template")[1]
    with server.database(template) as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give the PostgreSQL server; skip the test where none is named."""
    url = os.environ.get("STARSIEVE_TEST_DATABASE_URL")
    if not url:
        pytest.skip("STARSIEVE_TEST_DATABASE_URL names no PostgreSQL server")
    pytest.importorskip("psycopg")
    server = Postgres(url)
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_template(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """Give an empty archive, its folder and its database, to be copied."""
    root = tmp_path_factory.mktemp("template") / "archive"
    with postgres.database("template1") as name:
        Archive.create(root, postgres.url(name)).close()
        yield root, name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty archive to be copied."""
    root = tmp_path_factory.mktemp("template") / "archive"
    Archive.create(root).close()
    return root


@pytest.fixture
def archive(
    tmp_path: Path, database_url: str | None, request: pytest.FixtureRequest
) -> Iterator[Archive]:
    """Give an empty archive, once with its catalogue in a file and once on PostgreSQL.

    It is a copy of one that was created: that takes a tenth of the time.
    """
    if database_url is None:
        template = request.getfixturevalue("sqlite_template")
    else:
        template, _ = request.getfixturevalue("postgres_template")
    shutil.copytree(template, tmp_path / "archive")
    with Archive.open(tmp_path / "archive", database_url) as made:
        yield made


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> "Whole":
    """Give an archive with something of everything; make it once for all processes of the tests."""
    from filelock import FileLock

    from tests.browser.made_archive import Whole, make_whole_archive

    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    told = folder / "whole.json"
    with FileLock(folder / "whole.lock"):
        if not told.exists():
            made = make_whole_archive(folder / "whole" / "archive")
            told.write_text(json.dumps(asdict(made), default=str))
    facts = json.loads(told.read_text())
    root = Path(facts.pop("root"))
    mine = (
        tmp_path_factory.mktemp("whole") / "archive"
    )  # what one test process writes, it alone sees
    shutil.copytree(root, mine)
    numbers = {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}
    return replace(Whole(root, **numbers), root=mine)


@pytest.fixture(scope="session")
def served(whole: "Whole", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """Give a real server over that archive."""
    from tests.browser.serving import served_archive

    with served_archive(whole, tmp_path_factory.mktemp("served")) as running:
        yield running
