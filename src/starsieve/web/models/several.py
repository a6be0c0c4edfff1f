"""What the card of a model of several grids, or of one tuned on real labels, tells."""

from collections.abc import Iterator, Mapping
from typing import Any

from starsieve.data.labels import get_label, plain_symbol
from starsieve.learn.model import ModelCard
from starsieve.web.runs.results import Part, read_result
from starsieve.web.tables import Column, WebTable

GRIDS = (
    Column("grid", meaning="Collection of model spectra, and which part of it"),
    Column("varies", meaning="Parameters that differ within it"),
    Column("share", meaning="Of the spectra that the model was trained on, relative to others"),
    Column("n_spectra", "spectra", meaning="In its collection"),
)

FOLDS = (
    Column("label"),
    Column("group", meaning="Spectral types"),
    Column("n", "spectra"),
    Column("mae", "mean error", meaning="Mean absolute error of the median"),
    Column("mae_age_known", "given the age", meaning="The same where the age class is told"),
    Column("unit"),
    Column("coverage_68", "in 68 %", meaning="Truths inside of the 68 % interval", share=True),
    Column("coverage_95", "in 95 %", meaning="Truths inside of the 95 % interval", share=True),
)

FOLDS_NOTE = "Each spectrum was judged by members of the model that never saw its object"

TOLD_APART = ("grids", "box", "tuned")
"""Metrics that `tables_of` tells."""


def tables_of(card: ModelCard) -> dict[str, WebTable]:
    """Return tables about a model of several grids: ``grids``, ``folds``; none for another."""
    found = {}
    grids = card.metrics.get("grids")
    if isinstance(grids, list) and grids:
        found["grids"] = _grids_table(grids, card)
    tuned = card.metrics.get("tuned") or {}
    folds = tuned.get("out_of_fold")
    if folds:
        counted = tuned.get("recipe", {}).get("independent", ())
        added = f"; of {', '.join(map(plain_symbol, counted))} errors are added" if counted else ""
        note = f"{FOLDS_NOTE}{added}."
        found["folds"] = WebTable(
            "out_of_fold", FOLDS, list(_fold_rows(folds)), "Errors out of fold", (note,)
        )
    return found


def findings_of(card: ModelCard) -> list[Part]:
    """Return what was found in the grids that a model was trained on, by collection."""
    return read_result(getattr(card, "grid", {}))


def metrics_of(card: ModelCard) -> list[Part]:
    """Return the metrics of a card that no table or figure of its own shows."""
    apart = {"history", *(TOLD_APART if tables_of(card) else ())}
    tuned = card.metrics.get("tuned") or {}
    counts = {name: value for name, value in tuned.items() if isinstance(value, int)}
    shown = {name: value for name, value in card.metrics.items() if name not in apart}
    return read_result(shown | counts)


def _grids_table(grids: list[Mapping[str, Any]], card: ModelCard) -> WebTable:
    shares = {each.get("collection"): each.get("share") for each in card.recipe.get("grids", ())}
    found = getattr(card, "grid", {})
    rows = [
        {
            "grid": each["name"],
            "varies": ", ".join(map(plain_symbol, each["labels"])),
            "share": shares.get(collection),
            "n_spectra": (found.get(collection) or {}).get("n_spectra"),
        }
        for each in grids
        for collection in (each["name"].partition(":")[0],)
    ]
    return WebTable("grids", GRIDS, rows, "Grids")


def _fold_rows(folds: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    for label, groups in folds.items():
        known = get_label(label)
        for group, numbers in groups.items():
            errors = {
                name: round(float(numbers[name]), known.digits)
                for name in ("mae", "mae_age_known")
                if numbers.get(name) is not None
            }
            unit = known.unit.partition("(")[0]
            yield {"label": plain_symbol(label), "group": group, **numbers, **errors, "unit": unit}
