"""Answers about a latent space: the map, the decoded spectrum, who is near."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.archive import Archive
from starsieve.plots.interactive.decoded import DecodedSpectra, decoded_figure, traversal_figure
from starsieve.plots.interactive.information import InformationTable, information_figure
from starsieve.plots.interactive.latents import (
    MapDensity,
    MapLook,
    MapPoints,
    map_figure,
    map_patch,
)
from starsieve.plots.interactive.style import Theme
from starsieve.plots.interactive.templates import Filled
from starsieve.representations.latent_map import LatentMap, View, Window
from starsieve.representations.meaning_tables import MeaningTables, ModelMeaning
from starsieve.representations.sliders_session import brief
from starsieve.representations.space import LatentSpace, Near
from starsieve.web.latents.opened import KnownOutliers, get_observed, get_session
from starsieve.web.latents.state import MapChoice, Position
from starsieve.web.latents.tables import neighbours_table

FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS = 48
"""Latents in a map of information; of more, those that say most."""


def draw_map(
    latent_map: LatentMap,
    choice: MapChoice,
    position: Position,
    outliers: KnownOutliers | None,
    theme: Theme,
) -> Filled:
    """Return the map with the position of the sliders, and outliers if there are any to show."""
    window = latent_map.window(choice.x, choice.y)
    view = latent_map.look(choice.x, choice.y, window, choice.colour or None,
                           statistic=choice.statistic)  # fmt: skip
    marked = None
    if outliers is not None:
        marked = _points(latent_map, choice, outliers.rows)
    near = latent_map.space.neighbours(position.point(latent_map.space), 1)
    here = place(latent_map, choice, position.point(latent_map.space), near)
    look = _look(latent_map, choice, window)
    return map_figure(theme, look, _shown(latent_map, choice, view, window), marked, here)


def move_map(latent_map: LatentMap, choice: MapChoice, window: Window | None) -> dict[str, Any]:
    """Return what a window of the map shows, and how a figure that is drawn changes to it."""
    window = window or latent_map.window(choice.x, choice.y)
    view = latent_map.look(choice.x, choice.y, window, choice.colour or None,
                           statistic=choice.statistic)  # fmt: skip
    patch = map_patch(_look(latent_map, choice, window), _shown(latent_map, choice, view, window))
    return {
        "n_inside": view.n_inside,
        "n_spectra": len(latent_map.space),
        "shown": "density" if view.rows is None else "points",
        "window": list(window),
        "patch": patch,
    }


def place(
    latent_map: LatentMap, choice: MapChoice, point: FloatArray, near: Sequence[Near]
) -> tuple[float, float] | None:
    """Return where a point of the latents is on a map.

    Along a label it is where the nearest spectrum is; None if that is not known.
    """
    found = []
    for name in (choice.x, choice.y):
        axis = latent_map.axis(name)
        if axis.weights is not None:
            found.append(float(axis.weights @ point) + axis.offset)
        elif near:
            found.append(float(axis.values[near[0].row]))
    if len(found) < 2 or not np.all(np.isfinite(found)):
        return None
    return found[0], found[1]


def decode(
    archive: Archive, latent_map: LatentMap, choice: MapChoice, position: Position, k: int
) -> dict[str, Any]:
    """Return the spectrum of a position, the real spectra nearest to it, and its place on a map."""
    space = latent_map.space
    session = get_session(archive, space)
    point = position.point(space)
    found = nearest(latent_map, choice, point, k)
    found["latents"] = point.tolist()
    found["flux"] = brief(session.thin(session.sliders.decode(point)))
    return found


def nearest(
    latent_map: LatentMap, choice: MapChoice, of: int | FloatArray, k: int
) -> dict[str, Any]:
    """Return the real spectra nearest to a point or a spectrum, with their places on a map.

    ``shown`` are the cells of a table of them, as pages show it.
    """
    space = latent_map.space
    near = space.neighbours(of, k) if k else []
    table = neighbours_table(space, near)
    point = space.latents[space.row_of(of)] if isinstance(of, int) else of
    here = place(latent_map, choice, np.asarray(point, np.float64), near)
    rows = [each.row for each in near]
    return {
        "neighbours": [
            {**row, "shown": [column.show(row.get(column.name)) for column in table.columns]}
            for row in table.rows
        ],
        "place": None if here is None else list(here),
        "near": [_finite(latent_map.axis(name).values[rows]) for name in (choice.x, choice.y)],
    }


def draw_spectrum(
    archive: Archive, latent_map: LatentMap, position: Position, theme: Theme
) -> Filled:
    """Return the figure of the decoded spectrum, the start, and the nearest real one."""
    space = latent_map.space
    session, point = get_session(archive, space), position.point(space)
    near = space.neighbours(point, 1)
    decoded, start = (
        session.thin(session.sliders.decode(each)) for each in (point, position.begin(space))
    )
    real = get_observed(archive, space, near[0].id) if near else None
    spectra = DecodedSpectra(session.wave, decoded, start, real)
    return decoded_figure(theme, spectra)


def draw_traversal(
    archive: Archive, space: LatentSpace, position: Position, latent: int, theme: Theme
) -> Any:
    """Return a figure of what one latent does while all others stay."""
    session = get_session(archive, space)
    values, flux = session.sliders.traverse(latent, 9, position.point(space))
    thin = np.array([session.thin(each) for each in flux])
    return traversal_figure(theme, session.wave, values, thin, f"Latent {latent}")


def draw_information(tables: MeaningTables, theme: Theme) -> Any:
    """Return maps of the mutual information of the model and of principal components."""
    return information_figure(theme, [_information(tables, model) for model in tables.models])


def _information(tables: MeaningTables, model: ModelMeaning) -> InformationTable:
    best = np.argsort(-model.nats.max(axis=0), kind="stable")[:MOST_COLUMNS]
    chosen = np.sort(best)
    what = "principal components" if model.baseline else "latents"
    some = "" if len(chosen) == model.n_latents else f", the {MOST_COLUMNS} that say most"
    return InformationTable(
        f"{model.name}: {model.n_latents} {what}{some}",
        [str(number) for number in chosen.tolist()],
        list(tables.labels),
        model.nats[:, chosen],
        model.error[:, chosen],
        model.null[:, chosen],
        model.sure[:, chosen],
    )


def _look(latent_map: LatentMap, choice: MapChoice, window: Window) -> MapLook:
    x, y = latent_map.axis(choice.x).label, latent_map.axis(choice.y).label
    if not choice.colour:
        return MapLook(x, y, window)
    colour = latent_map.axis(choice.colour).short
    return MapLook(x, y, window, colour, latent_map.scale(choice.colour))


def _shown(
    latent_map: LatentMap, choice: MapChoice, view: View, window: Window
) -> MapPoints | MapDensity:
    if view.rows is not None:
        return _points(latent_map, choice, view.rows)
    counts = view.counts if view.counts is not None else np.zeros((1, 1), np.int64)
    return MapDensity(window, counts, view.values)


def _points(latent_map: LatentMap, choice: MapChoice, rows: npt.NDArray[np.int64]) -> MapPoints:
    colour = latent_map.axis(choice.colour).values[rows] if choice.colour else None
    return MapPoints(
        latent_map.axis(choice.x).values[rows],
        latent_map.axis(choice.y).values[rows],
        latent_map.space.ids[rows],
        colour,
    )


def _finite(values: FloatArray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
