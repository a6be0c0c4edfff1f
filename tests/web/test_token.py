"""Writing needs a token that is shown once and kept as a hash."""

import pytest

from starsieve.errors import ArchiveError
from starsieve.web.token import FILE, ensure_token, is_token, renew_token


def test_a_token_is_shown_once(tmp_path):
    token = ensure_token(tmp_path)

    assert token is not None
    assert is_token(tmp_path, token)
    assert ensure_token(tmp_path) is None


def test_a_new_token_ends_the_old_one(tmp_path):
    old = renew_token(tmp_path)
    new = renew_token(tmp_path)

    assert not is_token(tmp_path, old)
    assert is_token(tmp_path, new)


def test_the_token_itself_is_nowhere_on_disk(tmp_path):
    token = renew_token(tmp_path)

    assert all(token not in path.read_text() for path in tmp_path.iterdir())
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("given", ["", "x", "é\x00", "\udcff"])
def test_other_words_are_no_token(tmp_path, given):
    assert not is_token(tmp_path, given)
    renew_token(tmp_path)
    assert not is_token(tmp_path, given)


def test_a_folder_that_can_not_be_written_to_is_an_error(tmp_path):
    (tmp_path / "web-token.sha256.part").mkdir()

    with pytest.raises(ArchiveError, match="Can't keep a token"):
        renew_token(tmp_path)
