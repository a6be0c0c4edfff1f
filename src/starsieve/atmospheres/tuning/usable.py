"""Spectra of a labelled table that a model of several grids can take, and who may judge them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.labelled import LabelledFiles
from starsieve.atmospheres.opening import Observed, read_items
from starsieve.atmospheres.prepare import Prepared, prepare
from starsieve.atmospheres.several.model import HASH_DIGITS, SeveralModel
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, StarsieveError

Progress = Callable[[int, int, str], None]
PER_BLOCK = 128


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """Spectra that could be read and brought to a model's grid.

    Parameters
    ----------
    rows : array of int, shape (n,)
        Of the table.
    prepared : tuple of Prepared
    folds : array of int, shape (n,)
        Whose members never saw the object; -1 for objects that no member saw.
    refused : tuple of str
        Why the other rows could not be used.
    """

    rows: npt.NDArray[np.int64]
    prepared: tuple[Prepared, ...]
    folds: npt.NDArray[np.int64]
    refused: tuple[str, ...]

    @classmethod
    def of(cls, labelled: LabelledFiles, model: SeveralModel) -> Self:
        """Read and prepare each file of a table.

        Raises
        ------
        DataError
            If none can be used.
        """
        rows, prepared, folds, refused = [], [], [], []
        of_file = model.tuned.folds if model.tuned else {}
        for row, file in enumerate(labelled.files):
            found, failures = read_items(str(file))
            try:
                if failures:
                    raise DataError(failures[0].error)
                first: Observed = found[0]
                prepared.append(prepare(first.spectrum, model.grid.wave, model.recipe))
            except StarsieveError as error:
                refused.append(f"{file.name}: {error}")
                continue
            rows.append(row)
            folds.append(of_file.get(first.file_hash[:HASH_DIGITS], -1))
        if not rows:
            msg = f"Nothing could be inferred. First: {refused[0]}"
            raise DataError(msg)
        chosen = np.array(rows)
        known = share_folds(np.array(folds), labelled.objects[chosen])
        return cls(chosen, tuple(prepared), known, tuple(refused))

    def infer(
        self,
        model: SeveralModel,
        draws: int,
        seed: int,
        progress: Progress | None,
        *,
        alone: bool = False,
        ages: npt.NDArray[np.int64] | None = None,
    ) -> FloatArray:
        """Return draws, shape (n, n_draws, n_outputs)."""
        parts = []
        for start in range(0, len(self.rows), PER_BLOCK):
            at = slice(start, start + PER_BLOCK)
            parts.append(
                infer_several(
                    model,
                    self.prepared[at],
                    draws,
                    seed,
                    folds=self.folds[at],
                    grids_alone=alone,
                    ages=None if ages is None else ages[at],
                )
            )
            if progress is not None:
                progress(min(at.stop, len(self.rows)), len(self.rows), "inferring")
        return np.concatenate([part.draws for part in parts])


def share_folds(
    folds: npt.NDArray[np.int64], objects: npt.NDArray[np.str_]
) -> npt.NDArray[np.int64]:
    """Return folds that other spectra of an object share, though no member saw these themselves.

    Parameters
    ----------
    folds : array of int, shape (n,)
        -1 for spectra that no member saw.
    objects : array of str, shape (n,)
    """
    known = {name: fold for name, fold in zip(objects, folds, strict=True) if fold >= 0}
    return np.array([known.get(name, -1) for name in objects])
