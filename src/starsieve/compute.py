"""One function to map work over items: in this process, or over processes."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from starsieve.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_items(
    function: Callable[[Item], Result], items: Iterable[Item], settings: Settings
) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of `items`, on the engine that `settings` names.

    `function` and its results must be picklable on every engine but ``serial``.
    """
    if settings.engine == "serial":
        yield from map(function, items)
    else:
        with ProcessPoolExecutor(settings.workers) as pool:
            yield from pool.map(function, items)
