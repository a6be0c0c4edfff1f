from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.data import SpectrumSet
from starsieve.errors import DataError, ModelMismatchError
from tests.atmospheres.emulators.planted import MH, NODES, TEFF, as_set, log_flux_at, make_grid

LOW, HIGH = NODES.min(axis=0), NODES.max(axis=0)


def between(n: int, seed: int = 0) -> np.ndarray:
    """Return random points of the grid's box, shape (n, 3)."""
    return np.random.default_rng(seed).uniform(LOW, HIGH, (n, 3))


def truth_at(points: np.ndarray) -> np.ndarray:
    return np.exp(log_flux_at(dict(zip(("teff", "logg", "mh"), points.T, strict=True))))


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return build_emulator(make_grid(), name="planted", files={"planted.h5": "0" * 64})


def test_the_planted_truth_comes_back_between_nodes(emulator):
    points = between(300)

    error = np.abs(emulator(points) / truth_at(points) - 1)

    assert np.median(error) < 0.005
    assert np.quantile(error, 0.95) < 0.02


def test_it_is_better_than_the_nearest_node(emulator):
    points = between(300)
    steps = (points - LOW) / (HIGH - LOW)
    nodes = (NODES - LOW) / (HIGH - LOW)
    nearest = np.argmin(((steps[:, None] - nodes) ** 2).sum(axis=2), axis=1)

    error = np.median(np.abs(emulator(points) / truth_at(points) - 1))

    assert error < 0.05 * np.median(np.abs(truth_at(NODES[nearest]) / truth_at(points) - 1))


def test_nodes_come_back_within_the_error_that_is_stated(emulator):
    off = np.abs(emulator(NODES) - truth_at(NODES))

    assert np.mean(off < 3 * emulator.sigma(NODES)) > 0.98
    assert np.max(off / truth_at(NODES)) < 0.02


def test_stated_errors_hold_on_nodes_kept_from_everything():
    rough = make_grid()  # with a scatter of its own, as published grids have
    rough = replace(
        rough, flux=rough.flux * np.exp(np.random.default_rng(5).normal(0, 0.02, rough.flux.shape))
    )
    rows = np.random.default_rng(2).permutation(len(NODES))
    held, kept = rows[:14], np.sort(rows[14:])
    found = build_emulator(rough.take(kept))
    there = found.contains(NODES[held])
    points, truth = NODES[held][there], rough.flux[held][there]

    off = np.abs(truth - found(points)) / found.sigma(points)

    assert there.sum() >= 8
    assert 0.6 < np.mean(off < 1) < 0.95
    assert np.mean(off < 1.96) > 0.9


def test_stated_errors_hold_between_nodes_where_none_was_left_out(emulator):
    points = between(300)

    off = np.abs(emulator(points) - truth_at(points)) / emulator.sigma(points)

    assert np.mean(off < 1) > 0.68
    assert np.mean(off < 1.96) > 0.95
    assert np.median(off) > 0.05  # and are not as wide as the sky


def test_errors_are_larger_where_the_grid_is_rough():
    rough = make_grid()
    cold = rough.labels["teff"] <= 1000
    scatter = np.random.default_rng(1).normal(0, 0.1, rough.flux.shape)
    rough = replace(rough, flux=rough.flux * np.exp(scatter * cold[:, None]))
    found = build_emulator(rough)
    points = np.array([[850.0, 4.75, 0.25], [1600.0, 4.75, 0.25]])

    cold_error, hot_error = np.median(found.sigma(points) / found(points), axis=1)

    assert cold_error > 3 * hot_error


def test_errors_of_pixels_are_correlated_as_the_modes_say(emulator):
    point = np.array([1250.0, 4.7, 0.2])
    error = emulator.error_at(point)

    draws = error.draw(20_000, seed=3)

    np.testing.assert_allclose(error.sigma, emulator.sigma(point)[0], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(error.covariance)), error.sigma, rtol=1e-12)
    scale = np.outer(error.sigma, error.sigma)
    np.testing.assert_allclose(np.cov(draws.T) / scale, error.covariance / scale, atol=0.05)
    assert np.mean(np.abs(error.covariance / scale)) > 0.3


def test_single_precision_is_close(emulator):
    points = between(200)

    np.testing.assert_allclose(emulator(points, dtype=np.float32), emulator(points), rtol=1e-3)


def test_blocks_are_the_whole(emulator):
    points = between(2500)

    blocks = [flux for _, flux in emulator.blocks(points)]

    assert len(blocks) == 3
    np.testing.assert_array_equal(np.concatenate(blocks), emulator(points))


@pytest.mark.parametrize("column", range(3))
def test_outside_is_refused_by_name_unless_asked_for(emulator, column):
    beyond = HIGH.copy()
    beyond[column] *= 1.1

    with pytest.raises(ModelMismatchError, match=f"{emulator.names[column]} = .* outside of the"):
        emulator(beyond)
    assert not emulator.contains(beyond)[0]
    assert np.all(np.isfinite(emulator(beyond, extrapolate=True)))


def test_errors_grow_outside(emulator):
    middle, beyond = np.array([1250.0, 4.7, 0.1]), np.array([2600.0, 4.7, 0.1])

    inside = emulator.sigma(middle) / emulator(middle)
    outside = emulator.sigma(beyond, extrapolate=True) / emulator(beyond, extrapolate=True)

    assert np.median(outside) > 3 * np.median(inside)


def test_how_many_points_are_outside_is_said(emulator):
    points = np.array([HIGH * 1.1, HIGH, LOW])

    with pytest.raises(ModelMismatchError, match=r"1 of 3 points are outside"):
        emulator(points)


def test_parameters_of_the_wrong_number_are_refused(emulator):
    with pytest.raises(ModelMismatchError, match=r"shape \(n, 3\): teff, logg, mh"):
        emulator(np.array([1000.0, 4.5]))


def test_the_card_says_how_good_it_is_and_of_what(emulator):
    card = emulator.card

    assert (card.n_nodes, card.n_pixels, card.sources) == (84, 40, ("Nobody et al.",))
    assert card.metrics["left_out"]["median"] < 0.01
    assert card.metrics["n_left_out"] == 84 - 8  # all but the corners lie between two others
    assert card.training_files == {"planted.h5": "0" * 64}
    assert next((o.name, o.minimum, o.maximum) for o in card.outputs) == ("teff", 800, 1700)


def test_the_same_grid_makes_the_same_emulator(emulator):
    again = build_emulator(make_grid(), name="planted", files={"planted.h5": "0" * 64})

    assert again.card == emulator.card
    np.testing.assert_array_equal(again(between(20)), emulator(between(20)))


def test_nodes_without_fluxes_are_left_out_and_said():
    grid = make_grid()
    flux = grid.flux.copy()
    flux[30], flux[40, 3] = np.nan, 0.0

    found = build_emulator(replace(grid, flux=flux))

    assert found.card.n_nodes == 82
    assert "2 of 84 nodes left out" in found.card.limits
    point = np.array([1050.0, 4.75, 0.1])
    np.testing.assert_allclose(found(point), truth_at(point[None]), rtol=0.02)


def test_pixels_that_most_nodes_lack_are_left_out_and_said():
    grid = make_grid()
    flux = grid.flux.copy()
    flux[::2, :5] = np.nan

    found = build_emulator(replace(grid, flux=flux))

    assert found.card.n_nodes == 84
    assert "5 of 40 pixels left out" in found.card.limits
    np.testing.assert_array_equal(found.wave, grid.wave[5:])


def test_a_node_with_the_flux_of_another_is_left_out_and_named(emulator):
    grid = make_grid()
    flux = grid.flux.copy()
    flux[40] /= 100

    found = build_emulator(replace(grid, flux=flux))

    teff, logg, mh = NODES[40]
    assert f"factor of 7 and more (teff {teff:g} logg {logg:g} mh {mh:g})" in found.card.limits
    np.testing.assert_allclose(found(NODES[40]), truth_at(NODES[[40]]), rtol=0.03)
    assert "factor" not in emulator.card.limits


def test_a_grid_without_any_flux_is_refused():
    grid = make_grid()

    with pytest.raises(DataError, match="No pixel has a positive flux"):
        build_emulator(replace(grid, flux=-grid.flux))


@pytest.mark.parametrize("n", [1, 3])
def test_too_few_nodes_are_refused(n):
    with pytest.raises(DataError, match=rf"{n} node\(s\).* at least"):
        build_emulator(make_grid().take(np.arange(n)))


def test_a_grid_whose_error_cannot_be_measured_is_refused():
    corners = ((NODES == LOW) | (NODES == HIGH)).all(axis=1)

    with pytest.raises(DataError, match="None of the grid's 8 nodes lies between two others"):
        build_emulator(make_grid().take(corners))


def test_a_grid_of_one_label_is_enough():
    found = build_emulator(as_set(NODES[(NODES[:, 1] == 4.5) & (NODES[:, 2] == 0.0)]))

    assert found.names == ("teff",)
    truth = truth_at(np.array([[1050, 4.5, 0.0]]))
    np.testing.assert_allclose(found(np.array([[1050.0]])), truth, rtol=0.05)


def test_a_label_of_one_value_need_not_be_given():
    one = NODES[NODES[:, 2] == 0.0]

    found = build_emulator(as_set(one))

    assert found.names == ("teff", "logg")
    parameters = found.space.to_parameters({"teff": 1050, "logg": 4.75})
    truth = truth_at(np.array([[1050, 4.75, 0.0]]))
    np.testing.assert_allclose(found(parameters), truth, rtol=0.02)
    with pytest.raises(ModelMismatchError, match=r"mh is 0, got 0\.5: it has that value only"):
        found.space.to_parameters({"teff": 1050, "logg": 4.75, "mh": 0.5})


def test_copies_of_a_node_are_one():
    grid = make_grid()
    twice = grid.take(np.concatenate([np.arange(len(NODES)), [5, 7]]))

    found = build_emulator(twice)

    assert found.card.n_nodes == 84
    assert "2 copies of nodes left out" in found.card.limits


def test_different_spectra_at_one_node_need_a_word_that_tells_them_apart():
    grid = make_grid()
    both = SpectrumSet(
        wave=grid.wave,
        flux=np.concatenate([grid.flux, 0.9 * grid.flux]),
        labels={name: np.tile(values, 2) for name, values in grid.labels.items()},
        meta={"cld": ["clear"] * 84 + ["cloudy"] * 84},
    )

    with pytest.raises(DataError, match=r"same labels.*cld \(clear, cloudy\)"):
        build_emulator(both)
    with pytest.raises(DataError, match=r"no label 'sky' that holds words; it has cld"):
        build_emulator(both, only={"sky": "clear"})
    with pytest.raises(DataError, match="there are clear, cloudy"):
        build_emulator(both, only={"cld": "blue"})
    points = between(5)
    clear, cloudy = (build_emulator(both, only={"cld": word}) for word in ("clear", "cloudy"))
    np.testing.assert_allclose(cloudy(points), 0.9 * clear(points), rtol=1e-3)
    assert cloudy.card.recipe["only"] == {"cld": "cloudy"}


def test_the_order_of_nodes_does_not_matter_much(emulator):
    shuffled = build_emulator(make_grid().take(np.random.default_rng(0).permutation(84)))
    points = between(50)

    np.testing.assert_allclose(shuffled(points), emulator(points), rtol=0.01)


def test_uneven_nodes_are_as_good(emulator):
    assert np.ptp(np.diff(TEFF)) > 0
    assert len(MH) == 3
    points = np.array([[850.0, 4.25, 0.25], [1600.0, 4.25, 0.25]])

    np.testing.assert_allclose(emulator(points), truth_at(points), rtol=0.03)
