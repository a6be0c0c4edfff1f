"""From an upload to its parameters, and from like to like, in a browser."""

import re

import pytest

from tests.browser.made_archive import draw_brown_dwarf
from tests.web.uploads.test_work import write_csv

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dwarf.csv"
    write_csv(draw_brown_dwarf(), path)
    return path


def test_an_upload_leads_to_its_parameters_and_neighbours(watched, file):
    page = watched.visit("/uploads")
    page.set_input_files("#file", file)
    assert "dwarf.csv" in page.inner_text("#chosen")

    page.click("text=Examine it")
    page.wait_for_selector("h2#inferred", timeout=120_000)
    watched.wait_for_figures()

    assert "effective temperature" in page.inner_text("main")
    assert page.locator("[data-figure]").count() >= 3
    why = page.locator("[data-about=why]").first
    assert "differ" in why.inner_text()
    assert watched.severe_faults() == []
    watched.visit("/uploads")
    page.wait_for_selector("#recent .card")
    page.click("#recent .card a")
    page.click("text=Delete it now")
    page.wait_for_url(re.compile("/uploads$"))


def test_an_upload_fits_a_telephone_in_the_dark(open_page, file):
    watched = open_page(color_scheme="dark", viewport=NARROW)
    page = watched.visit("/uploads")
    page.set_input_files("#file", file)
    page.click("text=Examine it")
    page.wait_for_selector("h2#inferred", timeout=120_000)
    watched.wait_for_figures()

    assert watched.overflowing() == []
    assert watched.severe_faults() == []


def test_what_can_not_be_read_says_why_and_asks_for_hints(watched, tmp_path):
    (tmp_path / "words.txt").write_text("this is no spectrum\n" * 5)
    page = watched.visit("/uploads")
    page.set_input_files("#file", tmp_path / "words.txt")
    page.click("text=Examine it")

    page.wait_for_selector(".notice.bad", timeout=120_000)

    assert "words.txt" in page.inner_text(".notice.bad")
    assert page.is_visible("text=Do you know better than the file?")
    assert watched.severe_faults() == []


def test_neighbours_lead_from_one_to_the_next(watched, whole):
    page = watched.visit(f"/similar?query={whole.spectra[0]}&k=3")
    assert page.locator(".neighbours > li").count() == 3
    assert "differ" in page.locator("[data-about=why]").first.inner_text()
    assert watched.severe_faults() == []

    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".neighbours > li").nth(1)
    assert "marked" in str(second.get_attribute("class"))
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"query=\d+"))
    assert page.url.endswith(str(second.get_attribute("data-href"))) or "query=" in page.url
    assert f"query={whole.spectra[0]}&" not in page.url


def test_a_comparison_of_spectra_is_waited_for(watched, whole):
    page = watched.visit(f"/similar?query={whole.spectra[1]}&by=spectrum&k=2", figures=False)

    page.wait_for_selector(".neighbours > li", timeout=120_000)
    watched.wait_for_figures()

    assert page.locator(".neighbours > li").count() == 2
    assert "root mean square difference" in page.inner_text("main")


def test_a_form_asks_anew_and_the_address_says_it(watched, whole):
    page = watched.visit(f"/similar?query={whole.spectra[0]}&k=3")
    page.fill("#k", "2")
    page.check("input[name=other_objects]")
    page.click("text=Find")

    page.wait_for_url(re.compile("k=2"))
    assert "other_objects=true" in page.url
    assert page.locator(".neighbours > li").count() == 2


def test_without_scripts_a_neighbour_is_still_a_link(open_page, whole):
    watched = open_page(java_script_enabled=False)
    page = watched.visit(f"/similar?query={whole.spectra[0]}&k=2", figures=False)

    page.locator(".neighbours h2 a").first.click()

    assert page.locator(".neighbours > li").count() == 2
