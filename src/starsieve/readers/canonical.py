"""Columns as files give them, to containers in canonical units: the one place that converts.

`notes` is a list that gets a sentence for everything assumed or changed on the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy import units as u

from starsieve.data import Spectrum
from starsieve.data.grids import air_to_vacuum
from starsieve.data.spectrum import BoolArray, FloatArray, Frame, Medium
from starsieve.errors import DataError
from starsieve.readers.reader import Hints
from starsieve.readers.units import parse_flux_unit, parse_wave_unit

LONGEST_MICRON, LONGEST_NM = 100.0, 3000.0
"""Where wavelengths without a unit stop being taken as micron and as nm."""


ROWS_PER_ORDER, FEWEST_ROWS = 20, 5
"""Rows of an order, on average and at least: where wavelengths turn back more often, rows are out
of order."""


def row_name(row: int) -> str:
    """Name a row (0-based) as people count them."""
    return f"row {row + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """One spectrum as a file gives it.

    Parameters
    ----------
    wave, flux, sigma, valid : arrays, shape (n_rows,)
        In the file's units and order; NaN where a cell is empty. `wave` may be any quantity
        that `astropy.units.spectral` turns into wavelength.
    wave_unit, flux_unit : str or None
        As the file writes them; None where it does not say.
    medium, frame, resolution
        As in `Spectrum`; None where the file does not say.
    meta : mapping
        As in `Spectrum`.
    name_row : callable
        Names a row (0-based) in messages.
    """

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray | None = None
    valid: BoolArray | None = None
    wave_unit: str | None = None
    flux_unit: str | None = None
    medium: Medium | None = None
    frame: Frame | None = None
    resolution: float | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    name_row: Callable[[int], str] = row_name


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A canonical grid: `wave` in vacuum micron, increasing, made of the file's rows `rows`."""

    wave: npt.NDArray[np.float64]
    rows: npt.NDArray[np.intp]
    medium: Medium


def make_spectrum(columns: Columns, hints: Hints, notes: list[str]) -> Spectrum:
    """Return one spectrum in canonical units.

    Raises
    ------
    DataError
        If the wavelengths have no known unit, repeat, or run back and forth; if the flux is a
        magnitude or nowhere finite; or if a hint holds an impossible unit.
    """
    grid = make_grid(columns, hints, notes)
    flux = _column(columns.flux, grid)
    if not np.isfinite(flux).any():
        msg = "its flux is nowhere a finite number, so there is nothing to work on."
        raise DataError(msg)
    return Spectrum(
        wave=grid.wave,
        flux=flux,
        sigma=_sigma(columns.sigma, grid, notes),
        valid=None if columns.valid is None else columns.valid[grid.rows],
        flux_unit=make_flux_unit(columns.flux_unit, hints, notes),
        medium=grid.medium,
        frame=hints.frame or columns.frame or "unknown",
        resolution=hints.resolution or columns.resolution,
        meta=columns.meta,
    )


def make_spectra(columns: Columns, hints: Hints, notes: list[str]) -> tuple[Spectrum, ...]:
    """Return a spectrum, or each of several orders that a table holds one after the other.

    Raises
    ------
    DataError
        As `make_spectrum`.
    """
    starts = _starts_of_orders(np.asarray(columns.wave, dtype=np.float64))
    if len(starts) == 1:
        return (make_spectrum(columns, hints, notes),)
    notes.append(f"The table holds {len(starts)} orders or pieces one after the other.")
    ends = [*starts[1:], len(columns.wave)]
    told: list[str] = []
    pieces = [
        make_spectrum(_rows(columns, first, last), hints, told)
        for first, last in zip(starts, ends, strict=True)
        if np.isfinite(columns.flux[first:last]).any()
    ]
    if not pieces:
        return (make_spectrum(columns, hints, notes),)  # it says what is wrong
    if len(pieces) < len(starts):
        notes.append(f"Orders without any finite flux, left out: {len(starts) - len(pieces)}.")
    notes += dict.fromkeys(told)
    return tuple(pieces)


def _starts_of_orders(wave: FloatArray) -> list[int]:
    """Return where orders begin: where increasing wavelengths, or decreasing ones, turn back."""
    steps = np.diff(wave)
    forward = np.nanmedian(steps) > 0 if np.isfinite(steps).any() else True
    turns = np.flatnonzero((steps < 0) if forward else (steps > 0)) + 1
    long_enough = len(turns) < len(wave) / ROWS_PER_ORDER
    starts = [0, *turns.tolist()] if long_enough else [0]
    shortest = min(np.diff([*starts, len(wave)])) if len(starts) > 1 else 0
    return starts if shortest >= FEWEST_ROWS else [0]


def _rows(columns: Columns, first: int, last: int) -> Columns:
    """Return the columns of some rows, which keep their names."""
    part = slice(first, last)
    return replace(
        columns,
        wave=columns.wave[part],
        flux=columns.flux[part],
        sigma=None if columns.sigma is None else columns.sigma[part],
        valid=None if columns.valid is None else columns.valid[part],
        name_row=lambda row: columns.name_row(row + first),
    )


def make_grid(columns: Columns, hints: Hints, notes: list[str]) -> Grid:
    """Return the canonical grid of a spectrum; see `make_spectrum`."""
    raw = np.asarray(columns.wave, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(raw))
    if len(rows) < 2:
        msg = f"it has {len(rows)} finite wavelengths; a spectrum needs at least two."
        raise DataError(msg)
    if len(rows) < len(raw):
        notes.append(f"Rows without a wavelength, left out: {len(raw) - len(rows)}.")
    unit = _wave_unit(raw[rows], columns.wave_unit, hints, notes)
    if (not_positive := rows[raw[rows] <= 0]).size:
        row = int(not_positive[0])
        msg = f"{columns.name_row(row)}: the wavelength is {raw[row]:g}, but must be positive."
        raise DataError(msg)
    micron = np.asarray((raw[rows] * unit).to_value(u.um, u.spectral()))
    if micron[0] > micron[-1]:
        rows, micron = rows[::-1], micron[::-1]
        notes.append("Wavelengths run downwards in the file; the order was reversed.")
    _check_increasing(micron, rows, columns.name_row)
    medium = _medium(columns.medium, hints, notes)
    return Grid(air_to_vacuum(micron) if medium == "air" else micron, rows, medium)


def make_flux_unit(text: str | None, hints: Hints, notes: list[str]) -> str:
    """Return the flux unit as `astropy.units` writes it; ``""`` for a relative flux.

    Raises
    ------
    DataError
        If it is a magnitude or a logarithm, or the hint's unit can't be understood.
    """
    if hints.flux_unit is not None:
        if (unit := parse_flux_unit(hints.flux_unit)) is None:
            msg = (
                f"flux_unit {hints.flux_unit!r} is not understood; give one such as 'W / (um m2)'."
            )
            raise DataError(msg)
        notes.append(f"Flux unit as told by the caller: {unit or 'relative'}.")
        return unit
    if text is None or not text.strip():
        notes.append("Flux unit not stated, flux taken as relative.")
        return ""
    if (unit := parse_flux_unit(text)) is None:
        notes.append(f"Flux unit {text!r} not understood, flux taken as relative.")
        return ""
    return unit


def _wave_unit(finite: FloatArray, text: str | None, hints: Hints, notes: list[str]) -> u.UnitBase:
    told = hints.wave_unit if hints.wave_unit is not None else text
    if told is None or not told.strip():
        return _guessed_wave_unit(finite, notes)
    if (unit := parse_wave_unit(told)) is None:
        whose = "wave_unit" if hints.wave_unit is not None else "the wavelengths' unit"
        msg = (
            f"{whose} {told!r} is no unit of wavelength. Expected um, nm, Angstrom or the like; "
            "tell it with wave_unit='um' (--wave-unit um)."
        )
        raise DataError(msg)
    if hints.wave_unit is not None:
        notes.append(f"Wavelength unit as told by the caller: {unit}.")
    return unit


def _guessed_wave_unit(finite: FloatArray, notes: list[str]) -> u.UnitBase:
    low, high = float(finite.min()), float(finite.max())
    unit = u.um if high <= LONGEST_MICRON else u.nm if high <= LONGEST_NM else u.Angstrom
    notes.append(
        f"Wavelength unit not stated, taken as {unit} from the range {low:g} to {high:g}; "
        "wave_unit (--wave-unit) tells another."
    )
    return unit


def _check_increasing(
    micron: FloatArray, rows: npt.NDArray[np.intp], name_row: Callable[[int], str]
) -> None:
    steps = np.diff(micron)
    wrong = np.flatnonzero(steps <= 0)
    if not wrong.size:
        return
    # In a grid that was reversed, the last fault is the one that comes first in the file.
    first = wrong[0] if rows[0] < rows[-1] else wrong[-1]
    before, after = sorted((first, first + 1), key=lambda pixel: int(rows[pixel]))
    at, value = name_row(int(rows[after])), f"{micron[after]:.7g} um"
    if steps[first] == 0:
        msg = f"{at}: the wavelength {value} repeats. Keep one row of each wavelength."
    elif len(wrong) < len(micron) / 20:
        msg = (
            f"{at}: the wavelength turns back from {micron[before]:.7g} to {value}; the file seems "
            f"to hold {len(wrong) + 1} orders or pieces one after the other. Give each as a file "
            "of its own, or merge them."
        )
    else:
        msg = (
            f"{at}: the wavelength turns back from {micron[before]:.7g} to {value}. Sort the rows."
        )
    raise DataError(msg)


def _medium(stated: Medium | None, hints: Hints, notes: list[str]) -> Medium:
    medium = hints.medium or stated
    if medium is None:
        notes.append("Medium of the wavelengths not stated, taken as vacuum.")
        return "vacuum"
    if medium == "air":
        notes.append("Wavelengths in air, converted to vacuum after Morton (2000).")
    return medium


def _sigma(
    sigma: FloatArray | None, grid: Grid, notes: list[str]
) -> npt.NDArray[np.float64] | None:
    if sigma is None:
        return None
    sigma = _column(sigma, grid)
    good = np.isfinite(sigma) & (sigma > 0)
    if not good.any():
        notes.append("Errors are nowhere finite and positive, taken as not given.")
        return None
    if n_bad := int(np.sum(~good & ~np.isnan(sigma))):
        notes.append(f"Pixels whose error is not positive and finite, not valid: {n_bad}.")
    return sigma


def _column(values: FloatArray, grid: Grid) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)[grid.rows]
