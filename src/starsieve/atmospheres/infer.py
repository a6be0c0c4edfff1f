"""Infer the parameters of spectra: the core, and its door for files and other people's objects."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch

import starsieve
from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.explain import explain_prepared
from starsieve.atmospheres.further import (
    NOTHING,
    Further,
    add_further,
    check_wanted,
    find_posteriors,
)
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.limits import find_limits, warn_of_limits
from starsieve.atmospheres.models import DEFAULT, AtmosphereModel, load_model
from starsieve.atmospheres.opening import Observed, join_observed, read_items
from starsieve.atmospheres.posterior import Posteriors
from starsieve.atmospheres.prepare import Prepared, prepare, tell_used
from starsieve.atmospheres.priors import FEWEST, Given, Prior
from starsieve.atmospheres.recipes import Age
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.ties import tell_ties
from starsieve.errors import DataError, Failure, StarsieveError
from starsieve.learn.threads import map_threads
from starsieve.readers.reader import NO_HINTS, Hints

Progress = Callable[[int, int, str], None]

SPECTRA_PER_BLOCK = 128

MOSTLY = 0.5
"""Share of the squared residuals that noise does not explain, from which on it is said."""


def infer(
    items: Any,
    model: AtmosphereModel | str | Path | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    explain: bool = False,
    refine: bool = False,
    distance: Distance | float | None = None,
    predict: bool = False,
    age: Age | None = None,
    priors: Sequence[str | Prior] = (),
    join: bool = False,
    hints: Hints = NO_HINTS,
    progress: Progress | None = None,
) -> Inferences:
    """Infer the parameters of spectra, with uncertainties.

    Parameters
    ----------
    items : path, spectrum, table, or a sequence of these
        Files of any layout that `starsieve.read` knows; `Spectrum` or `SpectrumSet`; objects of
        specutils, astropy tables, pandas data frames.
    model : PosteriorModel, str or Path, optional
        A model, its name or its folder; the default is the one for M to Y dwarfs.
    draws : int
        Draws from each posterior.
    seed : int
        Of the draws: the same seed gives the same draws, in whatever company a spectrum comes.
    explain : bool
        Also tell which wavelengths drive each parameter, half a second for each spectrum: see
        `starsieve.atmospheres.explain.explain`.
    refine : bool
        Draw under the likelihood of the grid's emulator, starting from the network's draws, by
        importance sampling, with an error fitted that the model's systematics need.
    distance : Distance or float, optional
        Of the object, a number in parsec: radius and luminosity follow if the flux is absolute.
    predict : bool
        Also tell what the posterior predicts of the spectrum, and whether it is like that.
    age : {"young", "intermediate", "field"}, optional
        Class of the objects' age, where it is known and the model was tuned on ages.
    priors : sequence of str or Prior
        What is known of parameters, such as ``"logg=4.5+-0.2"`` or ``"teff=1000..1500"``.
    join : bool
        All items are orders, or spectra by several instruments, of one object: see
        `starsieve.transforms.join.join`.
    hints : Hints
        What is known better than the files say, such as units; see `starsieve.read`.
    progress : callable, optional
        Called as ``progress(done, total, what)``.

    Returns
    -------
    Inferences
        What could be inferred, and in `.failures` the items from which nothing could be.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    DataError
        If an item is nothing that holds a spectrum, or `draws` or `distance` is not positive.
    """
    if draws < 1:
        msg = f"draws must be at least 1, got {draws}."
        raise DataError(msg)
    loaded = model if isinstance(model, AtmosphereModel) else load_model(model or DEFAULT)
    far = Distance(distance) if isinstance(distance, int | float) else distance
    found, failures = read_items(items, progress, hints)
    if join and found:
        found = [join_observed(found)]
    given = Given(age, tuple(p if isinstance(p, Prior) else Prior.parse(p) for p in priors))
    further = Further(refine, far, predict, given)
    return infer_observed(loaded, found, draws, seed, progress, failures, explain, further)


def infer_observed(
    model: AtmosphereModel,
    observed: Sequence[Observed],
    draws: int,
    seed: int,
    progress: Progress | None = None,
    failures: Sequence[Failure] = (),
    explain: bool = False,
    further: Further = NOTHING,
) -> Inferences:
    """Infer from spectra that were read; one that can't be used becomes a `Failure`."""
    check_wanted(model, further)
    results: list[Inference] = []
    failed = list(failures)
    starts = range(0, len(observed), SPECTRA_PER_BLOCK)
    blocks = (observed[start : start + SPECTRA_PER_BLOCK] for start in starts)
    infer_block = partial(
        _infer_block, model, draws=draws, seed=seed, explain=explain, further=further
    )
    done = 0
    for found in map_threads(infer_block, blocks):
        results += [each for each in found if isinstance(each, Inference)]
        failed += [each for each in found if isinstance(each, Failure)]
        done += len(found)
        if progress is not None:
            progress(done, len(observed), "inferring")
    return Inferences(tuple(results), tuple(failed))


def _infer_block(
    model: AtmosphereModel,
    observed: Sequence[Observed],
    draws: int,
    seed: int,
    explain: bool,
    further: Further,
) -> list[Inference | Failure]:
    """Return what is found of each spectrum; of those that can't be used, why, before others."""
    ready: list[tuple[Observed, Prepared]] = []
    found: list[Inference | Failure] = []
    for each in observed:
        try:
            ready.append((each, prepare(each.spectrum, model.grid.wave, model.recipe)))
        except StarsieveError as error:
            found.append(Failure(each.file, str(error)))
    if not ready:
        return found
    posteriors, refined = find_posteriors(
        model, [i for _, i in ready], [o.file_hash for o, _ in ready], draws, seed, further
    )
    for row, item in enumerate(ready):
        result = _inference(model, *item, posteriors, row, seed, further.given)
        if explain:
            result = replace(result, explanation=explain_prepared(model, item[1], seed=seed))
        try:
            found.append(add_further(model, result, item[1], refined[row], further, seed))
        except StarsieveError as error:
            found.append(Failure(item[0].file, str(error)))
    return found


def _inference(
    model: AtmosphereModel,
    observed: Observed,
    prepared: Prepared,
    found: Posteriors,
    row: int,
    seed: int,
    given: Given,
) -> Inference:
    names = tuple(output.name for output in model.card.outputs)
    draws, fit = found.draws[row], _fit(model, prepared, found, row)
    limits = find_limits(model, draws)
    score, most = _unlikeness(model, found, row)
    known = score <= most
    heard = prepared.snr >= model.recipe.observing.snr[0]
    return Inference(
        file=observed.file,
        object=observed.object,
        model=model.name,
        names=names,
        draws=draws,
        in_distribution=known and heard and "teff" not in limits,
        ood_score=score,
        observed=observed.spectrum,
        chi2_reduced=fit.chi2_reduced,
        warnings=(
            *prepared.warnings,
            *warn_of_limits(model, limits),
            *([] if known else [_say_unlike(found, score, most)]),
            *_warn_of_priors(found, row),
            *(_warn_of_grids(model, found, row) if isinstance(model, SeveralModel) else ()),
        ),
        limits=limits,
        ranges={o.name: (o.minimum, o.maximum) for o in model.card.outputs},
        fit=fit,
        grids={} if found.grids is None else found.grids[row],
        provenance={
            "model": model.name,
            "model_weights_sha256": model.card.weights_sha256,
            "file": observed.file,
            "file_sha256": observed.file_hash,
            "seed": seed,
            "draws": len(draws),
            "misfit": float(found.misfit[row]),
            "ood_limit": most,
            "ood_kind": "misfit" if found.unlikeness is None else "unlikeness",
            "unexplained": float(found.fit.unexplained[row]),
            "pixels_used": int(prepared.trusted.sum()),
            **tell_used(prepared, model.grid.wave, model.recipe),
            "assumed": (*observed.assumed, *prepared.assumed, *given.told()),
            "software": f"starsieve {starsieve.__version__}, torch {torch.__version__}",
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def _warn_of_grids(model: SeveralModel, found: Posteriors, row: int) -> list[str]:
    """Say what grids tie, what looks like two objects, and what errors by grids leave out."""
    warnings = [*tell_ties(model), *(found.doubles.tell(row) if found.doubles else ())]
    if model.tuned is None and found.fit.unexplained[row] > MOSTLY:
        warnings.append(
            f"all grids leave {found.misfit[row]:.0%} of the mean flux unexplained, which the "
            "errors, those within the grids, do not tell of"
        )
    return warnings


def _unlikeness(model: AtmosphereModel, found: Posteriors, row: int) -> tuple[float, float]:
    """Return how unlike a spectrum is to what the model knows, and how unlike it may be."""
    if isinstance(model, SeveralModel) and model.tuned and found.unlikeness is not None:
        return float(found.unlikeness[row]), model.tuned.likeness.most
    return float(found.misfit[row]), model.recipe.trust.max_misfit


def _say_unlike(found: Posteriors, score: float, most: float) -> str:
    if found.unlikeness is not None:
        return (
            f"the spectrum is unlike all that the model was tuned on: {score:.1f} errors away, "
            f"where most of these are within {most:.1f} of each other"
        )
    return (
        f"the best model departs from the spectrum by {score:.0%} of its mean flux, more than "
        f"the {most:.0%} seen for objects of this kind"
    )


def _warn_of_priors(found: Posteriors, row: int) -> list[str]:
    """Say so if priors leave hardly anything of a posterior."""
    if found.effective is None or found.effective[row] >= FEWEST:
        return []
    if not found.effective[row]:
        return ["the priors exclude all that the spectrum allows: the answer is without them"]
    return [
        f"the priors are at odds with the spectrum: only {found.effective[row]:.0f} effective "
        "draws are left, take the quantiles as rough"
    ]


def _fit(model: AtmosphereModel, prepared: Prepared, found: Posteriors, row: int) -> Fit:
    return Fit(
        wave=model.grid.wave,
        flux=prepared.flux,
        sigma=prepared.sigma,
        valid=prepared.trusted,
        model_flux=found.fit.model[row],
        parameters=dict(zip(model.grid.names, found.fit.parameters[row].tolist(), strict=True)),
        scale=float(found.fit.scale[row]),
        chi2_reduced=float(found.fit.chi2_reduced[row]),
        n_pixels=int(found.fit.n_pixels[row]),
        n_free=found.fit.n_free,
    )
