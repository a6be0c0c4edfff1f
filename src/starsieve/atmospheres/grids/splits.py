"""Copies must not stand on both sides of a split: what was learnt by heart would pass for skill."""

from collections.abc import Mapping

import numpy as np

from starsieve.atmospheres.grids.axes import Axis, IntArray, show
from starsieve.atmospheres.grids.collisions import Collisions
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.errors import DataError

SIDES = ("training", "validation", "evaluation")
MOST_NAMED = 3


def check_split(copies: Collisions, recipe: TrainRecipe) -> None:
    """Raise DataError if copies of one spectrum stand on several sides of the recipe's split.

    Parameters
    ----------
    copies : Collisions
        Of the grid to train on.
    """
    held = recipe.validation or recipe.held_out
    if not held:
        return
    [name] = held
    sides = _sides(_axis(copies, name), recipe.validation, recipe.held_out)
    torn = [rows for rows in copies.members if np.ptp(sides[rows]) > 0]
    if not torn:
        return
    named = "; ".join(copies.name(rows) for rows in torn[:MOST_NAMED])
    more = f"; and {len(torn) - MOST_NAMED} groups more" if len(torn) > MOST_NAMED else ""
    between = " and ".join(SIDES[side] for side in sorted({*sides[torn[0]].tolist()}))
    msg = (
        f"Holding out nodes of {name} puts copies of one spectrum into {between}: {named}{more}. "
        'Set split_by = "groups", which keeps copies together, or hold out other nodes.'
    )
    raise DataError(msg)


def keep_together(copies: Collisions, recipe: TrainRecipe) -> TrainRecipe:
    """Return the recipe with whole groups of copies held out, where it held out a part of them.

    A node whose copies are for evaluation is for evaluation, too; else, if they are for
    validation, it is for that.

    Raises
    ------
    DataError
        If that would hold out the first or the last node of the label: what is left has to
        surround what is held out.
    """
    held = recipe.validation or recipe.held_out
    if not held:
        return recipe
    [name] = held
    axis = _axis(copies, name)
    evaluation = list(recipe.held_out.get(name, ()))
    tied = _tied(copies, axis, evaluation)
    validation = [v for v in recipe.validation.get(name, ()) if v not in (*evaluation, *tied)]
    tied_too = [v for v in _tied(copies, axis, validation) if v not in (*evaluation, *tied)]
    for value in (*tied, *tied_too):
        if value in (axis.values[0], axis.values[-1]):
            msg = (
                f"Copies tie {name} = {show(value)}, an end of the grid, to nodes that are held "
                f"out ({', '.join(map(show, held[name]))}); what is left has to surround those. "
                f"Hold out nodes of {name} without such copies, or of another label."
            )
            raise DataError(msg)
    evaluation, validation = [*evaluation, *tied], [*validation, *tied_too]
    sides = {"held_out": evaluation, "validation": validation}
    update = {side: {name: tuple(sorted(v))} if v else {} for side, v in sides.items()}
    return recipe.model_copy(update=update)


def _axis(copies: Collisions, name: str) -> Axis:
    for axis in copies.axes:
        if axis.name == name:
            return axis
    msg = f"The grid has no parameter {name!r}. It has: {', '.join(a.name for a in copies.axes)}."
    raise DataError(msg)


def _sides(
    axis: Axis,
    validation: Mapping[str, tuple[float, ...]],
    held_out: Mapping[str, tuple[float, ...]],
) -> IntArray:
    """Return the number of the side, as in `SIDES`, that each spectrum is on."""
    label = axis.numbers[axis.codes]
    side = np.zeros(len(label), dtype=np.int64)
    side[np.isin(label, validation.get(axis.name, ()))] = 1
    side[np.isin(label, held_out.get(axis.name, ()))] = 2
    return side


def _tied(copies: Collisions, axis: Axis, values: list[float]) -> list[float]:
    """Return the values of a label that copies tie to some, directly or through others."""
    codes = {code for code, value in enumerate(axis.values) if value in values}
    found = set(codes)
    groups = [set(np.unique(axis.codes[rows]).tolist()) for rows in copies.members]
    while new := {code for group in groups if group & found for code in group} - found:
        found |= new
    return [float(axis.values[code]) for code in sorted(found - codes)]
