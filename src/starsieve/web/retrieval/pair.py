"""A query and one of its neighbours, compared as spectra: both together, and where they differ."""

from dataclasses import replace
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.representations.metric import Metric
from starsieve.representations.similar_result import Neighbour
from starsieve.representations.similarity import similar
from starsieve.web.cached import Cached
from starsieve.web.retrieval.asked import Asked
from starsieve.web.retrieval.source import Source, read_source
from starsieve.web.spectra.stored import get_spectrum

KEPT = 256
"""Pairs; each takes about 100 kB."""

_pairs: Cached[Neighbour | str] = Cached(KEPT)


def compare_pair(archive: Archive, source: Source, neighbour: int, asked: Asked) -> Neighbour:
    """Return a neighbour as it was compared with the query: with overlay and differences.

    Raises
    ------
    NotInArchiveError
        If there is no such spectrum.
    DataError
        If the two can't be compared.
    """
    upload = source.upload.id if source.upload else None
    metric, wave_range = asked.metric, asked.wave_range
    key = (str(archive.root), source.number, upload, neighbour, wave_range, metric)

    def make() -> Neighbour | str:
        return _compare(archive, source, neighbour, metric, wave_range)

    found = _pairs.get(key, make)
    if isinstance(found, str):
        raise DataError(found)
    return found


def _compare(
    archive: Archive,
    source: Source,
    neighbour: int,
    metric: Metric,
    wave_range: tuple[float, float] | None,
) -> Neighbour | str:
    """Return what was found, or why nothing: that, too, takes its time and is kept."""
    query, other = read_source(archive, source), get_spectrum(archive, neighbour)
    try:
        found = similar(query, [other], k=1, metric=metric, wave_range=wave_range)
    except DataError as error:
        return str(error)
    for each in found:
        if each.overlay is not None:
            return replace(each, id=neighbour)
    return found.failures[0].error if found.failures else "They have too little in common."


def explain(neighbour: Neighbour) -> dict[str, Any]:
    """Return in words how alike two spectra are, and why not more."""
    said = {"velocity": "", "common": "", "why": "", "distance": f"{neighbour.distance:.3g}"}
    parts = []
    if neighbour.common_um is not None:
        low, high = neighbour.common_um
        said["common"] = f"{neighbour.n_common:,} pixels, {low:.4g} to {high:.4g} µm"
        parts.append(f"Compared on {said['common']}.")
    if neighbour.velocity is not None:
        said["velocity"] = f"{neighbour.velocity:+.0f} km/s"
        parts.append(f"Velocity relative to it {said['velocity']}.")
    said["summary"] = " ".join(parts)
    said["why"] = _why(neighbour)
    return said


def _why(neighbour: Neighbour) -> str:
    if not neighbour.differences:
        return "They differ nowhere by more than is expected."
    parts = [
        f"{each.low_um:.4g}–{each.high_um:.4g} µm, where the query is {_excess(each.excess)} "
        f"({each.share:.0%} of all difference)"
        for each in neighbour.differences
    ]
    return f"They differ most at {'; '.join(parts)}."


def _excess(excess: float) -> str:
    return f"{abs(excess):.1%} {'brighter' if excess > 0 else 'fainter'}"
