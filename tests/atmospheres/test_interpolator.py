from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.data.synthetic import model_grid
from starsieve.errors import DataError, ModelMismatchError

NAMES = ("teff", "logg", "mh", "fsed")
SPECTRA = model_grid()
GRID = GridInterpolator.from_spectra(SPECTRA, NAMES)
LABELS = np.stack([SPECTRA.labels[name] for name in NAMES], axis=1)
LOW = [nodes[0] for nodes in GRID.nodes]
HIGH = [nodes[-1] for nodes in GRID.nodes]


def test_nodes_come_back_exactly():
    np.testing.assert_allclose(GRID(LABELS), SPECTRA.flux, rtol=1e-12)


def test_corners_of_the_grid_are_inside():
    corners = np.array(list(product(*zip(LOW, HIGH, strict=True))))

    assert np.all(np.isfinite(GRID(corners)))


def test_log_flux_is_halfway_between_two_nodes():
    ends = np.array([[1000, 4.5, 0.0, 2.0], [1200, 4.5, 0.0, 2.0]])

    middle = GRID(ends.mean(axis=0))

    np.testing.assert_allclose(middle[0], np.sqrt(np.prod(GRID(ends), axis=0)), rtol=1e-12)


@pytest.mark.parametrize("column", range(4))
def test_outside_of_the_grid_is_refused_by_name(column):
    beyond = np.array(HIGH, dtype=float)
    beyond[column] += 1e-6

    with pytest.raises(ModelMismatchError, match=f"{NAMES[column]} = .* outside of the grid"):
        GRID(beyond)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_steps_and_parameters_are_inverse(share):
    parameters = np.array(LOW) + np.array(share) * (np.array(HIGH) - np.array(LOW))

    back = GRID.from_steps(GRID.to_steps(parameters))

    np.testing.assert_allclose(back, parameters, rtol=1e-12)


def test_slopes_are_those_of_the_interpolation():
    steps = np.array([[1.3, 0.4, 0.7, 1.2]])

    slopes = GRID.log_with_slopes(steps)[0, 1:]

    for axis in range(4):
        move = np.zeros(4)
        move[axis] = 1e-6
        change = (GRID.log_at(steps + move) - GRID.log_at(steps - move))[0] / 2e-6
        np.testing.assert_allclose(slopes[axis], change, atol=1e-6)


def test_a_parameter_of_one_node_is_kept():
    grid = GridInterpolator.from_spectra(model_grid(mh=(0.0,)), NAMES)

    assert grid.shape == (6, 4, 1, 4)
    assert np.all(np.isfinite(grid(np.array([[1100, 4.2, 0.0, 3.0]]))))


def test_a_grid_with_a_hole_is_refused():
    with pytest.raises(DataError, match="1 nodes have none"):
        GridInterpolator.from_spectra(SPECTRA.take(np.arange(1, len(SPECTRA))), NAMES)


def test_a_spectrum_that_is_there_twice_is_refused():
    rows = np.concatenate([[0], np.arange(len(SPECTRA))])

    with pytest.raises(DataError, match="1 have several"):
        GridInterpolator.from_spectra(SPECTRA.take(rows), NAMES)


def test_a_label_that_the_grid_has_not_is_named():
    with pytest.raises(DataError, match=r"no label 'c_to_o'.*teff"):
        GridInterpolator.from_spectra(SPECTRA, ("teff", "c_to_o"))


def test_fluxes_that_are_not_positive_are_counted():
    flux = SPECTRA.flux.copy()
    flux[3, 7], flux[5, 2] = 0.0, np.nan
    broken = type(SPECTRA)(wave=SPECTRA.wave, flux=flux, labels=SPECTRA.labels)

    with pytest.raises(DataError, match="2 of the grid's"):
        GridInterpolator.from_spectra(broken, NAMES)


def test_held_out_nodes_are_in_neither_part():
    seen, held = GRID.split({"teff": (1400,)})

    assert 1400 not in seen.nodes[0]
    assert held is not None
    assert held.nodes[0].tolist() == [1400]


def test_an_edge_cannot_be_held_out():
    with pytest.raises(DataError, match="teff = 1000 is no inner node"):
        GRID.split({"teff": (1000,)})


def test_a_refined_grid_keeps_its_nodes_and_finds_those_in_between():
    seen, held = GRID.split({"teff": (1400,)})

    fine = seen.refined("teff", GRID.subdivided_nodes("teff", 2))

    np.testing.assert_allclose(fine.log_flux[::2][[0, 1, 3, 4, 5]], seen.log_flux, atol=1e-9)
    assert held is not None
    linear = (seen.log_flux[1] + seen.log_flux[2]) / 2
    assert np.abs(fine.log_flux[4] - held.log_flux[0]).max() < 0.2
    assert np.abs(linear - held.log_flux[0]).max() > 0.2


def test_a_cubic_spline_needs_four_nodes():
    with pytest.raises(DataError, match="mh has 3 nodes"):
        GRID.refined("mh", np.linspace(-0.5, 0.5, 5))
