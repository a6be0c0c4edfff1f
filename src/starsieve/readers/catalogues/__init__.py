"""Catalogue files in, `Catalogue` out. Layouts are known by their columns, never by file names."""

from pathlib import Path

from starsieve.data.catalogue import Catalogue
from starsieve.errors import FileError, StarsieveError
from starsieve.readers.catalogues.cells import read_cells
from starsieve.readers.catalogues.layouts import LAYOUTS, Layout, find_layout
from starsieve.readers.catalogues.rows import make_columns
from starsieve.readers.files import check_file, content_hash

__all__ = ["LAYOUTS", "Layout", "read_catalogue"]


def read_catalogue(path: str | Path) -> Catalogue:
    """Read a table of candidates, stars or files: comma, bar, tab or semicolon between its cells.

    Parameters
    ----------
    path : str or Path
        A file; gzip, bzip2 and xz are unpacked on the way. See `LAYOUTS` for what is known.

    Returns
    -------
    Catalogue
        Rows in the order of the file. A row that can't be right is left out and named in
        `refused`; the others go on.

    Raises
    ------
    UnknownFormatError
        If it is no table of text, or its columns are of no layout that is known.
    FileError
        If the file is missing, empty or damaged.
    DataError
        If a column is missing that the layout needs, or comes twice. Every message starts with the
        file's name.
    """
    file = Path(path)
    try:
        check_file(file)
        digest = content_hash(file)
        cells = read_cells(file)
        layout = find_layout(cells.header)
        columns, assumed, refused = make_columns(cells, layout)
    except StarsieveError as error:
        msg = f"{path}: {' '.join(str(error).split())}"
        raise type(error)(msg) from error
    except MemoryError as error:
        msg = f"{path}: is too large a table for this computer's memory."
        raise FileError(msg) from error
    return Catalogue(layout.kind, layout.name, columns, str(path), digest, assumed, refused)
