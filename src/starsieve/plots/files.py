"""Figures into files and pages, whole or not at all."""

import os
import re
import tempfile
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from starsieve.errors import DataError, FileError
from starsieve.plots.style import styled

FORMATS = ("pdf", "png", "svg")
PNG_DPI = 200

_ID = re.compile(r'(\bid="|href="#|url\(#)')


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PDF, PNG or SVG, by the suffix of `path`; return the path.

    Folders on the way are made. The same figure gives the same bytes.

    Raises
    ------
    DataError
        If the suffix is none of these.
    FileError
        If the file can't be written.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        msg = f"{path}: a figure is written as {', '.join(FORMATS)}; got the suffix {kind!r}."
        raise DataError(msg)
    return write_atomically(path, draw(figure, kind))


def save_pages(figures: Sequence[Figure], path: str | Path) -> Path:
    """Write several figures as the pages of one PDF; return the path.

    Raises
    ------
    FileError
        If the file can't be written.
    """
    buffer = BytesIO()
    with PdfPages(buffer, metadata={"CreationDate": None}) as pages:
        for figure in figures:
            _draw_page(figure, pages)
    return write_atomically(Path(path), buffer.getvalue())


@styled
def _draw_page(figure: Figure, pages: PdfPages) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        pages.savefig(figure, dpi=PNG_DPI)  # type: ignore[no-untyped-call]


@styled
def draw(figure: Figure, kind: str, dpi: int = PNG_DPI) -> bytes:
    """Return a figure as a file of this kind would hold it; without a date, so always the same."""
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
    buffer = BytesIO()
    with warnings.catch_warnings():
        # The name of an object in letters that the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=undated)
    return buffer.getvalue()


def inline_svg(figure: Figure, name: str) -> str:
    """Return a figure as an ``<svg>`` element for a page.

    Parameters
    ----------
    name : str
        Letters, digits and ``-``; it starts every id within, so that two figures on one page
        don't mix up theirs.
    """
    svg = draw(figure, "svg").decode()
    return _ID.sub(rf"\g<1>{name}-", svg[svg.index("<svg") :])


def write_atomically(path: Path, content: bytes) -> Path:
    """Write a file so that it is there whole or not at all; return its path.

    Raises
    ------
    FileError
        If it can't be written; what stood there before still does.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        msg = (
            f"Can't write {path}: {error.strerror or error}. Give a folder that can be written to."
        )
        raise FileError(msg) from error
    return path


def _umask() -> int:
    """Return the process' umask; temporary files are made for their owner only."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
