"""A collection's latents, ready for a program that stays up: who is near, and what is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive.columns import LabelColumn, PredictionColumn, SpectrumColumns, Texts
from starsieve.data import Embeddings
from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError, NotInArchiveError
from starsieve.representations.distances import typical_errors
from starsieve.representations.latent_ranges import Ranges, measure_ranges
from starsieve.representations.pool import number_stars
from starsieve.representations.yardstick import Space, measure_space
from starsieve.stats.neighbours import ExactIndex

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PRESELECTED = 1_000
ROWS_AT_A_TIME = 65_536

MOST_NEIGHBOURS = 1_000


@dataclass(frozen=True, slots=True)
class Near:
    """A real spectrum near a point, and what is known of it.

    Parameters
    ----------
    row : int
        Of the space.
    id : int
    object, file : str
        ``""`` where not known.
    target : int, optional
    distance : float
        As `starsieve similar --by latent` states it.
    labels : mapping of str to float
        Those that are known.
    inferred : mapping of str to float
        What models say, as the keys of `LatentSpace.inferred`.
    """

    row: int
    id: int
    object: str
    file: str
    target: int | None
    distance: float
    labels: Mapping[str, float]
    inferred: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LatentSpace:
    """The spectra of a collection that a model could encode, a row each; made by `make_space`.

    Parameters
    ----------
    collection, model, model_hash : str
    n_unknown : int
        Spectra that the model could not encode; they are in none of the rows.
    ids : array of int, shape (n,)
    latents : array, shape (n, n_latents)
        Column by column in memory, in the type in which they are kept.
    errors : array, shape (n_latents,)
        Typical errors of the latents; 1 where the model has none.
    ranges : Ranges
        Where each latent lies, and how much it tells.
    yardstick : Space
        What distances are measured in.
    index : ExactIndex or LatentIndex
        Of latents in units of the yardstick, or, for millions, of the latents themselves.
    objects, files : arrays of str, shape (n,)
        ``""`` where not known.
    targets : array of int, shape (n,)
        -1 where there is none.
    stars : array of int, shape (n,)
        The same number for all spectra of one target, or of one name; -1 where not known.
    labels : mapping of str to array, shape (n,)
        NaN where not known.
    inferred : mapping of str to array, shape (n,)
        What models say of them, ``MODEL:PARAMETER``; NaN where they say nothing.
    units : mapping of str to str
        Of labels and of what is inferred.
    columns : mapping of str to array, shape (n,)
        What was found on the way, as those of `Embeddings`.
    """

    collection: str
    model: str
    model_hash: str
    n_unknown: int
    ids: IntArray
    latents: npt.NDArray[np.floating[Any]]
    errors: FloatArray
    ranges: Ranges
    yardstick: Space
    index: Any
    objects: Texts
    files: Texts
    targets: IntArray
    stars: IntArray
    labels: Mapping[str, FloatArray]
    inferred: Mapping[str, FloatArray]
    units: Mapping[str, str]
    columns: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        n_latents = self.latents.shape[1]
        return f"<LatentSpace of {self.collection!r} by {self.model!r}: {len(self)} x {n_latents}>"

    def row_of(self, number: int) -> int:
        """Return the row of a spectrum, by its number in the archive.

        Raises
        ------
        NotInArchiveError
            If the collection has no such spectrum, or the model could not encode it.
        """
        found = np.flatnonzero(self.ids == number)
        if not len(found):
            msg = f"{self.model!r} has no latents of a spectrum {number} of {self.collection!r}."
            raise NotInArchiveError(msg)
        return int(found[0])

    def neighbours(
        self, of: int | npt.ArrayLike, k: int = 10, wanted: BoolArray | None = None
    ) -> list[Near]:
        """Return the spectra whose latents are nearest to a point, the nearest first.

        Parameters
        ----------
        of : int or array, shape (n_latents,)
            A spectrum's number in the archive, which never finds itself, or any point.
        k : int
            At most so many.
        wanted : array of bool, shape (n,), optional
            Which rows may be found.

        Raises
        ------
        NotInArchiveError
            If there is no spectrum of that number.
        DataError
            If the point does not fit, or k is impossible.
        """
        if not 1 <= k <= MOST_NEIGHBOURS:
            msg = f"1 to {MOST_NEIGHBOURS} neighbours can be asked for, got {k}."
            raise DataError(msg)
        own = -1
        if isinstance(of, int | np.integer):
            own = self.row_of(int(of))
            of = self.latents[own]
        point = self._point(of)
        rows = self._near(point, k + (own >= 0), wanted)
        distances = self._distances(point, rows)
        order = np.lexsort((rows, distances))
        chosen = [place for place in order.tolist() if rows[place] != own][:k]
        return [self.near(int(rows[place]), float(distances[place])) for place in chosen]

    def near(self, row: int, distance: float = 0.0) -> Near:
        """Return what is known of the spectrum in a row."""
        target = int(self.targets[row])
        return Near(
            row,
            int(self.ids[row]),
            str(self.objects[row]),
            str(self.files[row]),
            None if target < 0 else target,
            distance,
            _known(self.labels, row),
            _known(self.inferred, row),
        )

    def _point(self, of: npt.ArrayLike) -> FloatArray:
        point = np.asarray(of, np.float64)
        if point.shape != self.latents.shape[1:] or not np.all(np.isfinite(point)):
            msg = (
                f"A point has {self.latents.shape[1]} finite numbers, got shape {point.shape} "
                f"with {int(np.sum(~np.isfinite(point)))} that are not finite."
            )
            raise DataError(msg)
        return point

    def _near(self, point: FloatArray, k: int, wanted: BoolArray | None) -> IntArray:
        """Return rows that hold the k nearest wanted ones."""
        n_wanted = len(self) if wanted is None else int(np.count_nonzero(wanted))
        if not n_wanted:
            return np.empty(0, np.int64)
        k = min(k, n_wanted)
        if isinstance(self.index, ExactIndex):
            # single precision may swap the last ones
            asked = min(k + 4, n_wanted)
            found: IntArray = self.index.nearest(self.yardstick(point[None]), asked, wanted)[1][0]
            return found
        asked = min(max(PRESELECTED, 50 * k), len(self))
        rows: IntArray = np.sort(self.index.nearest(point[None], asked)[1][0])
        if wanted is not None:
            rows = rows[wanted[rows]]
        # a narrow filter: those that pass it are few enough to look at all
        return rows if len(rows) >= k or wanted is None else np.flatnonzero(wanted)

    def _distances(self, point: FloatArray, rows: IntArray) -> FloatArray:
        gaps = self.yardstick(self.latents[rows]) - self.yardstick(point[None])
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", gaps, gaps)))


def make_space(
    embeddings: Embeddings,
    spectra: SpectrumColumns,
    labels: Sequence[LabelColumn] = (),
    inferred: Sequence[PredictionColumn] = (),
    *,
    model_hash: str = "",
    index: Callable[[Embeddings, Space], Any] | None = None,
) -> LatentSpace:
    """Put latents and what is known of their spectra together.

    Parameters
    ----------
    embeddings : Embeddings
        Rows of NaN are left out.
    spectra : SpectrumColumns
        A row for each of the embeddings.
    labels : sequence of LabelColumn
    inferred : sequence of PredictionColumn
        Likewise.
    index : callable, optional
        Makes what is searched, of known embeddings and the yardstick; by default an `ExactIndex`.

    Raises
    ------
    DataError
        If no spectrum could be encoded.
    """
    rows = np.flatnonzero(embeddings.known)
    if not len(rows):
        msg = f"None of {len(embeddings)} spectra could be encoded, so there is nothing to look at."
        raise DataError(msg)
    kept = embeddings if len(rows) == len(embeddings) else embeddings.take(rows)
    objects, targets = spectra.objects[rows], spectra.targets[rows]
    said = {f"{each.model}:{each.parameter}": each for each in inferred}
    units = {each.name: each.unit for each in labels}
    stars = number_stars(objects, targets)
    yardstick = measure_space(kept, stars)
    return LatentSpace(
        collection=embeddings.collection,
        model=embeddings.model,
        model_hash=model_hash,
        n_unknown=len(embeddings) - len(kept),
        ids=kept.ids,
        latents=np.asfortranarray(kept.latents),
        errors=typical_errors(kept),
        ranges=measure_ranges(kept),
        yardstick=yardstick,
        index=(index or exact_index)(kept, yardstick),
        objects=objects,
        files=spectra.files[rows],
        targets=targets,
        stars=stars,
        labels={each.name: each.values[rows] for each in labels},
        inferred={name: each.values[rows] for name, each in said.items()},
        units=units | {name: each.unit for name, each in said.items()},
        columns={name: np.asarray(v, np.float64) for name, v in kept.columns.items()},
    )


def exact_index(embeddings: Embeddings, yardstick: Space) -> ExactIndex:
    """Return an index of latents in units of a yardstick, in single precision."""
    scaled = np.empty(embeddings.latents.shape, np.float32)
    for start in range(0, len(scaled), ROWS_AT_A_TIME):
        some = slice(start, start + ROWS_AT_A_TIME)
        scaled[some] = yardstick(embeddings.latents[some])
    return ExactIndex.of(scaled)


def _known(columns: Mapping[str, FloatArray], row: int) -> dict[str, float]:
    return {name: float(v[row]) for name, v in columns.items() if np.isfinite(v[row])}
