"""Many short texts, kept as one long one, in which a word is found at once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

END = "\n"

MOST_KEPT = 16
"""Words whose texts are kept: who looks for one sorts and narrows what is found."""

EXACT, BEGINS, CONTAINS, NOT_ALIKE = range(4)


class Texts:
    """Texts that are looked into, whatever the case of their letters.

    Parameters
    ----------
    texts : sequence of str
        A line break in one of them becomes a blank.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        lines = [text.lower().replace(END, " ") for text in texts]
        self._joined = END.join((*lines, ""))
        self._lengths = np.fromiter(map(len, lines), np.int64, len(lines))
        self._starts = np.cumsum(self._lengths + 1) - self._lengths - 1
        self._kept: dict[str, npt.NDArray[np.int8]] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def contain(self, text: str) -> npt.NDArray[np.bool_]:
        """Return which of the texts contain another one, shape (n_texts,).

        Examples
        --------
        >>> Texts(["GJ 229 B", "", "Gl 570 D"]).contain("gj").tolist()
        [True, False, False]
        """
        return self.likeness(text) < NOT_ALIKE

    def likeness(self, text: str) -> npt.NDArray[np.int8]:
        """Return how like each text is to another one, shape (n_texts,).

        EXACT, BEGINS with it, CONTAINS it, or NOT_ALIKE.
        """
        wanted = text.lower().replace(END, " ")
        likeness = self._kept.get(wanted)
        if likeness is None:
            likeness = self._look(wanted) if wanted else np.full(len(self), CONTAINS, np.int8)
            while len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept), ""), None)
            self._kept[wanted] = likeness
        return likeness

    def _look(self, wanted: str) -> npt.NDArray[np.int8]:
        found, at = [], self._joined.find(wanted)
        while at >= 0:
            found.append(at)
            # The next one may be in the same text, which is found already.
            at = self._joined.find(wanted, self._joined.find(END, at))
        places = np.array(found, np.int64)
        texts = np.searchsorted(self._starts, places, "right") - 1
        likeness = np.full(len(self), NOT_ALIKE, np.int8)
        begins = self._starts[texts] == places
        exact = begins & (self._lengths[texts] == len(wanted))
        likeness[texts] = np.where(exact, EXACT, np.where(begins, BEGINS, CONTAINS))
        return likeness

    @cached_property
    def ranks(self) -> npt.NDArray[np.float64]:
        """Places of the texts in alphabetical order, shape (n_texts,); NaN for empty ones."""
        lines = np.array(self._joined.split(END)[:-1], dtype=object)
        _, places = np.unique(lines, return_inverse=True)
        ranks = places.astype(np.float64)
        ranks[np.array([not line for line in lines], np.bool_)] = np.nan
        return ranks
