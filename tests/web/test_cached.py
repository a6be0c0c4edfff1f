"""A value is made once, however many ask at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from starsieve.web.cached import Cached


def test_a_value_is_made_once_for_all_who_ask():
    cached, made = Cached(4), []

    def make():
        time.sleep(0.05)
        made.append(threading.get_ident())
        return 7

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: cached.get("key", make), range(16)))

    assert values == [7] * 16
    assert len(made) == 1


def test_the_longest_unused_goes_first():
    cached, made = Cached(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        cached.get(key, lambda key=key: made.append(key) or key)

    assert made == ["a", "b", "c", "b"]


def test_a_value_that_is_too_old_is_made_anew():
    cached, made = Cached(2, seconds=0.01), []
    cached.get("a", lambda: made.append(1))
    time.sleep(0.02)
    cached.get("a", lambda: made.append(2))

    assert made == [1, 2]


def test_what_could_not_be_made_is_tried_again():
    cached = Cached(2)
    with pytest.raises(ZeroDivisionError):
        cached.get("a", lambda: 1 / 0)

    assert cached.get("a", lambda: 3) == 3


def test_a_look_makes_nothing():
    cached = Cached(2)
    assert cached.peek("a") is None
    cached.get("a", lambda: 1)

    assert cached.peek("a") == 1


def test_a_value_of_something_else_gives_way_to_one_of_this():
    cached = Cached(4)
    first = cached.get("key", lambda: "of one", version=1)

    assert cached.peek("key") == first
    assert cached.peek("key", version=2) is None
    assert cached.get("key", lambda: "of two", version=2) == "of two"
    assert cached.peek("key", version=1) is None
    assert cached.get("key", lambda: "again", version=2) == "of two"


def test_values_that_weigh_more_make_more_of_the_others_go():
    cached, made = Cached(10, weigh=len), []

    def ask(key, weight):
        return cached.get(key, lambda: made.append(key) or "x" * weight)

    for key, weight in (("a", 4), ("b", 4), ("a", 4), ("c", 5), ("a", 4), ("b", 4)):
        ask(key, weight)
    assert made == ["a", "b", "c", "b"]
    ask("more than all", 20)
    assert cached.peek("more than all") == "x" * 20
    assert cached.peek("a") is None
