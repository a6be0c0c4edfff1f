"""All that a separation gives: scores, corrected spectra, and records of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import FloatArray
from starsieve.representations.separation import Separation
from starsieve.representations.separation_bands import SPECIES
from starsieve.representations.separation_lines import Line, LineScore, find_lines, score_lines
from starsieve.representations.separation_spectra import Correction, correct
from starsieve.representations.separation_widths import (
    WidthScore,
    find_stellar_lines,
    score_widths,
)

DEEP = 0.02
"""Depth of the lines of the air that the summary counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Separated:
    """A separation with its scores.

    Parameters
    ----------
    separation : Separation
    corrections : tuple of Correction
        Of each exposure.
    lines : tuple of LineScore
    n_lines_asked : int
        Of a list that was given, or found in the learnt spectra.
    widths : tuple of WidthScore
    """

    separation: Separation
    corrections: tuple[Correction, ...]
    lines: tuple[LineScore, ...]
    n_lines_asked: int
    widths: tuple[WidthScore, ...]

    @property
    def deep_lines(self) -> tuple[LineScore, ...]:
        """Lines deeper than `DEEP`."""
        return tuple(line for line in self.lines if line.depth > DEEP)

    @property
    def residual_ratio(self) -> float:
        """Median over deep lines of the residual inside over beside; NaN without any."""
        return _median([line.ratio for line in self.deep_lines])

    @property
    def width_change(self) -> float:
        """Median relative change of equivalent widths; NaN where none can be compared."""
        return _median([score.change for score in self.widths])

    def exposure_records(self) -> list[dict[str, Any]]:
        """Return one record for each exposure: amplitudes, velocity, sky."""
        return [_exposure_record(self.separation, n) for n in range(len(self.corrections))]

    def to_record(self) -> dict[str, Any]:
        """Return the summary: counts and medians."""
        separation, deep = self.separation, self.deep_lines
        return {
            "n_exposures": len(separation.exposures),
            "n_stars": len(separation.stars),
            "ranges_um": [[window.low, window.high] for window in separation.windows],
            "n_lines": len(self.lines),
            "n_lines_outside": self.n_lines_asked - len(self.lines),
            "n_deep_lines": len(deep),
            "median_depth_before": _median([line.depth_before for line in deep]),
            "median_depth_after": _median([abs(line.depth_after) for line in deep]),
            "residual_ratio": self.residual_ratio,
            "n_stellar_lines": len(self.widths),
            "width_change": self.width_change,
            "amplitude_against_airmass_r": amplitude_correlations(separation, "airmass"),
            "amplitude_against_humidity_r": amplitude_correlations(separation, "relative_humidity"),
            "n_failed": len(separation.failures),
        }


def score(separation: Separation, lines: Sequence[Line] | None = None) -> Separated:
    """Return a separation with corrected spectra and scores of lines.

    Parameters
    ----------
    separation : Separation
    lines : sequence of Line, optional
        Those found in the learnt spectra by default.
    """
    asked = find_lines(separation) if lines is None else tuple(lines)
    corrections = tuple(correct(separation, n) for n in range(len(separation.exposures)))
    widths = score_widths(separation, corrections, find_stellar_lines(separation))
    scores = score_lines(separation, asked)
    return Separated(separation, corrections, scores, len(asked), widths)


def amplitude_correlations(separation: Separation, name: str) -> dict[str, float | None]:
    """Return for each gas how its amplitude goes with a number of the sky; None if unknown."""
    values = np.array([getattr(each, name) for each in separation.exposures])
    known = np.isfinite(values)
    found: dict[str, float | None] = {}
    for number, species in enumerate(SPECIES):
        amplitude = separation.state.amplitude[known, number]
        sayable = _is_seen(separation, number) and known.sum() > 2 and np.ptp(values[known]) > 0
        r = float(np.corrcoef(values[known], amplitude)[0, 1]) if sayable else None
        found[species.name] = r
    return found


def _is_seen(separation: Separation, gas: int) -> bool:
    """Return whether a gas absorbs anywhere: without lines its amplitudes mean nothing."""
    return any(templates.air[gas].min() < -DEEP / 4 for templates in separation.templates)


def _exposure_record(separation: Separation, number: int) -> dict[str, Any]:
    exposure, state = separation.exposures[number], separation.state
    amplitudes: dict[str, float | None] = {}
    for gas, species in enumerate(SPECIES):
        seen = _is_seen(separation, gas)
        name = species.name.lower()
        amplitudes[f"{name}_amplitude"] = float(state.amplitude[number, gas]) if seen else None
        error = float(state.amplitude_error[number, gas]) if seen else None
        amplitudes[f"{name}_amplitude_error"] = error
    return {
        "file": exposure.name,
        "star": exposure.star,
        "berv_km_s": exposure.berv_km_s,
        "airmass": exposure.airmass,
        "relative_humidity": exposure.relative_humidity,
        **amplitudes,
        "stellar_velocity_km_s": float(separation.stellar_velocity[number]),
        "air_velocity_km_s": float(SPEED_OF_LIGHT * state.air_shift[number]),
        "velocity_error_km_s": float(SPEED_OF_LIGHT * state.shift_error[number]),
    }


def write_corrected(separated: Separated, folder: Path) -> list[Path]:
    """Write each corrected spectrum as a FITS table with error, mask and transmission.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    records = separated.exposure_records()
    names = _file_names([each.name for each in separated.separation.exposures])
    return [
        write_correction(each, record, folder / name)
        for each, record, name in zip(separated.corrections, records, names, strict=True)
    ]


def _file_names(names: Sequence[str]) -> list[str]:
    """Return a name for each file; a number tells apart what would have the same one."""
    stems = [Path(name).name.removesuffix(".gz").removesuffix(".fits") for name in names]
    return [
        f"{stem}_corrected.fits" if stems.count(stem) == 1 else f"{stem}_{number}_corrected.fits"
        for number, stem in enumerate(stems)
    ]


def write_correction(correction: Correction, record: Mapping[str, Any], path: Path) -> Path:
    """Write one corrected spectrum; the file is there whole or not at all."""
    from io import BytesIO

    from astropy.io import fits

    from starsieve.plots import write_atomically

    spectrum = correction.after
    sigma = np.full(len(spectrum), np.nan) if spectrum.sigma is None else spectrum.sigma
    bad = (~spectrum.usable).astype(np.int16)
    columns = [
        _column("WAVE", spectrum.wave, "um"),
        _column("FLUX", spectrum.flux, _unit(spectrum.flux_unit)),
        _column("ERR", sigma, _unit(spectrum.flux_unit)),
        fits.Column("MASK", "I", array=bad),
        _column("LOG_TRANSMISSION", correction.log_transmission, None),
        _column("LOG_TRANSMISSION_ERR", correction.error, None),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    primary = fits.PrimaryHDU()
    primary.header["OBJECT"] = str(record["star"])[:60]
    primary.header["SPECSYS"] = _FRAMES.get(spectrum.frame, "BARYCENT")
    primary.header["BERV"] = (record["berv_km_s"], "[km/s] velocity of the Earth")
    primary.header["HISTORY"] = "Lines of the Earth's air taken out by starsieve separate"
    for key, name in (("AMP_O2", "o2_amplitude"), ("AMP_H2O", "h2o_amplitude")):
        if record.get(name) is not None:
            primary.header[key] = (record[name], "column over the mean of the series")
    if spectrum.resolution is not None:
        table.header["SPEC_RES"] = spectrum.resolution
    buffer = BytesIO()
    fits.HDUList([primary, table]).writeto(buffer)
    return write_atomically(path, buffer.getvalue())


_FRAMES = {
    "topocentric": "TOPOCENT",
    "geocentric": "GEOCENTR",
    "heliocentric": "HELIOCEN",
    "barycentric": "BARYCENT",
}


def _column(name: str, values: FloatArray, unit: str | None) -> Any:
    from astropy.io import fits

    return fits.Column(name, "D", unit=unit, array=np.asarray(values, dtype=np.float64))


def _unit(unit: str) -> str | None:
    return unit or None


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")
