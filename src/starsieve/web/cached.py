"""Values that take a while to make, kept for a while: made once, however many ask at once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cached(Generic[Value]):
    """The values that were asked for last, by key.

    Parameters
    ----------
    maxsize : int
        How many are kept.
    seconds : float, optional
        After which a value is made anew; never by default.
    """

    def __init__(self, maxsize: int, seconds: float | None = None) -> None:
        self._maxsize, self._seconds = maxsize, seconds
        self._values: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; make it if there is none, while others wait for it."""
        found = self._find(key)
        if found:
            return found[0]
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            found = self._find(key)
            if found:
                return found[0]
            value = make()
            with self._lock:
                self._values[key] = (time.monotonic(), value)
                self._values.move_to_end(key)
                while len(self._values) > self._maxsize:
                    self._values.popitem(last=False)
                self._making.pop(key, None)
            return value

    def peek(self, key: Hashable) -> Value | None:
        """Return the value of a key if there is one; make none, and wait for none."""
        found = self._find(key)
        return found[0] if found else None

    def _find(self, key: Hashable) -> tuple[Value] | None:
        with self._lock:
            kept = self._values.get(key)
            if kept is None:
                return None
            if self._seconds is not None and time.monotonic() - kept[0] > self._seconds:
                return None
            self._values.move_to_end(key)
            return (kept[1],)
