"""TelescopeML's training table: a row per model, columns of labels, a column per wavelength.

The table says nothing of units. Wavelengths are in micron. The flux of the published one is F_nu,
but grids in F_lambda come in the same form; the models' own brightness tells which it is.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy import units

from starsieve.data.labels import ALIASES
from starsieve.errors import DataError
from starsieve.readers.files import read_bytes
from starsieve.readers.model_grid import make_set
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.text import MAX_BYTES, decode
from starsieve.readers.units import parse_wave_unit

FEWEST_WAVELENGTHS = 8

FLUX_UNITS = {
    "erg / (Hz s cm2)": "F_nu",
    "erg / (s um cm2)": "F_lambda",
    "erg / (Angstrom s cm2)": "F_lambda",
    "W / (um m2)": "F_lambda",
    "erg / (s cm3)": "F_lambda",
}
"""Units that such tables may be in: what each one is."""

WAVELENGTH = re.compile(
    r"(?:(?:wl|wave|wavelength|lambda|flux|f)[ _=:]*)?"
    r"(?P<value>[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.)"
    r"(?:[ _]*[\[(]?(?P<unit>[A-Za-zµμÅ]+)[\])]?)?",
    re.IGNORECASE,
)
"""Name of a column: a wavelength, maybe with a word before it and its unit behind it."""

NEAR = 5.0
"""How far a grid's brightness may lie from that of black bodies, as a factor. The units differ by
ten and more from each other."""


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the first line has a few names, and many numbers as names beside them."""
    if b"\0" in head:
        return False
    line = head.partition(b"\n")[0].decode("utf-8", "ignore")
    return _layout(_names(line)) is not None


def read(path: Path, hints: Hints) -> Found:
    """Read all models of a table into one set."""
    heading, _, body = decode(read_bytes(path, MAX_BYTES)).partition("\n")
    names = _names(heading)
    layout = _layout(names)
    if layout is None:
        msg = "its first line names no labels beside wavelengths."
        raise DataError(msg)
    notes: list[str] = []
    if hints.wave_unit is None and not layout.unit:
        notes.append("Wavelengths taken as micron.")
    flux = _fluxes(body, len(names), layout)
    labels = _labels(body, names, layout, notes)
    attributes = {"wavelength_unit": layout.unit or "um", "medium": "vacuum"}
    if hints.medium is None:
        notes.append("Medium of the wavelengths not stated, taken as vacuum.")
    if hints.flux_unit is None:
        micron = layout.wave * float((parse_wave_unit(layout.unit or "um") or units.um).to("um"))
        attributes["flux_unit"] = _flux_unit(micron, flux, _teff(labels), notes)
    return Found((make_set(layout.wave, flux, labels, {}, attributes, hints, notes),), tuple(notes))


READER = Reader("telescopeml", "model grid", matches, read)


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Which columns hold fluxes, at which wavelengths in which unit (empty: not stated)."""

    first: int
    wave: npt.NDArray[np.float64]
    unit: str

    @property
    def columns(self) -> range:
        return range(self.first, self.first + len(self.wave))


def _names(line: str) -> list[str]:
    return [name.strip().strip("\"'") for name in line.strip("\r\n").split(",")]


def _layout(names: list[str]) -> _Layout | None:
    """Return where the wavelengths are: side by side, with labels before or behind them."""
    found = [_wavelength(name) for name in names]
    there = [number for number, each in enumerate(found) if each is not None]
    if len(there) < FEWEST_WAVELENGTHS or not any(
        name for number, name in enumerate(names) if found[number] is None
    ):
        return None
    each_unit = {each[1] for each in found if each is not None}
    if there[-1] - there[0] + 1 != len(there) or len(each_unit) > 1:
        return None
    wave = np.array([each[0] for each in found if each is not None])
    return _Layout(there[0], wave, each_unit.pop())


def _wavelength(name: str) -> tuple[float, str] | None:
    """Return the wavelength that a column is called by, and its unit, as in ``0.897 [um]``."""
    match = WAVELENGTH.fullmatch(name)
    if match is None or not 0 < (value := float(match["value"])) < float("inf"):
        return None
    unit = match["unit"] or ""
    return (value, unit) if not unit or parse_wave_unit(unit) is not None else None


def _fluxes(body: str, n_columns: int, layout: _Layout) -> npt.NDArray[np.float64]:
    _check_rows(body, n_columns)
    try:
        return np.loadtxt(
            io.StringIO(body), delimiter=",", ndmin=2, comments=None, usecols=layout.columns
        )
    except ValueError as error:
        msg = f"its rows, counted without the heading, are no table of numbers: {error}"
        raise DataError(msg) from error


def _check_rows(body: str, n_columns: int) -> None:
    rows = [line for line in body.splitlines() if line.strip()]
    if not rows:
        msg = f"it has no rows under its {n_columns} names."
        raise DataError(msg)
    for number, line in enumerate(rows, start=1):
        if (found := line.count(",") + 1) != n_columns:
            msg = (
                f"its rows, counted without the heading, are no table of numbers: row {number} has "
                f"{found} cells under {n_columns} names."
            )
            raise DataError(msg)


def _labels(
    body: str, names: list[str], layout: _Layout, notes: list[str]
) -> dict[str, npt.NDArray[Any]]:
    """Return every column that is no flux: numbers, or else words."""
    rows = [line.split(",") for line in body.splitlines() if line.strip()]
    labels: dict[str, npt.NDArray[Any]] = {}
    for column, name in enumerate(names):
        if column in layout.columns:
            continue
        if not name or name.lower().startswith("unnamed"):
            notes.append("A column without a name, such as one of row numbers, was left out.")
            continue
        cells = [row[column].strip().strip("\"'") for row in rows]
        labels[name] = _numbers_or_words(name, cells)
    return labels


def _numbers_or_words(name: str, cells: list[str]) -> npt.NDArray[Any]:
    numbers = [_number(cell) for cell in cells]
    if all(number is None for number in numbers):
        return np.array(cells, dtype=object)
    if None in numbers:
        row = numbers.index(None)
        msg = (
            "its rows, counted without the heading, are no table of numbers: row "
            f"{row + 1} has {cells[row]!r} in the column {name!r}."
        )
        raise DataError(msg)
    return np.array(numbers, dtype=np.float64)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _teff(labels: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float64] | None:
    for name, values in labels.items():
        is_teff = ALIASES.get(name.lower(), name.lower()) == "teff"
        if is_teff and values.dtype.kind == "f":
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
        for unit, what in FLUX_UNITS.items():
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
