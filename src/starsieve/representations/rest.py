"""Bring observed spectra to a model's grid and to rest, by velocities that are known or found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray, check_shapes
from starsieve.representations.align import align, draw_usable, make_templates
from starsieve.representations.prepare import Inputs, prepare
from starsieve.representations.recipes import TrainRecipe
from starsieve.representations.shifts import shift_to_rest
from starsieve.representations.velocity import Velocities, estimate_velocity


@dataclass(frozen=True, slots=True, eq=False)
class AtRest:
    """Spectra at rest, and how they got there.

    Parameters
    ----------
    inputs : Inputs
        What has no velocity has a reason there, and no valid pixel.
    columns : mapping of str to array, shape (n_spectra,)
        ``velocity`` and, where one was found, ``velocity_error``, in km/s; empty for spectra that
        were taken as they are.
    """

    inputs: Inputs
    columns: dict[str, FloatArray]


def bring_to_rest(
    spectra: Sequence[Spectrum] | SpectrumSet,
    wave: FloatArray,
    recipe: TrainRecipe,
    templates: FloatArray | None,
    velocity: npt.ArrayLike | None = None,
) -> AtRest:
    """Bring spectra of any grids to `wave` and to rest.

    Velocities that are given are taken out. Others are found by comparison with `templates`, but
    for spectra that say they are at rest. Without templates spectra are taken as they come.

    Parameters
    ----------
    spectra : sequence of Spectrum, or SpectrumSet
    wave : array, shape (n_pixels,)
        With constant velocity steps.
    recipe : TrainRecipe
        Of the model: resolution, coverage, largest velocity.
    templates : array, shape (n_templates, n_pixels), optional
        At rest, as `make_templates` gives them.
    velocity : array, shape (n_spectra,), optional
        km/s, positive if receding; NaN where not known.
    """
    if templates is None:
        inputs = prepare_for(recipe, spectra, wave, velocity)
        known: dict[str, FloatArray] = {}
        if velocity is not None:
            known["velocity"] = np.array(velocity, dtype=np.float64)
        return AtRest(inputs, known)
    told = np.full(len(spectra), np.nan) if velocity is None else np.array(velocity, np.float64)
    check_shapes((len(spectra),), velocity=told)
    told[_says_rest(spectra) & np.isnan(told)] = 0.0
    error, reasons = np.full(len(spectra), np.nan), np.full(len(spectra), "", dtype=object)
    if (asked := np.flatnonzero(np.isnan(told))).size:
        found, reasons[asked] = _find(_take(spectra, asked), wave, recipe, templates)
        told[asked], error[asked] = found.velocity, found.error
    # From the pixels as observed once more, so that nothing is interpolated twice.
    inputs = prepare_for(recipe, spectra, wave, told)
    both = tuple(str(a or b) for a, b in zip(reasons, inputs.reasons, strict=True))
    columns: dict[str, FloatArray] = {"velocity": told, "velocity_error": error}
    return AtRest(replace(inputs, reasons=both), columns)


def prepare_for(
    recipe: TrainRecipe,
    spectra: Sequence[Spectrum] | SpectrumSet,
    wave: FloatArray,
    velocity: npt.ArrayLike | None = None,
) -> Inputs:
    """Bring spectra to a model's grid as its recipe says; see `prepare`."""
    return prepare(
        spectra,
        wave,
        recipe.resolution,
        velocity=velocity,
        min_coverage=recipe.min_coverage,
        continuum=recipe.continuum,
    )


def _find(
    spectra: Sequence[Spectrum] | SpectrumSet,
    wave: FloatArray,
    recipe: TrainRecipe,
    templates: FloatArray,
) -> tuple[Velocities, list[str]]:
    """Return velocities by comparison with templates, and why one is not known."""
    observed = prepare_for(recipe, spectra, wave)
    asked = with_floor(observed, recipe.error_floor)
    limits = recipe.velocity
    found = estimate_velocity(asked, wave, templates, limits.largest, limits.degree)
    reasons = [
        own or (f"Its velocity is not known: it {why}." if why else "")
        for own, why in zip(observed.reasons, found.reasons, strict=True)
    ]
    return found, reasons


def learn_velocities(
    inputs: Inputs, wave: FloatArray, recipe: TrainRecipe, known: FloatArray | None = None
) -> tuple[Inputs, FloatArray | None, dict[str, object]]:
    """Return a training set at rest, templates for the velocities of others, and what to note.

    Parameters
    ----------
    inputs : Inputs
        On `wave`; at rest unless the recipe asks to align them.
    wave : array, shape (n_pixels,)
    recipe : TrainRecipe
    known : array, shape (n_spectra,), optional
        Velocities in km/s that fix the zero point where spectra are aligned.

    Returns
    -------
    Inputs, templates, notes
        No templates where no velocities are to be looked for.
    """
    velocity = recipe.velocity
    if velocity.largest == 0:
        return inputs, None, {}
    floor, count = recipe.error_floor, velocity.n_templates
    if velocity.training != "align":
        some = inputs.take(draw_usable(inputs, recipe.seed))
        return inputs, make_templates(some, wave, np.zeros(len(some)), count, floor), {}
    found = align(
        with_floor(inputs, floor),
        wave,
        velocity.largest,
        count,
        velocity.degree,
        floor=floor,
        known=known,
        seed=recipe.seed,
    )
    rest = shift_to_rest(inputs, wave, found.velocities.velocity)
    lost = ~found.velocities.known
    reasons = tuple(
        own or why for own, why in zip(_padded(inputs), found.velocities.reasons, strict=True)
    )
    rest = replace(rest, scale=np.where(lost, np.nan, rest.scale), reasons=reasons)
    notes: dict[str, object] = {
        "zero_point": "of the median star" if found.relative else "of known velocities",
        "n_aligned": int((~lost).sum()),
        "rounds": found.n_rounds,
        "settled": found.settled,
    }
    return rest, found.templates, {"velocity": notes}


def with_floor(inputs: Inputs, floor: float) -> Inputs:
    """Return spectra with a relative error added to all others in quadrature."""
    return replace(inputs, sigma=np.hypot(inputs.sigma, np.float32(floor)))


def _padded(inputs: Inputs) -> tuple[str, ...]:
    return inputs.reasons or ("",) * len(inputs)


def _says_rest(spectra: Sequence[Spectrum] | SpectrumSet) -> BoolArray:
    if isinstance(spectra, SpectrumSet):
        return np.zeros(len(spectra), dtype=np.bool_)
    return np.array([spectrum.frame == "rest" for spectrum in spectra], dtype=np.bool_)


def _take(
    spectra: Sequence[Spectrum] | SpectrumSet, rows: npt.NDArray[np.int64]
) -> Sequence[Spectrum] | SpectrumSet:
    if isinstance(spectra, SpectrumSet):
        return spectra.take(rows)
    return [spectra[row] for row in rows]
