"""What options of ``starsieve infer`` ask for besides draws, and what they say is known."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import typer

from starsieve.errors import DataError

if TYPE_CHECKING:
    from starsieve.atmospheres.further import Further
    from starsieve.atmospheres.recipes import Age


def make_further(
    refine: bool,
    distance: str | None,
    parallax: str | None,
    report: Path | None,
    age: str | None,
    priors: Sequence[str],
) -> "Further":
    """Return what is wanted besides the draws; bands of the prediction go with a page.

    Raises
    ------
    typer.BadParameter
        If an option is not understood.
    """
    from starsieve.atmospheres.distances import parse_distance
    from starsieve.atmospheres.further import Further
    from starsieve.atmospheres.priors import Given, Prior
    from starsieve.atmospheres.recipes import Age

    if distance is not None and parallax is not None:
        msg = "give --distance PC or --parallax MAS, not both."
        raise typer.BadParameter(msg)
    if age is not None and age not in get_args(Age):
        msg = f"--age: expected one of {', '.join(get_args(Age))}, got {age!r}."
        raise typer.BadParameter(msg)
    try:
        far = parse_distance(distance) if distance is not None else None
        far = parse_distance(parallax, "parallax") if parallax is not None else far
        given = Given(cast("Age | None", age), tuple(map(Prior.parse, priors)))
    except DataError as error:
        raise typer.BadParameter(str(error)) from None
    return Further(refine, far, predict=refine or report is not None, given=given)
