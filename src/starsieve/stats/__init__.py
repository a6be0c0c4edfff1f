"""Numbers about predictions and latents. No plots, no torch; scikit-learn only for trees."""

from starsieve.stats.blocks import block_means, envelope
from starsieve.stats.bootstrap import Estimate, bootstrap
from starsieve.stats.calibration import (
    IntervalCoverage,
    RankHistogram,
    coverage,
    coverage_error,
    interval_coverage,
    pit,
    rank_histogram,
    ranks,
)
from starsieve.stats.classification import (
    ClassScore,
    Cut,
    PrecisionRecall,
    ReliabilityBin,
    average_precision,
    calibration_error,
    find_threshold,
    precision_recall,
    reliability,
    roc_auc,
    score_average_precision,
    score_classes,
    score_roc_auc,
)
from starsieve.stats.density import density_2d, highest_density_levels
from starsieve.stats.regression import (
    bias,
    mean_absolute_error,
    median_absolute_error,
    r2,
    root_mean_square_error,
    score_regression,
)
from starsieve.stats.sharpness import ExpectedCoverage, crps, expected_coverage

__all__ = [
    "ClassScore",
    "Cut",
    "Estimate",
    "ExpectedCoverage",
    "IntervalCoverage",
    "PrecisionRecall",
    "RankHistogram",
    "ReliabilityBin",
    "average_precision",
    "bias",
    "block_means",
    "bootstrap",
    "calibration_error",
    "coverage",
    "coverage_error",
    "crps",
    "density_2d",
    "envelope",
    "expected_coverage",
    "find_threshold",
    "highest_density_levels",
    "interval_coverage",
    "mean_absolute_error",
    "median_absolute_error",
    "pit",
    "precision_recall",
    "r2",
    "rank_histogram",
    "ranks",
    "reliability",
    "roc_auc",
    "root_mean_square_error",
    "score_average_precision",
    "score_classes",
    "score_regression",
    "score_roc_auc",
]
