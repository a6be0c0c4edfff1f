"""Build an emulator of a model grid, and measure it on nodes left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.atmospheres.emulators.calibrate import calibrate
from starsieve.atmospheres.emulators.clean import Grid, clean_grid, select
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import Kernel, LeftOut, choose_kernel, leave_out
from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.emulators.strays import without_strays
from starsieve.data import SpectrumSet
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.learn.model import EmulatorCard, Output

TASK = "atmospheres.emulator"

TRUNCATION = 0.1
"""Error of leaving out components, relative to that of leaving out nodes."""

MOST_COMPONENTS = 64


def build_emulator(
    spectra: SpectrumSet,
    *,
    only: Mapping[str, str] | None = None,
    name: str = "grid",
    files: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Emulator:
    """Build an emulator of a model grid.

    Parameters
    ----------
    spectra : SpectrumSet
        The nodes, with their labels. The grid need not be complete.
    only : mapping of str to str, optional
        Which nodes of a label that holds words, such as ``{"cld": "NC"}``.
    name : str
    files : mapping of str to str, optional
        Names of the files that the grid was read from, and the SHA-256 of their contents.
    seed : int
        Of the nodes that the kernel is chosen on.

    Raises
    ------
    DataError
        If there are too few nodes, two differ at the same labels, no pixel is known at all of
        them, or a label of `only` is not there.
    """
    grid, kernel, basis = _choose(clean_grid(select(spectra, only or {})), seed)
    nodes = grid.space.coordinates(grid.space.nodes)
    out = leave_out(kernel, nodes, basis.values)
    n_kept = _count_components(basis, out)
    components, values = basis.components[:n_kept], basis.values[:, :n_kept]
    misses = out.residuals[:, :n_kept] / np.sqrt(out.variance)[:, None]
    factor = calibrate(kernel, grid.space, values, misses, components)
    recipe = {"only": dict(only or {}), "seed": seed, **_kernel_record(kernel, grid.space)}
    metrics = {**_measure_left_out(grid, out, basis), "calibration_factor": factor}
    return Emulator(
        card=_make_card(spectra, grid, n_kept, name, files or {}, recipe, metrics),
        space=grid.space,
        wave=grid.wave,
        kernel=kernel,
        inverse=out.inverse,
        mean=basis.mean,
        components=components,
        values=values,
        misses=misses * factor,
        rest=np.sqrt(np.mean((grid.log_flux - basis.mean - values @ components) ** 2, axis=0)),
    )


def _choose(grid: Grid, seed: int) -> tuple[Grid, Kernel, "Basis"]:
    """Return the grid without its strays, and the kernel and the components for what is left."""
    basis = decompose(grid.log_flux)
    nodes = grid.space.coordinates(grid.space.nodes)
    kernel = choose_kernel(nodes, basis.values, grid.space.inner(), seed)
    left = without_strays(grid, kernel, basis.values)
    return (grid, kernel, basis) if left is grid else _choose(left, seed)


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Principal components of log flux, the strongest first.

    Parameters
    ----------
    mean : array, shape (n_pixels,)
    components : array, shape (n_components, n_pixels)
        Orthonormal; the largest element of each is positive.
    values : array, shape (n_nodes, n_components)
    beyond : array, shape (n_components,)
        Sum of squares that so many components, and this one, leave.
    """

    mean: FloatArray
    components: FloatArray
    values: FloatArray
    beyond: FloatArray


def decompose(log_flux: FloatArray) -> Basis:
    """Return the components of spectra, shape (n, n_pixels); at most `MOST_COMPONENTS`."""
    mean = log_flux.mean(axis=0)
    _, strengths, right = np.linalg.svd(log_flux - mean, full_matrices=False)
    largest = np.argmax(np.abs(right), axis=1)
    right *= np.sign(right[np.arange(len(right)), largest])[:, None]
    n_known = int(np.sum(strengths > 1e-10 * max(strengths[0], 1e-300)))
    components = right[: max(1, min(MOST_COMPONENTS, n_known))]
    beyond = np.sum(strengths**2) - np.cumsum(strengths**2)
    return Basis(mean, components, (log_flux - mean) @ components.T, beyond[: len(components)])


def _count_components(basis: Basis, out: LeftOut) -> int:
    """Return how many components keep the error of leaving out the others small."""
    left = np.median(np.sum(out.residuals**2, axis=1)) * len(basis.values)
    enough = np.flatnonzero(basis.beyond <= TRUNCATION**2 * left)
    return int(enough[0]) + 1 if len(enough) else len(basis.components)


def _kernel_record(kernel: Kernel, space: Space) -> dict[str, Any]:
    lengths = dict(zip(space.names, kernel.lengths.tolist(), strict=True))
    return {"kernel": f"matern-{kernel.smoothness}", "lengths": lengths, "noise": kernel.noise}


def _measure_left_out(grid: Grid, out: LeftOut, basis: Basis) -> dict[str, Any]:
    """Return how well nodes are predicted by the others, where these surround them."""
    inner = grid.space.inner()
    residuals = grid.log_flux - (basis.mean + (basis.values - out.residuals) @ basis.components)
    return {
        "left_out": measure(residuals[inner], grid.log_flux[inner]),
        "n_left_out": int(np.sum(inner)),
        "covered": grid.space.covered(),
    }


def _make_card(
    spectra: SpectrumSet,
    grid: Grid,
    n_components: int,
    name: str,
    files: Mapping[str, str],
    recipe: dict[str, Any],
    metrics: dict[str, Any],
) -> EmulatorCard:
    space, reference = grid.space, str(spectra.meta.get("reference", ""))
    covered = f"{metrics['covered']:.0%} of the combinations of its labels' values are covered"
    outputs = [
        Output(
            name=label,
            unit=get_label(label).unit,
            minimum=float(values.min()),
            maximum=float(values.max()),
        )
        for label, values in space.all_labels(space.nodes).items()
    ]
    return EmulatorCard(
        name=name,
        task=TASK,
        description=f"Emulator of {len(space.nodes)} model spectra.",
        outputs=tuple(outputs),
        recipe=recipe,
        training_files=dict(files),
        sources=(reference,) if reference else (),
        metrics=metrics,
        limits="; ".join((*grid.notes, covered)),
        wave_min_um=float(grid.wave[0]),
        wave_max_um=float(grid.wave[-1]),
        n_pixels=len(grid.wave),
        resolution=spectra.resolution,
        flux_unit=spectra.flux_unit,
        n_nodes=len(space.nodes),
        n_components=n_components,
    )


def measure(residuals: FloatArray, log_flux: FloatArray) -> dict[str, float]:
    """Return how far predictions are from the truth.

    Parameters
    ----------
    residuals : array, shape (n, n_pixels)
        True logarithm of flux less the predicted one.
    log_flux : array, shape (n, n_pixels)
        The true one.

    Returns
    -------
    dict
        Median and 95th percentile of the relative error of a pixel's flux (``median``, ``p95``),
        and over spectra of the root mean square error over the mean flux (``rms_median``,
        ``rms_p95``); NaN without any.
    """
    if not len(residuals):
        return dict.fromkeys(("median", "p95", "rms_median", "rms_p95"), float("nan"))
    relative = np.abs(np.expm1(-residuals))
    flux = np.exp(log_flux)
    rms = np.sqrt(np.mean((relative * flux) ** 2, axis=1)) / flux.mean(axis=1)
    return {
        "median": float(np.median(relative)),
        "p95": float(np.quantile(relative, 0.95)),
        "rms_median": float(np.median(rms)),
        "rms_p95": float(np.quantile(rms, 0.95)),
    }
