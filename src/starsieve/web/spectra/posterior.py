"""The posterior of a stored spectrum, which the archive does not keep: inferred again, apart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starsieve.archive import Archive, PredictionRow
from starsieve.archive.records import RunInfo
from starsieve.atmospheres.further import Further
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.verdict import verdict_of
from starsieve.errors import DataError, NotInArchiveError
from starsieve.web.errands import Errand, Errands
from starsieve.web.errands.work import Progress
from starsieve.web.spectra.kept import is_kept, keep
from starsieve.web.spectra.stored import atmosphere_models, weights_of

KIND = "infer-spectrum"
CONTENTS = "explained, with the kind of score, predicted"
"""What is kept beside draws and best fit: what an earlier version left lacks it."""

DRAWS, SEED = 1000, 0
"""Of what nobody has inferred yet; else those of the run that did, so that numbers are the same."""


def ask_posterior(
    archive: Archive, errands: Errands, number: int, model: str, stored: PredictionRow | None
) -> Errand:
    """Start to infer a posterior, or return what came of it: whoever asks gets the same.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    """
    known = atmosphere_models(archive)
    if model not in known:  # a name only: a model is never taken from a folder that someone names
        msg = f"No model {model!r} infers parameters here. There are: {', '.join(known)}."
        raise NotInArchiveError(msg)
    run = run_of(archive, stored)
    recipe: Mapping[str, Any] = {} if run is None else run.recipe
    options = {
        "spectrum": number,
        "model": model,
        "draws": int(recipe.get("draws", DRAWS)),
        "seed": int(recipe.get("seed", SEED)),
    }
    told = (*options.values(), weights_of(archive, model), CONTENTS)
    key = ":".join(map(str, told))
    errand = errands.start(KIND, options, key=key)
    if errand.status == "done" and not is_kept(errand.folder):
        errands.discard(errand.id)  # half of it has been deleted, or another version left it
        errand = errands.start(KIND, options, key=key)
    return errand


def run_of(archive: Archive, stored: PredictionRow | None) -> RunInfo | None:
    """Return the run that left a prediction, if that is known."""
    if stored is None or stored.run is None:
        return None
    try:
        return archive.runs.get(stored.run)
    except NotInArchiveError:
        return None


def infer_stored(
    options: dict[str, Any], folder: Path, progress: Progress, archive: Archive
) -> dict[str, Any]:
    """Infer the parameters of a spectrum of the archive; keep draws, best fit, bands of the
    predicted spectrum and what drives the parameters in the folder.

    Parameters
    ----------
    options : dict
        ``spectrum``, ``model``, ``draws`` and ``seed``.
    folder : Path
    progress : callable
    archive : Archive
        To read in.
    """
    progress(0, 2, "loading the model")
    model = load_model(options["model"], archive)
    info = archive.spectra.info(options["spectrum"])
    (spectrum,) = archive.spectra.read([info.id])
    name = (info.file or f"spectrum {info.id}").rpartition("/")[2]
    assumed = tuple(str(each) for each in info.meta.get("assumed") or ())
    observed = Observed(spectrum, name, info.file_hash or "", assumed)
    progress(1, 2, "inferring parameters")
    draws, seed = options["draws"], options["seed"]
    wanted = Further(predict=True)
    found = infer_observed(model, [observed], draws, seed, explain=True, further=wanted)
    if not len(found):
        raise DataError(found.failures[0].error)
    (inference,) = found
    return inference.to_record() | {
        "names": list(inference.names),
        "verdict": verdict_of(inference),
        "quoted": {name: inference.quote(name) for name in inference.names},
        "ranges": {name: list(edges) for name, edges in inference.ranges.items()},
        "best_fit": keep(folder, inference),
        "provenance": dict(inference.provenance),
    }
