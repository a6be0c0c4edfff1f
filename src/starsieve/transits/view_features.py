"""The shapes of views in numbers, which trees can ask for: widths, slopes, symmetry, noise."""

from collections.abc import Callable, Mapping

import numpy as np

from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.transits.views import HALF_WIDTH, N_GLOBAL, N_LOCAL, Float32Array

PLACES = np.linspace(-HALF_WIDTH, HALF_WIDTH, 2 * N_LOCAL + 1)[1::2]
"""Middles of a local view's bins, in durations."""

WIDTHS = (0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.4, 1.8)
"""Of the trapezoids that are tried, in durations."""

INGRESSES = (0.05, 0.25, 0.5, 0.75, 1.0)
"""Of the trapezoids: part of half the width; 1 is a V."""

SHIFTS = range(-8, 9, 2)
LEVELS = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Parts of the depth at which the width is measured."""

MIDDLE = slice(28, 33)
BOTTOM = slice(25, 36)
DIP = slice(20, 41)
TINY = 1e-3


def view_features(views: Mapping[str, Float32Array]) -> dict[str, FloatArray]:
    """Return numbers about the views of several signals.

    Parameters
    ----------
    views : mapping of str to array, shape (n_signals, n_bins)
        Those of `starsieve.transits.views.Views` that are wanted, by name; a row of NaN where
        there is none.

    Returns
    -------
    dict of str to array, shape (n_signals,)
        By names such as ``"local.width"``; NaN where the view is absent.
    """
    found: dict[str, FloatArray] = {}
    if "local_view" in views:
        local = views["local_view"].astype(np.float64)
        found |= _named("local", _present(local, _local_numbers))
        found |= _named("local", _bins(local[:, 10:51], 21))
    for name in ("half_phase", "secondary"):
        if f"{name}_view" in views:
            view = views[f"{name}_view"].astype(np.float64)
            found |= _named(name, _present(view, _secondary_numbers))
            found |= _named(name, _bins(view, 15))
    if "global_view" in views:
        whole = views["global_view"].astype(np.float64)
        found |= _named("global", _present(whole, _global_numbers))
        found |= _named("global", _bins(whole, 25))
    return found | _compared(found, views)


def _compared(
    found: Mapping[str, FloatArray], views: Mapping[str, Float32Array]
) -> dict[str, FloatArray]:
    """Return what two views say together."""
    both: dict[str, FloatArray] = {}
    if "secondary.noise" in found and "local.noise" in found:
        # Each is scaled by its own dip, but bins of both have the same noise: its ratio tells
        # how deep the one is in units of the other.
        ratio = found["local.noise"] / (found["secondary.noise"] + TINY)
        both["secondary.over_primary"] = ratio
        both["secondary.relative_depth"] = ratio * found["secondary.depth"]
        both["secondary.relative_mean"] = ratio * found["secondary.mean"]
    if "odd_view" in views and "even_view" in views:
        apart = (views["odd_view"] - views["even_view"]).astype(np.float64)
        both["odd_even.mean"] = np.abs(apart[:, BOTTOM].mean(axis=1))
        both["odd_even.scatter"] = apart[:, DIP].std(axis=1)
    return both


def _named(view: str, numbers: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {f"{view}.{name}": values for name, values in numbers.items()}


def _present(
    view: FloatArray, measure: Callable[[FloatArray], dict[str, FloatArray]]
) -> dict[str, FloatArray]:
    """Measure the rows that there are; the others get NaN."""
    rows = np.isfinite(view).all(axis=1)
    some = measure(view[rows] if rows.any() else np.zeros((1, view.shape[1])))
    numbers = {name: np.full(len(view), np.nan) for name in some}
    if rows.any():
        for name, values in some.items():
            numbers[name][rows] = values
    return numbers


def _bins(view: FloatArray, n_bins: int) -> dict[str, FloatArray]:
    edges = np.linspace(0, view.shape[1], n_bins + 1).astype(int)
    means = np.add.reduceat(view, edges[:-1], axis=1) / np.diff(edges)
    return {f"bin{number:02d}": means[:, number] for number in range(n_bins)}


def _noise(view: FloatArray) -> FloatArray:
    """Return the scatter from bin to bin, which a dip hardly changes."""
    return np.asarray(1.4826 / np.sqrt(2) * np.median(np.abs(np.diff(view, axis=1)), axis=1))


def _spread(view: FloatArray) -> FloatArray:
    away = np.abs(view - np.median(view, axis=1, keepdims=True))
    return np.asarray(1.4826 * np.median(away, axis=1))


def _local_numbers(view: FloatArray) -> dict[str, FloatArray]:
    numbers = _trapezoid_numbers(view) | _width_numbers(view)
    uneven = (view - view[:, ::-1]) / 2
    before, after = view[:, :20], view[:, 41:]
    return numbers | {
        "noise": _noise(view),
        "spread": view.std(axis=1),
        "highest": view.max(axis=1),
        "asymmetry": np.abs(uneven).mean(axis=1),
        "asymmetry_dip": np.abs(uneven[:, DIP]).mean(axis=1),
        "tilt": uneven[:, 30:40].mean(axis=1),
        "middle": view[:, MIDDLE].mean(axis=1),
        "bottom": view[:, BOTTOM].mean(axis=1),
        "before_spread": _spread(before[:, :16]),
        "after_spread": _spread(after[:, 4:]),
        "before_far": view[:, :12].mean(axis=1),
        "after_far": view[:, -12:].mean(axis=1),
        "before_near": view[:, 12:20].mean(axis=1),
        "after_near": view[:, 41:49].mean(axis=1),
        "before_highest": before.max(axis=1),
        "after_highest": after.max(axis=1),
        "before_lowest": before.min(axis=1),
        "after_lowest": after.min(axis=1),
    }


def _secondary_numbers(view: FloatArray) -> dict[str, FloatArray]:
    noise = _noise(view)
    numbers = _trapezoid_numbers(view)
    return numbers | {
        "noise": noise,
        "mean": view[:, 26:35].mean(axis=1),
        "lowest": view.min(axis=1),
        "highest": view.max(axis=1),
        "mean_sigma": 3 * view[:, 26:35].mean(axis=1) / (noise + TINY),
        "depth_sigma": numbers["depth"] / (noise + TINY),
    }


def _trapezoids() -> tuple[FloatArray, FloatArray]:
    """Return every dip that is tried, of depth 1, and its width and ingress."""
    sizes = np.array([(width, ingress) for width in WIDTHS for ingress in INGRESSES])
    half, ingress = sizes[:, :1] / 2, sizes[:, 1:]
    return -np.clip((half - np.abs(PLACES)) / (ingress * half), 0, 1), sizes


def _trapezoid_numbers(view: FloatArray) -> dict[str, FloatArray]:
    """Fit trapezoids of several sizes and places by least squares, with a free baseline."""
    dips, sizes = _trapezoids()
    moved = view - view.mean(axis=1, keepdims=True)
    power = np.sum(moved**2, axis=1)
    rows = np.arange(len(view))
    best = np.full(len(view), np.inf)
    fitted = np.zeros((4, len(view)))
    left = np.full((len(view), len(INGRESSES)), np.inf)
    for shift in SHIFTS:
        dip = np.roll(dips, shift, axis=1)
        dip = dip - dip.mean(axis=1, keepdims=True)
        norm = np.sum(dip**2, axis=1)
        depth = np.maximum(moved @ dip.T / norm, 0.0)
        misfit = power[:, None] - depth**2 * norm
        for number in range(len(INGRESSES)):
            own = misfit[:, number :: len(INGRESSES)].min(axis=1)
            left[:, number] = np.minimum(left[:, number], own)
        choice = np.argmin(misfit, axis=1)
        better = misfit[rows, choice] < best
        best = np.where(better, misfit[rows, choice], best)
        now = np.stack([*sizes[choice].T, depth[rows, choice], np.full(len(view), float(shift))])
        fitted = np.where(better, now, fitted)
    best, total = np.maximum(best, 0.0), power + 1e-9
    shares = {f"misfit_{n:g}": left[:, i] / total for i, n in enumerate(INGRESSES)}
    names = ("width", "ingress", "depth", "shift")
    return {
        **dict(zip(names, fitted, strict=True)),
        **shares,
        "misfit": best / total,
        "residual": np.sqrt(best / view.shape[1]),
    }


def _width_numbers(view: FloatArray) -> dict[str, FloatArray]:
    """Return the dip's width in bins at parts of its depth, and how far off its middle is."""
    smooth = (np.roll(view, 1, axis=1) + view + np.roll(view, -1, axis=1)) / 3
    lowest = np.argmin(smooth[:, DIP], axis=1) + DIP.start
    numbers: dict[str, FloatArray] = {}
    for level in LEVELS:
        first, last = _run_around(smooth < -level, lowest)
        numbers[f"width_{level:g}"] = last - first - 1.0
        numbers[f"centre_{level:g}"] = (first + last) / 2 - N_LOCAL // 2
    numbers["steepness"] = numbers["width_0.8"] / np.maximum(numbers["width_0.35"], 1.0)
    return numbers


def _run_around(inside: BoolArray, place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the last bin before, and the first one after, that is not inside with `place`."""
    bins = np.arange(inside.shape[1])
    before = ~inside & (bins < place[:, None])
    after = ~inside & (bins > place[:, None])
    first = np.where(before, bins, -1).max(axis=1)
    last = np.where(after, bins, inside.shape[1]).min(axis=1)
    return first.astype(float), last.astype(float)


def _global_numbers(view: FloatArray) -> dict[str, FloatArray]:
    bins = np.arange(N_GLOBAL) - N_GLOBAL // 2
    outside = np.abs(bins) > 8
    smooth = (np.roll(view, 1, axis=1) + view + np.roll(view, -1, axis=1)) / 3
    elsewhere = np.where(outside, smooth, np.inf)
    second = elsewhere.min(axis=1)
    noise, mirrored = _noise(view), view[:, -100:][:, ::-1]
    numbers = {
        "noise": noise,
        "spread": view.std(axis=1),
        "robust_spread": _spread(view[:, outside]),
        "highest": view.max(axis=1),
        "second_dip": second,
        "second_dip_sigma": second / (noise + TINY),
        "second_dip_place": np.abs(bins[np.argmin(elsewhere, axis=1)]).astype(float),
        "middle": view[:, 98:103].mean(axis=1),
        "half_phase": np.delete(view, np.s_[21:180], axis=1).mean(axis=1),
        "n_half_deep": (smooth < -0.5).sum(axis=1).astype(float),
        "n_third_deep": (smooth < -0.3).sum(axis=1).astype(float),
        "largest_step": np.abs(np.diff(view, axis=1)).max(axis=1),
        "asymmetry": (view[:, :100] - mirrored).std(axis=1),
    }
    angle = 2 * np.pi * bins[outside] / N_GLOBAL
    for harmonic in (1, 2, 3, 4):
        # Of the orbit: a binary's reflected light, beaming, and tides.
        for kind, wave in (("cos", np.cos(harmonic * angle)), ("sin", np.sin(harmonic * angle))):
            numbers[f"{kind}{harmonic}"] = 2 * view[:, outside] @ wave / outside.sum()
    return numbers
