"""Spectra computed with PICASO, as its `output_xarray` writes them: netCDF, one file per model.

The layout after `picaso.justdoit.output_xarray` (https://natashabatalha.github.io/picaso, "Model
Storage: Preservation and Reuse"), and the published Sonora Elf Owl files (Mukherjee et al. 2024),
which came before it: a coordinate ``wavelength``, a flux, and attributes in JSON, of which
``planet_params`` holds the model's parameters. xarray writes netCDF 3 or, on HDF5, netCDF 4.
"""

import io
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.files import is_compressed, read_bytes, read_head
from starsieve.readers.model_grid import make_set, numbers_of, plain_value
from starsieve.readers.picaso_labels import labels_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.units import parse_wave_unit

HDF5 = b"\x89HDF\r\n\x1a\n"
NETCDF3 = (b"CDF\x01", b"CDF\x02")
NETCDF5 = b"CDF\x05"

PARAMETERS = "planet_params"
FLUXES = ("flux_emission", "flux")
"""Names of the emitted flux; the second is of files before `output_xarray` called it so."""

OTHERS = ("transit_depth", "albedo", "fpfs_emission", "fpfs_reflected")
"""What a file may hold instead, which is no spectrum of a self-luminous object."""

FLUX_UNIT = "erg/cm**2/s/cm"
"""PICASO's own, where a file states none."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What is used of a file: arrays and their units by name, and the attributes."""

    arrays: Mapping[str, npt.NDArray[Any]]
    units: Mapping[str, str]
    attributes: Mapping[str, Any]


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file is netCDF 3, or HDF5 with the parameters of a PICASO model."""
    if head.startswith((*NETCDF3, NETCDF5)):
        return True
    if not head.startswith(HDF5):
        return False
    with suppress(Exception):  # the reader of whatever it is says what is wrong
        return bool(_with_hdf5(path, _is_picaso))
    return False


def read(path: Path, hints: Hints) -> Found:
    """Read one model as a grid of one spectrum; a folder of them makes a grid when ingested."""
    content = _open(path)
    wave, wave_unit = _wave(content)
    name = _flux_name(content)
    flux = np.asarray(content.arrays[name], dtype=np.float64)
    if flux.shape != wave.shape:
        msg = f"its {name!r} has shape {flux.shape}, its wavelengths {wave.shape}."
        raise DataError(msg)
    notes: list[str] = []
    labels, more = labels_in(content.attributes, notes)
    attributes: dict[str, Any] = {
        **{key: value for key, value in content.attributes.items() if isinstance(value, str)},
        **more,
        "wavelength_unit": wave_unit,
        "flux_unit": content.units.get(name) or FLUX_UNIT,
        "medium": "vacuum",
    }
    sampling = _sampling(wave)
    if hints.resolution is None and math.isfinite(sampling):
        attributes["resolution"] = sampling
        notes.append(f"Resolving power taken as that of the sampling: {sampling:.0f}.")
    found = make_set(wave, flux[None], labels, {}, attributes, hints, notes)
    return Found((found,), tuple(notes))


READER = Reader("picaso", "model grid", matches, read)


def _open(path: Path) -> _Content:
    head = read_head(path)
    if head.startswith(NETCDF5):
        msg = (
            "is netCDF 3 with 64-bit data, which is not read. Write it anew: "
            'xarray.open_dataset(FILE).to_netcdf(NEW, format="NETCDF3_64BIT").'
        )
        raise UnknownFormatError(msg)
    return _with_hdf5(path, _content_of) if head.startswith(HDF5) else _netcdf3(path)


def _netcdf3(path: Path) -> _Content:
    from scipy.io import netcdf_file

    opened: Any = netcdf_file(io.BytesIO(read_bytes(path)), mmap=False)
    with opened as file:
        attributes = {name: plain_value(value) for name, value in file._attributes.items()}
        arrays, units = {}, {}
        for name in ("wavelength", "wavenumber", *FLUXES, *OTHERS):
            if name in file.variables:
                variable = file.variables[name]
                arrays[name] = np.array(variable.data)
                units[name] = str(plain_value(variable._attributes.get("units", "")))
    return _Content(arrays, units, attributes)


def _with_hdf5(path: Path, use: Callable[[Any], Any]) -> Any:
    import h5py

    source = io.BytesIO(read_bytes(path)) if is_compressed(path) else path
    with h5py.File(source, "r") as file:
        return use(file)


def _is_picaso(file: Any) -> bool:
    return PARAMETERS in file.attrs or FLUXES[0] in file


def _content_of(file: Any) -> _Content:
    arrays, units = {}, {}
    for name in ("wavelength", "wavenumber", *FLUXES, *OTHERS):
        if name in file:
            arrays[name] = numbers_of(file, name)
            units[name] = str(plain_value(file[name].attrs.get("units", "")))
    attributes = {name: plain_value(value) for name, value in file.attrs.items()}
    return _Content(arrays, units, attributes)


def _wave(content: _Content) -> tuple[npt.NDArray[np.float64], str]:
    """Return wavelengths, or wavenumbers, and the unit."""
    for name, usual in (("wavelength", "micron"), ("wavenumber", "cm**(-1)")):
        if name in content.arrays:
            stated = content.units.get(name) or usual
            unit = stated if parse_wave_unit(stated) is not None else usual
            return np.atleast_1d(np.asarray(content.arrays[name], dtype=np.float64)), unit
    msg = (
        "is netCDF without a coordinate 'wavelength'. Of PICASO, files are read that "
        "justdoit.output_xarray(..., savefile=...) wrote."
    )
    raise UnknownFormatError(msg)


def _flux_name(content: _Content) -> str:
    for name in FLUXES:
        if name in content.arrays:
            return name
    others = [name for name in OTHERS if name in content.arrays]
    there = f"but {', '.join(others)}" if others else "nor any other spectrum"
    msg = (
        f"holds no emitted flux ({' or '.join(FLUXES)}), {there}. Run PICASO with "
        "case.spectrum(opa, calculation='thermal', full_output=True)."
    )
    raise DataError(msg)


def _sampling(wave: npt.NDArray[np.float64]) -> float:
    """Return the resolving power of the points themselves, whichever way they run."""
    if len(wave) < 2 or not np.all(np.isfinite(wave)):
        return math.nan
    middle = (wave[1:] + wave[:-1]) / 2
    with np.errstate(divide="ignore"):
        return float(np.median(np.abs(middle / np.diff(wave))))
