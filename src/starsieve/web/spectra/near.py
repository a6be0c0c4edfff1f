"""Which spectra are like one, by its latents."""

from dataclasses import dataclass
from typing import Any

from starsieve.archive import Archive, EmbeddingInfo, SpectrumInfo
from starsieve.data.labels import get_label
from starsieve.errors import DataError, NotInArchiveError
from starsieve.representations.latent_space import Near
from starsieve.web.spaces import get_space
from starsieve.web.spectra.page import file_name
from starsieve.web.spectra.stored import spaces_of
from starsieve.web.tables import Column, WebTable

SHOWN_LABELS = ("teff", "spt", "logg", "feh", "mh")
MOST_LABELS = 3


@dataclass(frozen=True, slots=True)
class Likes:
    """Spectra like one.

    Parameters
    ----------
    number : int
        Of the spectrum.
    spaces : tuple of EmbeddingInfo
        Latent spaces of its collection.
    space : EmbeddingInfo, optional
        The one that was looked in.
    near : tuple of Near
        The nearest first.
    note : str
        Why there are none.
    """

    number: int
    spaces: tuple[EmbeddingInfo, ...]
    space: EmbeddingInfo | None
    near: tuple[Near, ...]
    note: str = ""

    @property
    def known(self) -> list[str]:
        """The most telling labels that some of them have."""
        found = {name for each in self.near for name in each.labels}
        return [name for name in SHOWN_LABELS if name in found][:MOST_LABELS]

    @property
    def table(self) -> WebTable:
        """A row for each."""
        columns = [
            Column("object"),
            Column("id", "number"),
            Column("distance", meaning="Of the latents, in their typical errors", digits=2),
            *(Column(n, unit=get_label(n).unit, digits=get_label(n).digits) for n in self.known),
        ]
        rows = [
            {"object": title_of(each), "id": each.id, "distance": each.distance, **each.labels}
            | {"href": f"/spectra/{each.id}"}
            for each in self.near
        ]
        by = "" if self.space is None else f" by the latents of {self.space.model}"
        return WebTable(f"similar-to-{self.number}", columns, rows, f"Most similar{by}")

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON, with the fields of `starsieve similar --json`."""
        return {
            "query": self.number,
            "model": None if self.space is None else self.space.model,
            "collection": None if self.space is None else self.space.collection,
            "neighbours": [
                {
                    "id": each.id,
                    "file": file_name(each.file),
                    "object": each.object,
                    "distance": each.distance,
                    "labels": each.labels,
                }
                for each in self.near
            ],
            "note": self.note or None,
        }


def find_likes(archive: Archive, info: SpectrumInfo, model: str | None, k: int) -> Likes:
    """Return the spectra of a collection that are most like one of it.

    Parameters
    ----------
    archive : Archive
    info : SpectrumInfo
    model : str, optional
        Whose latents are compared; by default the first that there are.
    k : int

    Raises
    ------
    NotInArchiveError
        If the collection has no latents by the model that was asked for.
    """
    spaces = tuple(spaces_of(archive, info.collection))
    chosen = [each for each in spaces if model in (None, each.model)]
    if model is not None and not chosen:
        there = ", ".join(each.model for each in spaces) or "none"
        msg = f"{info.collection!r} has no latents by {model!r}. There are: {there}."
        raise NotInArchiveError(msg)
    if not chosen:
        note = (
            f"{info.collection} has not been encoded yet. "
            f"Do so: starsieve encode --collection {info.collection}"
        )
        return Likes(info.id, spaces, None, (), note)
    try:
        space = get_space(archive, info.collection, chosen[0].model)
        near = tuple(space.neighbours(info.id, k))
    except (NotInArchiveError, DataError) as error:
        return Likes(info.id, spaces, chosen[0], (), str(error))
    return Likes(info.id, spaces, chosen[0], near)


def title_of(near: Near) -> str:
    """Return a spectrum's name, or its file's, or its number."""
    return near.object.strip() or file_name(near.file) or f"spectrum {near.id}"
