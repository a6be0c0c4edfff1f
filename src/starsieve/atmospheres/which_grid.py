"""What a page says about the grids of a model of several."""

from collections.abc import Mapping

from starsieve.atmospheres.inference import short_unit
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.data.labels import get_label
from starsieve.reports import Cell, Svg, Table

BAR_WIDTH, BAR_HEIGHT = 80, 8
"""Pixels of a whole bar."""

CAPTION = (
    "Share of the evidence, root mean square of what the grid's best spectrum leaves relative to "
    "the mean flux, and medians; nothing where a grid doesn't vary a parameter."
)


def describe_grids(grids: Mapping[str, GridAnswer]) -> Table:
    """Return the table of what each grid says, the weightiest first."""
    ranked = sorted(grids.items(), key=lambda item: -item[1].weight)
    names = list(dict.fromkeys(name for _, each in ranked for name in each.parameters))
    rows: list[list[Cell]] = [
        [
            grid,
            draw_share(each.weight),
            f"{each.misfit:.1%}",
            *(_median(each.parameters.get(name), name) for name in names),
        ]
        for grid, each in ranked
    ]
    titles = [f"{name} ({unit})" if (unit := short_unit(name)) else name for name in names]
    return Table(["Grid", "Weight", "Misfit", *titles], rows, CAPTION)


def draw_share(share: float) -> Svg:
    """Return a share as a bar with its number beside it."""
    width = BAR_WIDTH * min(max(share, 0.0), 1.0)
    box = f'width="{BAR_WIDTH}" height="{BAR_HEIGHT}"'
    return Svg(
        f'<svg {box} viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" aria-hidden="true">'
        f'<rect {box} fill="currentColor" opacity="0.15"/>'
        f'<rect width="{width:.1f}" height="{BAR_HEIGHT}" fill="#0072b2"/></svg> {share:.0%}'
    )


def _median(value: float | None, name: str) -> str:
    return "" if value is None else f"{value:.{get_label(name).digits}f}"
