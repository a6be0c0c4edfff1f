"""Train, infer and evaluate on an archive: what is read there, and what is left there."""

from collections.abc import Callable, Iterator
from typing import Any

from starsieve.archive import Archive, PredictionRow
from starsieve.atmospheres.calibration import describe_calibration
from starsieve.atmospheres.evaluate import evaluate_simulated
from starsieve.atmospheres.evaluate_grids import evaluate_on_grids
from starsieve.atmospheres.evaluation import Evaluation
from starsieve.atmospheres.further import Further
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.network_recipes import Posterior
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.priors import Given, Prior
from starsieve.atmospheres.recipes import EvaluateRecipe, InferRecipe, TrainRecipe
from starsieve.atmospheres.regressors.train import train_regressor
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.subjects import AnyModel, check_comparable, load_any
from starsieve.atmospheres.train import train_on
from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.learn.checkpoint import FILE
from starsieve.learn.history import FILE as HISTORY
from starsieve.learn.model import SpectrumCard

Progress = Callable[[int, int, str], None]
BATCH = 256


def train(
    recipe: TrainRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on a gridded collection, keep the model under its name, and return its metrics.

    A training that was interrupted goes on from its last validation.
    """
    spectra = archive.spectra.read_grid(recipe.collection)
    files = archive.collections.files(recipe.collection)
    folder = archive.models.folder(recipe.model)
    train_it = train_on if isinstance(recipe.network, Posterior) else train_regressor
    model = train_it(spectra, recipe, files, progress, folder / FILE, folder / HISTORY)
    card = model.save(folder)
    archive.models.register(recipe.model)
    (folder / FILE).unlink(missing_ok=True)
    found = model.card.grid if isinstance(model.card, SpectrumCard) else {}
    return {
        "model": recipe.model,
        "weights_sha256": card.weights_sha256,
        "warnings": list(found.get("findings", ())),
        **card.metrics,
    }


def infer_collection(
    recipe: InferRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Infer the parameters of a collection's spectra; keep them as its predictions, with the run.

    Results are kept batch by batch; inferring again with the same model replaces them.
    """
    model = load_model(recipe.model, archive)
    given = Given(recipe.age, tuple(map(Prior.parse, recipe.priors)))
    info = archive.collections.get(recipe.collection)
    files = {each.id: each.file or "" for each in archive.spectra.table(recipe.collection)}
    done, failures = 0, []
    for batch in _batches(archive, recipe.collection, info.kind):
        numbers = [number for number, _ in batch]
        observed = [Observed(spectrum, file=str(number)) for number, spectrum in batch]
        found = infer_observed(
            model,
            observed,
            recipe.draws,
            recipe.seed,
            _from(done, info.n_items, progress),
            further=Further(given=given),
        )
        rows = [prediction_row(int(each.file), each) for each in found]
        archive.predictions.add(model.name, run, rows)
        failures += [
            {"spectrum": int(f.file), "file": files[int(f.file)], "error": f.error}
            for f in found.failures
        ]
        done += len(numbers)
    return {
        "collection": recipe.collection,
        "model": model.name,
        "n_inferred": done - len(failures),
        "n_failed": len(failures),
        "failed": failures[:100],
    }


def evaluate_model(
    recipe: EvaluateRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Evaluate a model on the grid nodes that it never saw; tell what its figures show, too.

    A model of several grids holds none out, and is evaluated between the nodes.

    Raises
    ------
    DataError
        If options are given that have no meaning there.
    """
    model = load_any(recipe.model, archive)
    if isinstance(model, SeveralModel):
        _check_plain(recipe)
        result = evaluate_on_grids(model, draws=recipe.draws, seed=recipe.seed, progress=progress)
    else:
        result = _evaluate_one(model, recipe, archive, progress)
    truth = {name: result.truth[name] for name in result.draws}
    return result.to_record() | {"calibration": describe_calibration(result.draws, truth)}


def _check_plain(recipe: EvaluateRecipe) -> None:
    """Raise DataError if the noise, copies or others to compare with are chosen."""
    defaults = EvaluateRecipe()
    for name in ("snr", "copies", "baselines", "beside"):
        if getattr(recipe, name) != getattr(defaults, name):
            msg = (
                f"{recipe.model} is of several grids, and is evaluated under the noise of its "
                f"training, beside the nearest grid point: leave {name} out."
            )
            raise DataError(msg)


def _evaluate_one(
    model: AnyModel, recipe: EvaluateRecipe, archive: Archive, progress: Progress | None
) -> Evaluation:
    return evaluate_simulated(
        model,
        snr=recipe.snr,
        copies=recipe.copies,
        draws=recipe.draws,
        seed=recipe.seed,
        baselines=recipe.baselines,
        beside=[check_comparable(load_any(name, archive)) for name in recipe.beside],
        progress=progress,
    )


def _from(done: int, total: int, progress: Progress | None) -> Progress | None:
    """Return what counts the spectra of a batch on from those before it."""
    if progress is None:
        return None

    def tell(now: int, _: int, what: str) -> None:
        progress(done + now, total, what)

    return tell


def prediction_row(spectrum: int, inference: Inference) -> PredictionRow:
    """Return an inference as the archive keeps it, under the number of its spectrum."""
    record = inference.to_record()
    return PredictionRow(
        spectrum,
        record["parameters"],
        in_distribution=record["in_distribution"],
        ood_score=record["ood_score"],
        chi2_reduced=record["chi2_reduced"],
        warnings=inference.warnings,
        grids=record.get("grids", {}),
    )


def _batches(archive: Archive, collection: str, kind: str) -> Iterator[list[tuple[int, Spectrum]]]:
    if kind != "grid":
        yield from archive.spectra.iterate(collection, BATCH)
        return
    for block in archive.spectra.blocks(collection):
        numbers = [] if block.ids is None else block.ids.tolist()
        yield list(zip(numbers, block, strict=True))
