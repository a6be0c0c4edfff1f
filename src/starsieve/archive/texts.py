"""Many short texts, kept as one long one, in which a word is found at once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

END = "\n"


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
        lengths = np.fromiter((len(line) + 1 for line in lines), np.int64, len(lines))
        self._starts = np.cumsum(lengths) - lengths

    def __len__(self) -> int:
        return len(self._starts)

    def contain(self, text: str) -> npt.NDArray[np.bool_]:
        """Return which of the texts contain another one, shape (n_texts,).

        Examples
        --------
        >>> Texts(["GJ 229 B", "", "Gl 570 D"]).contain("gj").tolist()
        [True, False, False]
        """
        wanted = text.lower().replace(END, " ")
        if not wanted:
            return np.ones(len(self), np.bool_)
        found, at = [], self._joined.find(wanted)
        while at >= 0:
            found.append(at)
            # The next one may be in the same text, which is found already.
            at = self._joined.find(wanted, self._joined.find(END, at))
        contained = np.zeros(len(self), np.bool_)
        contained[np.searchsorted(self._starts, found, "right") - 1] = True
        return contained

    @cached_property
    def ranks(self) -> npt.NDArray[np.float64]:
        """Places of the texts in alphabetical order, shape (n_texts,); NaN for empty ones."""
        lines = np.array(self._joined.split(END)[:-1], dtype=object)
        _, places = np.unique(lines, return_inverse=True)
        ranks = places.astype(np.float64)
        ranks[np.array([not line for line in lines], np.bool_)] = np.nan
        return ranks
