"""What figures of calibration show, as a run keeps it."""

import json

import numpy as np
import pytest

from starsieve.atmospheres.calibration import MOST_PAIRS, describe_calibration


def test_calibrated_posteriors_are_described_as_such():
    rng = np.random.default_rng(0)
    centre = rng.normal(1500, 100, 900)
    truth = rng.normal(centre, 30)
    draws = {"teff": rng.normal(centre, 30, (400, 900))}

    found = describe_calibration(draws, {"teff": truth})["teff"]

    assert (found["unit"], found["n"]) == ("K", 900)
    np.testing.assert_allclose(found["coverage"]["share"], found["coverage"]["level"], atol=0.05)
    assert sum(found["ranks"]["counts"]) == 900
    assert found["ranks"]["p_value"] > 1e-3
    pairs = found["pairs"]
    assert {len(values) for values in pairs.values()} == {MOST_PAIRS}
    assert pairs["true"] == pytest.approx(
        truth[np.linspace(0, 899, MOST_PAIRS).astype(int)], rel=1e-4
    )
    assert all(low < high for low, high in zip(pairs["q16"], pairs["q84"], strict=True))
    assert len(json.dumps(found)) < 15_000


def test_labels_of_which_nothing_is_known_are_left_out():
    draws = {name: np.random.default_rng(1).normal(size=(50, 4)) for name in ("teff", "mh")}
    truth = {"teff": np.full(4, np.nan), "mh": np.array([0.0, np.nan, 0.1, -0.1])}

    found = describe_calibration(draws, truth)

    assert list(found) == ["mh"]
    assert found["mh"]["n"] == 3
