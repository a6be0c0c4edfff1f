"""One function to map work over items: in this process, or over processes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context
from typing import TypeVar

from starsieve.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT = 4
"""Items per worker that are under way or wait for one."""


def map_items(
    function: Callable[[Item], Result], items: Iterable[Item], settings: Settings
) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of `items`, on the engine that `settings` names.

    Items are taken a few at a time, as results are, so that neither have to fit into memory.
    `function` and its results must be picklable on every engine but ``serial``.
    """
    if settings.engine == "serial":
        yield from map(function, items)
    else:
        # A plain fork would copy locks that the threads of Zarr and torch may hold just then.
        context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        # Workers come from a server that has imported the function, so not each must do it.
        context.set_forkserver_preload([_module_of(function)])
        with ProcessPoolExecutor(settings.workers, context) as pool:
            yield from in_order(pool, function, iter(items), IN_FLIGHT * settings.workers)


def in_order(
    pool: Executor, function: Callable[[Item], Result], items: Iterator[Item], most: int
) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of `items`, of which at most `most` are under way."""
    waiting = deque(pool.submit(function, item) for item in islice(items, most))
    try:
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(items, 1))
    finally:
        for future in waiting:
            future.cancel()


def _module_of(function: Callable[..., object]) -> str:
    """Return the module that a worker needs for a function, also for a partial one."""
    while isinstance(function, partial):
        function = function.func
    return function.__module__
