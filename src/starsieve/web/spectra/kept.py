"""A posterior and its best fit, kept in an errand's folder for the figures that show them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.explanation import Explanation
from starsieve.atmospheres.inference import Inference
from starsieve.data.spectrum import FloatArray
from starsieve.errors import NotInArchiveError
from starsieve.web.uploads.kept import (
    EXPLAINED,
    PREDICTED,
    KeptBands,
    as_bands,
    as_explanation,
    of_record,
)

FILE = "posterior.npz"

ARRAYS = ("wave", "flux", "sigma", "valid", "model_flux")
NUMBERS = ("parameters", "scale", "chi2_reduced", "n_pixels", "n_free", "flux_unit")


def keep(folder: Path, inference: Inference) -> dict[str, Any] | None:
    """Keep draws and arrays of the best fit and the prediction; return the fit's rest, for JSON."""
    arrays: dict[str, Any] = {"draws": inference.draws}
    fit = inference.fit
    if fit is not None:
        arrays |= {name: getattr(fit, name) for name in ARRAYS}
    if inference.explanation is not None:
        arrays |= of_record("explained", inference.explanation, EXPLAINED)
    if inference.predictive is not None:
        arrays |= of_record("predicted", inference.predictive, PREDICTED)
    np.savez(folder / FILE, **arrays)
    return None if fit is None else {name: getattr(fit, name) for name in NUMBERS}


def is_kept(folder: Path) -> bool:
    """Return whether there is what `keep` left."""
    return (folder / FILE).is_file()


def read_draws(folder: Path) -> FloatArray:
    """Return the draws that were kept, shape (n_draws, n_labels).

    Raises
    ------
    NotInArchiveError
        If they have been deleted since.
    """
    draws: FloatArray = _read(folder)["draws"]
    return draws


def read_fit(folder: Path, numbers: dict[str, Any] | None) -> Fit | None:
    """Return the best fit that was kept; None if there was none.

    Parameters
    ----------
    folder : Path
    numbers : dict, optional
        What `keep` returned.

    Raises
    ------
    NotInArchiveError
        If it has been deleted since.
    """
    if numbers is None:
        return None
    kept = _read(folder)
    return Fit(**{name: kept[name] for name in ARRAYS}, **numbers)


def read_bands(folder: Path) -> KeptBands | None:
    """Return the bands of the predicted spectrum that were kept; None if there were none.

    Raises
    ------
    NotInArchiveError
        If they have been deleted since.
    """
    return as_bands(_read(folder))


def read_explanation(folder: Path, names: Sequence[str]) -> Explanation:
    """Return the explanation of labels that was kept.

    Raises
    ------
    NotInArchiveError
        If there is none, or it has been deleted since.
    """
    found = as_explanation(_read(folder), names)
    if found is None:
        msg = "Nothing of this is explained."
        raise NotInArchiveError(msg)
    return found


def _read(folder: Path) -> dict[str, Any]:
    try:
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return dict(kept)
    except FileNotFoundError as error:
        msg = "This posterior has been deleted meanwhile. Ask for it again."
        raise NotInArchiveError(msg) from error
