"""Candidates as ExoFOP-TESS takes them: a text file to upload by hand. Nothing is ever sent.

The columns follow ExoFOP's template for planet parameters as public upload scripts describe it;
compare with the page's own template before an upload.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from starsieve.errors import DataError

BTJD_ZERO = 2_457_000.0
MAX_NOTES = 120

_PAIRS = (
    *("period", "epoch", "depth", "duration", "inc", "imp", "r_planet", "ar_star", "radius"),
    *("mass", "temp", "insol", "dens", "sma", "ecc", "arg_peri", "time_peri", "vsa"),
)
COLUMNS: tuple[str, ...] = (
    *("target", "flag", "disp"),
    *(name for pair in _PAIRS for name in (pair, f"{pair}_unc")),
    *("tag", "group", "prop_period", "notes"),
)
"""In the file's order; every `_unc` is the error of what stands before it."""

UNITS = {
    "period": "d", "epoch": "BJD_TDB", "depth": "ppm", "duration": "h", "inc": "deg",
    "r_planet": "Rp/R*", "ar_star": "a/R*", "radius": "Earth radii", "temp": "K",
    "insol": "Earth flux", "dens": "g/cm3", "sma": "au",
}  # fmt: skip

_DIGITS = {
    "period": 7, "epoch": 6, "depth": 1, "duration": 4, "inc": 3, "imp": 4, "r_planet": 6,
    "ar_star": 4, "radius": 4, "temp": 1, "insol": 3, "dens": 4, "sma": 5,
}  # fmt: skip


def file_name(day: date, number: int = 1) -> str:
    """Return the name that ExoFOP wants: ``params_planet_YYYYMMDD_nnn.txt``."""
    return f"params_planet_{day:%Y%m%d}_{number:03d}.txt"


def write_line(
    target: str,
    values: Mapping[str, float | None],
    *,
    flag: str = "newctoi",
    disposition: str = "PC",
    notes: str = "",
) -> str:
    """Return one candidate as a line.

    Parameters
    ----------
    target : str
        ``TIC52368076.01``, or ``TOI125.01`` with the flag ``newparams``.
    values : mapping
        By names of `COLUMNS` in `UNITS`; what is missing or None stays empty. An epoch below
        2000000 is taken as BTJD.
    flag : {"newctoi", "newparams"}
    disposition : {"CP", "FP", "PC"}
    notes : str
        At most 120 letters are kept.

    Raises
    ------
    DataError
        If a name, the flag or the disposition is none of these.
    """
    unknown = set(values) - set(COLUMNS)
    if unknown or flag not in ("newctoi", "newparams") or disposition not in ("CP", "FP", "PC"):
        msg = (
            f"ExoFOP knows no {', '.join(sorted(unknown)) or f'{flag!r} with {disposition!r}'}; "
            f"values are {', '.join(_PAIRS)}, flags newctoi and newparams, dispositions CP, FP, PC."
        )
        raise DataError(msg)
    known = dict(values)
    epoch = known.get("epoch")
    if epoch is not None and epoch < 2_000_000:
        known["epoch"] = epoch + BTJD_ZERO
    cells = {"target": target, "flag": flag, "disp": disposition}
    cells |= {name: _number(name, known.get(name)) for name in COLUMNS[3:-4]}
    cells |= {"prop_period": "0", "notes": " ".join(notes.replace("|", "/").split())[:MAX_NOTES]}
    return "|".join(cells.get(name, "") for name in COLUMNS)


def write_file(lines: Sequence[str]) -> str:
    """Return the file's text: a comment with the columns, then the lines."""
    return "\n".join(["# " + "|".join(COLUMNS), *lines]) + "\n"


def _number(name: str, value: float | None) -> str:
    if value is None or value != value:
        return ""
    digits = _DIGITS.get(name.removesuffix("_unc"), 6)
    return f"{value:.{digits}f}"
