"""Tables of what latents mean: information on labels, and scores beside principal components."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from starsieve.representations.meaning_tables import SCORES, MeaningTables, ModelMeaning
from starsieve.web.tables import Column, WebTable

SCORE_TITLES = {
    "mig": ("MIG", "Mutual information gap: whether each label has one latent of its own."),
    "disentanglement": ("Disentanglement", "Of DCI: whether each latent tells of one label."),
    "completeness": ("Completeness", "Of DCI: whether each label is told by one latent."),
    "informativeness": ("Informativeness", "Of DCI: R2 of labels of spectra held out."),
    "sap": ("SAP", "How much better the best latent predicts a label than the second best."),
}


def information_table(tables: MeaningTables) -> WebTable:
    """Return what each latent, and each principal component, says about each label."""
    columns = (
        Column("of", "Of"),
        Column("latent", "Latent"),
        Column("label", "Label"),
        Column("nats", "Information", "nat", "Mutual information, by nearest neighbours.", 3),
        Column("error", "Error", "nat", "Standard error.", 3),
        Column("null", "Shuffled", "nat", "What shuffled pairings give.", 3),
        Column("p_value", "p", meaning="Probability that chance gives as much.", digits=3),
        Column("n", "Spectra", meaning="Of which the label is known."),
    )
    rows = [
        {
            "of": model.name,
            "latent": latent,
            "label": label,
            "nats": float(model.nats[row, latent]),
            "error": float(model.error[row, latent]),
            "null": float(model.null[row, latent]),
            "p_value": float(model.p_value[row, latent]),
            "n": int(model.n_spectra[row]),
        }
        for model in tables.models
        for row, label in enumerate(tables.labels)
        for latent in range(model.n_latents)
    ]
    return WebTable("information", columns, rows, "Mutual information")


def best_table(tables: MeaningTables) -> WebTable:
    """Return for each label the latent, and the component, that says most about it."""
    columns = (
        Column("label", "Label"),
        Column("of", "Of"),
        Column("latent", "Best latent"),
        Column("nats", "Information", "nat", digits=2),
        Column("error", "Error", "nat", digits=2),
        Column("second", "Second best", "nat", "The next latent's information.", 2),
        Column("n", "Spectra"),
    )
    rows = [
        _best(model, row, label)
        for row, label in enumerate(tables.labels)
        for model in tables.models
    ]
    return WebTable("best", columns, rows, "Which latent says most about each label")


def _best(model: ModelMeaning, row: int, label: str) -> dict[str, Any]:
    order = np.argsort(-model.nats[row], kind="stable")
    best = int(order[0])
    return {
        "label": label,
        "of": model.name,
        "latent": best,
        "nats": float(model.nats[row, best]),
        "error": float(model.error[row, best]),
        "second": float(model.nats[row, order[1]]) if len(order) > 1 else None,
        "n": int(model.n_spectra[row]),
    }


def scores_table(tables: MeaningTables) -> WebTable:
    """Return the scores of the model beside those of principal components and of labels alone."""
    columns = (
        Column("of", "Of"),
        Column("n_latents", "Latents"),
        Column("n_informative", "Informative", meaning="By median absolute deviation."),
        *(Column(name, *_score_words(name)) for name in SCORES),
    )
    rows: list[dict[str, Any]] = [
        {
            "of": model.name,
            "n_latents": model.n_latents,
            "n_informative": model.n_informative,
            **(model.scores or {}),
        }
        for model in tables.models
    ]
    if tables.ceiling is not None:
        rows.append({"of": "the labels themselves", **tables.ceiling})
    return WebTable("scores", columns, rows, "Scores of disentanglement, beside PCA")


def _score_words(name: str) -> tuple[str, str, str, int]:
    title, meaning = SCORE_TITLES[name]
    return title, "", meaning, 3


def told_by(tables: MeaningTables | None, n_latents: int) -> Mapping[int, str]:
    """Return for each latent the label that it says most about, if it surely says anything."""
    if tables is None or not tables.labels:
        return {}
    model = tables.models[0]
    found = {}
    for latent in range(min(n_latents, model.n_latents)):
        row = int(np.argmax(model.nats[:, latent]))
        if model.sure[row, latent]:
            found[latent] = f"{tables.labels[row]} {model.nats[row, latent]:.2f} nat"
    return found
