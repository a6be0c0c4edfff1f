"""Whether a spectrum is like what a model knows, in words."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from starsieve.atmospheres.inference import Inference, finite_or_none
from starsieve.atmospheres.recipes import Trust

KNOWN, UNKNOWN = "Like what the model knows", "Not like what the model knows"


class Threshold(NamedTuple):
    """Score above which a model takes a spectrum for something else, and what scores measure.

    ``misfit``: how far the best spectrum departs, relative to the mean flux. ``unlikeness``: how
    far the nearest labelled spectra are, in errors.
    """

    kind: Literal["misfit", "unlikeness"]
    limit: float


def threshold_of(recipe: Mapping[str, Any], metrics: Mapping[str, Any]) -> Threshold:
    """Return the threshold of a model of atmospheres, by what its card says."""
    unlike = (metrics.get("tuned") or {}).get("most_unlike")
    if unlike is not None:
        return Threshold("unlikeness", float(unlike))
    return Threshold("misfit", Trust.model_validate(recipe.get("trust") or {}).max_misfit)


def tell_verdict(known: bool, score: float | None, threshold: Threshold | None) -> str:
    """Return the verdict, and the score beside the threshold, in a sentence.

    Parameters
    ----------
    known : bool
        Whether the spectrum is in distribution.
    score : float, optional
        The out-of-distribution score. None if it is not known.
    threshold : Threshold, optional
        None if nothing is known of what scores mean: the score is not told then.
    """
    verdict = KNOWN if known else UNKNOWN
    if score is None or threshold is None:
        return f"{verdict}."
    if threshold.kind == "misfit":
        told = f"{verdict}: its best spectrum departs by {score:.1%} of the mean flux"
        limit = f"{threshold.limit:.0%}"
    else:
        told = f"{verdict}: it is {score:.1f} errors away from the labelled spectra next to it"
        limit = f"{threshold.limit:.1f}"
    if score > threshold.limit:
        return f"{told}; more than {limit} is something else."
    if known:
        return f"{told}; up to {limit} is trusted."
    return (
        f"{told}, which would be trusted (up to {limit}); but the spectrum is too noisy, or lies "
        "at an edge of the grids."
    )


def verdict_of(inference: Inference) -> str:
    """Return the verdict on an inference's spectrum."""
    made = inference.provenance
    known = "ood_limit" in made and "ood_kind" in made
    threshold = Threshold(made["ood_kind"], made["ood_limit"]) if known else None
    score = finite_or_none(inference.ood_score)
    return tell_verdict(inference.in_distribution, score, threshold)
