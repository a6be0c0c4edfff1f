from itertools import product

import numpy as np
import pytest

from starsieve.atmospheres.emulators.space import Space
from starsieve.errors import DataError, ModelMismatchError


def space_of(*nodes: tuple[float, ...], names: tuple[str, ...] = ("teff", "logg")) -> Space:
    return Space.from_labels(dict(zip(names, np.array(nodes, dtype=float).T, strict=True)))


WHOLE = list(product((1000, 1100, 1200, 1300), (4.0, 4.5, 5.0, 5.5)))


def test_a_whole_lattice_contains_its_box():
    space = space_of(*WHOLE)
    points = np.random.default_rng(0).uniform((1000, 4), (1300, 5.5), (200, 2))

    assert space.contains(points).all()
    assert space.contains(space.nodes).all()
    assert space.covered() == 1


def test_a_single_gap_between_two_nodes_is_bridged():
    space = space_of(*(n for n in WHOLE if n != (1100, 4.5)))

    assert space.contains(np.array([[1100, 4.5], [1050, 4.25]])).all()


def test_a_missing_corner_is_outside():
    space = space_of(*(n for n in WHOLE if n != (1300, 5.5)))

    assert space.contains(np.array([[1250, 5.25], [1300, 5.5], [1250, 4.75]])).tolist() == [
        False,
        False,
        True,
    ]
    assert "in a hole of the grid" in space.why_outside(np.array([1250, 5.25]))


def test_a_wide_gap_is_a_hole():
    gap = [n for n in WHOLE if not (n[0] in (1100, 1200) and n[1] in (4.5, 5.0))]
    space = space_of(*gap)

    assert not space.contains(np.array([[1150, 4.75]]))[0]
    assert space.contains(np.array([[1000, 4.75]]))[0]


def test_a_label_that_was_varied_in_one_place_is_known_there_only():
    plain = [(t, g, 1.0) for t, g in WHOLE]
    varied = [(t, 5.0, c) for t in (1000, 1100, 1200, 1300) for c in (0.5, 1.5)]
    space = space_of(*plain, *varied, names=("teff", "logg", "c_to_o"))

    points = np.array([[1050, 5.0, 1.2], [1050, 4.9, 1.2], [1050, 4.9, 1.0]])

    assert space.contains(points).tolist() == [True, False, True]


def test_single_precision_of_a_node_is_still_the_node():
    space = space_of(*(n for n in WHOLE if n != (1300, 5.5)))

    assert space.contains(np.array([[1300, 5.0 + 1e-8], [1300 + 1e-6, 4.0]])).all()


def test_a_label_that_follows_another_is_told_and_filled_in():
    labels = {
        "log_kzz": np.array([8.0 - 2 * (g - 4) for _, g in WHOLE]),
        "logg": np.array([g for _, g in WHOLE]),
        "teff": np.array([float(t) for t, _ in WHOLE]),
    }
    space = Space.from_labels(labels)

    assert space.names == ("teff", "logg")
    assert [(follower.name, follower.to) for follower in space.followers] == [("log_kzz", "logg")]
    parameters = space.to_parameters({"teff": 1050, "logg": [4.25, 4.5], "log_kzz": [7.5, 7.0]})
    np.testing.assert_allclose(space.all_labels(parameters)["log_kzz"], [7.5, 7.0])
    with pytest.raises(ModelMismatchError, match=r"log_kzz is 7\.5, got 4: it follows logg"):
        space.to_parameters({"teff": 1050, "logg": 4.25, "log_kzz": 4})


def test_labels_that_are_missing_or_unknown_are_named():
    space = space_of(*WHOLE)

    with pytest.raises(ModelMismatchError, match=r"no label 'mh'\. It has: teff, logg"):
        space.to_parameters({"teff": 1000, "logg": 5, "mh": 0})
    with pytest.raises(ModelMismatchError, match="logg is missing"):
        space.to_parameters({"teff": 1000})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"teff": np.nan, "logg": 5}, "teff must be a finite number"),
        ({"teff": [[1000]], "logg": 5}, "teff must be a finite number"),
        ({"teff": [1000, 1100], "logg": [4, 4.5, 5]}, "teff 2, logg 3"),
    ],
)
def test_values_that_make_no_points_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        space_of(*WHOLE).to_parameters(given)


def test_labels_that_are_not_known_everywhere_are_refused():
    with pytest.raises(DataError, match="logg is not known for 1"):
        Space.from_labels({"teff": np.array([1.0, 2.0]), "logg": np.array([4.0, np.nan])})


def test_points_without_a_lattice_are_refused():
    rng = np.random.default_rng(0)

    with pytest.raises(DataError, match="form no lattice: 400 spectra have 400 x 400 x 400"):
        Space.from_labels({name: rng.uniform(size=400) for name in ("teff", "logg", "mh")})


def test_coordinates_are_in_steps_and_of_the_logarithm_of_teff():
    space = space_of(*product((100, 200, 400), (4.0, 4.5, 5.0)))

    found = space.coordinates(np.array([[100, 4.0], [400, 4.75]]))

    np.testing.assert_allclose(found, [[0, 0], [2, 1.5]])
