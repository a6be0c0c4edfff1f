"""Tables of latent spaces: spectra with latents and labels, neighbours, outliers."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import EmbeddingInfo
from starsieve.data.labels import LABELS, get_label
from starsieve.representations.space import LatentSpace, Near
from starsieve.web.latents.opened import KnownOutliers
from starsieve.web.latents.rows import RowsOfColumns
from starsieve.web.tables import Column, WebTable

IntArray = npt.NDArray[np.int64]

SHOWN_LATENTS = 3
ON_CARD = 8
"""Columns of labels beside a neighbour."""

UCDS = {
    "teff": "phys.temperature.effective",
    "logg": "phys.gravity",
    "mh": "phys.abund.Z",
    "feh": "phys.abund.Fe",
    "spt": "src.spType",
    "snr": "stat.snr",
}


def spaces_table(infos: Sequence[EmbeddingInfo]) -> WebTable:
    """Return which collections are encoded by which models."""
    columns = (
        Column("collection", "Collection"),
        Column("model", "Model"),
        Column("n_spectra", "Spectra", meaning="Spectra with an embedding."),
        Column("n_latents", "Latents"),
        Column("created", "Encoded since"),
    )
    rows = [
        {
            "collection": info.collection,
            "model": info.model,
            "n_spectra": info.n_items,
            "n_latents": info.n_latents,
            "created": info.created,
            "href": f"/latents/{info.collection}/{info.model}",
        }
        for info in infos
    ]
    return WebTable("latents", columns, rows, "Latent spaces")


def label_column(name: str, unit: str) -> Column:
    """Return the column of a label, or of what a model infers (``MODEL:PARAMETER``)."""
    model, colon, parameter = name.rpartition(":")
    label = get_label(parameter)
    meaning = f"{label.meaning}, inferred by {model}" if colon else label.meaning
    title = f"{parameter} inferred" if colon else name
    digits = label.digits if parameter in LABELS else None
    return Column(name, title, unit, meaning, digits, UCDS.get(parameter, ""))


def plain_name(name: str) -> str:
    """Return a name of letters, digits and underscores, as columns of files have it.

    Examples
    --------
    >>> plain_name("teff"), plain_name("my-net:teff"), plain_name("teff (gaia)")
    ('teff', 'teff_by_my_net', 'teff_gaia')
    """
    model, colon, parameter = name.rpartition(":")
    words = re.findall(r"[A-Za-z0-9]+", f"{parameter} by {model}" if colon else name)
    return "_".join(words)


def card_names(space: LatentSpace) -> list[str]:
    """Return the labels that stand beside a spectrum: those known of most spectra, then others."""
    columns = [space.labels, space.inferred]
    known = [sorted(each, key=lambda name: -int(np.isfinite(each[name]).sum())) for each in columns]
    return [name for names in known for name in names][:ON_CARD]


def neighbours_table(space: LatentSpace, found: Sequence[Near]) -> WebTable:
    """Return real spectra near a point with what is known of them."""
    names = card_names(space)
    columns = (
        Column("object", "Spectrum"),
        Column("distance", "Distance", meaning=space.yardstick.definition, digits=2),
        *(label_column(name, space.units[name]) for name in names),
    )
    rows = [neighbour_row(each) for each in found]
    return WebTable("nearest", columns, rows, "Nearest real spectra")


def neighbour_row(near: Near) -> dict[str, Any]:
    """Return a row of `neighbours_table`."""
    known = {**near.labels, **near.inferred}
    return {
        "id": near.id,
        "object": near.object or f"spectrum {near.id}",
        "file": near.file.rpartition("/")[2],
        "distance": near.distance,
        "href": f"/spectra/{near.id}",
        **known,
    }


def spectra_table(space: LatentSpace, rows: IntArray, name: str, title: str = "") -> WebTable:
    """Return spectra with their latents, labels, and what models infer."""
    n_latents = space.latents.shape[1]
    known = {each: plain_name(each) for each in (*space.labels, *space.inferred)}
    columns = (
        Column("object", "Spectrum", ucd="meta.id"),
        Column("id", "Number", meaning="In the archive.", ucd="meta.record"),
        Column("file", "File", meaning="That it came from.", ucd="meta.file"),
        *(replace(label_column(n, space.units[n]), name=plain) for n, plain in known.items()),
        *(Column(f"z{n}", f"Latent {n}", digits=3) for n in range(n_latents)),
        *(Column(each, each) for each in space.columns),
    )
    numbers: dict[str, Sequence[Any]] = {
        "id": space.ids[rows].tolist(),
        "object": [
            each or f"spectrum {n}"
            for n, each in zip(space.ids[rows].tolist(), space.objects[rows], strict=True)
        ],
        "file": [file.rpartition("/")[2] for file in space.files[rows]],
    }
    for many in (space.labels, space.inferred, space.columns):
        numbers |= {known.get(n, n): values[rows].tolist() for n, values in many.items()}
    numbers |= {f"z{n}": space.latents[rows, n].tolist() for n in range(n_latents)}
    numbers["href"] = [f"/spectra/{n}" for n in numbers["id"]]
    return WebTable(name, columns, RowsOfColumns(numbers), title)


def shown_table(space: LatentSpace, table: WebTable) -> WebTable:
    """Return what a page shows of `spectra_table`: names, labels, the latents that tell most."""
    latents = {f"z{n}" for n in range(space.latents.shape[1])}
    most = [f"z{n}" for n in space.ranges.order[:SHOWN_LATENTS].tolist()]
    hidden = (latents - set(most)) | {"id", "file"}
    return replace(table, columns=[each for each in table.columns if each.name not in hidden])


def outliers_table(space: LatentSpace, outliers: KnownOutliers) -> WebTable:
    """Return the spectra that a run found unlike all others, the most unusual first."""
    columns = (
        Column("rank", "Rank"),
        Column("object", "Spectrum"),
        Column("score", "Score", meaning="About how many deviations it is from usual.", digits=1),
    )
    rows = [
        {
            "rank": rank,
            "id": int(space.ids[row]),
            "object": str(space.objects[row]) or f"spectrum {space.ids[row]}",
            "score": float(score),
            "href": f"/spectra/{space.ids[row]}",
        }
        for rank, (row, score) in enumerate(
            zip(outliers.rows.tolist(), outliers.scores.tolist(), strict=True), start=1
        )
    ]
    return WebTable("outliers", columns, rows, "Unlike all others")
