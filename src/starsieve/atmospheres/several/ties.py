"""Labels that a grid varies in a slice of its nodes only."""

from functools import cache

import numpy as np

from starsieve.atmospheres.several.members import Member
from starsieve.atmospheres.several.model import SeveralModel

LEAST_VARIED = 0.5
"""Share of the nodes at whose other labels a label has to vary, not to be tied to them."""


@cache
def tell_ties(model: SeveralModel) -> tuple[str, ...]:
    """Return a sentence for each quoted label that a grid varies in a slice only."""
    return tuple(
        f"{name} is varied by {member.name} {where} only: elsewhere it follows from the other "
        "parameters, and says nothing of its own"
        for member in model.members
        for name in model.grid.names
        if (where := _where_varied(member, name))
    )


def _where_varied(member: Member, name: str) -> str:
    """Return in words where a label varies; empty if that is nearly everywhere."""
    at = member.names.index(name)
    others = np.delete(member.space.nodes, at, axis=1)
    combinations, number = np.unique(others, axis=0, return_inverse=True)
    counts = np.bincount(number.ravel())
    varied = combinations[counts > 1]
    share = counts[counts > 1].sum() / len(others)
    if not len(varied) or share >= LEAST_VARIED:
        return ""
    names = [each for each in member.names if each != name]
    fixed = [
        f"{label} {column[0]:g}"
        for label, column in zip(names, varied.T, strict=True)
        if np.ptp(column) == 0
    ]
    return f"at {' and '.join(fixed)}" if fixed else f"at {share:.0%} of its nodes"
