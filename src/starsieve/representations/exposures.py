"""Exposures of stars, and under which sky each was taken."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data import Spectrum
from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, FileError

KEYS: dict[str, tuple[str, ...]] = {
    "berv_km_s": (
        *("berv_km_s", "berv", "BERV", "ESO DRS BERV", "ESO QC BERV", "TNG DRS BERV"),
        *("VHELIO", "BARYCORR"),
    ),
    "airmass": (
        *("airmass", "AIRMASS", "airmass_start", "airmass_end"),
        *("ESO TEL AIRM START", "ESO TEL AIRM END", "ESO TEL1 AIRM START", "ESO TEL1 AIRM END"),
    ),
    "relative_humidity": (
        *("relative_humidity", "relative_humidity_percent", "humidity", "HUMIDITY"),
        "ESO TEL AMBI RHUM",
    ),
    "mjd": ("mjd", "MJD-OBS", "MJD"),
    "snr": ("snr", "sn50", "ESO DRS SPE EXT SN50", "SNR"),
}
"""What files, and tables beside them, call each number."""


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """One spectrum of a star, and how and through how much air it was taken.

    Parameters
    ----------
    spectrum : Spectrum
    name : str
        Of the file or the archive's row.
    star : str
        Exposures of one star share its stellar spectrum.
    berv_km_s : float
        The Earth's velocity towards the star, as pipelines add it: barycentric wavelengths are
        the observer's times ``1 + berv / c``.
    airmass, relative_humidity, mjd, snr : float
        NaN where unknown; humidity in per cent, time in days.
    """

    spectrum: Spectrum
    name: str
    star: str
    berv_km_s: float
    airmass: float = float("nan")
    relative_humidity: float = float("nan")
    mjd: float = float("nan")
    snr: float = float("nan")

    @property
    def observer_shift(self) -> float:
        """Logarithm of barycentric over observed wavelength."""
        return float(np.log1p(self.berv_km_s / SPEED_OF_LIGHT))

    @property
    def log_wave(self) -> FloatArray:
        """Logarithm of the barycentric vacuum wavelengths in micron, shape (n_pixels,).

        A spectrum whose frame is not known is taken as barycentric: so pipelines give them.
        """
        log_wave: FloatArray = np.log(self.spectrum.wave.astype(np.float64))
        observed = self.spectrum.frame in ("topocentric", "geocentric")
        return log_wave + self.observer_shift if observed else log_wave


def make_exposure(
    spectrum: Spectrum, name: str, extra: Mapping[str, Any] | None = None, star: str = ""
) -> Exposure:
    """Put a spectrum and what is known of its sky together.

    Parameters
    ----------
    spectrum : Spectrum
        Its ``meta`` and the header in there are searched for `KEYS`.
    name : str
        Of the file.
    extra : mapping, optional
        A row of a table beside the files; it wins over the header.
    star : str
        By default the object that the spectrum names.

    Raises
    ------
    DataError
        If the velocity of the Earth is not known, or the spectrum is in the star's frame.
    """
    header = spectrum.meta.get("header") or {}
    known = {key: _find(names, (extra or {}, spectrum.meta, header)) for key, names in KEYS.items()}
    if spectrum.frame == "rest":
        msg = (
            f"{name}: is in the star's own frame; telling star and air apart needs spectra in the "
            "barycentric or the observer's frame."
        )
        raise DataError(msg)
    if not np.isfinite(known["berv_km_s"]) or abs(known["berv_km_s"]) > 100:
        msg = (
            f"{name}: the Earth's velocity towards the star (BERV, km/s) is not in its header, got "
            f"{known['berv_km_s']}. Give a table with the columns file and berv_km_s (--table)."
        )
        raise DataError(msg)
    return Exposure(spectrum, name, star or str(spectrum.meta.get("object") or "star"), **known)


def _find(names: Sequence[str], places: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean of a start and an end, or the first number found, NaN if there is none."""
    for place in places:
        found = {name: _number(place.get(name)) for name in names}
        found |= {n: _number(place.get(f"HIERARCH {n}")) for n in names if np.isnan(found[n])}
        numbers = {name: value for name, value in found.items() if not np.isnan(value)}
        ends = [value for name, value in numbers.items() if name.lower().endswith(("start", "end"))]
        if numbers:
            first = next(iter(numbers))
            return float(np.mean(ends)) if numbers[first] in ends else numbers[first]
    return float("nan")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def read_table(path: str | Path) -> dict[str, dict[str, str]]:
    """Return the rows of a CSV table by the name of the file that each is about.

    Raises
    ------
    FileError
        If it can't be read, or has no column ``file``.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path}: can't be read as a CSV table: {error}."
        raise FileError(msg) from error
    if not rows or "file" not in rows[0]:
        msg = f"{path}: expected a CSV table with a column 'file' and at least one row."
        raise FileError(msg)
    return {Path(row["file"]).name: row for row in rows if row["file"]}
