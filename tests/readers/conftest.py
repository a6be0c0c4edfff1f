"""Real files, found where STARSIEVE_TEST_DATA says; tests that need them are skipped without."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = Path(os.environ.get("STARSIEVE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real files at {folder}; set STARSIEVE_TEST_DATA")
    return folder
