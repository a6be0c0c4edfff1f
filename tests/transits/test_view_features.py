"""The shapes of made views are measured as they were made."""

import numpy as np
import pytest

from starsieve.transits.view_features import PLACES, view_features


def local(width=1.0, ingress=0.1, shift=0.0, n=3):
    """The same trapezoid n times, with width and shift in durations."""
    half = width / 2
    dip = -np.clip((half - np.abs(PLACES - shift)) / (ingress * half), 0, 1)
    return np.tile(dip, (n, 1)).astype(np.float32)


def measured(name, **views):
    return float(view_features(views)[name][0])


@pytest.mark.parametrize("width", [0.6, 0.9, 1.4])
def test_the_width_is_that_of_the_trapezoid(width):
    assert measured("local.width", local_view=local(width)) == pytest.approx(width, rel=0.2)
    bins = measured("local.width_0.5", local_view=local(width))
    assert bins * 4 / 61 == pytest.approx(width, rel=0.2)


def test_a_v_and_a_box_are_told_apart():
    box, vee = local(0.9, 0.05), local(0.9, 1.0)
    assert measured("local.misfit_0.05", local_view=box) < measured(
        "local.misfit_1", local_view=box
    )
    assert measured("local.misfit_1", local_view=vee) < measured(
        "local.misfit_0.05", local_view=vee
    )
    assert measured("local.steepness", local_view=box) > measured("local.steepness", local_view=vee)


def test_a_dip_beside_the_middle_is_said():
    shift = 8 * 4 / 61
    assert measured("local.shift", local_view=local(shift=shift)) == 8
    assert measured("local.centre_0.5", local_view=local(shift=shift)) == pytest.approx(8, abs=1)


def test_asymmetry_is_zero_for_a_mirror_image_and_positive_else():
    even = local()
    ramp = even.copy()
    ramp[:, 30:45] -= np.linspace(0.5, 0, 15, dtype=np.float32)
    assert measured("local.asymmetry", local_view=even) == pytest.approx(0, abs=1e-6)
    assert measured("local.asymmetry", local_view=ramp) > 0.05


def test_the_noise_tells_how_deep_the_secondary_is():
    rng = np.random.default_rng(0)
    flux_noise, primary, secondary = 0.02, 1.0, 0.2
    noisy = local(n=200) * primary + flux_noise * rng.normal(size=(200, 61))
    second = local(n=200) * secondary + flux_noise * rng.normal(size=(200, 61))
    views = {
        "local_view": (noisy / primary).astype(np.float32),
        "secondary_view": (second / secondary).astype(np.float32),
    }
    depth = view_features(views)["secondary.relative_depth"]
    assert np.median(depth) == pytest.approx(0.2, rel=0.15)


def test_waves_at_the_orbital_period_are_found_by_harmonic():
    place = np.arange(201) - 100
    view = (0.3 * np.cos(2 * np.pi * 2 * place / 201))[None].astype(np.float32)
    assert measured("global.cos2", global_view=view) == pytest.approx(0.3, abs=0.03)
    assert measured("global.cos1", global_view=view) == pytest.approx(0.0, abs=0.08)


def test_odd_and_even_are_compared():
    found = view_features({"odd_view": local(), "even_view": 0.5 * local()})
    assert found["odd_even.mean"][0] == pytest.approx(0.5, abs=0.1)


def test_absent_views_give_nan_and_the_others_stay_as_they_are():
    views = {"local_view": local(), "global_view": np.zeros((3, 201), np.float32)}
    whole = view_features(views)
    views["local_view"][1] = np.nan
    some = view_features(views)
    for name, values in some.items():
        if name.startswith("local."):
            assert np.isnan(values[1])
            np.testing.assert_allclose(values[[0, 2]], whole[name][[0, 2]], rtol=1e-9)
    assert all(np.isfinite(some[name]).all() for name in some if name.startswith("global."))


def test_views_that_are_all_absent_are_all_unknown():
    found = view_features({"local_view": np.full((2, 61), np.nan, np.float32)})
    assert all(np.isnan(values).all() for values in found.values())
