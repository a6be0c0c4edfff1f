"""What every figure of a page has in common."""

import json

import pytest

from starsieve.plots.interactive.style import (
    PALETTES,
    Theme,
    add_hover,
    as_json,
    bokeh_files,
    new_figure,
    palette,
)

THEMES: tuple[Theme, ...] = ("light", "dark")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by the web's rules for accessibility, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_words_of_figures_can_be_read_on_their_ground(theme: Theme) -> None:
    colours = palette(theme)
    assert contrast(colours.ink, colours.surface) > 7
    assert contrast(colours.muted, colours.surface) > 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_series_share_a_colour_or_a_marker(theme: Theme) -> None:
    colours, markers = zip(*palette(theme).series, strict=True)
    assert len(set(colours)) == len(set(markers)) == len(colours)
    assert all(contrast(colour, palette(theme).surface) > 2 for colour in colours)


@pytest.mark.parametrize("theme", THEMES)
def test_a_figure_becomes_json_in_the_colours_of_its_theme(theme: Theme) -> None:
    figure = new_figure(theme, x_label="Wavelength (µm)", y_label="Flux", x_range=(1, 2))
    line = figure.line([1.0, 2.0], [3.0, 4.0])
    add_hover(figure, [line], [("Wavelength", "@x{0.000} µm")], mode="vline")

    item = as_json(figure, theme)
    text = json.dumps(item)

    assert item["root_id"] == figure.id
    assert item["doc"]["roots"][0]["id"] == figure.id
    assert PALETTES[theme].surface in text
    assert PALETTES[theme].ink in text
    assert "Wavelength (µm)" in json.dumps(item, ensure_ascii=False)


def test_a_figure_runs_no_code_in_the_page_and_fetches_nothing() -> None:
    figure = new_figure("light", x_label="x", y_label="y")
    figure.line([1.0, 2.0], [3.0, 4.0])
    text = json.dumps(as_json(figure, "light"))
    assert "CustomJS" not in text
    assert "http" not in text


def test_the_wheel_belongs_to_the_page() -> None:
    assert new_figure("light", x_label="x", y_label="y").toolbar.active_scroll is None


def test_bokehjs_is_served_from_the_installed_package() -> None:
    assert (bokeh_files() / "js" / "bokeh.min.js").is_file()
