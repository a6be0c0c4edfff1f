"""Whether a spectrum is like what a model knows, in words."""

from starsieve.atmospheres.inference import Inference, finite_or_none

KNOWN, UNKNOWN = "Like what the model knows", "Not like what the model knows"


def tell_verdict(known: bool, score: float | None, limit: float | None) -> str:
    """Return the verdict, and the score beside the threshold, in a sentence.

    Parameters
    ----------
    known : bool
        Whether the spectrum is in distribution.
    score : float, optional
        The out-of-distribution score: how far the best spectrum departs, relative to the mean
        flux. None if it is not known.
    limit : float, optional
        Score above which the model takes a spectrum for something else.
    """
    verdict = KNOWN if known else UNKNOWN
    if score is None:
        return f"{verdict}."
    told = f"{verdict}: its best spectrum departs by {score:.1%} of the mean flux"
    if limit is None:
        return f"{told}."
    if score > limit:
        return f"{told}; more than {limit:.0%} is something else."
    if known:
        return f"{told}; up to {limit:.0%} is trusted."
    return (
        f"{told}, which would be trusted (up to {limit:.0%}); but the spectrum is too noisy, or "
        "lies at an edge of the grids."
    )


def verdict_of(inference: Inference) -> str:
    """Return the verdict on an inference's spectrum."""
    limit = inference.provenance.get("misfit_limit")
    score = finite_or_none(inference.ood_score)
    return tell_verdict(inference.in_distribution, score, limit)
