"""Whether a spectrum is like what a model knows, in words."""

from starsieve.atmospheres.verdict import tell_verdict, verdict_of
from tests.atmospheres.made_inferences import make_inference


def test_a_verdict_says_the_score_beside_the_threshold():
    assert tell_verdict(True, 0.087, 0.25) == (
        "Like what the model knows: its best spectrum departs by 8.7% of the mean flux; up to 25% "
        "is trusted."
    )
    assert tell_verdict(False, 0.4, 0.25).endswith("40.0% of the mean flux; more than 25% is "
                                                   "something else.")  # fmt: skip


def test_a_good_fit_that_is_not_trusted_says_why():
    told = tell_verdict(False, 0.1, 0.25)

    assert told.startswith("Not like what the model knows")
    assert "too noisy" in told
    assert "edge of the grids" in told


def test_what_is_not_known_is_not_said():
    assert tell_verdict(True, None, 0.25) == "Like what the model knows."
    assert "trusted" not in verdict_of(make_inference())
    limited = make_inference(provenance={"misfit_limit": 0.2}, ood_score=float("nan"))
    assert verdict_of(limited) == "Like what the model knows."
