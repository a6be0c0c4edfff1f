"""Why a ranker says what it says of a row, in words."""

import numpy as np

from starsieve.transits.ranker import Scores
from starsieve.transits.table_features import FEATURES, FeatureTable

N_REASONS = 3


def explain(scores: Scores, features: FeatureTable) -> list[tuple[str, ...]]:
    """Return for each row what counted most, in words, strongest first.

    Features of one theme, as duration and duration over the expected one, say much the same:
    their contributions are added, and the strongest of them that agrees is quoted.
    """
    themes = [FEATURES[n].theme if n in FEATURES else n for n in features.names]
    positions = {theme: [i for i, t in enumerate(themes) if t == theme] for theme in themes}
    found = []
    for shares, values in zip(scores.contributions, features.values, strict=True):
        sums = {theme: float(shares[where].sum()) for theme, where in positions.items()}
        strongest = sorted(sums, key=lambda theme: -abs(sums[theme]))[:N_REASONS]
        words = []
        for theme in strongest:
            sign = 1.0 if sums[theme] > 0 else -1.0
            quoted = max(positions[theme], key=lambda i: sign * shares[i])
            side = "for" if sign > 0 else "against"
            words.append(f"{_quote(features.names[quoted], values[quoted])} speaks {side} a planet")
        found.append(tuple(words))
    return found


def _quote(name: str, value: float) -> str:
    feature = FEATURES.get(name)
    if feature is None:
        return f"{name} {value:.4g}"
    if not np.isfinite(value):
        return f"unknown {feature.words}"
    plain = 10**value if feature.logarithmic else value
    digits = f"{plain:.0f}" if plain >= 1000 else f"{plain:.3g}"
    return f"{feature.words} {digits} {feature.unit}".rstrip()
