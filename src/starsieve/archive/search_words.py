"""What somebody who types into a search box may mean: numbers of catalogues, places, names."""

import math
import re
from dataclasses import dataclass
from typing import Any

from starsieve.archive.target_filters import LARGEST_RADIUS, Cone

LARGEST_NUMBER = 2**63 - 1
USUAL_RADIUS = 60.0
"""Of a search by coordinates, in arcsecond."""

_NUMBER = r"[+-]?\d+(?:\.\d*)?"
_CATALOGUES = {
    "tic": re.compile(r"tic[\s_-]*(\d+)", re.IGNORECASE),
    "kic": re.compile(r"kic[\s_-]*(\d+)", re.IGNORECASE),
    "gaia": re.compile(r"gaia(?:[\s_-]*e?dr\d)?[\s_-]*(\d+)", re.IGNORECASE),
    "spectrum": re.compile(r"(?:spectrum|spec|#)[\s_-]*(\d+)", re.IGNORECASE),
    "run": re.compile(r"run[\s_-]*(\d+)", re.IGNORECASE),
}
_TOI = re.compile(r"toi[\s_-]*(\d+(?:\.\d{1,2})?)", re.IGNORECASE)
_CANDIDATE = re.compile(r"\d+\.\d{2}")
_RADIUS = re.compile(
    rf"(?:[\s,;]+(?:r|radius)\s*=?\s*|[\s,;]+)({_NUMBER})\s*(arcsec|arcmin|deg|[\"'″′sm°d])\s*$",
    re.IGNORECASE,
)
_UNITS = {"a": 1.0, '"': 1.0, "″": 1.0, "s": 1.0, "'": 60.0, "′": 60.0, "m": 60.0, "°": 3600.0}
_DECIMAL = re.compile(rf"({_NUMBER})\s*[°d]?(?:\s*[,;]\s*|\s+)({_NUMBER})\s*[°d]?", re.IGNORECASE)
_SIXTIETHS = re.compile(
    r"(\d{1,2})\s*[h:\s]\s*(\d{1,2})\s*[m:\s]\s*(\d{1,2}(?:\.\d*)?)\s*s?\s*[,;]?\s*"
    r"([+\-−]?)\s*(\d{1,2})\s*[d°:\s]\s*(\d{1,2})\s*[m'′:\s]\s*(\d{1,2}(?:\.\d*)?)\s*[s\"″]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text may mean, as far as it can.

    Parameters
    ----------
    text : str
        With single blanks, and nothing that can't be printed.
    tic, kic, gaia, spectrum, run : int, optional
        Numbers; a bare number may be any of them.
    toi : str, optional
        A star's number, as ``"270"``, or a candidate's, as ``"270.01"``.
    cone : Cone, optional
    """

    text: str
    tic: int | None = None
    kic: int | None = None
    gaia: int | None = None
    spectrum: int | None = None
    run: int | None = None
    toi: str | None = None
    cone: Cone | None = None


def read_words(text: str) -> Meant:
    """Return what a text may mean.

    Examples
    --------
    >>> read_words("TOI-270.01").toi, read_words("TIC 25155310").tic
    ('270.01', 25155310)
    >>> read_words("5h37m9.9s -80d28m8.8s r=30s").cone
    Cone(ra=84.29125, dec=-80.46911111111112, radius=30.0)
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for name, pattern in _CATALOGUES.items():
        if found := pattern.fullmatch(text):
            numbers: dict[str, Any] = {name: _number(found[1])}
            return Meant(text, **numbers)
    if found := _TOI.fullmatch(text):
        return Meant(text, toi=found[1])
    if _CANDIDATE.fullmatch(text):
        return Meant(text, toi=text)
    if text.isascii() and text.isdigit():
        number = _number(text)
        return Meant(text, number, number, number, number, toi=text)
    return Meant(text, cone=read_cone(text))


def read_cone(text: str) -> Cone | None:
    """Return the circle that a text describes; None if it is no pair of coordinates.

    Coordinates are ICRS: two numbers of degrees, or hours, minutes and seconds with degrees,
    arcminutes and arcseconds. A radius with its unit may follow, as ``30"``, ``2'`` or ``r=0.1d``.

    Examples
    --------
    >>> read_cone("84.291 -80.469 2'")
    Cone(ra=84.291, dec=-80.469, radius=120.0)
    >>> read_cone("GJ 229") is None
    True
    """
    radius = USUAL_RADIUS
    place, stated = text.strip(), _RADIUS.search(text)
    for without in (place[: stated.start()].strip(), place) if stated else (place,):
        position = _position(without)
        if position is not None:
            if stated and without != place:
                radius = float(stated[1]) * _unit(stated[2])
            usable = math.isfinite(radius) and 0 < radius <= LARGEST_RADIUS
            return Cone(*position, radius) if usable else None
    return None


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) < 20 and int(digits) <= LARGEST_NUMBER else None


def _unit(word: str) -> float:
    word = word.lower()
    if word in ("arcmin", "deg", "d"):
        return 60.0 if word == "arcmin" else 3600.0
    return _UNITS[word[0]]


def _position(text: str) -> tuple[float, float] | None:
    """Return right ascension and declination in degree."""
    if found := _SIXTIETHS.fullmatch(text):
        hours, degrees = _sum(found, 1), _sum(found, 5)
        if hours is None or degrees is None:
            return None
        ra, dec = 15 * hours, -degrees if found[4] in ("-", "−") else degrees
    elif found := _DECIMAL.fullmatch(text):
        ra, dec = float(found[1]), float(found[2])
    else:
        return None
    return (ra, dec) if 0 <= ra <= 360 and -90 <= dec <= 90 else None


def _sum(found: re.Match[str], first: int) -> float | None:
    whole, minutes, seconds = (float(found[first + step]) for step in range(3))
    return whole + minutes / 60 + seconds / 3600 if max(minutes, seconds) < 60 else None
