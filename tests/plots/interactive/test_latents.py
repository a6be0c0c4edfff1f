"""The map of latents, the decoded spectrum, and what latents say about labels."""

import json

import numpy as np
import pytest

from starsieve.plots.interactive.decoded import (
    DecodedSpectra,
    decoded_figure,
    flux_limits,
    traversal_figure,
)
from starsieve.plots.interactive.information import InformationTable, information_figure
from starsieve.plots.interactive.latents import (
    MapDensity,
    MapLook,
    MapPoints,
    map_figure,
    map_patch,
)
from starsieve.plots.interactive.style import as_json
from tests.plots.interactive.reading import array, attributes, columns, has, models

WINDOW = (-4.0, 4.0, -2.0, 2.0)


def look(**more):
    return MapLook("Latent 0", "Latent 1", WINDOW, **more)


def coloured():
    return look(colour_label="Effective temperature (K)", colour_range=(3000.0, 7000.0))


def points(n=400, known=True):
    rng = np.random.default_rng(0)
    teff = rng.uniform(3000, 7000, n) if known else None
    return MapPoints(rng.normal(size=n), rng.normal(size=n), np.arange(n) + 17, teff)


def density(colour=True):
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, size=(6, 8))
    values = np.where(counts > 0, rng.uniform(3000, 7000, (6, 8)), np.nan)
    return MapDensity(WINDOW, counts, values if colour else None)


def image(item, column):
    (encoded,) = columns(item, "density")[column]
    return array(encoded)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_few_spectra_are_points_that_know_their_number(theme):
    given = points()

    item = as_json(map_figure(theme, coloured(), given, here=(0.5, -0.5)), theme)

    shown = columns(item, "points")
    np.testing.assert_array_equal(shown["id"], given.ids)
    np.testing.assert_allclose(shown["x"], given.x, atol=8 / 2**14)
    np.testing.assert_allclose(shown["colour"], given.colour, atol=4000 / 2**14)
    assert columns(item, "here") == {"x": pytest.approx([0.5]), "y": pytest.approx([-0.5])}
    assert attributes(item, "scale")["low"] == 3000.0
    assert attributes(item, "bar")["title"] == "Effective temperature (K)"
    assert len(columns(item, "density")["image"]) == 0


def test_many_are_an_image_of_what_colours_them_and_of_how_many_there_are():
    given = density()

    item = as_json(map_figure("light", coloured(), given), "light")

    np.testing.assert_allclose(image(item, "image"), given.colour, rtol=1e-6)
    np.testing.assert_array_equal(np.nan_to_num(image(item, "count")), given.counts)
    assert columns(item, "density")["dw"] == [8.0]
    assert len(columns(item, "points")["x"]) == 0


def test_without_a_colour_the_density_is_what_is_shown():
    item = as_json(map_figure("dark", look(), density(colour=False)), "dark")

    scale = next(m for m in models(item) if m.get("attributes", {}).get("name") == "scale")
    assert scale["name"] == "LogColorMapper"
    assert scale["attributes"]["high"] == density().counts.max()
    assert attributes(item, "bar")["visible"]


def test_a_patch_holds_what_changes_and_nothing_else():
    window = (-1.0, 1.0, -1.0, 1.0)
    before = as_json(map_figure("light", look(), density(colour=False)), "light")

    patch = json.loads(json.dumps(map_patch(look(), points(known=False))))

    assert set(patch["data"]) == {"points", "density"}
    assert patch["values"] == {"dots": {"size": 8.0}, "bar": {"visible": False}}
    assert all(has(before, name) for name in (*patch["data"], *patch["values"]))
    sent = dict(patch["data"]["points"]["entries"])
    assert len(array(sent["x"])) == 400
    image = map_patch(look(), MapDensity(window, np.ones((2, 2), int)))
    assert image["values"]["scale"] == {"low": 1.0, "high": 2.0}


def test_fifty_thousand_points_are_less_than_a_megabyte():
    item = as_json(map_figure("light", coloured(), points(50_000)), "light")

    assert len(json.dumps(item)) < 900_000


def test_outliers_are_pointed_out():
    few = points(3)

    item = as_json(map_figure("light", look(), points(), few), "light")

    np.testing.assert_array_equal(columns(item, "outliers")["id"], few.ids)


def spectra(**more):
    wave = np.linspace(0.8, 2.4, 50)
    decoded = 1 + 0.1 * np.sin(20 * wave)
    decoded[:2] = np.nan
    given = {"decoded": decoded, "start": np.ones(50)}
    return DecodedSpectra(wave, **(given | more))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_decoded_spectrum_stands_over_the_start_with_its_change_below(theme):
    given = spectra()

    item = as_json(decoded_figure(theme, given), theme)

    np.testing.assert_allclose(columns(item, "decoded")["y"], given.decoded, rtol=1e-6)
    np.testing.assert_allclose(columns(item, "change")["y"], given.decoded - 1, atol=1e-6)
    assert np.isnan(columns(item, "nearest")["y"]).all()
    assert attributes(item, "y")["start"] < 0.9
    assert attributes(item, "y")["end"] > 1.1


def test_limits_of_nothing_are_still_limits():
    assert flux_limits([np.full(3, np.nan)]) == (0.0, 1.0)


def test_a_traversal_names_each_value():
    flux = np.ones((5, 50)) * np.arange(5)[:, None]

    figure = traversal_figure("light", np.linspace(1, 2, 50), np.linspace(-2, 2, 5), flux, "z3")

    item = as_json(figure, "light")
    lines = columns(item, "lines")
    assert list(lines["value"]) == ["z3 = -2", "z3 = -1", "z3 = 0", "z3 = 1", "z3 = 2"]
    assert [array(each)[0] for each in lines["y"]] == [0, 1, 2, 3, 4]
    assert attributes(item, "step4")["label"] == {"type": "value", "value": "2"}
    assert attributes(item, "y")["end"] > 4


def test_information_is_one_scale_for_all_tables_and_chance_is_crossed_out():
    nats = np.array([[0.1, 1.5], [0.0, 0.2]])
    tables = [
        InformationTable(
            title, ["0", "1"], ["teff", "logg"], factor * nats, nats / 10, 0 * nats, nats > 0.15
        )
        for title, factor in (("model", 1.0), ("PCA-2", 0.5))
    ]

    figure = information_figure("dark", tables)

    sources = [panel.renderers[0].data_source.data for panel in figure.children]
    assert sources[0]["hatch"] == ["x", " ", "x", " "]
    assert [panel.title.text for panel in figure.children] == ["model", "PCA-2"]
    mappers = {panel.renderers[0].glyph.fill_color.transform.id for panel in figure.children}
    assert len(mappers) == 1
    assert as_json(figure, "dark")["root_id"]
