"""Numbers about predictions. NumPy and SciPy only; no plots, no torch."""

from starsieve.stats.calibration import coverage, pit

__all__ = ["coverage", "pit"]
