"""Lists and the search in a browser: by mouse, by keyboard, wide and narrow."""

import pytest

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}


def test_the_search_box_is_a_key_away_and_leads_to_a_spectrum(watched, whole):
    page = watched.visit("/")
    page.keyboard.press("/")
    page.keyboard.type(f"spectrum {whole.spectra[3]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/spectra/{whole.spectra[3]}")


def test_a_list_is_narrowed_step_by_step_and_back(watched, whole):
    page = watched.visit("/spectra")
    page.click(".facets a:has-text('spex')")
    page.wait_for_url("**/spectra?collection=spex")
    page.fill("#q", "made")
    page.click("button:has-text('Find')")
    page.wait_for_url("**/spectra?collection=spex&q=made")
    page.click("th a:has-text('object')")
    assert page.get_attribute("th[aria-sort]", "aria-sort") == "ascending"
    page.click(".chips .clear")
    page.wait_for_url("**/spectra")


def test_a_range_is_set_in_the_form_and_taken_back(watched):
    page = watched.visit("/spectra")
    by = page.locator("#by option").first.get_attribute("value")
    page.fill("input[name=min]", "0")
    page.click("button:has-text('Apply')")
    page.wait_for_url("**range=**")
    assert page.locator(".chip").count() == 1
    assert by is not None
    page.click(".chip")
    page.wait_for_url("**/spectra")


def test_rows_are_walked_through_by_keys(watched, whole):
    page = watched.visit("/spectra")
    for key in "jjk":
        page.keyboard.press(key)
    assert page.locator("tr.marked").count() == 1
    where = page.get_attribute("tr.marked", "data-href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{where}")
    assert where == f"/spectra/{whole.spectra[0]}"


def test_rows_come_first_on_a_narrow_screen(open_page):
    page = open_page(viewport=NARROW).visit("/spectra")

    assert not page.is_visible("#q")
    page.click("summary:has-text('Narrow down')")
    assert page.is_visible("#q")


def test_home_leads_to_what_is_in_this_archive(watched, whole):
    page = watched.visit("/")
    for link in page.locator("a.card").evaluate_all("all => all.map(a => a.pathname)"):
        assert page.request.get(watched.server + link).ok, link
