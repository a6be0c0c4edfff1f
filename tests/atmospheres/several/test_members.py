"""Grids among several: their spectra, the box that they share, and points inside of them."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.several.batches import SeveralSampler
from starsieve.atmospheres.several.blocks import find_block
from starsieve.atmospheres.several.box import Box
from starsieve.atmospheres.several.members import Member, PointSampler
from tests.atmospheres.several.made import GRIDS, LOGG, SLICE, TEFF, log_flux_at

BOX = Box(("teff", "logg"), (500.0, 3.5), (3500.0, 5.5))


@pytest.fixture(scope="module")
def emulator():
    return build_emulator(GRIDS["bands"], name="bands")


@pytest.fixture(scope="module")
def member(emulator):
    return Member.from_emulator(emulator, "bands")


def draw(space: Space, n: int = 6000) -> np.ndarray:
    return PointSampler(space).draw(n, np.random.default_rng(0))


def test_a_member_is_its_emulator_to_single_precision(emulator, member):
    points = draw(member.space, 200)

    expected = np.log(emulator(points))
    found = member.log_flux(points)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=3e-4)


def test_a_member_says_the_planted_spectrum_between_nodes(member):
    found = member.log_flux(np.array([[1100.0, 4.75, 0.55]]))

    np.testing.assert_allclose(found, log_flux_at("bands", 1100.0, 4.75), atol=0.05)


def test_a_member_survives_its_arrays(member):
    again = Member.from_arrays(member.about(), member.to_arrays())

    points = draw(member.space, 50)
    assert np.array_equal(again.log_flux(points), member.log_flux(points))
    assert (again.name, again.names) == (member.name, member.names)


def test_a_member_becomes_its_emulator_again_with_its_errors(emulator, member):
    again = member.to_emulator(emulator.wave)

    points = draw(member.space, 30)
    np.testing.assert_allclose(again(points), emulator(points), rtol=1e-3)
    np.testing.assert_allclose(again.sigma(points), emulator.sigma(points), rtol=0.02)
    assert again.card.metrics == {"calibration_factor": member.calibration}


def test_a_block_of_a_member_is_the_grid_where_the_other_label_is_fixed(emulator, member):
    block = find_block(member.space)

    found = member.to_emulator(emulator.wave, block)

    assert found.names == ("teff", "logg")
    np.testing.assert_allclose(
        found(np.array([[1100.0, 4.75]])), emulator(np.array([[1100.0, 4.75, 0.55]])), rtol=0.01
    )
    nodes = found.space.nodes
    exact = np.exp(log_flux_at("bands", *nodes.T))
    np.testing.assert_allclose(found(nodes), exact, rtol=0.01)


def test_all_points_lie_inside_of_the_grid(member):
    assert member.space.contains(draw(member.space)).all()


def test_a_slice_of_a_label_is_reached_and_not_left(member):
    _, logg, c_to_o = draw(member.space).T
    off = ~np.isclose(c_to_o, 0.55)

    assert 0.2 < off.mean() < 0.8
    assert np.allclose(logg[off], SLICE)
    assert {c_to_o[off].min() < 0.35, c_to_o[off].max() > 0.85} == {True}


def test_holes_are_not_drawn_from():
    nodes = np.array([(t, g) for t in TEFF for g in LOGG if (t, g) != (1200.0, 5.0)])
    space = Space(("teff", "logg"), nodes)
    around = draw(space)

    # A single missing node counts as there only where both neighbours along a label are.
    assert space.contains(around).all()


def test_cells_are_drawn_alike_but_for_the_outermost():
    space = Space(("teff",), np.arange(1000.0, 1600.0, 100.0)[:, None])

    counts, _ = np.histogram(draw(space, 60_000), bins=np.arange(1000.0, 1600.0, 100.0))

    share = counts / counts[1:-1].mean()
    np.testing.assert_allclose(share[1:-1], 1.0, atol=0.05)
    np.testing.assert_allclose(share[[0, -1]], 1.5, atol=0.05)


def test_points_are_spread_evenly_within_a_cell():
    space = Space(("teff", "logg"), np.array([(t, g) for t in (1.0, 2.0) for g in (4.0, 5.0)]))

    for column, low in zip(draw(space, 20_000).T, (1.0, 4.0), strict=True):
        assert abs(column.mean() - low - 0.5) < 0.01
        assert abs(column.std() - 12**-0.5) < 0.01


@given(st.floats(500, 3500), st.floats(3.5, 5.5))
def test_the_box_gives_back_what_was_put_in(teff, logg):
    points = np.array([[BOX.scale("teff", np.array(teff)), BOX.scale("logg", np.array(logg))]])

    assert np.abs(points).max() <= 1 + 1e-9
    np.testing.assert_allclose(BOX.from_box(points), [[teff, logg]], rtol=1e-9)


def test_the_box_counts_temperature_by_its_logarithm():
    assert BOX.unscale("teff", np.array(0.0)) == pytest.approx((500 * 3500) ** 0.5)
    assert BOX.unscale("logg", np.array(0.0)) == pytest.approx(4.5)


@pytest.mark.parametrize(("name", "value", "error"), [("teff", 1200.0, 1.0), ("logg", 4.7, 0.01)])
def test_errors_in_the_box_are_differences_in_the_box(name, value, error):
    ends = BOX.scale(name, np.array([value - error / 2, value + error / 2]))

    found = BOX.width(name, np.array(value), np.array(error))
    assert found == pytest.approx(ends[1] - ends[0], rel=1e-5)


def test_a_box_holds_the_nodes_of_all_grids():
    first = Space(("teff", "logg"), np.array([[500.0, 4.0], [900.0, 5.0]]))
    second = Space(("teff", "mh"), np.array([[700.0, -1.0], [2000.0, 0.5]]))

    box = Box.around([first, second], ["teff", "logg", "mh"])

    assert box.ranges == {"teff": (500.0, 2000.0), "logg": (4.0, 5.0), "mh": (-1.0, 0.5)}


@pytest.fixture(scope="module")
def both(member):
    return [member, Member.from_emulator(build_emulator(GRIDS["clouds"]), "clouds")]


def make_sampler(both, shares, seed=0):
    box = Box.around([each.space for each in both], ["teff", "logg", "c_to_o"])
    return SeveralSampler(both, box, torch.Generator().manual_seed(seed), shares)


def test_a_batch_has_each_grid_by_its_share_and_only_its_labels(both):
    batch = make_sampler(both, [1.0, 3.0]).draw(80)

    assert torch.bincount(batch.grid).tolist() == [20, 60]
    assert batch.active[batch.grid == 0].all()
    assert batch.active[batch.grid == 1].tolist() == [[True, True, False]] * 60
    assert (batch.points[~batch.active] == 0).all()
    torch.testing.assert_close(batch.flux.mean(1), torch.ones(80))


def test_batches_follow_from_the_state_of_the_generator(both):
    first, again = (make_sampler(both, [1.0, 1.0], seed=3) for _ in range(2))
    first.draw(10)
    again.draw(10)

    one, other = first.draw(10), again.draw(10)

    assert all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
