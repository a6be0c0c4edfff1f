"""Labelled spectra on a model's grid, ready to be tuned on."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.labelled import LabelledFiles, read_labelled
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.prepare import prepare
from starsieve.atmospheres.several.network import AGES
from starsieve.atmospheres.several.observations import as_observations
from starsieve.atmospheres.several.recipes import AgeClasses, FineTuneRecipe, SeveralRecipe
from starsieve.data import Spectrum
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, StarsieveError
from starsieve.readers import read


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSpectra:
    """Spectra with known labels.

    Parameters
    ----------
    files : tuple of str
        Names without folders.
    hashes : tuple of str
        SHA-256 of each file.
    seen : Observations
        On the model's grid, each with a mean of one.
    names : tuple of str
        Of the labels.
    truth, errors : arrays, shape (n, n_labels)
        NaN where unknown; errors are zero where the table has none.
    objects, groups : arrays of str, shape (n,)
        What each is of, and its group of spectral types.
    ages : array of int, shape (n,)
        Numbers of `AGES`.
    refused : tuple of str
        Why rows of the table could not be used.
    """

    files: tuple[str, ...]
    hashes: tuple[str, ...]
    seen: Observations
    names: tuple[str, ...]
    truth: FloatArray
    errors: FloatArray
    objects: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]
    ages: npt.NDArray[np.int64]
    refused: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)


def read_labelled_spectra(
    recipe: FineTuneRecipe, model: SeveralRecipe, wave: FloatArray
) -> LabelledSpectra:
    """Read the table of a recipe and the spectra that it names.

    Raises
    ------
    DataError
        If none can be used.
    FileError, RecipeError
        As of `read_labelled`.
    """
    path = Path(recipe.table)
    others = [*recipe.errors.values(), *([recipe.age.column] if recipe.age else [])]
    labelled = read_labelled(path, tuple(recipe.columns), recipe.columns, recipe.where, others)
    kept, prepared, hashes, refused = [], [], [], []
    for row, file in enumerate(labelled.files):
        try:
            reading = read(file)
            if reading.kind != "spectrum":
                msg = f"holds a {reading.kind}, not a spectrum."
                raise DataError(msg)
            prepared.append(prepare(cast("Spectrum", reading[0]), wave, model))
        except StarsieveError as error:
            refused.append(f"{file.name}: {error}")
            continue
        kept.append(row)
        hashes.append(reading.content_hash)
    if not kept:
        msg = f"{path}: none of its spectra can be used. First: {refused[0]}"
        raise DataError(msg)
    names = tuple(labelled.truth)
    return LabelledSpectra(
        files=tuple(labelled.files[row].name for row in kept),
        hashes=tuple(hashes),
        seen=as_observations(prepared),
        names=names,
        truth=np.stack([labelled.truth[name][kept] for name in names], axis=1),
        errors=np.stack([_errors(labelled, recipe.errors.get(n))[kept] for n in names], axis=1),
        objects=labelled.objects[kept],
        groups=labelled.groups[kept],
        ages=_ages(labelled, recipe.age)[kept],
        refused=tuple(refused),
    )


def _errors(labelled: LabelledFiles, column: str | None) -> FloatArray:
    if column is None:
        return np.zeros(len(labelled))
    texts = labelled.others[column]
    try:
        found = np.array([float(text) if text else np.nan for text in texts])
    except ValueError as error:
        msg = f"Column {column!r} should hold errors of a label: {error}."
        raise DataError(msg) from error
    return np.asarray(np.nan_to_num(found))


def _ages(labelled: LabelledFiles, classes: AgeClasses | None) -> npt.NDArray[np.int64]:
    if classes is None:
        return np.zeros(len(labelled), dtype=np.int64)
    return np.array([age_class(text, classes) for text in labelled.others[classes.column]])


def age_class(text: str, classes: AgeClasses) -> int:
    """Return the number of the age class that a cell of the table stands for."""
    word = text.split("+")[0].rstrip("?!").strip()
    if not word:
        return AGES.index("unknown")
    if word in classes.young:
        return AGES.index("young")
    return AGES.index("intermediate" if word in classes.intermediate else "field")
