"""What was fetched: young, old, damaged, and out of reach."""

from datetime import timedelta
from pathlib import Path

import pytest

from starsieve.errors import SourceError
from starsieve.sources.cache import Cache, Item

TABLE = Item("exofop", "https://exofop.example/toi", "TOI table", "toi.csv", timedelta(days=1))


class Source:
    """Makes contents, counts how often, and fails when it is down."""

    def __init__(self, content: str = "first") -> None:
        self.content, self.down, self.n_made = content, False, 0

    def __call__(self, part: Path) -> None:
        self.n_made += 1
        if self.down:
            msg = "The archive is down."
            raise SourceError(msg)
        part.write_text(self.content)


@pytest.fixture
def source() -> Source:
    return Source()


def with_mode(cache: Cache, **mode: bool) -> Cache:
    return Cache(cache.folder, now=cache.now, **mode)


def test_what_was_fetched_is_not_fetched_again(cache, source):
    first = cache.get(TABLE, source)
    second = cache.get(TABLE, source)

    assert (first.origin, second.origin, source.n_made) == ("remote", "cache", 1)
    assert first.path == second.path
    assert second.path.name == "toi.csv"


def test_what_is_too_old_is_fetched_anew_and_the_old_goes(cache, source, clock):
    old = cache.get(TABLE, source)
    source.content = "second"
    clock.forward(hours=25)

    new = cache.get(TABLE, source)

    assert (new.origin, new.path.read_text()) == ("remote", "second")
    assert not old.path.exists()


def test_what_never_ages_stays(cache, source, clock):
    file = Item("mast", "mast:TESS/1", "light curve", "lc.fits")
    cache.get(file, source)
    clock.forward(days=4000)

    assert cache.get(file, source).origin == "cache"


def test_its_age_is_said(cache, source, clock):
    cache.get(TABLE, source)
    clock.forward(days=3)

    kept = cache.find(TABLE)

    assert kept is not None
    assert kept.describe() == "TOI table, fetched 3 days ago"


def test_offline_takes_what_there_is_however_old(cache, source, clock):
    cache.get(TABLE, source)
    clock.forward(days=300)

    assert with_mode(cache, offline=True).get(TABLE, source).path.read_text() == "first"
    assert source.n_made == 1


def test_offline_with_nothing_says_what_to_do(cache, source):
    with pytest.raises(SourceError, match=r"TOI table is not in the cache .* Without --offline"):
        with_mode(cache, offline=True).get(TABLE, source)
    assert source.n_made == 0


def test_refresh_asks_although_it_is_young(cache, source):
    cache.get(TABLE, source)
    source.content = "second"

    assert with_mode(cache, refresh=True).get(TABLE, source).path.read_text() == "second"


@pytest.mark.parametrize("refresh", [False, True])
def test_a_service_that_is_down_leaves_the_old_with_a_note(cache, source, clock, refresh):
    cache.get(TABLE, source)
    clock.forward(days=5)
    source.down = True

    stale = with_mode(cache, refresh=refresh).get(TABLE, source)

    assert (stale.origin, stale.path.read_text()) == ("stale", "first")
    assert stale.note == "The archive is down. Instead: TOI table, fetched 5 days ago."


def test_failures_are_never_kept(cache, source):
    source.down = True
    with pytest.raises(SourceError, match="is down"):
        cache.get(TABLE, source)
    source.down = False

    assert cache.get(TABLE, source).origin == "remote"


def test_content_that_was_changed_is_fetched_anew(cache, source):
    kept = cache.get(TABLE, source)
    kept.path.write_text("half of")

    again = cache.get(TABLE, source)

    assert (again.origin, again.path.read_text()) == ("remote", "first")


def test_a_damaged_record_is_as_if_nothing_was_there(cache, source):
    kept = cache.get(TABLE, source)
    (kept.path.parents[1] / "record.json").write_text('{"sha256": 1')

    assert cache.get(TABLE, source).origin == "remote"


def test_an_interruption_leaves_what_was_there(cache, source):
    def interrupted(part: Path) -> None:
        part.write_text("half of it")
        raise KeyboardInterrupt

    cache.get(TABLE, source)
    with pytest.raises(KeyboardInterrupt):
        with_mode(cache, refresh=True).get(TABLE, interrupted)

    assert cache.get(TABLE, source).path.read_text() == "first"


@pytest.mark.parametrize("name", ["../../evil", ".hidden", "a/b", "", "a" * 300, "a\n"])
def test_names_that_lead_out_of_the_cache_are_refused(cache, source, name):
    with pytest.raises(SourceError, match="no name for a file"):
        cache.get(Item("mast", "key", "file", name), source)
    assert source.n_made == 0
