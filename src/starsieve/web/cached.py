"""Values that take a while to make, kept for a while: made once, however many ask at once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

ANY = object()
"""Whatever a value was made of."""


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
        self._values: OrderedDict[Hashable, tuple[float, object, Value]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value], version: object = None) -> Value:
        """Return the value of a key; make it if there is none, while others wait for it.

        Parameters
        ----------
        key : hashable
        make : callable
        version : object, optional
            What the value is made of; one that was made of something else gives way.
        """
        found = self._find(key, version)
        if found:
            return found[0]
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            found = self._find(key, version)
            if found:
                return found[0]
            value = make()
            with self._lock:
                self._values[key] = (time.monotonic(), version, value)
                self._values.move_to_end(key)
                while len(self._values) > self._maxsize:
                    self._values.popitem(last=False)
                self._making.pop(key, None)
            return value

    def peek(self, key: Hashable, version: object = ANY) -> Value | None:
        """Return the value of a key if there is one; make none, and wait for none."""
        found = self._find(key, version)
        return found[0] if found else None

    def _find(self, key: Hashable, version: object) -> tuple[Value] | None:
        with self._lock:
            kept = self._values.get(key)
            if kept is None:
                return None
            made, made_of, value = kept
            if self._seconds is not None and time.monotonic() - made > self._seconds:
                return None
            if version is not ANY and made_of != version:
                return None
            self._values.move_to_end(key)
            return (value,)
