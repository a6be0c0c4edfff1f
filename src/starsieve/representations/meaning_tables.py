"""What finished runs have found latents to mean, as tables: read, not computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.archive.run_search import find_done_runs

TASK = "representations.disentangle"
SURE = 0.01
"""p-value below which information is taken to be beyond chance."""

SCORES = ("mig", "disentanglement", "completeness", "informativeness", "sap")

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ModelMeaning:
    """What the latents of one model, or principal components, say about labels.

    Parameters
    ----------
    name : str
    baseline : bool
        Whether these are principal components.
    n_latents, n_informative : int
        The latter by median absolute deviation.
    nats, error, null, p_value : arrays, shape (n_labels, n_latents)
        Mutual information, its standard error, what shuffled pairings give, and the probability
        that chance gives as much.
    n_spectra : array of int, shape (n_labels,)
        Of which a label is known.
    scores : mapping of str to float, optional
        MIG, DCI and SAP; None where too few spectra have all labels.
    """

    name: str
    baseline: bool
    n_latents: int
    n_informative: int
    nats: FloatArray
    error: FloatArray
    null: FloatArray
    p_value: FloatArray
    n_spectra: npt.NDArray[np.int64]
    scores: Mapping[str, float] | None

    @property
    def sure(self) -> npt.NDArray[np.bool_]:
        """Where information is beyond chance."""
        return self.p_value < SURE


@dataclass(frozen=True, slots=True, eq=False)
class MeaningTables:
    """What one run has found.

    Parameters
    ----------
    run : int
    ended : datetime, optional
    is_old : bool
        Whether the model was trained anew since.
    n_spectra : int
    labels : tuple of str
        That could be used.
    unusable : mapping of str to str
        The others, and why not.
    models : tuple of ModelMeaning
        The model first, then principal components.
    ceiling : mapping of str to float, optional
        Scores of the labels themselves: no latents can have more.
    """

    run: int
    ended: datetime | None
    is_old: bool
    n_spectra: int
    labels: tuple[str, ...]
    unusable: Mapping[str, str]
    models: tuple[ModelMeaning, ...]
    ceiling: Mapping[str, float] | None


def find_meaning(
    archive: Archive, collection: str, model: str, model_hash: str
) -> MeaningTables | None:
    """Return what the newest run has found that looked at a collection's latents by a model.

    Parameters
    ----------
    model_hash : str
        Of the training that made the embeddings that are there now.

    Returns
    -------
    MeaningTables or None
        None where nobody has asked yet.
    """
    for run in find_done_runs(archive, TASK):
        if run.recipe.get("collection") != collection or model not in run.recipe.get("models", ()):
            continue
        result = archive.runs.get(run.number).result
        if result is not None and result.get("models"):
            weights = result.get("origin", {}).get("weights", {}).get(model)
            return read_meaning(result, model, run.number, run.ended, weights != model_hash)
    return None


def read_meaning(
    result: Mapping[str, Any], model: str, run: int, ended: datetime | None, is_old: bool
) -> MeaningTables:
    """Return the tables in the result of a run."""
    usable = tuple(use["label"] for use in result["labels"] if not use["cannot_say"])
    unusable = {use["label"]: use["cannot_say"] for use in result["labels"] if use["cannot_say"]}
    mine = [each for each in result["models"] if each["model"] == model or each["baseline"]]
    mine.sort(key=lambda each: each["baseline"])
    return MeaningTables(
        run,
        ended,
        is_old,
        result["n_spectra"],
        usable,
        unusable,
        tuple(_model(each, usable) for each in mine),
        result["ceiling"],
    )


def _model(record: Mapping[str, Any], labels: tuple[str, ...]) -> ModelMeaning:
    rows = [record["mutual_information"][label] for label in labels]

    def table(key: str) -> FloatArray:
        return np.array([[cell[key] for cell in row] for row in rows], np.float64)

    return ModelMeaning(
        name=record["model"],
        baseline=record["baseline"],
        n_latents=record["n_latents"],
        n_informative=record["informative_by_mad"]["count"],
        nats=table("nats"),
        error=table("error"),
        null=table("null"),
        p_value=table("p_value"),
        n_spectra=np.array([row[0]["n"] for row in rows], np.int64),
        scores=record["scores"],
    )
