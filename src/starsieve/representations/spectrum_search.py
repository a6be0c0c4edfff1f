"""The spectra that look most like one, of a pool of any size."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from starsieve.data import Spectrum
from starsieve.errors import Failure
from starsieve.representations.asking import Query
from starsieve.representations.compare import Comparison, compare
from starsieve.representations.differences import Overlay, find_differences
from starsieve.representations.metric import Metric
from starsieve.representations.pool import Pool
from starsieve.representations.references import common_grid, gather
from starsieve.representations.similar_result import Neighbour

Progress = Callable[[int, int, str], None]


def compare_all(
    asked: Query, pool: Pool, metric: Metric, k: int, progress: Progress | None = None
) -> tuple[list[Neighbour], tuple[Failure, ...]]:
    """Compare a query with all spectra of a pool, some at a time; return the k most alike.

    The first of them set the grid: later ones count as far as they reach into it.
    """
    found: list[Neighbour] = []
    failures: list[Failure] = []
    wave, done = None, 0
    for ids, spectra in pool.blocks():
        resolution = _lower_resolution(asked.spectrum, spectra)
        if wave is None:
            wave = common_grid(spectra, resolution, asked.spectrum)
        references = gather(spectra, wave, resolution, ids.tolist())
        failures += references.failures
        if len(references):
            compared = compare(asked.spectrum, references, metric)
            found += _neighbours(compared, references.wave, pool, k)
            found = sorted(found, key=lambda each: each.distance)[:k]
        done += len(ids)
        if progress is not None:
            progress(done, len(pool), "comparing")
    return found, tuple(failures)


def _lower_resolution(query: Spectrum, spectra: Sequence[Spectrum]) -> float | None:
    """Return the lower of the query's resolution and that of most of the others, if both are known.

    Whatever is sharper is convolved to it.
    """
    known = [each.resolution for each in spectra if each.resolution is not None]
    if query.resolution is None or not known:
        return None
    return min(query.resolution, float(np.median(known)))


def _neighbours(
    compared: Comparison, wave: npt.NDArray[np.float64], pool: Pool, k: int
) -> list[Neighbour]:
    """Return the k nearest with all that is known of them, and where they differ."""
    rows = compared.best(k)
    fitted = {int(row): place for place, row in enumerate(compared.rows)}
    found = []
    for row, place in zip(rows.tolist(), pool.rows_of(compared.ids[rows]), strict=True):
        fit, overlay = fitted.get(row), None
        if fit is not None:
            fits = compared.fits
            overlay = Overlay(wave, fits.flux, fits.model[fit], fits.weight[fit])
        distance = float(compared.distance[row])
        found.append(
            replace(
                describe(pool, place),
                distance=distance,
                spectrum_distance=distance,
                velocity=float(compared.velocity[row]),
                scale=float(compared.scale[row]),
                n_common=int(compared.n_common[row]),
                common_um=None if overlay is None else overlay.ends,
                differences=() if overlay is None else find_differences(overlay),
                overlay=overlay,
            )
        )
    return found


def describe(pool: Pool, row: int) -> Neighbour:
    """Return what is known of a spectrum before it is compared."""
    labels = {
        name: float(values[row]) for name, values in pool.labels.items() if np.isfinite(values[row])
    }
    return Neighbour(
        int(pool.ids[row]), str(pool.files[row]), str(pool.objects[row]), np.nan, labels
    )
