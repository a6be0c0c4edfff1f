"""Interactive figures of grids and models: all data in them, colours, legends that hide."""

import json

import numpy as np
import pytest

from starsieve.plots.interactive.features import boxes_figure, histograms_figure
from starsieve.plots.interactive.files import save_interactive
from starsieve.plots.interactive.grid_spectra import grid_spectra_figure
from starsieve.plots.interactive.predicted import predicted_figure
from starsieve.plots.interactive.regression import regression_figure
from starsieve.plots.interactive.style import Theme, as_json
from tests.plots.made_bands import bands_of

RNG = np.random.default_rng(0)
THEMES: tuple[Theme, ...] = ("light", "dark")
WAVE = np.linspace(1.0, 2.0, 20)
ODD = "</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("theme", THEMES)
def test_every_spectrum_is_in_the_figure_with_its_value(theme: Theme) -> None:
    flux = np.outer([1.0, 2.0, 1e4], np.ones(20))

    figure = grid_spectra_figure(WAVE, flux, "teff", [800.0, 900.0, 1000.0], theme)

    [lines] = figure.renderers
    assert list(lines.data_source.data["name"]) == ["800", "900", "1000"]
    assert len(lines.data_source.data["y"]) == 3
    assert figure.right[0].title == "Teff (K)"
    assert "Wavelength" in figure.hover[0].tooltips
    json.dumps(as_json(figure, theme))


def test_words_have_entries_in_the_legend_that_hide_their_line() -> None:
    figure = grid_spectra_figure(WAVE, np.ones((2, 20)), "cld", [ODD, "clear"], "light")

    assert [item.label.value for item in figure.legend[0].items] == [ODD, "clear"]
    assert len(figure.renderers) == 2
    item = json.dumps(as_json(figure, "light"))
    assert '"click_policy": "hide"' in item or "click_policy" in item


@pytest.mark.parametrize("theme", THEMES)
def test_boxes_have_quartiles_and_whiskers_without_outliers(theme: Theme) -> None:
    column = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 99.0])

    figure = boxes_figure(np.stack([column, column + 1], axis=1), ["teff", "1.20"], theme)

    boxes = figure.renderers[1].data_source.data
    assert list(boxes["name"]) == ["Teff", "1.20"]
    assert boxes["median"][0] == 3.5
    assert (boxes["low"][0], boxes["high"][0]) == (1.0, 5.0)
    json.dumps(as_json(figure, theme))


def test_histograms_count_every_spectrum() -> None:
    layout = histograms_figure({"logg": RNG.normal(size=200), "x": np.zeros(200)}, "light")

    panels = [child for child, *_ in layout.children]
    assert [sum(panel.renderers[0].data_source.data["count"]) for panel in panels] == [200, 200]
    json.dumps(as_json(layout, "light"))


@pytest.mark.parametrize("theme", THEMES)
def test_a_report_has_pairs_and_residuals_for_each_label(theme: Theme) -> None:
    true = RNG.uniform(900, 1500, 100)
    pairs = {"teff": (true + 10, true), "logg": (true / 300, true / 300 + RNG.normal(0, 1, 100))}

    layout = regression_figure({"training": pairs, "held out": pairs}, theme)

    panels = [child for child, *_ in layout.children]
    assert len(panels) == 4
    assert panels[0].xaxis[0].axis_label == "True Teff (K)"
    titles = [each.text for each in panels[1].above if hasattr(each, "text")]
    assert any(text.startswith("training: R² = ") for text in titles)
    assert len(panels[0].renderers[1].data_source.data["true"]) == 100
    json.dumps(as_json(layout, theme))


@pytest.mark.parametrize("theme", THEMES)
def test_predicted_spectra_have_both_bands(theme: Theme) -> None:
    bands = bands_of(1 + RNG.normal(0, 0.1, (100, 20)))
    valid = np.arange(20) > 3

    layout = predicted_figure(WAVE, np.ones(20), np.full(20, 0.1), valid, bands, theme)

    main, lower = layout.children
    names = [item.label.value for item in main.legend[0].items]
    assert names[:2] == ["95 % of the predictions", "68 % of the predictions"]
    data = main.renderers[0].data_source.data
    assert np.all(data["low95"] < data["low68"])
    assert np.isnan(data["residual"][:4]).all()
    assert lower.x_range is main.x_range
    json.dumps(as_json(layout, theme))


def test_a_page_needs_no_network_and_takes_no_name_for_code(tmp_path) -> None:
    figure = grid_spectra_figure(WAVE, np.ones((2, 20)), "cld", [ODD, "clear"], "light")

    text = save_interactive(figure, tmp_path / "new" / "figure.html", "light", ODD).read_text()

    assert "<script src" not in text
    assert "http-equiv" not in text
    assert ODD not in text
    assert text.count("</script>") == 3
    item = text.split('id="item">')[1].split("</script>")[0]
    assert json.loads(item)["root_id"] == figure.id
