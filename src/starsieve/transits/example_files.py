"""Files of examples: our own layout, and the published sets that are known."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray
from starsieve.errors import DataError, FileError, UnknownFormatError
from starsieve.learn.model import file_hash
from starsieve.transits.examples import CLASSES, PLANET, VIEW_SIZES, Examples, stack_views
from starsieve.transits.published_examples import ANY_OF, PUBLISHED, Parts
from starsieve.transits.views import Views

VIEW, FEATURE = "view.", "feature."


def read_examples(path: str | Path) -> Examples:
    """Read examples from an ``.npz`` file: one of ours, or of the published sets.

    Known are the vetting set of Yu et al. (2019), that of Nigraha (Rao et al. 2021), and Kepler
    DR24 TCEs in the form of AstroNet (Shallue & Vanderburg 2018). Views are brought to the bins
    and the scale of `starsieve.transits.views`, numbers to its units, labels to `CLASSES`.

    Raises
    ------
    FileError
        If the file is missing or damaged.
    UnknownFormatError
        If its arrays are those of no known layout.
    DataError
        If its arrays do not fit together, or a label is not known.
    """
    path = Path(path)
    arrays = _read_arrays(path)
    reader = next((read for column, read in LAYOUTS.items() if column in arrays), None)
    if reader is None:
        msg = (
            f"{path}: no known set of labelled views; expected one of the arrays "
            f"{', '.join(LAYOUTS)}, found {', '.join(arrays) or 'none'}."
        )
        raise UnknownFormatError(msg)
    try:
        views, features, labels, star = reader(arrays)
    except KeyError as error:
        msg = f"{path}: the array {error} is missing."
        raise DataError(msg) from error
    source = np.full(len(star), path.name)
    examples = Examples(
        views, features, _allowed(labels, path), star, source, {path.name: file_hash(path)}
    )
    _check(examples, path)
    return examples


def write_examples(
    path: Path,
    views: Sequence[Views],
    features: Sequence[Mapping[str, float]],
    labels: Sequence[str],
    star: Sequence[int],
) -> None:
    """Write signals of known nature as a file that `read_examples` reads.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``.
    views, features : sequences
        One of each for every signal.
    labels : sequence of str
        Of `CLASSES`; several of them with ``|`` between where it is not known which.
    star : sequence of int
        TIC numbers, or negative KIC numbers.
    """
    arrays: dict[str, Any] = {VIEW + name: stack for name, stack in stack_views(views).items()}
    names = list(dict.fromkeys(name for each in features for name in each))
    for name in names:
        values = [each.get(name, np.nan) for each in features]
        arrays[FEATURE + name] = np.array(values, dtype=np.float64)
    arrays |= {"label": np.array(labels), "star": np.array(star, np.int64)}
    np.savez_compressed(path, **arrays)


def _read_own(arrays: Mapping[str, npt.NDArray[Any]]) -> Parts:
    """Return the parts of a file that `write_examples` wrote."""
    views = {n.removeprefix(VIEW): arrays[n] for n in arrays if n.startswith(VIEW)}
    features = {n.removeprefix(FEATURE): arrays[n] for n in arrays if n.startswith(FEATURE)}
    return views, features, [str(label) for label in arrays["label"]], arrays["star"]


LAYOUTS = {"star": _read_own, **PUBLISHED}
"""What reads a file, by an array that only its layout has."""


def _allowed(labels: Sequence[str], path: Path) -> BoolArray:
    """Return which classes each label leaves open."""
    rows: dict[str, list[bool]] = {}
    for label in set(labels):
        named = label.split(ANY_OF)
        if unknown := sorted(set(named) - set(CLASSES)):
            msg = f"{path}: label {unknown[0]!r} is none of {', '.join(CLASSES)}."
            raise DataError(msg)
        rows[label] = [name in named for name in CLASSES]
        if rows[label][PLANET] and len(named) > 1:
            msg = f"{path}: label {label!r} leaves open whether it is a planet; leave it out."
            raise DataError(msg)
    return np.array([rows[label] for label in labels], dtype=bool).reshape(-1, len(CLASSES))


def _check(examples: Examples, path: Path) -> None:
    """Raise DataError unless all parts have one row per signal, and views are as they must be."""
    n = len(examples.star)
    if not n:
        msg = f"{path}: holds no examples."
        raise DataError(msg)
    for name, values in {**examples.features, "label": examples.allowed[:, 0]}.items():
        if values.shape != (n,):
            msg = f"{path}: {name} has shape {values.shape}; expected one number for each of {n}."
            raise DataError(msg)
    for name, view in examples.views.items():
        wanted = (n, VIEW_SIZES.get(name))
        if view.shape != wanted:
            msg = f"{path}: {name} has shape {view.shape}, expected {wanted}."
            raise DataError(msg)
        finite = np.isfinite(view)
        if np.any(finite.any(axis=1) != finite.all(axis=1)):
            msg = f"{path}: {name} is only partly known for some signals; fill or drop those rows."
            raise DataError(msg)


def _read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    if not path.is_file():
        msg = f"{path}: there is no such file."
        raise FileError(msg)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        AttributeError,
        BadZipFile,
        zlib.error,
    ) as error:
        msg = f"{path}: not a readable .npz file ({error})."
        raise FileError(msg) from error
