"""What the page of a latent space shows, and its twin in JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.representations.latent_map import MOST_POINTS, LatentMap
from starsieve.representations.map_axes import list_axes, list_colours
from starsieve.representations.space import LatentSpace, Near
from starsieve.web.latents.meaning import best_table, information_table, scores_table, told_by
from starsieve.web.latents.opened import get_meaning, get_outliers
from starsieve.web.latents.state import MapChoice, Position, address
from starsieve.web.latents.tables import neighbours_table, outliers_table
from starsieve.web.latents.views import place

NEIGHBOURS = 6
"""Real spectra on the page."""

FEWEST_SLIDERS = 3
"""Shown at first, also where none is informative."""

MOST_SLIDERS = 12


@dataclass(frozen=True, slots=True)
class Slider:
    """A latent that can be moved; positions in robust standard deviations from the median.

    Parameters
    ----------
    latent : int
    begin, value, low, high : float
        Where it starts, where it is, and between what it can be moved.
    middle, spread : float
        Of the latent itself: ``middle + value * spread``.
    information : str
        How much it tells.
    told : str
        The label that it says most about; ``""`` where no run has found one.
    first, shown : bool
        Whether it is among those shown at first, and whether it is shown now.
    """

    latent: int
    begin: float
    value: float
    low: float
    high: float
    middle: float
    spread: float
    information: str
    told: str
    first: bool
    shown: bool


def make_sliders(
    space: LatentSpace, position: Position, told: Mapping[int, str], *, all: bool
) -> list[Slider]:
    """Return the sliders of a space, those that tell most first."""
    ranges, point, begin = space.ranges, position.point(space), position.begin(space)
    n_shown = int(np.clip(ranges.informative.sum(), FEWEST_SLIDERS, MOST_SLIDERS))
    found = []
    for rank, n in enumerate(ranges.order.tolist()):
        middle, spread = float(ranges.middle[n]), float(ranges.spread[n])
        first, value = ((float(each[n]) - middle) / spread for each in (begin, point))
        # a spectrum may lie outside of where nearly all are
        low = min((float(ranges.low[n]) - middle) / spread, first, value)
        high = max((float(ranges.high[n]) - middle) / spread, first, value)
        told_most = f"{ranges.information[n]:.3g} {ranges.unit}"
        shown = all or n in position.moved or rank < n_shown
        found.append(
            Slider(n, first, value, low, high, middle, spread, told_most, told.get(n, ""),
                   rank < n_shown, shown)
        )  # fmt: skip
    return found


def page_context(
    archive: Archive,
    latent_map: LatentMap,
    choice: MapChoice,
    position: Position,
    *,
    outliers: bool,
    all: bool,
) -> dict[str, Any]:
    """Return what the template of the page needs."""
    space = latent_map.space
    base = f"/latents/{space.collection}/{space.model}"
    near = space.neighbours(position.point(space), NEIGHBOURS)
    meaning, unlike = get_meaning(archive, space), get_outliers(archive, space)
    told = told_by(meaning, space.latents.shape[1])
    marked = {"outliers": "true"} if outliers and unlike else {}
    sliders = make_sliders(space, position, told, all=all)
    return {
        "space": space,
        "base": base,
        "choice": choice,
        "position": position,
        "start_name": "" if position.start is None else _name(space, position.start),
        "axes": _axis_groups(latent_map),
        "colours": list_colours(space),
        "sliders": sliders,
        "n_hidden": sum(not each.shown for each in sliders),
        "neighbours": neighbours_table(space, near),
        "card": _card(space, near),
        "place": place(latent_map, choice, position.point(space), near),
        "map_url": address(f"{base}/map.json", choice.query(), position.query(), marked),
        "spectrum_url": address(f"{base}/spectrum.json", position.query()),
        "share": address(base, position.query(), choice.query(), marked),
        "meaning": meaning,
        "best": None if meaning is None else best_table(meaning),
        "scores": None if meaning is None else scores_table(meaning),
        "information": None if meaning is None else information_table(meaning),
        "unlike": None if unlike is None else outliers_table(space, unlike),
        "outliers": bool(marked),
        "is_dense": len(space) > MOST_POINTS,
        "commands": _commands(space, position),
    }


def describe(archive: Archive, latent_map: LatentMap, position: Position) -> dict[str, Any]:
    """Return what the page says, for programs."""
    space = latent_map.space
    ranges, told = space.ranges, told_by(get_meaning(archive, space), space.latents.shape[1])
    point = position.point(space)
    return {
        "collection": space.collection,
        "model": space.model,
        "n_spectra": len(space),
        "n_not_encoded": space.n_unknown,
        "n_latents": space.latents.shape[1],
        "distance": space.yardstick.definition,
        "information_unit": ranges.unit,
        "latents": [
            {
                "latent": n,
                "value": point[n],
                "median": ranges.middle[n],
                "low": ranges.low[n],
                "high": ranges.high[n],
                "spread": ranges.spread[n],
                "information": ranges.information[n],
                "informative": bool(ranges.informative[n]),
                "says_most_about": told.get(n),
            }
            for n in ranges.order.tolist()
        ],
        "axes": list_axes(space, latent_map.components),
        "labels": [{"label": name, "unit": space.units[name]} for name in space.labels],
        "neighbours": neighbours_table(space, space.neighbours(point, NEIGHBOURS)).rows,
    }


def _axis_groups(latent_map: LatentMap) -> dict[str, dict[str, str]]:
    """Return axes under headings, as a page offers them."""
    axes = list_axes(latent_map.space, latent_map.components)
    shares = latent_map.components.shares
    colours = list_colours(latent_map.space)
    components = {f"pc{n + 1}": f"component {n + 1} ({s:.0%})" for n, s in enumerate(shares)}
    latents = {name: title for name, title in axes.items() if name not in {*components, *colours}}
    groups = {"Principal components": components, "Latents, those that tell most first": latents}
    return groups | ({"Known and inferred": colours} if colours else {})


def _card(space: LatentSpace, near: Sequence[Near]) -> list[dict[str, str]]:
    """Return for each label what it is of the nearest spectrum that has it."""
    table = neighbours_table(space, near)
    found = []
    for column in table.columns[2:]:
        row = next((row for row in table.rows if column.name in row), None)
        found.append(
            {
                "name": column.name,
                "title": column.heading,
                "value": "—" if row is None else column.show(row[column.name]),
                "of": "" if row is None else row["object"],
            }
        )
    return found


def _name(space: LatentSpace, number: int) -> str:
    return str(space.objects[space.row_of(number)]) or f"spectrum {number}"


def _commands(space: LatentSpace, position: Position) -> list[tuple[str, str]]:
    """Return the same for a shell and for Python."""
    point = position.point(space)
    moved = position.moved if position.start is None else dict(enumerate(point.tolist()))
    words = " ".join(f"--set {n}={value:.5g}" for n, value in sorted(moved.items()))
    shell = f"starsieve sliders {space.model} --collection {space.collection} {words}".strip()
    settings = json.dumps({int(n): round(value, 5) for n, value in sorted(moved.items())})
    python = (
        "from starsieve.archive import open_archive\n"
        "from starsieve.representations.stored_sliders import open_sliders\n\n"
        "with open_archive() as archive:\n"
        f'    sliders = open_sliders("{space.model}", archive, "{space.collection}")\n'
        f"point = sliders.point({settings.replace(chr(34), '')})\n"
        "flux = sliders.decode(point)  # on sliders.model.wave\n"
        "sliders.neighbours(point)"
    )
    return [("As a command", shell), ("In Python", python)]
