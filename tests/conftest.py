"""Fixtures: everything is made, nothing is downloaded."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data import SpectrumSet

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
    """Give the URL of an empty schema on the server, and None for a catalogue in a file."""
    if request.param == "sqlite":
        yield None
        return
    server = os.environ.get("STARSIEVE_TEST_DATABASE_URL")
    if not server:
        pytest.skip("STARSIEVE_TEST_DATABASE_URL names no PostgreSQL server")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    schema = f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(server)
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"CREATE SCHEMA {schema}"))
        url = engine.url.update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()


@pytest.fixture
def archive(tmp_path: Path, database_url: str | None) -> Iterator[Archive]:
    """Give an empty archive, once with its catalogue in a file and once on PostgreSQL."""
    with Archive.create(tmp_path / "archive", database_url) as made:
        yield made
