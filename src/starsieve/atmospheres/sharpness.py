"""How sharp a model's posteriors are, and whether they hold in all labels at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.stats import crps, expected_coverage

FEWEST = 20
"""Spectra with every label known, below which nothing is said of all labels at once."""


def describe_sharpness(
    draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]
) -> dict[str, Any]:
    """Return scores in terms of JSON.

    Parameters
    ----------
    draws : mapping of str to array, shape (n_draws, n_spectra)
    truth : mapping of str to array, shape (n_spectra,)
        NaN where unknown.

    Returns
    -------
    dict
        ``crps`` by label, in its unit; and, where enough spectra have two labels or more known,
        ``tarp`` with ``labels``, ``n``, ``level``, ``coverage``, ``error`` and ``p_value``.
    """
    known = {name: np.isfinite(values) for name, values in truth.items()}
    names = [name for name, there in known.items() if there.any()]
    scores = {
        name: float(np.mean(crps(draws[name][:, known[name]], truth[name][known[name]])))
        for name in names
    }
    found: dict[str, Any] = {"crps": scores}
    if len(names) < 2:
        return found
    rows = np.all([known[name] for name in names], axis=0)
    if rows.sum() >= FEWEST:
        together = np.stack([draws[name][:, rows] for name in names], axis=2)
        tarp = expected_coverage(together, np.stack([truth[n][rows] for n in names], axis=1))
        found["tarp"] = {
            "labels": names,
            "n": int(rows.sum()),
            "level": tarp.levels.round(4).tolist(),
            "coverage": tarp.coverage.round(4).tolist(),
            "error": tarp.error,
            "p_value": tarp.p_value,
        }
    return found


def tell_sharpness(draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]) -> list[str]:
    """Return the same in sentences."""
    found = describe_sharpness(draws, truth)
    scores = ", ".join(
        f"{name} {score:.3g} {get_label(name).unit.partition('(')[0]}".rstrip()
        for name, score in found["crps"].items()
    )
    lines = [f"CRPS: {scores}"] if scores else []
    if tarp := found.get("tarp"):
        lines.append(
            f"all labels at once (TARP): mean error of the coverage {tarp['error']:.3f}, "
            f"p = {tarp['p_value']:.2g}"
        )
    return lines
