"""Spectra like this one: by what they look like, by their latents, or by both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from starsieve.archive import Archive
from starsieve.data.interop import as_spectra
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, Failure
from starsieve.representations.asking import Query, open_query
from starsieve.representations.latent_search import LatentSearch, find_by_latents
from starsieve.representations.metric import Metric
from starsieve.representations.pool import (
    Pool,
    lies_near,
    meets,
    pool_of_collection,
    pool_of_spectra,
)
from starsieve.representations.similar_result import By, Neighbour, Similar
from starsieve.representations.spectrum_search import Progress, compare_all, describe
from starsieve.representations.yardstick import Yardstick

PRESELECTED = 20
"""Times k: spectra whose latents are nearest, among which the spectrum decides."""

FEWEST_PRESELECTED = 200

BY_SPECTRUM = (
    "root mean square difference of the spectra in units of what is expected of it, after a free "
    "scale, the best shift within {max_velocity:g} km/s and a smooth ratio of degree {degree} "
    "(each term expected within {ratio:g}), on the common wavelengths and at the lower resolution, "
    "with {floor:g} of the flux added to every error; errors of the neighbour itself add to it"
)


def similar(
    query: Any,
    collection: Any = None,
    *,
    archive: Archive | None = None,
    by: By | None = None,
    k: int = 10,
    model: Any = None,
    where: Sequence[str] = (),
    near: tuple[float, float, float] | None = None,
    other_objects: bool = False,
    metric: Metric | None = None,
    yardstick: Yardstick | None = None,
    origin: str | None = None,
    labels: Mapping[str, FloatArray] | None = None,
    resolution: float | None = None,
    wave_range: tuple[float, float] | None = None,
    progress: Progress | None = None,
) -> Similar:
    """Find the spectra that are most like one.

    Parameters
    ----------
    query : int, path, Spectrum or other object that holds one spectrum
        An int is the number of a spectrum in the archive, which never finds itself.
    collection : str, or sequence of Spectrum
        Where to look; by default the query's own collection, or the only one.
    archive : Archive, optional
    by : {"latent", "spectrum", "both"}, optional
        Both: the nearest latents are compared as spectra. By default spectra, if no model is
        named, else both.
    k : int
        How many to return at most.
    model : str, Path or Representation, optional
        Whose latents; needed where there are embeddings by several.
    where : sequence of str
        Conditions on labels, such as ``teff>5000``.
    near : (ra, dec, radius), optional
        Degree, degree and arcsecond: only spectra of targets in this circle.
    other_objects : bool
        Leave out spectra of the query's own object.
    metric : Metric, optional
        What may differ between two spectra of the same thing.
    yardstick : {"spread", "repeats"}, optional
        What distances of latents are measured in; see `starsieve.representations.yardstick`.
    origin : str, optional
        Only labels that come from there.
    labels : mapping of str to array, shape (n_spectra,), optional
        Labels of a sequence of spectra.
    resolution : float, optional
        Resolving power of the query, where its file does not tell.
    wave_range : (low, high), optional
        Vacuum micron: only these pixels of the query count, for its latents, too.
    progress : callable, optional
        Called as ``progress(done, total, what)`` while spectra are compared.

    Returns
    -------
    Similar

    Raises
    ------
    DataError
        If nothing can be compared, or an option is impossible.
    NotInArchiveError
        If there is no such spectrum, collection or model.
    FileError
        If the file can't be read.
    """
    _check(k, by)
    metric, by = metric or Metric(), by or ("spectrum" if model is None else "both")
    asked = open_query(query, archive, resolution, wave_range)
    pool = open_pool(collection, archive, asked, origin, labels)
    wanted = _wanted(pool, archive, asked, where, near, other_objects)
    chosen, search = pool.take(wanted), None
    if by != "spectrum":
        n = k if by == "latent" else max(PRESELECTED * k, FEWEST_PRESELECTED)
        search = find_by_latents(asked, pool, wanted, archive, model, n, yardstick)
        chosen = pool.take(pool.rows_of(search.ids))
    found, failures = _compared(asked, chosen, metric, k, by, progress)
    neighbours = _ranked(found, search, chosen, by)
    return Similar(
        query=asked.name,
        spectrum=asked.spectrum,
        neighbours=tuple(neighbours[:k]),
        by=by,
        definition=_definition(by, metric, search),
        collection=pool.name,
        model=search.model if search else "",
        n_compared=int(wanted.sum()),
        notes=_notes(asked, search, wave_range),
        failures=failures,
    )


def open_pool(
    collection: Any,
    archive: Archive | None,
    asked: Query | None = None,
    origin: str | None = None,
    labels: Mapping[str, FloatArray] | None = None,
) -> Pool:
    """Return the spectra to look among: a collection of an archive, or what is given.

    Raises
    ------
    DataError
        If it is not clear which are meant, or there are none.
    NotInArchiveError
        If there is no such collection.
    """
    if collection is not None and not isinstance(collection, str):
        return pool_of_spectra(as_spectra(collection), labels)
    if archive is None:
        msg = "Nowhere to look: give a collection of an archive, or a sequence of spectra."
        raise DataError(msg)
    if collection is None and asked is not None and asked.collection:
        collection = asked.collection
    if collection is None:
        there = [c.name for c in archive.collections.list() if c.kind != "light curves"]
        if len(there) != 1:
            msg = (
                f"Say where to look: the archive has the collections {', '.join(there) or 'none'}."
            )
            raise DataError(msg)
        collection = there[0]
    return pool_of_collection(archive, collection, origin)


def _compared(
    asked: Query, pool: Pool, metric: Metric, k: int, by: By, progress: Progress | None
) -> tuple[list[Neighbour], tuple[Failure, ...]]:
    """As `compare_all`; latents may have neighbours that share no wavelengths with the query."""
    try:
        return compare_all(asked, pool, metric, k, progress)
    except DataError as error:
        if by != "latent":
            raise
        return [], (Failure(asked.name, f"not compared as a spectrum: {error}"),)


def _ranked(
    found: Sequence[Neighbour], search: LatentSearch | None, pool: Pool, by: By
) -> list[Neighbour]:
    """Return neighbours in the order of the distance that is meant, with both distances."""
    if search is None:
        return list(found)
    distances = dict(zip(search.ids.tolist(), search.distances.tolist(), strict=True))
    if by == "both":
        return [replace(each, latent_distance=distances[each.id]) for each in found]
    compared = {each.id: each for each in found}
    ranked = []
    for row, number in enumerate(search.ids.tolist()):
        each = compared.get(number) or describe(pool, row)
        distance = distances[number]
        ranked.append(replace(each, distance=distance, latent_distance=distance))
    return ranked


def _wanted(
    pool: Pool,
    archive: Archive | None,
    asked: Query,
    where: Sequence[str],
    near: tuple[float, float, float] | None,
    other_objects: bool,
) -> BoolArray:
    """Return which spectra may be found, shape (n,)."""
    wanted = meets(pool, where) & lies_near(pool, archive, near)
    if asked.id is not None and asked.collection == pool.name:
        wanted &= pool.ids != asked.id
    if other_objects:
        if not asked.object and asked.target < 0:
            msg = (
                f"{asked.name} does not say of which object it is, so its own spectra can't be "
                "left out."
            )
            raise DataError(msg)
        wanted &= ~pool.same_object(asked.object, asked.target)
    if not wanted.any():
        msg = f"None of {len(pool)} spectra is left that meets what was asked for."
        raise DataError(msg)
    return np.asarray(wanted)


def _check(k: int, by: str | None) -> None:
    if k < 1:
        msg = f"k must be at least 1, got {k}."
        raise DataError(msg)
    if by is not None and by not in get_args(By):
        msg = f"by must be one of {', '.join(get_args(By))}, got {by!r}."
        raise DataError(msg)


def _notes(
    asked: Query, search: LatentSearch | None, wave_range: tuple[float, float] | None
) -> tuple[str, ...]:
    notes = [] if search is None else list(search.notes)
    if wave_range is not None:
        low, high = wave_range
        notes.append(f"only pixels of the query between {low:g} and {high:g} um counted")
    if asked.spectrum.resolution is None:
        notes.append(
            "the resolution of the query is not known, so it was taken as that of the spectra it "
            "was compared with; give it where it is lower"
        )
    return tuple(notes)


def _definition(by: By, metric: Metric, search: LatentSearch | None) -> str:
    """Return what the distance is, in words."""
    by_spectrum = BY_SPECTRUM.format(**metric.model_dump())
    if search is None:
        return by_spectrum
    if by == "latent":
        return search.definition
    return f"{by_spectrum}; among the spectra nearest by {search.definition}"
