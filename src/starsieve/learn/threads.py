"""How many threads a computation takes."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from starsieve.compute import IN_FLIGHT, in_order

Item = TypeVar("Item")
Result = TypeVar("Result")


def take_one_thread() -> None:
    """Let PyTorch and linear algebra work in the thread that calls them, in this whole process.

    For a process that answers many at once: there are more answers than cores, and one that is
    shared out waits for its last part until another answer has left the other core.
    """
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="blas")


def share_threads(n_processes: int) -> None:
    """Let this process take its share of the cores, where several compute at once."""
    share = max(1, torch.get_num_threads() // n_processes)
    torch.set_num_threads(share)
    threadpool_limits(share, user_api="blas")


def map_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of `items`, in as many threads as PyTorch may take.

    Inside of each, PyTorch and linear algebra take that thread alone. So no result depends on how
    many there are, and what does not divide well among threads, such as Python itself, goes on in
    one while another computes.
    """
    with _one_thread_each() as n_threads:
        if n_threads == 1:
            yield from map(function, items)
            return
        with ThreadPoolExecutor(n_threads) as pool:
            yield from in_order(pool, function, iter(items), IN_FLIGHT * n_threads)


@contextmanager
def _one_thread_each() -> Iterator[int]:
    """Let each thread compute for itself; give back how many PyTorch might have taken."""
    n_threads = torch.get_num_threads()
    if n_threads == 1:
        yield n_threads
        return
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield n_threads
    finally:
        torch.set_num_threads(n_threads)
