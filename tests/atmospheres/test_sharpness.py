"""What an evaluation says of sharpness."""

import numpy as np

from starsieve.atmospheres.sharpness import describe_sharpness, tell_sharpness


def made(n=40, seed=0):
    rng = np.random.default_rng(seed)
    truth = {"teff": rng.uniform(1000, 2000, n), "logg": rng.uniform(4, 5, n)}
    widths = {"teff": 50.0, "logg": 0.2}
    draws = {
        name: values + widths[name] * (rng.normal(size=n) + rng.normal(size=(200, n)))
        for name, values in truth.items()
    }
    return draws, truth


def test_scores_have_the_labels_units_and_skip_what_is_unknown():
    draws, truth = made()
    truth["teff"][:5] = np.nan

    found = describe_sharpness(draws, truth)

    assert 20 < found["crps"]["teff"] < 40
    assert found["tarp"]["n"] == 35
    assert found["tarp"]["labels"] == ["teff", "logg"]
    first, second = tell_sharpness(draws, truth)
    assert first.startswith("CRPS: teff ")
    assert first.endswith(" dex")
    assert "TARP" in second


def test_of_few_spectra_or_one_label_nothing_is_said_of_all_at_once():
    draws, truth = made(10)

    assert "tarp" not in describe_sharpness(draws, truth)
    assert list(describe_sharpness({"teff": draws["teff"]}, {"teff": truth["teff"]})) == ["crps"]


def test_where_nothing_is_known_nothing_is_said():
    draws, truth = made()

    assert tell_sharpness(draws, {name: np.full(40, np.nan) for name in truth}) == []
