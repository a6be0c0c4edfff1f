"""TelescopeML's training table: a row per model, label columns, then a column per wavelength.

The table says nothing of units. Wavelengths are in micron. The flux of the published one is F_nu,
but grids in F_lambda come in the same form; the models' own brightness tells which it is.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.data.labels import ALIASES
from starsieve.errors import DataError
from starsieve.readers.files import read_bytes
from starsieve.readers.model_grid import make_set
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.text import MAX_BYTES, decode

FEWEST_WAVELENGTHS = 8

UNITS = {
    "erg / (Hz s cm2)": "F_nu",
    "erg / (s um cm2)": "F_lambda",
    "erg / (Angstrom s cm2)": "F_lambda",
    "W / (um m2)": "F_lambda",
    "erg / (s cm3)": "F_lambda",
}
"""Units that such tables may be in: what each one is."""

NEAR = 5.0
"""How far a grid's brightness may lie from that of black bodies, as a factor. The units differ by
ten and more from each other."""


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first line has a few names, and then many numbers as names."""
    if not head.isascii():
        return False
    names = _names(head.decode().partition("\n")[0])
    labels = _n_labels(names)
    return labels > 0 and len(names) - labels >= FEWEST_WAVELENGTHS


def read(path: Path, hints: Hints) -> Found:
    """Read all models of a table into one set."""
    heading, _, body = decode(read_bytes(path, MAX_BYTES)).partition("\n")
    names = _names(heading)
    n_labels = _n_labels(names)
    wave = np.array([float(name) for name in names[n_labels:]])
    table = _table(body, len(names))
    labels = {name: table[:, column] for column, name in enumerate(names[:n_labels])}
    notes = ["Wavelengths taken as micron."] if hints.wave_unit is None else []
    flux = table[:, n_labels:]
    attributes = {"wavelength_unit": "um", "medium": "vacuum"}
    if hints.medium is None:
        notes.append("Medium of the wavelengths not stated, taken as vacuum.")
    if hints.flux_unit is None:
        attributes["flux_unit"] = _flux_unit(wave, flux, _teff(labels), notes)
    return Found((make_set(wave, flux, labels, {}, attributes, hints, notes),), tuple(notes))


READER = Reader("telescopeml", "model grid", matches, read)


def _names(line: str) -> list[str]:
    return [name.strip().strip("\"'") for name in line.strip().split(",")]


def _n_labels(names: list[str]) -> int:
    """Return how many names stand before the wavelengths; -1 if a word follows a number."""
    numeric = [_is_wavelength(name) for name in names]
    first = numeric.index(True) if True in numeric else len(names)
    return first if all(numeric[first:]) else -1


def _is_wavelength(name: str) -> bool:
    try:
        return 0 < float(name) < float("inf")
    except ValueError:
        return False


def _table(body: str, n_columns: int) -> npt.NDArray[np.float64]:
    try:
        table = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        msg = f"its rows, counted without the heading, are no table of numbers: {error}"
        raise DataError(msg) from error
    if not len(table) or table.shape[1] != n_columns:
        msg = f"it has {len(table)} rows of {table.shape[1]} numbers under {n_columns} names."
        raise DataError(msg)
    return table


def _teff(labels: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64] | None:
    for name, values in labels.items():
        if ALIASES.get(name.lower(), name.lower()) == "teff":
            return values
    return None


def _flux_unit(
    wave: npt.NDArray[np.float64],
    flux: npt.NDArray[np.float64],
    teff: npt.NDArray[np.float64] | None,
    notes: list[str],
) -> str:
    """Return the unit in which the hottest models are about as bright as black bodies."""
    known = np.zeros(len(flux), dtype=bool)
    if teff is not None:
        known = (teff > 0) & np.isfinite(teff) & np.isfinite(flux).all(axis=1)
    if teff is not None and known.any():
        hottest = known & (teff >= np.quantile(teff[known], 0.75))
        for unit, what in UNITS.items():
            black = _black_body(wave, teff[hottest], unit)
            ratio = np.median(flux[hottest].mean(axis=1) / black.mean(axis=1))
            if 1 / NEAR < ratio < NEAR:
                notes.append(
                    f"Flux unit not stated, taken as {what} in {unit}: only so do the hottest "
                    f"models shine like black bodies (ratio {ratio:.2f})."
                )
                return unit
    notes.append("Flux unit not stated, and the models' brightness fits none that is usual.")
    return ""


def _black_body(
    wave: npt.NDArray[np.float64], teff: npt.NDArray[np.float64], unit: str
) -> npt.NDArray[np.float64]:
    """Return the surface flux of black bodies, shape (n_temperatures, n_pixels), in a unit."""
    from astropy import units as u
    from astropy.modeling.physical_models import BlackBody

    brightness = BlackBody(temperature=teff[:, None] * u.K)(wave * u.um)
    flux = np.pi * u.sr * brightness
    return np.asarray(flux.to_value(u.Unit(unit), u.spectral_density(wave * u.um)))
