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
        How many are kept, or how much they may weigh together.
    seconds : float, optional
        After which a value is made anew; never by default.
    weigh : callable, optional
        What a value weighs; each counts as one by default.
    """

    def __init__(
        self,
        maxsize: int,
        seconds: float | None = None,
        weigh: Callable[[Value], int] = lambda _: 1,
    ) -> None:
        self._maxsize, self._seconds, self._weigh = maxsize, seconds, weigh
        self._weight = 0
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
                self._keep(key, version, value)
                self._making.pop(key, None)
            return value

    def _keep(self, key: Hashable, version: object, value: Value) -> None:
        """Put a value in the place of the one of its key; the longest unused make room for it."""
        if key in self._values:
            self._weight -= self._weigh(self._values.pop(key)[2])
        self._values[key] = (time.monotonic(), version, value)
        self._weight += self._weigh(value)
        while self._weight > self._maxsize and len(self._values) > 1:
            _, (_, _, oldest) = self._values.popitem(last=False)
            self._weight -= self._weigh(oldest)

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
