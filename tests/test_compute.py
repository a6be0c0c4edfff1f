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


def test_items_are_taken_a_few_at_a_time():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = map_items(partial(pow, 2), items(), Settings(engine="processes", workers=2))
    first = next(results)

    assert first == 1
    assert len(taken) < 20
    results.close()
    assert multiprocessing.active_children() == []
