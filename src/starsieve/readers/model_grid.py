"""Model grids as HDF5: ``wavelength``, ``flux`` (spectra, pixels), and a group ``labels``."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import SpectrumSet
from starsieve.data.labels import ALIASES
from starsieve.errors import DataError, FileError, StarsieveError, UnknownFormatError
from starsieve.readers.canonical import Columns, make_flux_unit, make_grid
from starsieve.readers.files import is_compressed, most_bytes, read_bytes
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is HDF5."""
    return head.startswith(b"\x89HDF\r\n\x1a\n")


def read(path: Path, hints: Hints) -> Found:
    """Read all models of a grid into one set."""
    import h5py

    try:
        # A grid may be large: only a compressed one is brought into memory as a whole.
        source = io.BytesIO(read_bytes(path)) if is_compressed(path) else path
        with h5py.File(source, "r") as file:
            attributes = {name: plain_value(value) for name, value in file.attrs.items()}
            wave, flux = numbers_of(file, "wavelength"), numbers_of(file, "flux")
            labels, units = _labels(file)
    except StarsieveError:
        raise
    except (OSError, KeyError, RuntimeError) as error:
        msg = f"is truncated or damaged HDF5 ({error})."
        raise FileError(msg) from error
    notes: list[str] = []
    return Found((make_set(wave, flux, labels, units, attributes, hints, notes),), tuple(notes))


READER = Reader("model-grid", "model grid", matches, read)


def make_set(
    wave: npt.NDArray[np.float64],
    flux: npt.NDArray[np.float64],
    labels: Mapping[str, npt.NDArray[Any]],
    label_units: Mapping[str, str],
    attributes: Mapping[str, Any],
    hints: Hints,
    notes: list[str],
    *,
    sigma: npt.NDArray[np.float64] | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
) -> SpectrumSet:
    """Return a model grid in canonical units.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
    flux : array, shape (n_spectra, n_pixels)
    labels : mapping of str to array, shape (n_spectra,)
        By the file's names. Those that hold no numbers go to the set's `meta`.
    label_units : mapping of str to str
        As the file writes them.
    attributes : mapping
        What the file says of itself: ``wavelength_unit``, ``flux_unit``, ``medium``, ...
    hints, notes
        As in `make_spectrum`.
    sigma, valid : arrays, shape (n_spectra, n_pixels), optional
        Standard deviation of `flux`, and where it may be used.

    Raises
    ------
    DataError
        If shapes do not fit, or as `make_spectrum`.
    """
    _check_shapes(wave, flux)
    stated = stated_in(attributes)
    columns = Columns(
        *(wave, flux[:1]),
        wave_unit=attributes.get("wavelength_unit"),
        medium=stated.get("medium"),
        name_row=lambda row: f"wavelength {row + 1}",
    )
    grid = make_grid(columns, hints, notes)
    numbers, words = _split_labels(labels, notes)
    if n_gaps := int(np.sum(~np.isfinite(flux).all(axis=1))):
        notes.append(f"Models with gaps, which are not valid: {n_gaps} of {len(flux)}.")
    if (resolution := hints.resolution or stated.get("resolution")) is None:
        notes.append("Resolving power not stated.")
    return SpectrumSet(
        wave=grid.wave,
        flux=np.asarray(flux[:, grid.rows], dtype=np.float64),
        sigma=None if sigma is None else np.asarray(sigma[:, grid.rows], dtype=np.float64),
        valid=None if valid is None else valid[:, grid.rows],
        labels=numbers,
        flux_unit=make_flux_unit(attributes.get("flux_unit"), hints, notes),
        resolution=resolution,
        meta={
            **attributes,
            "medium": grid.medium,
            "frame": hints.frame or stated.get("frame", "rest"),
            "label_units": {ALIASES.get(n, n): unit for n, unit in label_units.items()},
            **words,
        },
    )


def _check_shapes(wave: npt.NDArray[Any], flux: npt.NDArray[Any]) -> None:
    if wave.ndim != 1 or flux.ndim != 2 or flux.shape[1] != len(wave):
        msg = f"flux must have shape (models, {wave.size}) as wavelength tells, got {flux.shape}."
        raise DataError(msg)


def _split_labels(
    labels: Mapping[str, npt.NDArray[Any]], notes: list[str]
) -> tuple[dict[str, npt.NDArray[np.float64]], dict[str, list[str]]]:
    """Return labels that are numbers, and those that are words."""
    numbers, words = {}, {}
    for given, values in labels.items():
        name = ALIASES.get(given.lower(), given.lower())
        if name != given:
            notes.append(f"Label {given!r} is called {name!r} here.")
        if name in numbers or name in words:
            msg = f"two of its labels mean {name!r}. Keep one of them."
            raise DataError(msg)
        if np.issubdtype(values.dtype, np.number):
            numbers[name] = np.asarray(values, dtype=np.float64) + 0.0  # -0.0 is 0.0
        else:
            words[name] = [plain_value(value) for value in values]
            notes.append(f"Label {name!r} holds no numbers; it was put into meta.")
    return numbers, words


def _labels(file: Any) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    import h5py

    if not isinstance(file.get("labels", getlink=True), h5py.HardLink):
        return {}, {}
    group = file["labels"]
    found = {name: _checked(group, name)[()] for name in group}
    units = {name: plain_value(group[name].attrs.get("unit", "")) for name in group}
    return found, units


def numbers_of(file: Any, name: str) -> npt.NDArray[np.float64]:
    """Return an array of numbers of an HDF5 file; it must lie in that file."""
    dataset = _checked(file, name)
    if dataset.dtype.kind not in "fiu":
        msg = f"its {name!r} holds no numbers but {dataset.dtype}."
        raise DataError(msg)
    return np.asarray(dataset[()], dtype=np.float64)


def _checked(group: Any, name: str) -> Any:
    """Return a dataset that lies in this file and is of a size that can be meant."""
    import h5py

    link = group.get(name, getlink=True)
    found = group[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset):
        there = ", ".join(list(group)[:8]) or "nothing"
        msg = f"is HDF5 without an array {name!r} in {group.name!r} (there is {there})."
        raise UnknownFormatError(msg)
    if found.is_virtual or found.external:
        msg = f"its {name!r} lies in other files; such links are not followed."
        raise FileError(msg)
    if found.nbytes > most_bytes():
        msg = f"its {name!r} declares {found.nbytes:,} bytes; at most {most_bytes():,} are read."
        raise FileError(msg)
    return found


def plain_value(value: Any) -> Any:
    """Return an attribute as Python's own text or number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.generic) else value
