"""Whether a file that came is what was asked for."""

from pathlib import Path
from typing import Any

import numpy as np

from starsieve.errors import FileError, SourceError
from starsieve.readers.fits_file import open_fits
from starsieve.readers.xml_file import parse_xml
from starsieve.sources.http import excerpt

_HEAD = 32_768
_WHOLE = 0xFFFFFFFF
"""The sum of a FITS part with its checksum in it: all ones."""


def check_table(path: Path, *columns: str) -> None:
    """Raise SourceError unless a file is text whose first line of data names these columns.

    Services answer with a page or an XML document, and the status of a success, when they fail.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    lines = head.decode("utf-8-sig", "replace").splitlines()
    header = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    missing = [column for column in columns if column.lower() not in header.lower()]
    if missing or header.lstrip().startswith("<"):
        wanted = f"a table with the column {', '.join(columns)}"
        msg = f"{_what(head)} came instead of {wanted} ({excerpt(head)})"
        raise SourceError(msg)


def check_fits(path: Path) -> None:
    """Raise SourceError unless a file is FITS, complete, and true to the checksums that it has."""
    content = path.read_bytes()
    if not content.startswith(b"SIMPLE  ="):
        msg = f"{_what(content)} came instead of FITS ({excerpt(content)})"
        raise SourceError(msg)
    try:
        with open_fits(path) as hdus:
            for number, hdu in enumerate(hdus):
                _check_sums(content, number, hdu)
    except FileError as error:
        msg = f"the FITS file {str(error).removesuffix('.')}"
        raise SourceError(msg) from error


def check_xml(path: Path) -> None:
    """Raise SourceError unless a file is well-formed XML, and no page."""
    content = path.read_bytes()
    if _what(content) == "an HTML page":
        msg = f"an HTML page came instead of XML ({excerpt(content)})"
        raise SourceError(msg)
    try:
        parse_xml(content)
    except FileError as error:
        msg = f"the XML file {str(error).removesuffix('.')}"
        raise SourceError(msg) from error


def _what(content: bytes) -> str:
    """Return what content is in truth, as far as its beginning tells."""
    start = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith(b"<"):
        return "an XML document"
    return "something else" if start else "nothing"


def _check_sums(content: bytes, number: int, hdu: Any) -> None:
    """Compare one part of a FITS file with its DATASUM and CHECKSUM."""
    place = hdu.fileinfo()
    start, data = place["hdrLoc"], place["datLoc"]
    end = data + place["datSpan"]
    stated = str(hdu.header.get("DATASUM", "")).strip()
    if stated.isdecimal() and int(stated) != ones_complement_sum(content[data:end]):
        msg = f"part {number} of the FITS file has other data than its DATASUM says"
        raise SourceError(msg)
    if hdu.header.get("CHECKSUM") and ones_complement_sum(content[start:end]) not in (0, _WHOLE):
        msg = f"part {number} of the FITS file is not what its CHECKSUM says"
        raise SourceError(msg)


def ones_complement_sum(content: bytes) -> int:
    """Return the sum of big-endian 32-bit words with the carry added at the end.

    Examples
    --------
    >>> ones_complement_sum(bytes([255, 255, 255, 255, 0, 0, 0, 2]))
    2
    """
    padded = content + bytes(-len(content) % 4)
    total = int(np.frombuffer(padded, ">u4").sum(dtype=np.uint64))
    while total > _WHOLE:
        total = (total & _WHOLE) + (total >> 32)
    return total
