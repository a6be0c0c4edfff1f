"""Opening FITS files from bytes, so that a damaged one ends in a FileError."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astropy.io import fits

from starsieve.errors import FileError
from starsieve.readers.files import read_bytes

_CARD = 80
_BLOCK = 2880


def first_header(head: bytes) -> dict[str, str]:
    """Return the plain keywords of a FITS file's first header, from its first bytes.

    Empty if the bytes are no FITS. Values are as written, without quotes and comments.
    """
    found: dict[str, str] = {}
    if not head.startswith(b"SIMPLE  ="):
        return found
    for start in range(0, len(head), _CARD):
        card = head[start : start + _CARD].decode("ascii", "replace")
        if card.startswith("END     "):
            break
        if card[8:10] == "= ":
            value = re.match(r"\s*(?:'((?:[^']|'')*)'|([^/]*))", card[10:])
            if value:
                found.setdefault(card[:8].rstrip(), (value[1] or value[2] or "").strip())
    return found


@contextmanager
def open_fits(path: Path) -> Iterator[Any]:
    """Open a FITS file whose data are complete.

    Everything is read into memory, decompressed within limits; nothing stays open or mapped.

    Raises
    ------
    FileError
        If the file is no FITS, or is shorter than its headers declare.
    """
    content = read_bytes(path)
    with warnings.catch_warnings():
        # Odd cards are common and harmless; what matters (length, units) is checked here.
        warnings.simplefilter("ignore")
        try:
            hdus = fits.open(io.BytesIO(content), memmap=False, lazy_load_hdus=False)
        except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
            msg = f"is no FITS file, or its header is damaged ({error})."
            raise FileError(msg) from error
        with hdus:
            _check_complete(hdus, content)
            yield hdus


def header_text(header: Any, *names: str) -> str | None:
    """Return the first of some keywords that is there and not empty, as text."""
    for name in names:
        value = _value(header, name)
        if value is not None and not isinstance(value, fits.card.Undefined) and str(value).strip():
            return str(value).strip()
    return None


def header_number(header: Any, *names: str) -> float | None:
    """Return the first of some keywords that holds a finite number."""
    for name in names:
        try:
            value = float(_value(header, name))
        except (TypeError, ValueError):
            continue
        if abs(value) < float("inf"):
            return value
    return None


def plain_header(header: Any) -> dict[str, str | int | float | bool]:
    """Return a header as plain values: what `meta` keeps. Comments and history are left out."""
    kept: dict[str, str | int | float | bool] = {}
    for name in dict.fromkeys(header):
        value = None if name in ("", "COMMENT", "HISTORY") else _value(header, name)
        if isinstance(value, str | int | float):
            kept[name] = value
    return kept


def _value(header: Any, name: str) -> Any:
    """Return a keyword's value; None where it is absent or its card can't be parsed."""
    try:
        return header.get(name)
    except fits.VerifyError:
        return None


def _check_complete(hdus: Any, content: bytes) -> None:
    n_bytes = len(content)
    for number, hdu in enumerate(hdus):
        start = hdu.fileinfo()["datLoc"]
        if start + hdu.size > n_bytes:
            msg = (
                f"is truncated: part {number} declares {hdu.size:,} bytes of data, and "
                f"{max(n_bytes - start, 0):,} are there. Fetch it again."
            )
            raise FileError(msg)
    if n_bytes % _BLOCK and hdus:
        end = max(hdu.fileinfo()["datLoc"] + hdu.size for hdu in hdus)
        end += -end % _BLOCK
        # a header that is cut off is no part to astropy, but bytes after the last part
        if n_bytes < end or content.startswith(b"XTENSION", end):
            msg = "is truncated: its last FITS block is not complete. Fetch it again."
            raise FileError(msg)
