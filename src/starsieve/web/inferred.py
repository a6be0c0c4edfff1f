"""What a model says of a spectrum, as pages tell it: which grid, what drives it, what follows."""

from collections.abc import Mapping
from typing import Any

from starsieve.data.labels import get_label
from starsieve.web.tables import Column, WebTable

MOST_DRIVERS = 3

GRID_COLUMNS = (
    Column("grid", meaning="Of model spectra"),
    Column("weight", meaning="Its share of the evidence", share=True),
    Column(
        "misfit",
        unit="%",
        meaning="Root mean square of what its best spectrum leaves, of the mean flux",
        digits=1,
    ),
)

GRIDS_NOTE = (
    "The weight is the share of the evidence; misfit is what the grid's best spectrum leaves, of "
    "the mean flux; the rest are medians, empty where a grid doesn't vary a parameter."
)


def grids_table(parameters: Mapping[str, Any]) -> WebTable | None:
    """Return what each grid says, the weightiest first; None for a model of one grid.

    Parameters
    ----------
    parameters : mapping
        As `Inference.to_record` returns it.
    """
    grids: Mapping[str, Mapping[str, Any]] = parameters.get("grids") or {}
    if not grids:
        return None
    ranked = sorted(grids.items(), key=lambda item: -item[1]["weight"])
    rows = [
        {
            "grid": grid,
            "weight": float(each["weight"]),
            "misfit": 100 * float(each["misfit"]),
            **each["parameters"],
        }
        for grid, each in ranked
    ]
    names = dict.fromkeys(name for each in grids.values() for name in each["parameters"])
    labels = [_label_column(name) for name in names]
    return WebTable("grids", (*GRID_COLUMNS, *labels), rows, "Which grid", (GRIDS_NOTE,))


def tell_prediction(parameters: Mapping[str, Any] | None) -> str:
    """Return what the bands of the predicted spectrum are, in words; "" if nothing was predicted.

    Parameters
    ----------
    parameters : mapping, optional
        As `Inference.to_record` returns it.
    """
    predicted = (parameters or {}).get("predictive")
    if not predicted:
        return ""
    return (
        f"68 and 95 % of {predicted['n_draws']} spectra at draws from the posterior, without "
        f"noise; posterior predictive p-value {predicted['p_value']:.2g}"
    )


def drivers(parameters: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the strongest bands of each parameter in words; none if no band was left out."""
    told = (parameters or {}).get("explanation") or {"parameters": {}}
    found = {}
    for name, each in told["parameters"].items():
        influence = dict(zip(map(tuple, told["bands_um"]), each["influence"], strict=True))
        if all(value is None for value in influence.values()):
            return {}
        strongest = [tuple(band) for band in each["drivers_um"][:MOST_DRIVERS]]
        bands = [f"{a:.2f} to {b:.2f} µm ({influence[a, b]:.2f} σ)" for a, b in strongest]
        found[name] = ", ".join(bands) or "no single band"
    return found


def _label_column(name: str) -> Column:
    label = get_label(name)
    return Column(
        name, unit=label.unit.partition("(")[0], meaning=label.meaning, digits=label.digits
    )
