"""Units in the spellings that files use, to the one that `astropy.units` writes."""

import re
import warnings
from functools import lru_cache

from astropy import units as u

from starsieve.errors import DataError

_WORDS = {
    "Angstrom": "a aa å ang angs angstrom angstroms angstroem angstroems ångström ångströms",
    "um": "um mum micron microns micrometer micrometers micrometre micrometres",
    "nm": "nm nanometer nanometers nanometre nanometres",
    "cm": "cm",
    "m": "meter meters metre metres",
    "s": "s sec second seconds",
    "Hz": "hz hertz",
    "erg": "erg ergs",
    "erg s": "ergss",
    "erg cm": "ergcm",
    "W": "w watt watts",
    "W m": "wm",
    "Jy": "jy jansky janskys",
    "ct": "count counts",
    "electron": "electrons",
    "ph": "photon photons",
    "DN": "dn",
    "adu": "adu adus",
}
_SPELLINGS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
"""What each word means. ``A`` is always an angstrom: no spectrum is in amperes or years."""

_RELATIVE = re.compile(
    r"\s*[(\[-]?(none|relative|normali[sz]ed|arb(itrary)?|unitless|a?dimensionless|1)?"
    r"([ _](flux|units?))?[)\]]?\s*",
    re.IGNORECASE,
)
_LONGEST = 200
"""Characters: a longer text is no unit, and would keep the parser busy."""

_NUMBER_OR_WORD = re.compile(r"(\d+(?:\.\d*)?[eE][+-]?\d+)|([^\W\d_]+)")


def parse_flux_unit(text: str) -> str | None:
    """Return a flux unit as `astropy.units` writes it, or None where it can't be understood.

    Raises
    ------
    DataError
        If it is a magnitude or a logarithm: only fluxes proportional to energy are read.

    Examples
    --------
    >>> parse_flux_unit("ergss-1cm-2A-1")
    'erg / (Angstrom s cm2)'
    """
    if re.search(r"mag(?![a-ln-z])|\bdex\b|\blog", text, re.IGNORECASE):
        msg = f"its flux is in {text!r}; magnitudes and logarithms are not read. Convert it first."
        raise DataError(msg)
    if _RELATIVE.fullmatch(text):
        return ""
    unit = _parse(text)
    return None if unit is None else str(unit.to_string())


def parse_wave_unit(text: str) -> u.UnitBase | None:
    """Return a unit of wavelength, frequency, wavenumber or photon energy; None if it is none."""
    unit = _parse(text)
    if unit is None or not unit.is_equivalent(u.um, u.spectral()):
        return None
    return unit


@lru_cache(maxsize=1024)
def _parse(text: str) -> u.UnitBase | None:
    if len(text) > _LONGEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", u.UnitsWarning)
        try:
            return u.Unit(_respelt(text))
        except (ValueError, TypeError, OverflowError, ZeroDivisionError, RecursionError):
            return None


def _respelt(text: str) -> str:
    """Return a unit with each of its words in Astropy's spelling."""
    plain = re.sub(r"\\mu\s*|[µμ]", "u", text)
    plain = re.sub(
        r"\\AA|\\(?:rm|mathrm|text)\b|[\\${}\[\]]", lambda m: "A" * (m[0] == "\\AA"), plain
    )
    plain = re.sub(r"\be-(?=\s*(/|$|s))", "electron ", plain)
    plain = re.sub(r"\bergs(?=\^?-\d)", "erg s", plain)
    plain = re.sub(r"\s+per\s+", "/", plain)
    plain = re.sub(r"(?<=[-\d])(?=[A-DF-Za-df-z])", " ", plain)
    return _NUMBER_OR_WORD.sub(
        lambda found: found[1] or _SPELLINGS.get(found[2].lower(), found[2]), plain
    ).strip()
