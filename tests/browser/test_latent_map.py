"""The map of a latent space: it fetches what comes into view, and lists what is in a box."""

import pytest

from tests.browser.watched import data_of

pytestmark = pytest.mark.browser

SPACE = "/latents/spex/spex-prism"
FETCHED = """() => { window.fetched = new Promise(resolve => document.getElementById("latents")
  .addEventListener("latents:window", event => resolve(event.detail), { once: true })); }"""


def drag(page, by: tuple[float, float]) -> None:
    """Drag over the middle of the map."""
    box = page.locator("#map canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=6)
    page.mouse.up()


def test_what_comes_into_view_is_fetched(watched):
    page = watched.visit(SPACE)
    before = data_of(page, "map", "points")
    page.evaluate(FETCHED)
    page.locator("#map").get_by_title("Pan").first.click()

    drag(page, (150, 40))

    found = page.evaluate("() => window.fetched")
    assert found["shown"] == "points"
    assert found["n_inside"] < found["n_spectra"]
    after = data_of(page, "map", "points")
    assert len(after["x"]) == found["n_inside"] != len(before["x"])


def test_the_spectra_of_a_box_are_listed(watched):
    page = watched.visit(SPACE)
    page.locator("#map").get_by_title("Box Select").first.click()

    drag(page, (120, -90))

    page.get_by_role("link", name="List the spectra of the box").click()
    page.wait_for_url("**/spectra?*x_low=*")
    assert "in a window of the map" in page.inner_text("h1")
