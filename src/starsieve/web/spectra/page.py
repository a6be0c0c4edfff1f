"""What is known of a spectrum, in the order in which its page tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starsieve.archive import Archive, EmbeddingInfo, LabelRow, SpectrumInfo, Target
from starsieve.data.labels import get_label
from starsieve.errors import NotInArchiveError
from starsieve.web.spectra.posterior import run_of
from starsieve.web.spectra.said import Said
from starsieve.web.spectra.stored import find_threshold, spaces_of, weights_of
from starsieve.web.tables import Column, WebTable

LABEL_COLUMNS = (
    Column("name", "label", meaning="Name in tables and recipes"),
    Column("shown", "value"),
    Column("unit"),
    Column("of", meaning="Whether it is known of this spectrum or of its star"),
    Column("origin", meaning="Who says so"),
)

OWN_META = ("object", "header", "file", "assumed")
"""What of the metadata is told elsewhere, or is too long."""

UNITS = {"_km_s": "km/s", "_arcsec": "arcsec", "_percent": "%", "_s": "s"}
"""How keys of the metadata end that tell a unit."""

LONGEST = 300
"""Letters of a value of the metadata."""


@dataclass(frozen=True, slots=True)
class SpectrumPage:
    """All that is known of a spectrum but its pixels.

    Parameters
    ----------
    info : SpectrumInfo
    before, after : int, optional
        Numbers of its neighbours in the collection.
    labels : tuple of LabelRow
    said : tuple of Said
    spaces : tuple of EmbeddingInfo
        Latent spaces of its collection.
    target : Target, optional
        Its star.
    """

    info: SpectrumInfo
    before: int | None
    after: int | None
    labels: tuple[LabelRow, ...]
    said: tuple[Said, ...]
    spaces: tuple[EmbeddingInfo, ...]
    target: Target | None

    @property
    def title(self) -> str:
        """The object's name, or the file's, or the number."""
        return name_of(self.info)

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return file_name(self.info.file)

    @property
    def label_table(self) -> WebTable:
        """Known labels, with their errors and where they come from."""
        rows = []
        for row in self.labels:
            digits = get_label(row.name).digits
            error = "" if row.error is None else f" ± {row.error:.{digits}f}"
            of = "spectrum" if row.target is None else "star"
            shown = f"{row.value:.{digits}f}{error}"
            rows.append(
                {"name": row.name, "shown": shown, "unit": row.unit, "of": of, "origin": row.origin}
            )
        return WebTable("labels", LABEL_COLUMNS, rows, "Known labels")

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What the file said of the observation."""
        info, meta = self.info, self.info.meta
        facts: list[tuple[str, Any]] = [
            ("pixels", f"{info.n_pixels:,}"),
            ("errors", "yes" if info.has_sigma else "none"),
            ("flux", info.flux_unit or "relative"),
            ("in the file", f"wavelengths in {info.medium}"),
            ("velocity frame", info.frame),
            ("resolving power", f"{info.resolution:g}" if info.resolution else "not known"),
        ]
        return facts + [(_words(key), _shown(meta[key])) for key in _told(meta)]

    @property
    def provenance(self) -> list[tuple[str, Any]]:
        """Where the pixels come from."""
        info = self.info
        facts: list[tuple[str, Any]] = [("collection", info.collection), ("number", info.id)]
        if info.file:
            facts.append(("file", self.file_name))
        if info.file_hash:
            facts.append(("SHA-256", info.file_hash))
        if info.layout:
            facts.append(("layout", info.layout))
        if info.read is not None:
            facts.append(("read", f"{info.read:%Y-%m-%d %H:%M} UTC"))
        if info.parent is not None:
            facts.append(("derived from", f"spectrum {info.parent}"))
        assumed = info.meta.get("assumed")
        if isinstance(assumed, list | tuple) and assumed:
            facts.append(("assumed when read", [str(each) for each in assumed]))
        return facts

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        info = self.info
        return {
            "id": info.id,
            "collection": info.collection,
            "object": info.object,
            "title": self.title,
            "target": None
            if self.target is None
            else {"id": info.target, "name": self.target.name},
            "n_pixels": info.n_pixels,
            "flux_unit": info.flux_unit,
            "medium_in_file": info.medium,
            "frame": info.frame,
            "resolution": info.resolution,
            "has_sigma": info.has_sigma,
            "parent": info.parent,
            "file": self.file_name or None,
            "file_sha256": info.file_hash,
            "layout": info.layout,
            "read": info.read,
            "meta": dict(info.meta),
            "labels": [_label_record(row) for row in self.labels],
            "predictions": [each.to_record() for each in self.said],
            "latent_spaces": [
                {"collection": each.collection, "model": each.model, "n_latents": each.n_latents}
                for each in self.spaces
            ],
            "previous": self.before,
            "next": self.after,
        }


def name_of(info: SpectrumInfo) -> str:
    """Return what to call a spectrum: by its object, else its file, else its number."""
    name = "".join(c if c.isprintable() else " " for c in info.object).strip()
    return name or file_name(info.file) or f"Spectrum {info.id}"


def file_name(path: str | None) -> str:
    """Return a file's name without folders: where they lie is nobody's business."""
    return (path or "").replace("\\", "/").rpartition("/")[2]


def read_page(archive: Archive, number: int) -> SpectrumPage:
    """Return what is known of a spectrum.

    Raises
    ------
    NotInArchiveError
        If there is none of that number.
    """
    info = archive.spectra.info(number)
    before, after = archive.spectra.beside(number)
    return SpectrumPage(
        info=info,
        before=before,
        after=after,
        labels=tuple(archive.labels.of_spectrum(number)),
        said=tuple(
            Said(
                row,
                run_of(archive, row),
                weights_of(archive, row.model),
                find_threshold(archive, row.model),
            )
            for row in archive.predictions.of_spectrum(number)
        ),
        spaces=tuple(spaces_of(archive, info.collection)),
        target=_target(archive, info.target),
    )


def _target(archive: Archive, number: int | None) -> Target | None:
    if number is None:
        return None
    try:
        return archive.targets.get(number)
    except NotInArchiveError:
        return None


def _label_record(row: LabelRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "value": row.value,
        "error": row.error,
        "unit": row.unit,
        "origin": row.origin,
        "of": "spectrum" if row.target is None else "star",
    }


def _told(meta: Mapping[str, Any]) -> list[str]:
    """Return the keys of the metadata that a page has room for."""
    return [
        key
        for key, value in meta.items()
        if key not in OWN_META and isinstance(value, str | int | float) and value != ""
    ]


def _words(key: str) -> str:
    """Return a key of the metadata as words, with its unit in brackets."""
    for ending, unit in UNITS.items():
        if key.endswith(ending):
            return f"{key.removesuffix(ending).replace('_', ' ')} ({unit})"
    return key.replace("_", " ")


def _shown(value: str | int | float) -> str:
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
