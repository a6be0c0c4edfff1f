"""Search many stars: files, objects in memory, TIC numbers or a collection of an archive."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from starsieve.archive import Archive
from starsieve.compute import map_items
from starsieve.errors import Failure, NotInArchiveError, StarsieveError
from starsieve.readers.reader import NO_HINTS, Hints
from starsieve.settings import Settings
from starsieve.transits.observed import ObservedStar, Piece, StarItems, open_star, to_search
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.search import SearchResult, search

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class SearchedStar:
    """A star, and what was found in its light curve."""

    observed: ObservedStar
    found: SearchResult

    def to_record(self) -> dict[str, Any]:
        """Return plain values under the names of the JSON interface."""
        detrended = self.found.detrended
        return {
            "file": self.observed.file,
            "target": self.observed.target,
            "tic": self.observed.star.tic,
            "n_cadences": int(detrended.curve.usable.sum()),
            "candidates": [each.to_record() for each in self.found.candidates],
            "singles": [each.to_record() for each in self.found.singles],
            "detrended": {
                "method": detrended.method,
                "window_days": detrended.window_days,
                "rotation_days": detrended.rotation_days,
                "amplitude": detrended.amplitude,
            },
            "period_min_days": float(self.found.periods[0]),
            "period_max_days": float(self.found.periods[-1]),
            "n_periods": len(self.found.periods),
            "notes": list(self.found.notes),
            "assumed": list(self.observed.assumed),
        }


def search_stars(
    groups: Iterable[StarItems],
    options: SearchOptions | None = None,
    archive: Archive | None = None,
    hints: Hints = NO_HINTS,
    settings: Settings | None = None,
) -> Iterator[SearchedStar | Failure]:
    """Yield what was found in each star, in order.

    Parameters
    ----------
    groups : iterable of StarItems
        As `starsieve.transits.observed.group_items` or `group_collection` make them.
    options : SearchOptions, optional
    archive : Archive, optional
        Where light curves are that are no files.
    hints : Hints
        What the caller knows better than the files.
    settings : Settings, optional
        Over how many processes stars are spread; by default this one alone.
    """
    one = partial(search_star, options=options or SearchOptions(), hints=hints)
    return map_items(one, opened(groups, archive), settings or Settings())


def search_star(
    star: StarItems | ObservedStar | Failure, options: SearchOptions, hints: Hints = NO_HINTS
) -> SearchedStar | Failure:
    """Read a star if it is not yet, and search it; never raise for its data."""
    if isinstance(star, Failure):
        return star
    name = star.name if isinstance(star, StarItems) else star.file
    try:
        observed = open_star(star, hints=hints) if isinstance(star, StarItems) else star
        return SearchedStar(observed, search(observed.curve, options))
    except Exception as error:
        return failed(name, error)


def failed(name: str, error: Exception) -> Failure:
    """Return what is told of a star whose data, or a defect of ours, stopped its search.

    One star of thousands may be odd in a way that nobody thought of: the others go on.
    """
    if isinstance(error, StarsieveError):
        return Failure(name, str(error).removeprefix(f"{name}: "))
    kind = type(error).__name__
    return Failure(name, f"unexpected {kind}: {error}. This is a defect; please report it.")


def opened(
    groups: Iterable[StarItems], archive: Archive | None
) -> Iterator[StarItems | ObservedStar | Failure]:
    """Yield files as they are, and read here what other processes could not: the archive."""
    for group in groups:
        if any(piece.id is not None for piece in group.pieces):
            try:
                yield open_star(group, archive)
            except StarsieveError as error:
                yield Failure(group.name, str(error))
        else:
            yield group


def group_collection(archive: Archive, collection: str) -> list[StarItems]:
    """Return the stars of a collection, each with all of its light curves there.

    Raises
    ------
    NotInArchiveError
        If there is no such collection, or no light curve in it.
    """
    by_star: dict[str, list[Piece]] = {}
    for info in to_search(archive.light_curves.table(collection)):
        key = f"light curve {info.id}" if info.target is None else f"target {info.target}"
        piece = Piece(
            info.file or f"light curve {info.id}", id=info.id, sha256=info.file_hash or ""
        )
        by_star.setdefault(key, []).append(piece)
    if not by_star:
        msg = f"Collection {collection!r} has no light curves: they are what is searched."
        raise NotInArchiveError(msg)
    return [StarItems(key, tuple(pieces)) for key, pieces in by_star.items()]
