"""Whether a spectrum is like what a model knows, in words."""

from starsieve.atmospheres.verdict import Threshold, tell_verdict, threshold_of, verdict_of
from tests.atmospheres.made_inferences import make_inference

MISFIT, UNLIKE = Threshold("misfit", 0.25), Threshold("unlikeness", 3.66)


def test_a_verdict_says_the_score_beside_the_threshold():
    assert tell_verdict(True, 0.087, MISFIT) == (
        "Like what the model knows: its best spectrum departs by 8.7% of the mean flux; up to 25% "
        "is trusted."
    )
    far = tell_verdict(False, 8.12, UNLIKE)
    assert far == (
        "Not like what the model knows: it is 8.1 errors away from the labelled spectra next to "
        "it; more than 3.7 is something else."
    )


def test_a_good_fit_that_is_not_trusted_says_why():
    told = tell_verdict(False, 0.1, MISFIT)

    assert told.startswith("Not like what the model knows")
    assert "too noisy" in told
    assert "edge of the grids" in told


def test_what_is_not_known_is_not_said():
    assert tell_verdict(True, None, MISFIT) == "Like what the model knows."
    assert tell_verdict(True, 0.3, None) == "Like what the model knows."
    assert verdict_of(make_inference()) == "Like what the model knows."
    made = {"ood_limit": 0.2, "ood_kind": "misfit"}
    assert "7.0%" in verdict_of(make_inference(provenance=made))
    unknown = make_inference(provenance=made, ood_score=float("nan"))
    assert verdict_of(unknown) == "Like what the model knows."


def test_a_card_says_what_scores_measure():
    assert threshold_of({}, {}) == Threshold("misfit", 0.2)
    assert threshold_of({"trust": {"max_misfit": 0.25}}, {"tuned": None}) == MISFIT
    assert threshold_of({}, {"tuned": {"most_unlike": 3.66}}) == UNLIKE
