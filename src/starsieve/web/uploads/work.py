"""An upload's errand: read the file, and ask what there is to be asked of what it holds."""

from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.data import SpectrumSet
from starsieve.errors import DataError, StarsieveError, UnknownFormatError
from starsieve.readers import Reading, read
from starsieve.readers.catalogues import read_catalogue
from starsieve.readers.files import at_most
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.curves import examine_curves
from starsieve.web.uploads.options import UploadOptions
from starsieve.web.uploads.spectra import describe_grid, examine_spectra

FILE, MOST_BYTES, ASKED = "file", "most_bytes", "asked"
"""Options of the errand: the file's name in the folder, bytes it may unpack to, the visitor's."""


def examine(
    options: dict[str, Any], folder: Path, progress: Progress, archive: Archive | None = None
) -> dict[str, Any]:
    """Find out what can be found out about a file that somebody has sent.

    Parameters
    ----------
    options : dict
        ``file``, ``most_bytes``, and in ``asked`` what `UploadOptions` takes.
    folder : Path
        The working folder, where the file is and where reports and arrays go.
    progress : callable
    archive : Archive, optional
        To look in; nothing is written to it.

    Returns
    -------
    dict
        JSON-able; ``kind`` says what the file holds, ``reading`` how it was read.
    """
    asked = UploadOptions.model_validate(options[ASKED])
    file = Path(options[FILE])  # below the working folder: messages name no other
    progress(0, 1, "reading the file")
    with at_most(options[MOST_BYTES]):
        try:
            reading = read(file, asked.hints(), max_bytes=options[MOST_BYTES])
        except (UnknownFormatError, DataError) as error:
            return _catalogue(file, error)
        found = {"kind": reading.kind, "reading": reading.to_record()}
        return found | _examine(reading, asked, folder, archive, progress)


def _examine(
    reading: Reading,
    asked: UploadOptions,
    folder: Path,
    archive: Archive | None,
    progress: Progress,
) -> dict[str, Any]:
    if reading.kind == "spectrum":
        return examine_spectra(reading, asked, folder, archive, progress)
    if reading.kind == "model grid":
        grids = [each for each in reading if isinstance(each, SpectrumSet)]
        return {"grid": describe_grid(grids[0]), "files": [], "warnings": []}
    return examine_curves(reading, asked, folder, archive, progress)


def _catalogue(file: Path, unknown: StarsieveError) -> dict[str, Any]:
    """Return what a table of candidates or stars is; raise the first error if it is none."""
    try:
        found = read_catalogue(file)
    except StarsieveError:
        raise unknown from None
    return {
        "kind": "catalogue",
        "reading": {"file": str(file), "layout": found.layout, "assumed": list(found.assumed)},
        "catalogue": {
            "kind": found.kind,
            "n_rows": len(found),
            "n_refused": len(found.refused),
            "columns": list(found.columns),
        },
        "files": [],
        "warnings": [],
    }
