"""The part of a grid that has a volume: lattices, holes, slices."""

import numpy as np
import pytest

from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.several.blocks import find_block, measure_volume
from starsieve.errors import DataError
from tests.atmospheres.several.made import GRIDS, LOGG, TEFF


def lattice(leave_out=()):
    nodes = [(t, g) for t in TEFF for g in LOGG if (t, g) not in leave_out]
    return Space(("teff", "logg"), np.array(nodes))


def test_a_whole_lattice_is_its_own_block():
    block = find_block(lattice())

    assert (block.volume, dict(block.fixed)) == (1.0, {})


def test_missing_corners_take_their_cells_out_of_the_volume():
    # One corner of 4 x 3 cells: a node at an edge is in two of them, but counts as there, as it
    # lies between two; one at a corner of the lattice does not.
    assert measure_volume(lattice([(800.0, 4.0)])) == pytest.approx(11 / 12)
    gone = [(t, g) for t in (800.0, 1000.0) for g in (4.0, 4.5)]
    assert measure_volume(lattice(gone)) == pytest.approx(8 / 12)


def test_the_volume_is_the_share_of_points_inside():
    space = lattice([(800.0, 4.0), (800.0, 4.5), (1800.0, 5.5)])
    steps = np.random.default_rng(0).random((20_000, 2)) * [len(TEFF) - 1, len(LOGG) - 1]
    points = np.stack(
        [np.interp(steps[:, i], np.arange(len(a)), a) for i, a in enumerate((TEFF, LOGG))], axis=1
    )

    assert space.contains(points).mean() == pytest.approx(measure_volume(space), abs=0.01)


def test_a_label_that_varies_in_a_slice_only_is_fixed():
    space = Space.from_labels(GRIDS["bands"].labels)

    block = find_block(space)

    assert dict(block.fixed) == {"c_to_o": 0.55}
    assert block.space.names == ("teff", "logg")
    assert len(block.space.nodes) == len(TEFF) * len(LOGG)
    assert block.volume == 1.0


def test_nodes_that_span_nothing_are_refused():
    space = Space(("teff", "logg"), np.array([[800.0, 4.0]]))

    with pytest.raises(DataError, match="vary freely together"):
        find_block(space)
