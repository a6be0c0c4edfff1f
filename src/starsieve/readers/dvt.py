"""Data-validation time series of TESS and Kepler (``*_dvt.fits``).

After the TESS Science Data Products Description Document (EXP-TESS-ARC-ICD-0014): one table for
each threshold-crossing event, its fitted transit in the table's header.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from starsieve.data.ephemeris import Ephemeris, days_from_event
from starsieve.data.star import Star
from starsieve.data.validation import Tce, Validation
from starsieve.errors import DataError
from starsieve.readers.fits_file import (
    first_header,
    header_number,
    header_text,
    open_fits,
)
from starsieve.readers.photometry import BTJD_ZERO, read_column, read_meta, read_time
from starsieve.readers.reader import Found, Hints, Reader

_VALUES = {
    "INDUR": "ingress_hours",
    "IMPACT": "impact",
    "INCLIN": "inclination_deg",
    "DRRATIO": "a_over_r",
    "RADRATIO": "radius_ratio",
    "PRADIUS": "radius_earth",
    "MAXMES": "mes",
    "MAXSES": "ses",
    "TSNR": "snr",
    "NTRANS": "n_transits",
    "CONVRGE": "converged",
    "MEDDETR": "median_filter_hours",
}
_COLUMNS = {
    "LC_INIT": "lc_init",
    "LC_INIT_ERR": "lc_init_err",
    "LC_DETREND": "lc_detrend",
    "LC_WHITE": "lc_white",
    "MODEL_INIT": "model_init",
    "MODEL_WHITE": "model_white",
    "PHASE": "phase",
    "RESIDUAL": "residual",
    "RESIDUAL_LC": "residual",
}


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is of a mission and its first table has fitted light curves."""
    return bool(first_header(head).get("TELESCOP")) and b"= 'LC_INIT" in head


def read(path: Path, hints: Hints) -> Found:  # noqa: ARG001 - every column is read
    """Read every threshold-crossing event of a star."""
    notes: list[str] = []
    with open_fits(path) as hdus:
        primary = hdus[0].header
        tables = [hdu for hdu in hdus if _is_event(hdu)]
        found = [_tce(table, order, notes) for order, table in enumerate(tables, start=1)]
        meta = read_meta(primary, {}, _pipeline(primary))
    tces = tuple(tce for tce in found if tce is not None)
    if not tces:
        msg = f"none of its {len(tables)} tables of threshold-crossing events has an ephemeris."
        raise DataError(msg)
    star, meta = _star(primary, meta)
    return Found((Validation(star, _sectors(primary), tces, meta),), tuple(dict.fromkeys(notes)))


READER = Reader("dv-series", "data validation", matches, read)


def _is_event(hdu: Any) -> bool:
    is_table = isinstance(hdu, fits.BinTableHDU)
    return is_table and {"TIME", "LC_INIT"} <= set(hdu.columns.names)


def _tce(table: Any, order: int, notes: list[str]) -> Tce | None:
    """Return an event; None, with a note, where its header has no ephemeris."""
    header = table.header
    named = re.search(r"TCE_?0*(\d+)", header_text(header, "EXTNAME") or "")
    number = int(named[1]) if named else order
    time = read_time(table, notes)
    try:
        ephemeris = _ephemeris(header)
    except DataError as error:
        notes.append(f"Event {number} was left out: {error}")
        return None
    kept = np.isfinite(time)
    series = {
        name: read_column(table, column)[kept]
        for column, name in _COLUMNS.items()
        if column in table.columns.names
    }
    series.setdefault("phase", np.asarray(days_from_event(time[kept], ephemeris)))
    values = {
        name: value
        for keyword, name in _VALUES.items()
        if (value := header_number(header, keyword)) is not None
    }
    depth = header_number(header, "TDEPTH")
    return Tce(
        number=number,
        ephemeris=ephemeris,
        depth_ppm=depth,
        values=values,
        time=time[kept],
        **series,
    )


def _ephemeris(header: Any) -> Ephemeris:
    names = ("TPERIOD", "TEPOCH", "TDUR")
    period, epoch, duration = (header_number(header, name) for name in names)
    if period is None or epoch is None or duration is None:
        msg = f"its header needs numbers for {', '.join(names)}."
        raise DataError(msg)
    zero = (header_number(header, "BJDREFI") or BTJD_ZERO) + (
        header_number(header, "BJDREFF") or 0.0
    )
    return Ephemeris(
        period_days=period if period > 0 else None,
        epoch_btjd=epoch + zero - BTJD_ZERO,
        duration_hours=duration,
    )


def _pipeline(primary: Any) -> str:
    return "SPOC" if header_text(primary, "TELESCOP") == "TESS" else "Kepler"


def _star(primary: Any, meta: dict[str, Any]) -> tuple[Star, dict[str, Any]]:
    tic = header_number(primary, "TICID")
    kic = header_number(primary, "KEPLERID")
    if tic is not None:
        meta |= {"target": int(tic)}
    elif kic is not None:
        meta |= {"kic": int(kic)}
    return Star.from_meta(meta, source="data validation header"), meta


def _sectors(primary: Any) -> tuple[int, ...]:
    """Return the sectors; of several the header has a row of bits, of which the first is for 0."""
    sector = header_number(primary, "SECTOR")
    if sector is not None and sector > 0:
        return (int(sector),)
    bits = header_text(primary, "SECTORS") or ""
    return tuple(number for number, bit in enumerate(bits) if bit == "1")
