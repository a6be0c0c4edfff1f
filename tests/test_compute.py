"""The same results in the same order, on every engine."""

import multiprocessing
from functools import partial

import pytest

from starsieve.compute import map_items
from starsieve.settings import Settings


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_results_come_in_the_order_of_the_items(engine):
    settings = Settings(engine=engine, workers=2)

    assert list(map_items(partial(pow, 2), range(8), settings)) == [2**n for n in range(8)]
    assert multiprocessing.active_children() == []
