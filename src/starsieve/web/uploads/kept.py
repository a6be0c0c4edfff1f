"""What is kept of an upload for its figures: plain arrays in one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import LightCurve, Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import NotInArchiveError

ARRAYS = "arrays.npz"

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


@dataclass(frozen=True, slots=True, eq=False)
class KeptOverlay:
    """A query and a neighbour on one grid, as `representations.differences.Overlay`."""

    wave: FloatArray
    flux: FloatArray
    model: FloatArray
    weight: FloatArray

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Where both have usable pixels."""
        return np.asarray(self.weight > 0)


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
        resolution=resolution if np.isfinite(resolution) else None,
    )


def of_record(prefix: str, record: Any, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Return arrays (and texts) of a record under names with a prefix."""
    return {f"{prefix}_{name}": np.asarray(getattr(record, name)) for name in names}


FIT = ("wave", "flux", "sigma", "valid", "model_flux", "flux_unit")
OVERLAY = ("wave", "flux", "model", "weight")


def as_fit(kept: Arrays) -> KeptFit | None:
    """Return the best-fitting model that was kept, None if there was none."""
    if "fit_wave" not in kept:
        return None
    arrays = {name: kept[f"fit_{name}"] for name in FIT[:-1]}
    return KeptFit(**arrays, flux_unit=str(kept["fit_flux_unit"]))


def as_overlay(kept: Arrays, number: int) -> KeptOverlay:
    """Return the query over one of its neighbours.

    Raises
    ------
    NotInArchiveError
        If that was not kept.
    """
    if f"overlay{number}_wave" not in kept:
        msg = f"There is no overlay of spectrum {number} here."
        raise NotInArchiveError(msg)
    return KeptOverlay(**{name: kept[f"overlay{number}_{name}"] for name in OVERLAY})


def of_light_curve(curve: LightCurve) -> dict[str, npt.NDArray[Any]]:
    """Return a light curve as arrays."""
    found: dict[str, npt.NDArray[Any]] = {
        "time": curve.time,
        "flux": curve.flux,
        "valid": curve.usable,
        "flux_unit": np.array(curve.flux_unit),
    }
    if curve.sigma is not None:
        found["sigma"] = curve.sigma
    return found


def as_light_curve(kept: Arrays) -> LightCurve:
    """Return the light curve that was kept."""
    return LightCurve(
        kept["time"],
        kept["flux"],
        kept.get("sigma"),
        kept["valid"],
        flux_unit=str(kept["flux_unit"]),
    )
