"""Do work ahead in a thread of its own, so that whoever takes its results need not wait."""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Result(Generic[Item]):
    """An item, or how the work ended: well, if there is no error either."""

    item: Item | None = None
    error: BaseException | None = None
    ended: bool = False


def ahead(items: Iterable[Item], n_ahead: int = 1) -> Iterator[Item]:
    """Yield items that a thread makes, which is at most `n_ahead` items in front.

    An error of the thread is raised here, in its place. When the caller stops early, the thread
    ends after the item that it is at.
    """
    results: queue.Queue[_Result[Item]] = queue.Queue(n_ahead)
    stopped = threading.Event()

    def put(result: _Result[Item]) -> bool:
        while not stopped.is_set():
            with suppress(queue.Full):
                results.put(result, timeout=0.1)
                return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(_Result(item)):
                    return
            put(_Result(ended=True))
        except BaseException as error:  # raised again by whoever takes the results
            put(_Result(error=error, ended=True))

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while not (result := results.get()).ended:
            yield result.item  # type: ignore[misc]  # there is one where it has not ended
        if result.error is not None:
            raise result.error
    finally:
        stopped.set()
        thread.join()
