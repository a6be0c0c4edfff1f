"""What a file's keywords say about its spectrum, whoever wrote them."""

from collections.abc import Mapping
from typing import Any

from starsieve.data.spectrum import Frame, Medium

_OBJECT = ("object", "target", "targname", "name", "designation")
_DATE = ("date-obs", "date_obs", "date")
_INSTRUMENT = ("instrument", "instrume", "instr")
_TELESCOPE = ("telescope", "telescop")
_RESOLUTION = ("resolution", "spec_res", "specres", "rp")

_FRAMES: dict[str, Frame] = {
    "topo": "topocentric",
    "geo": "geocentric",
    "helio": "heliocentric",
    "bary": "barycentric",
    "source": "rest",
    "rest": "rest",
}


def stated_in(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return object, date, instrument, telescope, medium, frame and resolution, where stated.

    Parameters
    ----------
    keywords : mapping
        A FITS header as plain values, or the metadata of a table. Case does not matter.
    """
    known = {str(name).lower(): value for name, value in keywords.items()}
    found: dict[str, Any] = {
        "object": _text(known, _OBJECT),
        "date": _text(known, _DATE),
        "instrument": _text(known, _INSTRUMENT),
        "telescope": _text(known, _TELESCOPE),
        "medium": _medium(known),
        "frame": _frame(known),
        "resolution": _positive(known, _RESOLUTION),
    }
    return {name: value for name, value in found.items() if value is not None}


def _text(known: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = known.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return None


def _positive(known: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    for name in names:
        value = known.get(name)
        if isinstance(value, int | float) and 0 < value < float("inf"):
            return float(value)
    return None


def _medium(known: Mapping[str, Any]) -> Medium | None:
    if known.get("vacuum") is True:
        return "vacuum"
    text = _text(known, ("medium", "airorvac", "wavetype")) or ""
    if text.lower().startswith("air"):
        return "air"
    return "vacuum" if text.lower().startswith("vac") else None


def _frame(known: Mapping[str, Any]) -> Frame | None:
    text = (_text(known, ("frame", "specsys")) or "").lower()
    for start, frame in _FRAMES.items():
        if text.startswith(start):
            return frame
    return None
