"""Sliders: the spectrum follows the hand, and every position has an address."""

import pytest

from tests.browser.watched import data_of

pytestmark = pytest.mark.browser

SPACE = "/latents/spex/spex-prism"
FOLLOWS = """() => new Promise(resolve => document.getElementById("latents")
  .addEventListener("latents:moved", event => resolve(event.detail.ms), { once: true }))"""
SET = """([id, value]) => { const slider = document.getElementById(id); slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true })); }"""


def move(watched, latent: int, value: float) -> None:
    """Move a slider, and wait until the spectrum has followed."""
    page = watched.page
    page.evaluate(
        f"""async given => {{ const moved = ({FOLLOWS})(); ({SET})(given); await moved; }}""",
        [f"z{latent}", value],
    )


def test_the_spectrum_follows_a_slider(watched):
    watched.visit(SPACE)
    before = data_of(watched.page, "spectrum", "decoded")
    start = data_of(watched.page, "spectrum", "start")

    move(watched, 4, 1.5)

    after = data_of(watched.page, "spectrum", "decoded")
    assert after["x"] == before["x"]
    assert max(abs(a - b) for a, b in zip(after["y"], before["y"], strict=True)) > 0.05
    assert data_of(watched.page, "spectrum", "start") == start
    assert "1.50" in watched.page.inner_text(".slider[data-latent='4'] output")


def test_a_slider_moves_by_keys(watched):
    page = watched.visit(SPACE)
    before = data_of(page, "spectrum", "decoded")
    page.focus("#z4")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(".slider.moved #z4")
    page.wait_for_url("**set=4*")

    assert data_of(page, "spectrum", "decoded") != before


def test_a_position_can_be_shared(open_page):
    one, other = open_page(), open_page()
    page = one.visit(SPACE)
    move(one, 4, 1.0)
    move(one, 1, -0.5)
    page.wait_for_url("**set=*")

    there = other.visit(page.url.removeprefix(one.server))

    shared, mine = data_of(there, "spectrum", "decoded"), data_of(page, "spectrum", "decoded")
    assert shared["y"] == pytest.approx(mine["y"], abs=1e-3)
    assert float(there.input_value("#z4")) == pytest.approx(1.0, abs=0.01)


def test_sliders_start_from_a_real_spectrum(watched, whole):
    page = watched.visit(SPACE)
    page.fill("#start-form input[name=start]", str(whole.spectra[4]))
    page.press("#start-form input[name=start]", "Enter")
    page.wait_for_url(f"**start={whole.spectra[4]}*")

    assert page.is_visible(f"#start-name >> a[href='/spectra/{whole.spectra[4]}']")
    assert page.locator("#nearest tbody tr").count() >= 3


def test_the_nearest_real_spectra_are_named_beside_the_sliders(watched):
    page = watched.visit(SPACE)
    before = page.inner_text("#nearest tbody")

    move(watched, 4, 3.0)

    assert page.inner_text("#nearest tbody") != before
    page.click("#nearest tbody a >> nth=0")
    page.wait_for_url("**/spectra/*")
    watched.wait_for_figures()


def test_a_place_on_the_map_leads_to_its_spectrum(watched):
    page = watched.visit(SPACE)
    drawing = page.locator("#map canvas").first.bounding_box()
    assert drawing is not None
    page.mouse.click(drawing["x"] + drawing["width"] / 2, drawing["y"] + drawing["height"] / 2)

    page.wait_for_url("**start=*")


def test_the_map_changes_what_it_shows(watched):
    page = watched.visit(SPACE)
    before = data_of(page, "map", "points")
    page.select_option("#map-form select[name=x]", index=3)
    page.wait_for_url("**x=*")
    watched.wait_for_figures()

    assert data_of(page, "map", "points")["x"] != before["x"]
