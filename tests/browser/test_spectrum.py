"""A spectrum in a browser: what one sets is seen, and its address brings it back."""

import pytest

from starsieve.atmospheres.models import DEFAULT

pytestmark = pytest.mark.browser

_DOCUMENT = """const source = document.querySelector("script[src$='/figure.js']").src;
  const { figures } = await import(source);
  const drawn = figures.get("spectrum").document;"""
AXIS = f"async () => {{ {_DOCUMENT} return drawn.get_model_by_name('x_axis').axis_label }}"
VIEW = f"""async () => {{ {_DOCUMENT}
  const {{ start, end }} = drawn.get_model_by_name("x"); return [start, end] }}"""
NAMED = f"async name => {{ {_DOCUMENT} return drawn.get_model_by_name(name) !== null }}"
LEGEND = f"""async () => {{ {_DOCUMENT}
  const legend = (plot) => plot.above?.find((each) => each.type === "Legend");
  const plot = [...drawn.roots()[0].references()].find(legend);
  return [legend(plot).ncols, plot.height] }}"""
WIDTH = "document.querySelector('.likes .thumbnail').naturalWidth"


def settle(page):
    """Wait until the figure is drawn anew."""
    page.wait_for_timeout(400)
    page.wait_for_selector("#spectrum:not([aria-busy])")


def drag(page, start, stop):
    """Drag over a part of the figure, from one share of its width to another."""
    box = page.locator("#spectrum").bounding_box()
    height = box["y"] + 0.6 * box["height"]
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + stop * box["width"], height + 3, steps=6)
    page.mouse.up()


def test_species_and_the_air_can_be_switched_on_and_off(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    assert not page.evaluate(NAMED, "lanes")
    page.click("summary:has-text('Lines and bands')")
    page.check("input[name=lines][value=k1]")
    settle(page)
    assert "lines=k1" in page.url
    assert page.evaluate(NAMED, "lanes")
    page.click("button:has-text('Cool dwarfs')")
    settle(page)
    assert "lines=h2o" in page.url
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("t")
    settle(page)
    assert "tellurics=true" in page.url
    page.click("button:has-text('None')")
    settle(page)
    assert "lines=" not in page.url
    assert watched.severe_faults() == []


def test_units_change_the_axis_and_go_along_to_the_next_spectrum(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    page.select_option("select[name=unit]", "angstrom")
    page.select_option("select[name=medium]", "air")
    settle(page)
    assert page.evaluate(AXIS) == "Wavelength in air (Å)"
    page.locator("h1").click()
    page.keyboard.press("j")
    page.wait_for_url(f"**/spectra/{whole.spectra[1]}?*")
    watched.wait_for_figures()
    assert page.evaluate(AXIS) == "Wavelength in air (Å)"


def test_what_is_zoomed_into_is_in_the_address_which_brings_it_back(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    whole_view = page.evaluate(VIEW)
    drag(page, 0.4, 0.6)
    page.wait_for_url("**xmin=**")
    seen = page.evaluate(VIEW)
    assert seen[1] - seen[0] < 0.5 * (whole_view[1] - whole_view[0])
    page.reload()
    watched.wait_for_figures()
    assert page.evaluate(VIEW) == pytest.approx(seen, rel=1e-3)
    page.click("#theme")
    settle(page)
    assert page.evaluate(VIEW) == pytest.approx(seen, rel=1e-3)


def test_a_model_is_laid_over_with_its_residuals_and_its_posterior_opens(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    page.select_option("select[name=model]", DEFAULT)
    settle(page)
    for _ in range(90):  # the spectrum is seen at once, the model when it has been asked
        if page.evaluate(NAMED, "residuals"):
            break
        page.wait_for_timeout(1_000)
    assert page.evaluate(NAMED, "residuals")
    assert page.is_hidden("#figure-note")
    assert f"model={DEFAULT}" in page.url
    page.click("summary:has-text('Posterior')")
    watched.wait_for_figures()
    assert watched.severe_faults() == []


def test_what_drives_the_parameters_comes_when_its_place_is_opened(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    page.click("summary:has-text('what drives the parameters')")
    page.wait_for_selector("details[data-asks] [data-figure]", timeout=60_000)
    watched.wait_for_figures()
    assert page.locator("details[data-asks] canvas").count() > 0
    assert watched.severe_faults() == []


def test_similar_spectra_come_when_one_gets_there_and_can_be_laid_over(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    page.locator("#likes").scroll_into_view_if_needed()
    page.wait_for_selector(".likes .card")
    assert page.locator(".likes .card").count() == 8
    page.locator(".likes .thumbnail").first.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)
    assert page.evaluate(WIDTH) == 150
    page.locator(".likes a:has-text('Lay over')").first.click()
    page.wait_for_url("**overlay=**")
    watched.wait_for_figures()
    assert page.evaluate(NAMED, "overlay0")


def test_a_legend_goes_on_in_further_rows_where_one_has_no_room(open_page, whole):
    query = "&".join(f"overlay={number}" for number in whole.spectra[1:4])
    heights = []
    for width in (390, 2000):
        watched = open_page(viewport={"width": width, "height": 900})
        page = watched.visit(f"/spectra/{whole.spectra[0]}?{query}")
        columns, height = page.evaluate(LEGEND)
        assert isinstance(columns, int) == (width == 390)
        heights.append(height)
        assert watched.overflowing() == []
    assert heights[0] > heights[1]  # the panel keeps its room


def test_without_scripts_the_controls_are_a_form(chromium, served, whole):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/spectra/{whole.spectra[0]}")
    page.select_option("select[name=unit]", "nm")
    page.click("#look button:has-text('Show')")
    assert "unit=nm" in page.url
    assert page.input_value("select[name=unit]") == "nm"
    page.click("a:has-text('Look for spectra like this one')")
    assert page.locator(".likes .card").count() == 8
    context.close()
