"""CRIRES+ as its pipeline extracts it: a table per detector, three columns for every order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

from starsieve.errors import DataError
from starsieve.readers.canonical import Columns, make_spectrum
from starsieve.readers.fits_file import first_header, open_fits, plain_header
from starsieve.readers.observation import observation_in
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in

Array = npt.NDArray[np.float64]

_RESOLUTIONS = {"w_0.2": 100_000.0, "w_0.4": 50_000.0}
"""Nominal, by the width of the slit (Dorn et al. 2023)."""

_ORDER = re.compile(r"(\d\d)_(\d\d)_SPEC")


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of CRIRES and by the pipeline that extracts orders."""
    header = first_header(head)
    # Not every product of the instrument: ESO publishes some of them after its own standard.
    is_extracted = header.get("PIPEFILE", "").startswith("cr2res_")
    return header.get("INSTRUME") == "CRIRES" and header.get("NAXIS") == "0" and is_extracted


def read(path: Path, hints: Hints) -> Found:
    """Read every order of every detector and trace as a spectrum of its own."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        header = plain_header(hdus[0].header)
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
        orders = [order for table in tables for order in _orders(table)]
    if not orders:
        msg = "is CRIRES', but no table has columns such as 02_01_SPEC, _ERR and _WL of its orders."
        raise DataError(msg)
    full = [order for order in orders if order.has_pixels]
    if not full:
        msg = "none of its orders holds a spectrum."
        raise DataError(msg)
    notes.append("Vacuum, nm, as observed: CRIRES+'s pipeline writes so.")
    shared = _shared(header, notes)
    notes.append("Pixels whose error is not positive are not valid.")
    if n_empty := len(orders) - len(full):
        notes.append(f"Orders without a spectrum, left out: {n_empty}.")
    notes.append(f"{len(full)} orders of {len(tables)} detectors, each a spectrum of its own.")
    spectra = [make_spectrum(order.columns(shared), hints, notes) for order in full]
    return Found(tuple(spectra), tuple(dict.fromkeys(notes)))


READER = Reader("crires-orders", "spectrum", matches, read)


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """An order of one detector: pixels of shape (n_pixels,), and which order it is."""

    wave: Array
    flux: Array
    sigma: Array
    where: dict[str, str | int]

    @property
    def has_pixels(self) -> bool:
        return bool(np.isfinite(self.wave).sum() > 1 and np.isfinite(self.flux).any())

    def columns(self, shared: Columns) -> Columns:
        sigma = np.where(self.sigma > 0, self.sigma, np.nan)
        meta = dict(shared.meta) | self.where
        return replace(shared, wave=self.wave, flux=self.flux, sigma=sigma, meta=meta)


def _orders(table: Any) -> Iterator[_Order]:
    """Yield every order of a detector's table."""
    names = set(table.columns.names)
    for name in table.columns.names:
        order, stem = _ORDER.fullmatch(name), name.removesuffix("SPEC")
        if order is not None and {f"{stem}WL", f"{stem}ERR"} <= names:
            columns = (f"{stem}{kind}" for kind in ("WL", "SPEC", "ERR"))
            wave, flux, sigma = (np.asarray(table.data[c], dtype=np.float64) for c in columns)
            where = {"chip": table.name, "order": int(order[1]), "trace": int(order[2])}
            yield _Order(wave, flux, sigma, where)


def _shared(header: dict[str, Any], notes: list[str]) -> Columns:
    resolution = _RESOLUTIONS.get(str(header.get("ESO INS SLIT1 NAME")))
    notes.append(
        "Resolving power not stated."
        if resolution is None
        else f"Resolving power {resolution:g}, the nominal one of the slit."
    )
    skipped = ("medium", "frame", "resolution")
    stated = {k: v for k, v in stated_in(header).items() if k not in skipped}
    nothing = np.empty(0)
    return Columns(
        wave=nothing,
        flux=nothing,
        wave_unit="nm",
        flux_unit="adu",
        medium="vacuum",
        frame="topocentric",
        resolution=resolution,
        meta=stated | observation_in(header) | {"header": header},
    )
