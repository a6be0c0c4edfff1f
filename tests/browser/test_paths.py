"""The ways that people take through the app, from where they begin to what they want."""

import re

import numpy as np
import pytest

from tests.browser.made_archive import draw_brown_dwarf
from tests.browser.watched import data_of

pytestmark = pytest.mark.browser

SECONDS = 60_000
"""For work that the server does aside, in ms."""


def sign_in(watched, served, back: str) -> None:
    page = watched.visit(f"/sign-in?next={back}")
    page.fill("#token", served.token)
    page.fill("#name", "Annie")
    page.click("main button:has-text('Sign in')")
    page.wait_for_url(f"**{back}")


def test_from_a_search_to_a_spectrum_to_one_like_it(watched, whole):
    page = watched.visit("/")
    page.keyboard.press("/")
    page.keyboard.type("made J0007")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=made*")
    page.click(f"main a[href='/spectra/{whole.spectra[6]}']")
    page.wait_for_url(f"**/spectra/{whole.spectra[6]}")
    watched.wait_for_figures()
    assert len(data_of(page, "spectrum", "observed")["x"]) > 400

    page.locator("#likes a[href^='/spectra/']").first.scroll_into_view_if_needed()
    other = page.locator("#likes tbody a, #likes li a").first
    name = other.inner_text()
    other.click()
    page.wait_for_url(re.compile(r"/spectra/(?!7\b)\d+"))

    assert name.splitlines()[0] in page.inner_text("h1")


def test_a_spectrum_is_seen_in_another_unit_smoothed_with_lines_and_remembered(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    before = data_of(page, "spectrum", "observed")
    page.select_option("#look select[name=unit]", "nm")
    page.fill("#look input[name=smooth]", "5")
    page.press("#look input[name=smooth]", "Enter")
    page.wait_for_url("**smooth=5*")
    watched.wait_for_figures()

    after = data_of(page, "spectrum", "observed")
    assert after["x"][0] == pytest.approx(1000 * before["x"][0], rel=1e-4)
    page.reload()
    watched.wait_for_figures()
    assert data_of(page, "spectrum", "observed")["y"] == after["y"]


def test_spectra_are_narrowed_and_gone_through_by_keys(watched):
    page = watched.visit("/spectra?collection=odd-names")
    rows = page.locator("tr[data-href]")
    assert rows.count() == 7
    page.keyboard.press("j")
    page.keyboard.press("j")
    marked = page.locator("tr.marked")
    there = marked.get_attribute("data-href")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{there}*")
    page.keyboard.press("j")
    page.wait_for_url(re.compile(rf"(?<!{re.escape(str(there))})$"))


def test_from_an_upload_to_its_parameters_and_likes(watched, tmp_path):
    spectrum = draw_brown_dwarf()
    columns = np.stack([spectrum.wave, spectrum.flux, spectrum.sigma], axis=1)
    rows = "\n".join(",".join(f"{value:.8g}" for value in row) for row in columns)
    file = tmp_path / "dwarf.csv"
    file.write_text(f"wave [um],flux [erg / (s cm2 um)],sigma\n{rows}\n")

    page = watched.visit("/uploads")
    page.set_input_files("#file", file)
    page.click("#upload button:has-text('Examine')")
    page.wait_for_url("**/uploads/*")
    page.wait_for_selector("dl.values", timeout=SECONDS)
    watched.wait_for_figures()

    assert "T" in page.inner_text("dl.values")
    assert page.locator("main a[href*='/spectra/']").count() >= 3
    assert watched.severe_faults() == []


def test_an_upload_can_be_deleted_at_once(watched, tmp_path):
    file = tmp_path / "broken.csv"
    file.write_text("this is, no spectrum\n1,2\n")
    page = watched.visit("/uploads")
    page.set_input_files("#file", file)
    page.click("#upload button:has-text('Examine')")
    page.wait_for_selector(".notice.bad", timeout=SECONDS)
    address = page.url
    page.click("button:has-text('Delete')")
    page.wait_for_url("**/uploads")

    assert page.request.get(address).status == 404


def test_from_a_query_to_neighbours_to_their_neighbours(watched, whole):
    page = watched.visit("/similar")
    page.fill("#query", str(whole.spectra[2]))
    page.click("main button:has-text('Find')")
    page.wait_for_selector(".neighbours li h2 a", timeout=SECONDS)
    watched.wait_for_figures()
    assert page.locator(".neighbours > li").count() == 10
    first = page.locator(".neighbours li h2 a").first
    there = str(first.get_attribute("href"))
    first.click()

    page.wait_for_url(f"**{there}")
    page.wait_for_selector(".neighbours li h2 a", timeout=SECONDS)


def test_from_the_table_to_a_candidate_to_a_verdict_and_back(watched, served, whole):
    sign_in(watched, served, "/candidates")
    page = watched.page
    page.click("tbody tr[data-href] >> nth=1 >> a >> nth=0")
    page.wait_for_url("**/candidates/*")

    page.keyboard.press("2")
    page.wait_for_selector("button[data-key='2'][aria-pressed=true]")
    assert "Annie" in page.inner_text("[data-history]")
    page.keyboard.press("1")
    page.wait_for_selector("button[data-key='1'][aria-pressed=true]")
    page.keyboard.press("u")
    page.wait_for_selector("button[data-key='2'][aria-pressed=true]")
    page.keyboard.press("u")
    page.wait_for_selector("text=Taken back")
    page.wait_for_selector("[data-verdicts] [aria-pressed=true]", state="detached")

    page.keyboard.press("j")
    page.wait_for_url(re.compile(r"/candidates/\d+"))


def test_verdicts_ask_for_the_token_first(watched, whole):
    page = watched.visit(f"/candidates/{whole.candidates[1]}", figures=False)
    page.keyboard.press("1")

    assert page.locator("button[data-key='1']").is_disabled()
    page.click("main a:has-text('Sign in')")
    page.wait_for_url(re.compile("/sign-in.next=.*candidates"))


def test_candidates_are_narrowed_sorted_and_taken_along_as_seen(watched):
    page = watched.visit("/candidates?min_period_days=3&sort=period_days&order=asc")
    shown = page.locator("tbody tr[data-href]").count()
    link = page.locator("a[href*='.csv']").first.get_attribute("href")
    text = page.request.get(watched.server + str(link)).text()
    header, *lines = [line for line in text.splitlines() if not line.startswith("#")]
    periods = [float(line.split(",")[header.split(",").index("period_days")]) for line in lines]

    assert shown == len(lines)
    assert periods == sorted(periods)
    assert min(periods) >= 3


def test_a_star_is_found_by_its_number_and_shows_its_own_light(watched, whole):
    page = watched.visit(f"/tic/{whole.stars[1]}")
    page.wait_for_url(f"**/targets/{whole.star + 1}")

    assert str(whole.stars[1]) in page.inner_text("main")
    assert page.locator("[data-figure]").count() >= 2


def test_a_run_is_started_from_a_page_and_cancelled(watched, served):
    sign_in(watched, served, "/runs")
    page = watched.visit("/runs/new?task=representations.encode")
    page.select_option("select[name='collection']", "spex")
    page.select_option("select[name='model']", "spex-prism")
    page.click("button:has-text('Put it in the queue')")
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    assert "queued" in page.inner_text("main")
    page.click("button:has-text('Cancel')")
    page.wait_for_selector("text=cancelled")


def test_pages_go_without_scripts(open_page, whole):
    watched = open_page(java_script_enabled=False)
    page = watched.page
    for path in ("/", "/spectra", f"/spectra/{whole.spectra[0]}", "/candidates", "/search?q=made"):
        answer = page.goto(watched.server + path)
        assert answer is not None
        assert answer.status == 200
    page.fill("#search", "made J0003")
    page.press("#search", "Enter")
    page.wait_for_url("**/search?q=*")
    page.click(f"main a[href='/spectra/{whole.spectra[2]}']")
    assert "made J0003" in page.inner_text("h1")


def test_figures_follow_the_theme(watched, whole):
    page = watched.visit(f"/spectra/{whole.spectra[0]}")
    with page.expect_response(lambda answer: "theme=dark" in answer.url):
        page.click("#theme")
        page.click("#theme")
    watched.wait_for_figures()

    assert watched.severe_faults() == []
