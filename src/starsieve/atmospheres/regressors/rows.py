"""The spectra of a collection as rows: which are for training, and which are never seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.atmospheres.compressed import compress, decompress
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.data import SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

TOLERANCE = 1e-3
"""Largest error of the log flux of the spectra that a model keeps: a tenth of a per cent."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The spectra of a collection, by what they are for.

    Parameters
    ----------
    seen : SpectrumSet
        For training.
    validation, unseen : SpectrumSet, optional
        To stop training and choose weights by, and for evaluation alone.
    """

    seen: SpectrumSet
    validation: SpectrumSet | None
    unseen: SpectrumSet | None


def split_rows(spectra: SpectrumSet, recipe: TrainRecipe) -> Rows:
    """Take rows apart by the nodes that the recipe names. The grid needs not be complete.

    Raises
    ------
    DataError
        If a label is missing, a flux is not positive, a node has no spectra, or nothing is left.
    """
    check_rows(spectra, recipe.labels)
    validation = _of_nodes(spectra, recipe.validation)
    unseen = _of_nodes(spectra, recipe.held_out)
    seen = ~(validation | unseen)
    if seen.sum() < 2:
        msg = f"{int(seen.sum())} spectra are left for training; name fewer nodes to hold out."
        raise DataError(msg)
    return Rows(
        spectra.take(seen),
        spectra.take(validation) if validation.any() else None,
        spectra.take(unseen) if unseen.any() else None,
    )


def check_rows(spectra: SpectrumSet, names: tuple[str, ...]) -> None:
    """Refuse spectra that lack a label, or that have none of a logarithm."""
    for name in names:
        if name not in spectra.labels:
            known = ", ".join(spectra.labels) or "none"
            msg = f"The collection has no label {name!r}. It has: {known}."
            raise DataError(msg)
    wrong = ~np.all(np.isfinite(spectra.flux) & (spectra.flux > 0), axis=1)
    for name in names:
        wrong |= ~np.isfinite(np.asarray(spectra.labels[name], dtype=np.float64))
    if wrong.any():
        msg = (
            f"{int(wrong.sum())} of {len(spectra)} spectra have fluxes that are not finite and "
            "positive, or labels that are not finite; take them out before training."
        )
        raise DataError(msg)


def label_matrix(spectra: SpectrumSet, names: tuple[str, ...]) -> FloatArray:
    """Return labels, shape (n, n_labels)."""
    return np.stack([np.asarray(spectra.labels[name], dtype=np.float64) for name in names], axis=1)


def row_arrays(spectra: SpectrumSet, names: tuple[str, ...]) -> dict[str, Any]:
    """Return spectra as the arrays that a model keeps."""
    kept = compress(np.log(np.asarray(spectra.flux, dtype=np.float64)), TOLERANCE)
    return {
        "wave": spectra.wave.astype(np.float64),
        "rows.labels": label_matrix(spectra, names),
        **{f"rows.{name}": array for name, array in kept.items()},
    }


def rows_from_arrays(arrays: Mapping[str, Any], names: tuple[str, ...]) -> SpectrumSet:
    """Return the spectra that `row_arrays` wrote."""
    labels = arrays["rows.labels"]
    return SpectrumSet(
        wave=arrays["wave"],
        flux=np.exp(decompress(arrays, "rows.")),
        labels={name: labels[:, column] for column, name in enumerate(names)},
    )


def _of_nodes(spectra: SpectrumSet, nodes: Mapping[str, tuple[float, ...]]) -> Any:
    found = np.zeros(len(spectra), dtype=bool)
    for name, values in nodes.items():
        if name not in spectra.labels:
            msg = f"Nodes of {name!r} are to be held out, which the collection has no labels of."
            raise DataError(msg)
        there = np.asarray(spectra.labels[name], dtype=np.float64)
        for value in values:
            if not (there == value).any():
                msg = f"{name} = {value:g} is no node. Those are: {np.unique(there).tolist()}."
                raise DataError(msg)
        found |= np.isin(there, values)
    return found
