"""What is found out about an uploaded spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.atmospheres.further import Further
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.report import write_index, write_object_page
from starsieve.atmospheres.verdict import verdict_of
from starsieve.data import Spectrum, SpectrumSet
from starsieve.errors import DataError, StarsieveError
from starsieve.readers import Reading
from starsieve.representations.similar_report import write_similar
from starsieve.web.errands.work import Progress
from starsieve.web.uploads.choose import ModelChoice, choose_models
from starsieve.web.uploads.kept import (
    EXPLAINED,
    FIT,
    PREDICTED,
    REPORT,
    of_record,
    of_spectrum,
    write_arrays,
)
from starsieve.web.uploads.likeness import Likeness, find_likeness, warn
from starsieve.web.uploads.options import UploadOptions

DRAWS = 1000
PREDICT = Further(predict=True)

MOST_LISTED = 500
"""Spectra of a file that can be chosen from."""

STEPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What a model says of a spectrum, or why none does.

    Parameters
    ----------
    inference : Inference, optional
    choices : tuple of ModelChoice
        All models that there are, the best fitting first.
    note : str
    """

    inference: Inference | None
    choices: tuple[ModelChoice, ...]
    note: str = ""


def examine_spectra(
    reading: Reading,
    options: UploadOptions,
    folder: Path,
    archive: Archive | None,
    progress: Progress,
) -> dict[str, Any]:
    """Return all that is found out about one of the spectra of a file, and keep its arrays."""
    spectra = [each for each in reading if isinstance(each, Spectrum)]
    if options.number > len(spectra):
        msg = f"{reading.file} holds {len(spectra)} spectra; there is no number {options.number}."
        raise DataError(msg)
    spectrum = spectra[options.number - 1]
    name = reading.file if len(spectra) == 1 else f"{reading.file}#{options.number}"
    observed = Observed(spectrum, name, reading.content_hash, tuple(reading.assumed))
    progress(1, STEPS, "inferring parameters")
    parameters = infer_parameters(observed, options, archive)

    def compared(done: int, total: int, _: str) -> None:
        progress(2, STEPS, f"comparing with spectrum {done:,} of {total:,}")

    progress(2, STEPS, "looking for similar spectra")
    likeness = find_likeness(spectrum, options, archive, compared)
    progress(3, STEPS, "writing the report")
    write_arrays(folder, arrays_of(spectrum, parameters.inference))
    return {
        "contents": list_contents(spectra),
        "number": options.number,
        "object": observed.object,
        **_of_parameters(parameters),
        **_of_likeness(likeness),
        "warnings": warn(likeness, spectrum),
        "files": write_reports(parameters, likeness, folder / REPORT),
    }


def infer_parameters(
    observed: Observed, options: UploadOptions, archive: Archive | None
) -> Parameters:
    """Infer by the model that was asked for, or by the first that takes the spectrum."""
    choices = tuple(choose_models(observed.spectrum, archive))
    names = [each.name for each in choices if each.share > 0]
    reasons = []
    for name in [options.model] if options.model else names:
        try:
            model = load_model(name, archive)
            found = infer_observed(model, [observed], DRAWS, 0, explain=True, further=PREDICT)
        except StarsieveError as error:
            reasons.append(str(error))
            continue
        if len(found):
            return Parameters(found[0], choices)
        reasons += [f"{name}: {failure.error}" for failure in found.failures]
    ranges = "; ".join(
        f"{each.name} knows {each.wave_min_um:.3g} to {each.wave_max_um:.3g} um" for each in choices
    )
    note = " ".join(reasons) or f"No model fits this spectrum's wavelengths: {ranges or 'none'}."
    return Parameters(None, choices, note)


def list_contents(spectra: Sequence[Spectrum]) -> list[dict[str, Any]]:
    """Return a line about each spectrum of a file, to choose from."""
    return [
        {
            "number": number,
            "object": str(each.meta.get("object") or ""),
            "n_pixels": len(each),
            "wave_min_um": float(each.wave[0]),
            "wave_max_um": float(each.wave[-1]),
        }
        for number, each in enumerate(spectra[:MOST_LISTED], start=1)
    ]


def write_reports(parameters: Parameters, likeness: Likeness, folder: Path) -> list[dict[str, str]]:
    """Write pages that stand alone; return title and path of each below the folder."""
    files = []
    if parameters.inference is not None:
        page = write_object_page(parameters.inference, folder)
        write_index(Inferences((parameters.inference,)), [page], folder)
        files.append(("Report of the parameters", page))
    if likeness.similar is not None and len(likeness.similar):
        files.append(("Report of similar spectra", write_similar(likeness.similar, folder)))
    return [{"title": title, "path": path.relative_to(folder).as_posix()} for title, path in files]


def describe_grid(grid: SpectrumSet) -> dict[str, Any]:
    """Return what a grid of models is: it is for training, not for asking."""
    labels = {name: [float(v.min()), float(v.max())] for name, v in grid.labels.items()}
    return {"n_spectra": len(grid), "n_pixels": len(grid.wave), "labels": labels}


def _of_parameters(parameters: Parameters) -> dict[str, Any]:
    inference = parameters.inference
    return {
        "parameters": None if inference is None else inference.to_record(),
        "parameters_note": parameters.note,
        "verdict": "" if inference is None else verdict_of(inference),
        "quoted": {}
        if inference is None
        else {name: inference.quote(name) for name in inference.names},
        "ranges": {} if inference is None else {k: list(v) for k, v in inference.ranges.items()},
        "best_fit": {}
        if inference is None or inference.fit is None
        else dict(inference.fit.parameters),
        "provenance": {} if inference is None else dict(inference.provenance),
        "models": [each.to_record() for each in parameters.choices],
    }


def _of_likeness(likeness: Likeness) -> dict[str, Any]:
    similar, encoded = likeness.similar, likeness.encoded
    return {
        "similar": None if similar is None else similar.to_record(),
        "similar_note": likeness.note,
        "copies": list(likeness.copies),
        "unusual": likeness.unusual,
        "latents": None
        if encoded is None
        else {
            "model": encoded.model,
            "collection": encoded.collection,
            "values": encoded.embeddings.latents[0].tolist(),
        },
    }


def arrays_of(spectrum: Spectrum, inference: Inference | None) -> dict[str, Any]:
    """Return what is kept of an upload for its figures, by name."""
    arrays = of_spectrum(spectrum)
    if inference is not None:
        arrays["draws"] = inference.draws
        if inference.fit is not None:
            arrays |= of_record("fit", inference.fit, FIT)
        if inference.explanation is not None:
            arrays |= of_record("explained", inference.explanation, EXPLAINED)
        if inference.predictive is not None:
            arrays |= of_record("predicted", inference.predictive, PREDICTED)
    return arrays
