"""A spectrum as files that other programs open: FITS, VOTable, CSV. Always in vacuum micron."""

import base64
import io
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import starsieve
from starsieve.archive import SpectrumInfo
from starsieve.data import Spectrum

FRAMES: Mapping[str, str] = {
    "topocentric": "TOPOCENT",
    "geocentric": "GEOCENTR",
    "heliocentric": "HELIOCEN",
    "barycentric": "BARYCENT",
    "rest": "SOURCE",
}
"""Names of the FITS standard for velocity frames."""

UCDS = {
    "wave": "em.wl",
    "flux": "phot.flux.density;em.wl",
    "sigma": "stat.error;phot.flux.density;em.wl",
}

MEANINGS = {
    "wave": "wavelength in vacuum",
    "flux": "flux",
    "sigma": "standard deviation of flux",
    "valid": "whether a pixel may be used",
}

LONGEST_CARD = 64
"""Letters of a text in a FITS header, so that it needs one card: as many as a SHA-256 has."""


def to_fits(spectrum: Spectrum, info: SpectrumInfo) -> bytes:
    """Return a FITS file with a binary table, as specutils, TOPCAT and `starsieve read` open it.

    Columns are wave, flux, sigma (if there are errors) and valid, with units and UCDs. The
    keywords tell medium, frame and resolving power, and where the pixels come from.
    """
    from astropy.io import fits

    unit = _fits_unit(spectrum.flux_unit)
    columns = [
        fits.Column("wave", "D", unit="um", array=spectrum.wave),
        fits.Column("flux", "D", unit=unit, array=spectrum.flux),
    ]
    if spectrum.sigma is not None:
        columns.append(fits.Column("sigma", "D", unit=unit, array=spectrum.sigma))
    columns.append(fits.Column("valid", "L", array=spectrum.usable))
    table = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    for number, column in enumerate(columns, start=1):
        if column.name in UCDS:  # one for quality would have 0 for good, as flags do
            table.header[f"TUCD{number}"] = UCDS[column.name]
        table.header.comments[f"TTYPE{number}"] = MEANINGS[column.name]
    primary = fits.PrimaryHDU()
    for header in (primary.header, table.header):
        for key, value, comment in _cards(spectrum, info):
            header[key] = (value, comment)
    primary.header["HISTORY"] = "Pixels as the file had them; wavelengths brought to vacuum micron."
    buffer = io.BytesIO()
    fits.HDUList([primary, table]).writeto(buffer)
    return buffer.getvalue()


def to_csv(spectrum: Spectrum) -> bytes:
    """Return the pixels as CSV, with a line of names; numbers lose no digit."""
    columns = [spectrum.wave.tolist(), spectrum.flux.tolist()]
    names = ["wave_um", "flux"]
    if spectrum.sigma is not None:
        columns.append(spectrum.sigma.tolist())
        names.append("sigma")
    columns.append(spectrum.usable.astype(np.int8).tolist())
    lines = [",".join([*names, "valid"])]
    lines += [",".join(map(repr, row)) for row in zip(*columns, strict=True)]
    return ("\n".join(lines) + "\n").replace("nan", "").encode()


def to_votable(spectrum: Spectrum, info: SpectrumInfo) -> bytes:
    """Return the pixels as VOTable, with units, meanings and UCDs; numbers are binary."""
    from astropy.io.votable import from_table, writeto
    from astropy.table import Table
    from astropy.units import UnitsWarning

    columns: dict[str, npt.NDArray[Any]] = {
        name: values.astype(np.float64)
        for name, values in (
            ("wave", spectrum.wave),
            ("flux", spectrum.flux),
            ("sigma", spectrum.sigma),
        )
        if values is not None
    }
    columns["valid"] = spectrum.usable.astype(np.uint8)
    votable = from_table(Table({name: values[:1] for name, values in columns.items()}))
    units = {"wave": "um"} | dict.fromkeys(("flux", "sigma"), spectrum.flux_unit)
    table = votable.resources[0].tables[0]
    table.description = f"Spectrum {info.id}: {_plain(info.object)}"
    for field in table.fields:
        field.description = MEANINGS[field.name]
        field.ucd = UCDS.get(field.name)
        field.unit = _votable_unit(units.get(field.name, ""))
    table.format = "binary2"
    out = io.BytesIO()
    with warnings.catch_warnings():
        # of units such as erg, which astronomers go on using, and TOPCAT goes on reading
        warnings.simplefilter("ignore", UnitsWarning)
        writeto(votable, out)
    # astropy goes row by row, which would take half a minute for 300,000 pixels
    head, begin, rest = out.getvalue().partition(b'<STREAM encoding="base64">')
    _, end, tail = rest.partition(b"</STREAM>")
    return head + begin + b"\n" + base64.encodebytes(_binary2(columns)) + end + tail


def _binary2(columns: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return columns as a VOTable's BINARY2 has them: rows that begin with flags for no value."""
    types = [("no_value", "u1")]
    types += [(name, "u1" if v.dtype == np.uint8 else ">f8") for name, v in columns.items()]
    rows = np.zeros(len(next(iter(columns.values()))), dtype=types)
    for name, values in columns.items():
        rows[name] = values
    return rows.tobytes()


def file_stem(info: SpectrumInfo) -> str:
    """Return the beginning of a file's name that tells the spectrum."""
    name = "".join(letter if letter.isalnum() else "-" for letter in info.object)[:40].strip("-")
    return f"spectrum-{info.id}" + (f"-{name}" if name else "")


def _cards(spectrum: Spectrum, info: SpectrumInfo) -> list[tuple[str, Any, str]]:
    cards: list[tuple[str, Any, str]] = [
        ("OBJECT", info.object, "as the file called it"),
        ("VACUUM", True, "wavelengths are in vacuum"),
        ("MEDIUM", "vacuum", "of the wavelengths here"),
        ("ORIGMED", info.medium, "of the wavelengths in the file"),
        ("SPECSYS", FRAMES.get(spectrum.frame, ""), "velocity frame"),
        ("SPEC_RES", spectrum.resolution, "resolving power, wavelength / FWHM"),
        ("DATE-OBS", info.meta.get("date"), ""),
        ("INSTRUME", info.meta.get("instrument"), ""),
        ("TELESCOP", info.meta.get("telescope"), ""),
        ("COLLECT", info.collection, "collection of the archive"),
        ("ARCHNUM", info.id, "number in the archive"),
        ("SRCFILE", (info.file or "").rpartition("/")[2], "file that was read"),
        ("SRCHASH", info.file_hash, "SHA-256 of that file"),
        ("CREATOR", f"starsieve {starsieve.__version__}", ""),
    ]
    known = [(key, _plain(value), comment) for key, value, comment in cards]
    return [
        (key, value, comment if len(f"{value}{comment}") < LONGEST_CARD else "")
        for key, value, comment in known
        if value not in ("", None)
    ]


def _plain(value: Any) -> Any:
    """Return a value as a FITS card can hold it: ASCII, one line, not too long."""
    if not isinstance(value, str):
        return value
    text = value.encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST_CARD]


def _votable_unit(unit: str) -> Any:
    from astropy import units as u

    try:
        return u.Unit(unit) if unit else None
    except (ValueError, TypeError):
        return None  # no unit of the standard's


def _fits_unit(unit: str) -> str | None:
    """Return a unit in the spelling of the FITS standard, or as it is where that has none."""
    from astropy import units as u

    try:
        return str(u.Unit(unit).to_string("fits")) or None
    except (ValueError, TypeError):
        return unit or None
