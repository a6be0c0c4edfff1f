"""What an archive keeps of a model's answers, as lines of JSON."""

from pathlib import Path

from starsieve.cli.options import get_settings
from starsieve.cli.output import write_record


def write_predictions(collection: str, model: str, archive: Path | None) -> None:
    """Write what the archive keeps of a model's answers, one JSON object per spectrum."""
    from starsieve.archive import Archive

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        spectra = {info.id: info for info in store.spectra.table(collection)}
        rows = store.predictions.read(collection, model)
    for row in rows:
        info = spectra[row.spectrum]
        known = {"id": row.spectrum, "file": info.file, "object": info.object, "model": model}
        write_record(
            known
            | {
                "parameters": row.parameters,
                "in_distribution": row.in_distribution,
                "ood_score": row.ood_score,
                "chi2_reduced": row.chi2_reduced,
                "warnings": row.warnings,
            }
        )
