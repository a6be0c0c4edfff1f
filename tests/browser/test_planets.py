"""Candidates and stars in a browser: from the table to a star, to a verdict and back."""

import pytest
from playwright.sync_api import expect

from tests.browser.watched import data_of

pytestmark = pytest.mark.browser


def sign_in(watched, served):
    page = watched.visit("/sign-in")
    page.fill("#token", served.token)
    page.fill("#name", "Ada")
    page.click("main form button")


def test_the_table_is_narrowed_sorted_and_its_columns_are_chosen(watched):
    page = watched.visit("/candidates")
    rows = page.locator("tbody tr")
    before = rows.count()

    page.fill("[name=min_period_days]", "2")
    page.fill("[name=max_period_days]", "5")
    page.click("form[aria-label='Narrow down by numbers'] button")
    assert 0 < rows.count() < before
    assert "min_period_days=2" in page.url
    page.click("th a:has-text('Period')")
    assert page.get_attribute("th:has-text('Period')", "aria-sort") == "descending"
    assert "min_period_days=2" in page.url
    page.click("summary:has-text('Columns')")
    page.check("[name=columns][value=teff]")
    page.click("form[aria-label='Columns that are shown'] button")
    assert page.locator("thead th", has_text="Teff").count() == 1
    assert "sort=period_days" in page.url


def test_from_the_table_to_the_star_and_its_light(watched, whole):
    page = watched.visit(f"/candidates?q={whole.stars[0]}")
    page.locator("tbody td a").first.click()
    page.wait_for_url("**/targets/*")
    watched.wait_for_figures()

    assert page.locator("h1").inner_text() == "simulated star 01"
    drawn = data_of(page, "light-curve", "points")
    assert len(drawn["x"]) > 1000
    page.select_option("#light select[name=flux]", "flat")
    page.wait_for_selector("#light-curve:not([aria-busy])")
    page.wait_for_timeout(300)
    page.wait_for_selector("#light-curve:not([aria-busy])")
    assert "flux=flat" in page.url
    flat = data_of(page, "light-curve", "points")
    assert max(flat["y"]) != max(drawn["y"])
    assert data_of(page, "light-curve", "marks")["x"]


def test_a_candidate_is_seen_as_it_was_made(watched, whole):
    page = watched.visit(f"/candidates/{whole.candidates[0]}")
    page.wait_for_selector("text=Measured in the light curves", timeout=60_000)
    watched.wait_for_figures()

    medians = data_of(page, "transit", "bins")["y"]
    assert min(medians) < -1
    assert len(data_of(page, "odd-even", "bins")["x"]) > 20
    assert page.locator("text=Transits with data inside").count() == 1


def test_verdicts_by_keys_then_the_next_one_and_back(watched, served, whole):
    sign_in(watched, served)
    page = watched.visit("/candidates?sort=period_days&order=asc&q=TOI", figures=False)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidates/*")
    first = page.locator("h1").inner_text()
    address = page.url

    page.keyboard.press("2")
    page.wait_for_selector("[data-verdict]:has-text('EB by Ada')")
    assert page.get_attribute("button[value=EB]", "aria-pressed") == "true"
    page.fill("#comment", "V-shaped")
    page.click("button[value=V]")
    page.wait_for_selector("[data-verdict]:has-text('V by Ada')")
    assert "V-shaped" in page.locator("[data-history]").inner_text()
    page.locator("h1").click()
    page.keyboard.press("u")
    page.wait_for_selector("[data-verdict]:has-text('Taken back')")
    assert page.get_attribute("button[value=EB]", "aria-pressed") == "true"
    page.keyboard.press("j")
    expect(page.locator("h1")).not_to_have_text(first)
    assert "sort=period_days" in page.url
    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(first)
    assert page.url == address
    page.keyboard.press("u")
    page.wait_for_selector("[data-verdict]:has-text('No verdict here now')")


def test_without_signing_in_keys_do_nothing(watched, whole):
    page = watched.visit(f"/candidates/{whole.candidates[1]}", figures=False)

    page.keyboard.press("1")

    page.wait_for_timeout(200)
    assert "No verdict here yet" in page.locator("[data-verdict]").inner_text()


def test_verdicts_work_without_scripts(open_page, served, whole):
    watched = open_page(java_script_enabled=False)
    page = watched.page
    page.goto(f"{watched.server}/sign-in")
    page.fill("#token", served.token)
    page.click("main form button")
    page.goto(f"{watched.server}/candidates/{whole.candidates[2]}?sort=snr")

    page.click("button[value=PC]")

    assert page.url.endswith(f"/candidates/{whole.candidates[2]}?sort=snr")
    assert "PC" in page.locator("[data-verdict]").inner_text()
    page.click("[data-undo]")
    assert "No verdict here yet" in page.locator("[data-verdict]").inner_text()
