"""What is kept of an upload for its figures: plain arrays in one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.explanation import Explanation
from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray, Frame, Medium
from starsieve.errors import NotInArchiveError

ARRAYS = "arrays.npz"
REPORT = "report"
"""Folder of the pages that were written about it."""

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class KeptFit:
    """A best-fitting model and the observation on its grid, as `atmospheres.inference.Fit`."""

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: npt.NDArray[np.bool_]
    model_flux: FloatArray
    flux_unit: str


def write_arrays(folder: Path, arrays: Arrays) -> None:
    """Keep arrays by name."""
    named: dict[str, Any] = dict(arrays)
    np.savez(folder / ARRAYS, **named)


def read_arrays(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Return what was kept.

    Raises
    ------
    NotInArchiveError
        If nothing was.
    """
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as kept:
            return dict(kept)
    except FileNotFoundError as error:
        msg = "There is nothing to be drawn of this, or it has been deleted since."
        raise NotInArchiveError(msg) from error


def of_spectrum(spectrum: Spectrum) -> dict[str, npt.NDArray[Any]]:
    """Return a spectrum as arrays."""
    found: dict[str, npt.NDArray[Any]] = {
        "wave": spectrum.wave,
        "flux": spectrum.flux,
        "valid": spectrum.usable,
        "flux_unit": np.array(spectrum.flux_unit),
        "medium": np.array(spectrum.medium),
        "frame": np.array(spectrum.frame),
        "resolution": np.array(spectrum.resolution or np.nan),
    }
    if spectrum.sigma is not None:
        found["sigma"] = spectrum.sigma
    return found


def as_spectrum(kept: Arrays) -> Spectrum:
    """Return the spectrum that was kept."""
    resolution = float(kept["resolution"])
    return Spectrum(
        kept["wave"],
        kept["flux"],
        kept.get("sigma"),
        kept["valid"],
        flux_unit=str(kept["flux_unit"]),
        medium=cast(Medium, str(kept["medium"])),
        frame=cast(Frame, str(kept["frame"])),
        resolution=resolution if np.isfinite(resolution) else None,
    )


def of_record(prefix: str, record: Any, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Return arrays (and texts) of a record under names with a prefix."""
    return {f"{prefix}_{name}": np.asarray(getattr(record, name)) for name in names}


EXPLAINED = ("bands", "n_pixels", "whole", "without", "influence", "floor")


def as_explanation(kept: Arrays, names: Sequence[str]) -> Explanation | None:
    """Return the explanation of labels that was kept, None if there was none."""
    if "explained_bands" not in kept:
        return None
    return Explanation(tuple(names), **{name: kept[f"explained_{name}"] for name in EXPLAINED})


PREDICTED = ("q025", "q16", "median", "q84", "q975")


@dataclass(frozen=True, slots=True, eq=False)
class KeptBands:
    """Quantiles of predicted spectra on the wavelengths of the best fit, shape (n_pixels,)."""

    q025: FloatArray
    q16: FloatArray
    median: FloatArray
    q84: FloatArray
    q975: FloatArray


def as_bands(kept: Arrays) -> KeptBands | None:
    """Return the bands of the predicted spectrum that were kept, None if there were none."""
    if "predicted_median" not in kept:
        return None
    return KeptBands(**{name: kept[f"predicted_{name}"] for name in PREDICTED})


FIT = ("wave", "flux", "sigma", "valid", "model_flux", "flux_unit")


def as_fit(kept: Arrays) -> KeptFit | None:
    """Return the best-fitting model that was kept, None if there was none."""
    if "fit_wave" not in kept:
        return None
    arrays = {name: kept[f"fit_{name}"] for name in FIT[:-1]}
    return KeptFit(**arrays, flux_unit=str(kept["fit_flux_unit"]))
