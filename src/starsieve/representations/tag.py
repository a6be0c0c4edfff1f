"""Tag a collection of the archive: labels become predictions, with where they come from."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive, PredictionRow
from starsieve.data import Embeddings
from starsieve.data.labels import get_label
from starsieve.errors import DataError
from starsieve.representations.service_recipes import TagRecipe
from starsieve.representations.tagger import LEVELS, LabelTags, Tagger
from starsieve.representations.tags import fit_tags

Progress = Callable[[int, int, str], None]

STEPS = 3
NARROW, WIDE = LEVELS


def tag_collection(
    recipe: TagRecipe,
    archive: Archive,
    progress: Progress | None = None,
    run: int | None = None,
) -> dict[str, Any]:
    """Label a collection's spectra from those of a labelled one, and keep that as predictions.

    They are kept under the model's name with ``.tags`` behind; tagging again replaces them.
    """
    known = archive.embeddings.read(recipe.labelled, recipe.model)
    wanted = archive.embeddings.read(recipe.collection, recipe.model)
    hashes = _hashes(recipe, archive)
    labels, units, origins = _read_labels(recipe, archive, known)
    _tell(progress, 1, "learning")
    tagger = fit_tags(known, labels, stars(archive, recipe.labelled, known), seed=recipe.seed)
    _tell(progress, 2, "tagging")
    found = tagger.tag(wanted, stars(archive, recipe.collection, wanted))
    rows = prediction_rows(wanted, found, units)
    name = f"{recipe.model}.tags"
    archive.predictions.add(name, run, rows)
    _tell(progress, STEPS, "done")
    answered = sum(bool(row.parameters) for row in rows)
    return {
        "collection": recipe.collection,
        "model": name,
        "n_tagged": answered,
        "n_refused": len(rows) - answered,
        "embeddings": recipe.model,
        "embeddings_sha256": hashes,
        "labelled": recipe.labelled,
        "labels": {name: _describe(tagger, name, units, origins) for name in tagger.labels},
        "not_learnt": dict(tagger.refused),
    }


def stars(archive: Archive, collection: str, embeddings: Embeddings) -> npt.NDArray[np.str_]:
    """Return the star of each item, shape (n_items,): its target, else its name, else itself."""
    names = {}
    for info in archive.spectra.table(collection):
        if info.target is not None:
            names[info.id] = f"target {info.target}"
        elif info.object:
            names[info.id] = f"object {' '.join(info.object.casefold().split())}"
    return np.array([names.get(each, f"spectrum {each}") for each in embeddings.ids.tolist()])


def prediction_rows(
    embeddings: Embeddings, tags: Mapping[str, LabelTags], units: Mapping[str, str]
) -> list[PredictionRow]:
    """Return tags as the archive keeps predictions; what has no answer has a warning instead."""
    encoded = embeddings.known
    rows = []
    for row, number in enumerate(embeddings.ids.tolist()):
        found = {n: t for n, t in tags.items() if math.isfinite(t.value[row])}
        far = max((float(tag.distance[row]) for tag in tags.values()), default=math.nan)
        rows.append(
            PredictionRow(
                number,
                {n: _statistics(t, row, units.get(n, "")) for n, t in found.items()},
                in_distribution=len(found) == len(tags),
                ood_score=far,
                warnings=_warnings(tags, found, bool(encoded[row])),
            )
        )
    return rows


def _statistics(tag: LabelTags, row: int, unit: str) -> dict[str, Any]:
    value = float(tag.value[row])
    narrow, wide = (float(tag.half_width[level][row]) for level in (NARROW, WIDE))
    return {
        "unit": unit,
        "median": value,
        "std": narrow,
        "q16": value - narrow,
        "q84": value + narrow,
        "q025": value - wide,
        "q975": value + wide,
    }


def _warnings(
    tags: Mapping[str, LabelTags], found: Mapping[str, Any], encoded: bool
) -> tuple[str, ...]:
    if not encoded:
        return ("the spectrum could not be encoded: there is nothing to read labels off",)
    missing = ", ".join(name for name in tags if name not in found)
    if not missing:
        return ()
    return (f"no answer for {missing}: labelled spectra are too far from this one",)


def _read_labels(
    recipe: TagRecipe, archive: Archive, embeddings: Embeddings
) -> tuple[dict[str, npt.NDArray[np.float64]], dict[str, str], dict[str, list[str]]]:
    """Return labels in the order of the embeddings, with their units and origins."""
    names = recipe.labels or None
    ids, table = archive.labels.table(recipe.labelled, names, recipe.origin)
    if not table:
        msg = (
            f"The spectra of {recipe.labelled!r} have no labels to learn from. "
            "Labels come with files that hold them, or from archive.labels.add."
        )
        raise DataError(msg)
    units = {name: get_label(name).unit for name in table}
    origins: dict[str, set[str]] = {name: set() for name in table}
    for row in archive.labels.read(recipe.labelled, names, recipe.origin):
        units[row.name] = row.unit or units[row.name]
        origins[row.name].add(row.origin)
    place = {number: row for row, number in enumerate(ids.tolist())}
    rows = np.array([place[number] for number in embeddings.ids.tolist()], np.int64)
    labels = {name: np.asarray(values[rows], np.float64) for name, values in table.items()}
    return labels, units, {name: sorted(each) for name, each in origins.items()}


def _hashes(recipe: TagRecipe, archive: Archive) -> str:
    """Return the hash of the model that made both embeddings.

    Raises
    ------
    DataError
        If the two collections were encoded by two models of one name.
    """
    wanted = (recipe.labelled, recipe.collection)
    hashes = {each: archive.embeddings.info(each, recipe.model).model_hash for each in wanted}
    if len(set(hashes.values())) > 1:
        msg = (
            f"{recipe.labelled!r} and {recipe.collection!r} were encoded by two trainings of "
            f"{recipe.model!r}. Encode both again: starsieve encode --collection NAME "
            f"--model {recipe.model}"
        )
        raise DataError(msg)
    return hashes[recipe.labelled]


def _describe(
    tagger: Tagger, name: str, units: Mapping[str, str], origins: Mapping[str, list[str]]
) -> dict[str, Any]:
    label = tagger.labels[name]
    return {
        "scatter": label.scatter,
        "bias": label.bias,
        "unit": units.get(name, ""),
        "n_spectra": label.n_spectra,
        "n_stars": label.n_stars,
        "read_by": [str(option) for option in label.options],
        "origin": origins.get(name, []),
    }


def _tell(progress: Progress | None, done: int, what: str) -> None:
    if progress is not None:
        progress(done, STEPS, what)
