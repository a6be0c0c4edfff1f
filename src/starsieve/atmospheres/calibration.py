"""What figures of a model's calibration show, in terms of JSON and small enough for a run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.stats import coverage, rank_histogram

LEVELS = np.linspace(0.0, 1.0, 21)
"""Of the central intervals whose coverage is told."""

MOST_PAIRS = 300
"""Spectra of which true and inferred values are told; of more, evenly chosen ones."""

DIGITS = 5


def describe_calibration(
    draws: Mapping[str, FloatArray], truth: Mapping[str, FloatArray]
) -> dict[str, dict[str, Any]]:
    """Return coverage, ranks, and inferred beside true values, by label.

    Parameters
    ----------
    draws : mapping of str to array, shape (n_draws, n_spectra)
    truth : mapping of str to array, shape (n_spectra,)
        NaN where unknown; labels of which nothing is known are left out.

    Returns
    -------
    dict
        Of each label: ``unit``, ``n``; ``coverage`` with ``level`` and ``share``; ``ranks`` with
        ``edges`` and, by bin, ``counts``, ``expected``, ``low`` and ``high``, and ``p_value``;
        ``pairs`` with ``true``, ``median``, ``q16`` and ``q84``.
    """
    return {
        name: _describe(name, draws[name][:, np.isfinite(values)], values[np.isfinite(values)])
        for name, values in truth.items()
        if np.isfinite(values).any()
    }


def _describe(name: str, draws: FloatArray, truth: FloatArray) -> dict[str, Any]:
    ranks = rank_histogram(draws, truth)
    some = np.unique(np.linspace(0, len(truth) - 1, min(MOST_PAIRS, len(truth))).astype(int))
    low, middle, high = np.quantile(draws[:, some], (0.16, 0.5, 0.84), axis=0)
    return {
        "unit": get_label(name).unit,
        "n": len(truth),
        "coverage": {
            "level": _numbers(LEVELS),
            "share": _numbers(coverage(draws, truth, LEVELS)),
        },
        "ranks": {
            "edges": _numbers(ranks.edges),
            "counts": ranks.counts.tolist(),
            "expected": _numbers(ranks.expected),
            "low": _numbers(ranks.low),
            "high": _numbers(ranks.high),
            "p_value": ranks.p_value,
        },
        "pairs": {
            "true": _numbers(truth[some]),
            "median": _numbers(middle),
            "q16": _numbers(low),
            "q84": _numbers(high),
        },
    }


def _numbers(values: FloatArray) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
