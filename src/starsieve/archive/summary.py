"""What is in an archive, at a glance."""

import os

from sqlalchemy import func, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.records import ArchiveInfo


def summarise(archive: Archive) -> ArchiveInfo:
    """Return what is in an archive, and how many bytes its folder takes."""
    with archive.catalogue.reading() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (
                schema.spectrum,
                schema.light_curve,
                schema.target,
                schema.label,
                schema.prediction,
                schema.embedding,
                schema.candidate,
                schema.product,
            )
        ]
    n_spectra, n_light_curves, n_targets, n_labels, n_predictions, *others = counts
    n_embeddings, n_candidates, n_products = others
    return ArchiveInfo(
        root=str(archive.root),
        catalogue=archive.catalogue.url.render_as_string(),  # without the password
        schema_version=schema.VERSION,
        collections=tuple(archive.collections.list()),
        n_spectra=n_spectra,
        n_light_curves=n_light_curves,
        n_targets=n_targets,
        n_labels=n_labels,
        n_predictions=n_predictions,
        n_embeddings=n_embeddings,
        n_candidates=n_candidates,
        n_products=n_products,
        models=tuple(model.name for model in archive.models.list()),
        runs=archive.runs.counts(),
        n_bytes=sum(
            os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118 - many files
            for folder, _, names in os.walk(archive.root)
            for name in names
        ),
    )
