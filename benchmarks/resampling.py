"""Rebinning many spectra of one grid, with errors, against SpectRes (GPL-3, of the tests).

Goals: no slower than one call of SpectRes on the whole array of spectra, and 25 times faster than
one call per spectrum, at three sizes; and the same numbers to 1e-10. Our time includes finding the
overlaps of the two grids. SpectRes has a compiled variant, which its own ``spectres`` never
reaches (its ``__init__`` imports a name that the variant lacks); where numba is installed it is
called by its full name and shown for comparison.
"""

import argparse
import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np
from spectres import spectres

from starsieve.transforms.rebin import Rebinning

CASES = ((563, 104, 500), (4_000, 300, 200), (313_000, 4_096, 20))
"""Pixels before, pixels after, spectra."""

TIMES_FASTER = 25.0
CLOSE = 1e-10


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 0 if every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args(arguments).json
    rows = [measure(*case) for case in CASES]
    if as_json:
        for row in rows:
            print(json.dumps(row))
    else:
        print_table(rows)
    return 0 if all(row["met"] for row in rows) else 1


def measure(n_old: int, n_new: int, n_spectra: int) -> dict[str, Any]:
    """Return times (ms for all spectra), ratios and the largest relative difference of a case."""
    rng = np.random.default_rng(0)
    old, new = np.geomspace(0.65, 2.56, n_old), np.geomspace(0.7, 2.4, n_new)
    flux = rng.normal(1.0, 0.1, (n_spectra, n_old))
    sigma = rng.uniform(0.1, 0.2, flux.shape)
    whole = {
        "ours": lambda: Rebinning.between(old, new)(flux, sigma)[:2],
        "spectres": lambda: spectres(new, old, flux, sigma),
    }
    if compiled := compiled_spectres():
        whole["compiled"] = lambda: compiled(new, old, flux, sigma)
    times, results = race(whole, turns=7)
    one_by_one, _ = race(
        {"": lambda: [spectres(new, old, *one) for one in zip(flux, sigma, strict=True)]}, turns=1
    )
    times["one_by_one"] = one_by_one[""]
    pairs = zip(results["ours"], results["spectres"], strict=True)
    difference = max(float(np.abs(ours / theirs - 1).max()) for ours, theirs in pairs)
    ratio, ratio_each = (times[name] / times["ours"] for name in ("spectres", "one_by_one"))
    return {
        "n_old": n_old,
        "n_new": n_new,
        "n_spectra": n_spectra,
        "ms": times,
        "times_faster_than_whole": ratio,
        "times_faster_than_one_by_one": ratio_each,
        "difference": difference,
        "met": bool(ratio >= 1 and ratio_each >= TIMES_FASTER and difference <= CLOSE),
    }


def compiled_spectres() -> Callable[..., Any] | None:
    """Return SpectRes' compiled variant, or None without numba."""
    if find_spec("numba") is None:
        return None
    from spectres.spectral_resampling_numba import spectres_numba

    return spectres_numba


def race(
    runners: dict[str, Callable[[], Any]], turns: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return each one's best time in ms and its result; in turns, as the machine may be busy.

    With more than one turn the first does not count: it compiles and fills caches.
    """
    times: dict[str, list[float]] = {name: [] for name in runners}
    results = {}
    for _ in range(turns):
        for name, run in runners.items():
            start = perf_counter()
            results[name] = run()
            times[name].append(1e3 * (perf_counter() - start))
    return {name: min(taken[1:] or taken) for name, taken in times.items()}, results


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print times and ratios, and what was compared."""
    print("ms for all spectra, with errors             ours  SpectRes: whole array   one by one")
    for row in rows:
        case = f"{row['n_spectra']} x {row['n_old']:,} -> {row['n_new']:,} pixels"
        ms = row["ms"]
        print(
            f"{case:36s} {ms['ours']:11.2f}"
            f" {ms['spectres']:13.2f} ({row['times_faster_than_whole']:4.1f}x)"
            f" {ms['one_by_one']:9.1f} ({row['times_faster_than_one_by_one']:5.0f}x)"
            f"   differs by {row['difference']:.0e}   {'met' if row['met'] else 'FELL SHORT'}"
        )
        if "compiled" in ms:
            print(f"{'':36s} {'compiled':>11s} {ms['compiled']:13.2f}")
    print(
        f"goals: 1x the whole array, {TIMES_FASTER:.0f}x one by one, differs by {CLOSE:.0e}; "
        f"numba: {'installed' if find_spec('numba') else 'not installed, SpectRes runs on NumPy'}"
    )


if __name__ == "__main__":
    sys.exit(main())
