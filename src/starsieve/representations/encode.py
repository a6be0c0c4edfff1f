"""Encode spectra: files and arrays at once, collections of any size block by block."""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from starsieve.archive import Archive
from starsieve.data import Embeddings, Spectrum, SpectrumSet
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError, ModelMismatchError
from starsieve.readers import read
from starsieve.representations.ahead import ahead
from starsieve.representations.encode_recipe import EncodeRecipe
from starsieve.representations.models import Representation, load_representation
from starsieve.representations.prepare import Inputs

Progress = Callable[[int, int, str], None]
Encodable = Spectrum | SpectrumSet | str | Path | Sequence[Spectrum | str | Path]

PIXELS_AT_A_TIME = 3 * 2**20
MOST_AT_A_TIME = 256
FIRST_AT_A_TIME = 8
KEEP_ITEMS = 1024
KEEP_SECONDS = 20.0
"""After so many spectra, or so long, latents go to the archive: no more is lost by a crash."""

MOST_REASONS = 100


@dataclass(frozen=True, slots=True)
class _Block:
    """Spectra on the model's grid, their numbers, and what to call those that fail."""

    ids: npt.NDArray[np.int64]
    inputs: Inputs
    names: tuple[str, ...]
    columns: dict[str, FloatArray]


def encode(
    spectra: Encodable,
    model: Representation | str | Path,
    *,
    velocity: npt.ArrayLike | None = None,
) -> Embeddings:
    """Return the latents that a model makes of spectra. Needs no archive and keeps nothing.

    Parameters
    ----------
    spectra : Spectrum, SpectrumSet, path, or a sequence of spectra and paths
        Of any grids; files of any layout that `starsieve.read` knows.
    model : Representation, str or Path
        A representation, its name or its folder.
    velocity : array, shape (n_spectra,), optional
        km/s, positive if receding, where it is known; it is taken out. Where it is not, a model
        that knows how finds it.

    Returns
    -------
    Embeddings
        A row of NaN where a spectrum can't be encoded; a warning says how many, and why.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    FileError, DataError
        If a file can't be read or holds no single spectrum, or `velocity` does not fit.
    """
    loaded = model if isinstance(model, Representation) else load_representation(model)
    found, reasons = loaded.encode_with_reasons(_open(spectra), velocity=velocity)
    failed = [reason for reason in reasons if reason]
    if failed:
        warnings.warn(
            f"{len(failed)} of {len(found)} spectra can't be encoded by {loaded.name!r}. "
            f"The first: {failed[0]}",
            stacklevel=2,
        )
    return found


def encode_collection(
    recipe: EncodeRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Encode a collection's spectra and keep the latents as its embeddings, with the run.

    Spectra that have an embedding by this training of the model are left out, so that an
    encoding that was interrupted goes on where it was. Reading is done ahead, and a few blocks
    are all that is in memory.
    """
    model = load_representation(recipe.model, archive)
    ids, velocity = _wanted(recipe, archive)
    model_hash = model.card.weights_sha256
    there = archive.embeddings.ids(recipe.collection, model.name, model_hash)
    if recipe.again and there:
        archive.embeddings.remove(recipe.collection, model.name)
        there = set()
    new = np.array([number not in there for number in ids.tolist()], dtype=bool)
    ids, velocity = ids[new], None if velocity is None else velocity[new]
    kept = _Kept(archive, recipe.collection, model_hash, run)
    done = n_left_out = len(there)
    total = done + len(ids)
    try:
        with _a_core_for_reading():
            for block in ahead(_blocks(archive, model, ids, velocity)):
                kept.add(block, model.encode_inputs(block.inputs, block.ids, block.columns))
                done += len(block.ids)
                if progress is not None:
                    progress(done, total, "encoding")
    finally:
        kept.write()  # also when the run is cancelled: what is done is done
    if kept.n_failed and kept.n_failed == total:
        msg = (
            f"None of the {total} spectra of {recipe.collection!r} can be encoded by "
            f"{model.name!r}. The first: {kept.failed[0]['error']}"
        )
        raise ModelMismatchError(msg)
    return {
        "collection": recipe.collection,
        "model": model.name,
        "n_encoded": kept.n_encoded,
        "n_left_out": n_left_out,
        "n_failed": kept.n_failed,
        "failed": kept.failed,
    }


@contextmanager
def _a_core_for_reading() -> Iterator[None]:
    """Let the network use all cores but one: where it used all, each would wait for the reader."""
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads - 1))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(slots=True)
class _Kept:
    """Embeddings on their way to the archive, and what became of all so far."""

    archive: Archive
    collection: str
    model_hash: str
    run: int | None = None
    n_encoded: int = 0
    n_failed: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[Embeddings] = field(default_factory=list)
    written: float = field(default_factory=time.monotonic)

    def add(self, block: _Block, found: Embeddings) -> None:
        known = found.known
        for row in np.flatnonzero(~known):
            self.n_failed += 1
            if len(self.failed) < MOST_REASONS:
                reason = block.inputs.reasons[row] or "the network gives no finite latents."
                one = {"spectrum": int(block.ids[row]), "file": block.names[row], "error": reason}
                self.failed.append(one)
        self.n_encoded += int(known.sum())
        if known.any():
            self.waiting.append(replace(found, collection=self.collection).take(known))
        n_waiting = sum(len(each) for each in self.waiting)
        if n_waiting >= KEEP_ITEMS or time.monotonic() - self.written > KEEP_SECONDS:
            self.write()

    def write(self) -> None:
        if self.waiting:
            self.archive.embeddings.add(_joined(self.waiting), self.model_hash, self.run)
        self.waiting.clear()
        self.written = time.monotonic()


def _joined(parts: Sequence[Embeddings]) -> Embeddings:
    """Return embeddings as one, in single precision: networks know no other."""
    first = parts[0]
    sigma = [each.sigma for each in parts if each.sigma is not None]
    return Embeddings(
        np.concatenate([each.latents for each in parts]).astype(np.float32),
        np.concatenate([each.ids for each in parts]),
        np.concatenate(sigma).astype(np.float32) if sigma else None,
        {name: np.concatenate([each.columns[name] for each in parts]) for name in first.columns},
        first.model,
        first.collection,
    )


def _wanted(
    recipe: EncodeRecipe, archive: Archive
) -> tuple[npt.NDArray[np.int64], FloatArray | None]:
    """Return the spectra of the collection and their velocities, if a label holds them."""
    info = archive.collections.get(recipe.collection)
    if info.kind == "light curves":
        msg = f"Collection {recipe.collection!r} holds light curves; spectra can be encoded."
        raise DataError(msg)
    names = [] if recipe.velocity is None else [recipe.velocity]
    ids, labels = archive.labels.table(recipe.collection, names)
    if not len(ids):
        msg = f"Collection {recipe.collection!r} is empty: there is nothing to encode."
        raise DataError(msg)
    if recipe.velocity is None:
        return ids, None
    if not np.isfinite(labels[recipe.velocity]).any():
        msg = (
            f"No spectrum of {recipe.collection!r} has a label {recipe.velocity!r} to take its "
            "velocity from."
        )
        raise DataError(msg)
    return ids, labels[recipe.velocity]


def _blocks(
    archive: Archive,
    model: Representation,
    ids: npt.NDArray[np.int64],
    velocity: FloatArray | None,
) -> Iterator[_Block]:
    """Yield spectra on the model's grid, so few at a time that they fit into memory."""
    start, n_pixels = 0, len(model.wave)
    step = min(FIRST_AT_A_TIME, max(1, PIXELS_AT_A_TIME // n_pixels))
    while start < len(ids):
        here = slice(start, start + step)
        spectra = archive.spectra.read(ids[here].tolist())
        known = None if velocity is None else velocity[here]
        there = model.at_rest(spectra, known)
        names = tuple(_name(n, s) for n, s in zip(ids[here].tolist(), spectra, strict=True))
        yield _Block(ids[here], there.inputs, names, there.columns)
        start += step
        n_pixels = max(n_pixels, *(len(spectrum) for spectrum in spectra))
        step = min(max(1, PIXELS_AT_A_TIME // n_pixels), MOST_AT_A_TIME)


def _name(number: int, spectrum: Spectrum) -> str:
    """Return what people know a spectrum by."""
    name = spectrum.meta.get("file") or spectrum.meta.get("object")
    return f"spectrum {number}" + (f", {name}" if name else "")


def _open(spectra: Encodable) -> Sequence[Spectrum] | SpectrumSet:
    if isinstance(spectra, SpectrumSet):
        return spectra
    items: Iterable[Any] = [spectra] if isinstance(spectra, Spectrum | str | Path) else spectra
    found: list[Spectrum] = []
    for item in items:
        if isinstance(item, Spectrum):
            found.append(item)
        elif isinstance(item, str | Path):
            found.append(read(item).spectrum)
        else:
            msg = f"Expected spectra or paths of files to encode, got {type(item).__name__}."
            raise DataError(msg)
    return found
