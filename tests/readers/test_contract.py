import pytest

from starsieve.readers import READERS
from tests.contracts.reader_checks import CHECKS
from tests.readers.made_files import MADE


def test_every_reader_is_under_contract():
    assert list(MADE) == [reader.name for reader in READERS]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("layout", MADE)
def test_readers_keep_the_contract(layout, check, tmp_path):
    check(layout, MADE[layout](tmp_path))
