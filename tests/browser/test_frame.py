"""What all pages have: the search box, keys, the theme, signing in, words for errors."""

import pytest

pytestmark = pytest.mark.browser

PLAIN = "/api"
"""A page that all archives have."""


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_slash_leads_to_the_search_box(watched):
    page = watched.visit(PLAIN)
    page.keyboard.press("/")
    page.keyboard.type("made J0001")

    assert page.evaluate("document.activeElement.id") == "search"
    assert page.input_value("#search") == "made J0001"


def test_a_question_mark_opens_help_and_escape_closes_it(watched):
    page = watched.visit(PLAIN)
    page.keyboard.press("?")

    assert page.is_visible("#help")
    assert watched.severe_faults() == []
    page.keyboard.press("Escape")
    assert not page.is_visible("#help")


def test_keys_that_are_typed_into_a_field_are_text(watched):
    page = watched.visit(PLAIN)
    page.focus("#search")
    page.keyboard.type("?j/k")

    assert page.input_value("#search") == "?j/k"
    assert not page.is_visible("#help")


def test_the_first_stop_of_the_keyboard_skips_the_menu(watched):
    page = watched.visit(PLAIN)
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_everything_that_acts_can_be_reached_and_seen_by_keyboard(watched):
    page = watched.visit(PLAIN)
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        name = page.evaluate("document.activeElement.tagName + document.activeElement.innerText")
        assert style != "none" or name.startswith("BODY"), (
            f"{name} does not show that it has the focus"
        )
        seen.add(name)

    assert any(name.startswith("AModels") for name in seen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_follows_the_system_s_theme(open_page, scheme):
    page = open_page(color_scheme=scheme).visit(PLAIN)

    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert (background(page) == "rgb(255, 255, 255)") == (scheme == "light")


def test_a_theme_that_was_chosen_stays(watched):
    page = watched.visit(PLAIN)
    light = background(page)
    page.click("#theme")
    page.click("#theme")
    assert page.get_attribute("#theme", "aria-label") == "Theme: dark"
    dark = background(page)
    assert dark != light

    page.reload()

    assert background(page) == dark


def test_what_is_not_there_is_said_in_words_with_a_way_on(open_page):
    watched = open_page()
    page = watched.visit("/no-such-page", status=404)

    assert page.is_visible("h1")
    assert "no such page" in page.inner_text("main")
    assert page.is_visible("nav >> text=Spectra")
    assert watched.severe_faults() == []
    watched.expect("404")


def test_whoever_has_the_token_signs_in_and_out(watched, served):
    page = watched.visit("/sign-in?next=/api")
    page.fill("#token", served.token)
    page.fill("#name", "Annie")
    page.press("#name", "Enter")
    page.wait_for_url("**/api")

    page.click("text=Sign out")
    page.wait_for_selector("text=Sign in to write")


def test_a_wrong_token_does_not_sign_in(watched):
    page = watched.visit("/sign-in")
    page.fill("#token", "wrong")
    page.press("#token", "Enter")
    page.wait_for_selector(".notice.bad")

    assert page.is_visible("text=Sign in to write")
    watched.expect("403")
