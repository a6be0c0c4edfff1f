"""The errand of a comparison that takes longer than a page may."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.representations.similarity import similar
from starsieve.web.errands.work import Progress
from starsieve.web.retrieval.asked import Asked
from starsieve.web.uploads.kept import as_spectrum, read_arrays


def compare(
    options: dict[str, Any], folder: Path, progress: Progress, archive: Archive
) -> dict[str, Any]:
    """Find what is like a query; return it as `starsieve similar --json` does.

    Parameters
    ----------
    options : dict
        ``asked``, as `Asked` takes it, with collection, measure and model resolved; ``title``,
        ``object``: of an upload, whose arrays are the errand's file.
    folder : Path
    progress : callable
    archive : Archive
        To read in.
    """
    asked = Asked.model_validate(options["asked"])
    progress(0, 1, "opening the collection")
    query: Any = asked.query
    if query is None:
        spectrum = as_spectrum(read_arrays(folder))
        query = replace(spectrum, meta={"file": options["title"], "object": options["object"]})

    def told(done: int, total: int, _: str) -> None:
        progress(done, total, f"compared with {done:,} of {total:,} spectra")

    found = similar(
        query,
        asked.collection,
        archive=archive,
        by=asked.by,
        k=asked.k,
        model=asked.model,
        where=asked.where,
        near=asked.near,
        other_objects=asked.other_objects,
        metric=asked.metric,
        yardstick=asked.yardstick,
        origin=asked.origin,
        wave_range=asked.wave_range,
        progress=told,
    )
    record = found.to_record()
    for each in record["neighbours"]:  # where files lie is nobody's business
        each["file"] = Path(each["file"]).name
    return record | {
        "n_failures": len(found.failures),
        "failures": [each.to_record() for each in found.failures[:20]],
    }
