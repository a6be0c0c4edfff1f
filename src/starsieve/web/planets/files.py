"""A light curve as files that other programs open: FITS, VOTable, CSV."""

import io
from typing import Any

import numpy as np

import starsieve
from starsieve.archive import LightCurveInfo
from starsieve.data import LightCurve
from starsieve.web.tables import Column, WebTable

MEANINGS = {
    "time": "BJD_TDB - 2457000",
    "flux": "flux",
    "sigma": "standard deviation of flux",
    "quality": "the pipeline's quality flags",
    "valid": "whether a cadence may be used",
}
UCDS = {
    "time": "time.epoch",
    "flux": "phot.flux",
    "sigma": "stat.error;phot.flux",
    "quality": "meta.code.qual",
    "valid": "",
}

SECONDS_PER_DAY = 86_400.0
LONGEST_CARD = 64
"""Letters of a text in a FITS header, so that it needs one card."""


def columns_of(curve: LightCurve) -> dict[str, np.typing.NDArray[Any]]:
    """Return the columns of a light curve that it has, by the names of `MEANINGS`."""
    found = {
        "time": curve.time,
        "flux": curve.flux,
        "sigma": curve.sigma,
        "quality": curve.quality,
        "valid": curve.usable,
    }
    return {name: values for name, values in found.items() if values is not None}


def to_fits(curve: LightCurve, info: LightCurveInfo) -> bytes:
    """Return a FITS file with a table of cadences, named as the missions name theirs.

    A light curve of TESS with corrected flux is read by whatever reads files of SPOC: its columns
    are TIME, PDCSAP_FLUX, PDCSAP_FLUX_ERR and QUALITY; VALID is ours.
    """
    from astropy.io import fits

    flux = str(curve.meta.get("flux_column") or "FLUX")
    unit = curve.flux_unit.replace("electron", "e-").replace(" ", "") or None
    named = {
        "time": ("TIME", "D", "BJD - 2457000, days"),
        "flux": (flux, "E", unit),
        "sigma": (f"{flux}_ERR", "E", unit),
        "quality": ("QUALITY", "J", None),
        "valid": ("VALID", "L", None),
    }
    columns = [
        fits.Column(named[name][0], named[name][1], unit=named[name][2], array=values)
        for name, values in columns_of(curve).items()
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    primary = fits.PrimaryHDU()
    for key, value, comment in _cards(curve, info):
        primary.header[key] = (value, comment)
    cadence = curve.meta.get("cadence_seconds")
    times = [("BJDREFI", 2457000), ("BJDREFF", 0.0), ("TIMEUNIT", "d"), ("TIMESYS", "TDB")]
    times += [("TIMEDEL", cadence / SECONDS_PER_DAY)] if cadence else []
    for key, value in times:
        table.header[key] = value
    buffer = io.BytesIO()
    fits.HDUList([primary, table]).writeto(buffer)
    return buffer.getvalue()


def to_csv(curve: LightCurve) -> bytes:
    """Return the cadences as CSV, with a line of names; numbers lose no digit."""
    columns = columns_of(curve)
    lists = [
        values.astype(np.int64).tolist() if values.dtype.kind in "biu" else values.tolist()
        for values in columns.values()
    ]
    names = ["time_btjd" if name == "time" else name for name in columns]
    lines = [",".join(names)]
    lines += [",".join(map(repr, row)) for row in zip(*lists, strict=True)]
    return ("\n".join(lines) + "\n").replace("nan", "").encode()


def to_table(curve: LightCurve, info: LightCurveInfo) -> WebTable:
    """Return the cadences as a described table, for a VOTable."""
    units = {"time": "d", "flux": curve.flux_unit, "sigma": curve.flux_unit}
    found = columns_of(curve)
    columns = [
        Column(name, unit=units.get(name, ""), meaning=MEANINGS[name], ucd=UCDS[name])
        for name in found
    ]
    lists = {name: values.tolist() for name, values in found.items()}
    rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    return WebTable(file_stem(info), columns, rows, f"Light curve {info.id}: {info.object}")


def file_stem(info: LightCurveInfo) -> str:
    """Return the beginning of a file's name that tells the light curve."""
    name = "".join(letter if letter.isalnum() else "-" for letter in info.object)[:40].strip("-")
    return f"light-curve-{info.id}" + (f"-{name}" if name else "")


def _cards(curve: LightCurve, info: LightCurveInfo) -> list[tuple[str, Any, str]]:
    about = curve.meta
    cards: list[tuple[str, Any, str]] = [
        ("TELESCOP", about.get("telescope"), ""),
        ("INSTRUME", about.get("instrument"), ""),
        ("OBJECT", info.object, "as the file called it"),
        ("TICID", about.get("target"), "TESS Input Catalog"),
        ("KEPLERID", about.get("kic"), "Kepler Input Catalog"),
        ("SECTOR", about.get("sector"), ""),
        ("QUARTER", about.get("quarter"), ""),
        ("RA_OBJ", about.get("ra"), "deg"),
        ("DEC_OBJ", about.get("dec"), "deg"),
        ("TESSMAG", about.get("tmag"), ""),
        ("TEFF", about.get("teff"), "K"),
        ("LOGG", about.get("logg"), "cgs"),
        ("RADIUS", about.get("radius"), "solar radii"),
        ("PIPELINE", about.get("pipeline"), "whose light curve it is"),
        ("FLUXCOL", about.get("flux_column"), "column of the file"),
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
