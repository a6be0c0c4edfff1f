"""Archives for searches: what a server does otherwise is tested with the archive's own tests."""

import pytest


@pytest.fixture
def database_url() -> None:
    """Keep the catalogue in a file."""
