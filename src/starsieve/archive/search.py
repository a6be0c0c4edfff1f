"""One search for all that an archive has: stars, spectra, candidates, collections, models, runs."""

from collections.abc import Iterable
from dataclasses import dataclass

from starsieve.archive.archive import Archive
from starsieve.archive.search_hits import (
    Hit,
    HitKind,
    find_candidates,
    find_named,
    find_runs,
    find_spectra,
    find_targets,
    target_hit,
)
from starsieve.archive.search_words import Meant, read_words
from starsieve.archive.spectrum_index import SpectrumIndex
from starsieve.archive.target_filters import TargetFilter
from starsieve.archive.target_lists import list_targets


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, the best first, and what was taken to be meant.

    Parameters
    ----------
    meant : Meant
    hits : tuple of Hit
    more : frozenset of str
        Kinds of which there is more than was returned; objects count as spectra.
    """

    meant: Meant
    hits: tuple[Hit, ...]
    more: frozenset[HitKind]

    @property
    def sole(self) -> Hit | None:
        """The one hit that is just what was asked for, if there is only one."""
        best = [hit for hit in self.hits if hit.rank == 0 and hit.distance_arcsec is None]
        return best[0] if len(best) == 1 else None


def search_archive(
    archive: Archive,
    text: str,
    limit: int = 10,
    *,
    models: Iterable[str] = (),
    index: SpectrumIndex | None = None,
) -> SearchResult:
    """Find what a text may mean.

    Parameters
    ----------
    archive : Archive
    text : str
        A name or a part of one, a number of a catalogue as ``"TIC 25155310"`` or ``"TOI-270.01"``,
        coordinates as ``"84.29 -80.47"`` with a radius or without, the name of a file,
        ``"spectrum 17"``.
    limit : int
        Hits of each kind.
    models : iterable of str
        Names of models beside those that the archive knows.
    index : SpectrumIndex, optional
        Of the archive; who asks often keeps one.
    """
    meant = read_words(text)
    if not meant.text:
        return SearchResult(meant, (), frozenset())
    with archive.catalogue.reading() as connection:
        hits = [
            *find_targets(connection, meant, limit + 1),
            *find_spectra(connection, index or SpectrumIndex(archive), meant, limit + 1),
            *find_candidates(connection, meant, limit + 1),
            *find_named(connection, meant, models),
            *find_runs(connection, meant),
        ]
    if meant.cone is not None:
        page = list_targets(archive, TargetFilter(cone=meant.cone), limit=limit + 1)
        hits += [target_hit(row, 0) for row in page.rows]
    return _first_of_each_kind(meant, hits, limit)


def _first_of_each_kind(meant: Meant, hits: Iterable[Hit], limit: int) -> SearchResult:
    kept: list[Hit] = []
    counts: dict[HitKind, int] = {}
    seen = set()
    for hit in sorted(hits, key=lambda hit: hit.rank):
        key = (hit.kind, hit.id, hit.name)
        if key in seen:
            continue
        seen.add(key)
        family: HitKind = "spectrum" if hit.kind == "object" else hit.kind
        counts[family] = counts.get(family, 0) + 1
        if counts[family] <= limit:
            kept.append(hit)
    more = frozenset(kind for kind, n in counts.items() if n > limit)
    return SearchResult(meant, tuple(kept), more)
