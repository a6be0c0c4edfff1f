"""What is asked with: a spectrum of the archive, or an upload."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.web.errands import Errand, Errands
from starsieve.web.retrieval.asked import Asked
from starsieve.web.spectra.page import file_name
from starsieve.web.spectra.stored import get_spectrum
from starsieve.web.uploads.kept import as_spectrum, read_arrays

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A query.

    Parameters
    ----------
    title : str
    href : str
        Its page.
    number : int, optional
        In the archive.
    object : str
        ``""`` where not known.
    target : int
        -1 where there is none.
    collection : str
        That it is of; ``""`` for an upload.
    upload : Errand, optional
    """

    title: str
    href: str
    number: int | None = None
    object: str = ""
    target: int = -1
    collection: str = ""
    upload: Errand | None = None

    @property
    def name(self) -> str:
        """What it is called in a record: its number, or the file's name."""
        if self.number is not None:
            return str(self.number)
        return "" if self.upload is None else str(self.upload.options.get("file", ""))

    def latents(self, model: str) -> FloatArray | None:
        """Return an upload's latents by a model, if it has been encoded by that."""
        found = self._found("latents")
        if not isinstance(found, dict) or found["model"] != model:
            return None
        return np.array(found["values"], dtype=np.float64)

    def _found(self, name: str) -> Any:
        result = None if self.upload is None else self.upload.result
        return None if result is None else result.get(name)


def open_source(archive: Archive, errands: Errands, asked: Asked) -> Source:
    """Return what is asked with.

    Raises
    ------
    NotInArchiveError
        If there is no such spectrum or upload.
    DataError
        If the upload holds no spectrum, or is not read yet.
    """
    if asked.upload is not None:
        return _open_upload(errands, asked.upload)
    info = archive.spectra.info(asked.query or 0)
    name = info.object.strip() or file_name(info.file or "") or f"spectrum {info.id}"
    return Source(
        title=name,
        href=f"/spectra/{info.id}",
        number=info.id,
        object=info.object,
        target=-1 if info.target is None else info.target,
        collection=info.collection,
    )


def read_source(archive: Archive, source: Source) -> Spectrum:
    """Return the spectrum itself, with what it is of."""
    if source.number is not None:
        return get_spectrum(archive, source.number)
    if source.upload is None:
        msg = "There is no spectrum to ask with."
        raise DataError(msg)
    spectrum = as_spectrum(read_arrays(source.upload.folder))
    return replace(spectrum, meta={"file": source.name, "object": source.object})


def _open_upload(errands: Errands, number: str) -> Source:
    upload = errands.get(number)
    result = upload.result or {}
    if upload.kind != "upload" or result.get("kind") != "spectrum":
        msg = "This upload holds no spectrum to ask with, or has not been read yet."
        raise DataError(msg)
    title = str(result["object"] or upload.options.get("file", "upload"))
    return Source(title, f"/uploads/{number}", object=str(result["object"]), upload=upload)
