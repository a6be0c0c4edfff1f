"""Bring an upload into the archive, in a process with the limits of the one that examined it."""

from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.ingest import ingest
from starsieve.readers.files import at_most
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.options import UploadOptions


def bring_in(
    options: dict[str, Any], folder: Path, _: Progress, archive: Archive
) -> dict[str, Any]:
    """Ingest a file of the working folder.

    Parameters
    ----------
    options : dict
        ``file``, ``most_bytes`` and ``asked`` as of the upload, and ``collection``.
    folder : Path
        The working folder.
    archive : Archive
        To write to.

    Returns
    -------
    dict
        ``kept`` and ``already``: files; ``ids``: of spectra or light curves.

    Raises
    ------
    DataError
        If the file does not fit the collection.
    """
    asked = UploadOptions.model_validate(options["asked"])
    # Names below the working folder: the archive remembers where files came from.
    file = (folder / options["file"]).relative_to(folder)
    with at_most(options["most_bytes"]):
        report = ingest(
            [file], options["collection"], archive, archive.settings, hints=asked.hints()
        )
    if report.refused:
        raise DataError(report.refused[0][1])
    return {"kept": report.kept, "already": report.already, "ids": list(report.ids)}
