"""A label that a grid varies in a slice only is named as such."""

from types import SimpleNamespace

import numpy as np

from starsieve.atmospheres.emulators.space import Space
from starsieve.atmospheres.several.ties import tell_ties


def model_of(nodes, names):
    member = SimpleNamespace(name="made", names=names, space=Space(names, np.array(nodes)))
    return SimpleNamespace(members=(member,), grid=SimpleNamespace(names=names))


class Unique(SimpleNamespace):
    __hash__ = object.__hash__


def test_a_label_that_varies_at_one_gravity_only_is_tied():
    names = ("teff", "logg", "c_to_o")
    nodes = [(t, g, 1.0) for t in (900.0, 1000.0) for g in (3.5, 4.0, 4.5, 5.0, 5.5)]
    nodes += [(t, 5.0, c) for t in (900.0, 1000.0) for c in (0.5, 1.5)]

    (said,) = tell_ties(Unique(**vars(model_of(nodes, names))))

    assert said.startswith("c_to_o is varied by made at logg 5 only")


def test_a_whole_grid_ties_nothing():
    names = ("teff", "logg")
    nodes = [(t, g) for t in (900.0, 1000.0, 1100.0) for g in (4.0, 4.5)]

    assert tell_ties(Unique(**vars(model_of(nodes, names)))) == ()
