"""From a form to what a run made: started, watched and cancelled in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from starsieve.archive import Archive
from starsieve.web.token import renew_token
from tests.representations.encoding import keep_model, keep_stars

pytestmark = pytest.mark.browser

RUN_SECONDS = 90.0


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Serve a small archive of which one worker works off the runs."""
    from tests.browser.serving import served_archive

    folder: Path = tmp_path_factory.mktemp("working")
    with Archive.create(folder / "archive") as archive:
        keep_model(archive)
        keep_stars(archive, 30)
    root = folder / "archive"
    small = SimpleNamespace(root=root, token=renew_token(root))
    with served_archive(small, folder, workers=1) as served:
        yield served


@pytest.fixture
def visitor(chromium, working) -> Iterator:
    """A page of somebody who is signed in; fail the test if anything goes wrong on it."""
    from tests.browser.watched import Watched

    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    watched = Watched(context.new_page(), working.url)
    page = watched.visit("/sign-in?next=/models/made")
    page.fill("#token", working.token)
    page.fill("#name", "Henrietta")
    page.click("main button")
    yield watched
    faults = watched.all_faults()
    context.close()
    assert faults == []


def test_a_run_is_started_from_a_model_and_watched_to_its_end(visitor):
    page = visitor.page
    page.click("text=Encode spectra with it")
    page.select_option("#f-collection", "observed")
    page.click("text=Put it in the queue")

    page.wait_for_url(re.compile(r"/runs/\d+$"))
    page.get_by_text("What it found").wait_for(timeout=1000 * RUN_SECONDS)
    text = page.inner_text("main")
    assert "asked for by Henrietta" in text
    assert "n encoded" in text
    assert page.get_by_role("link", name="The latent space").get_attribute("href") == (
        "/latents/observed/made"
    )


def test_a_run_that_fails_says_why_and_another_begins_with_its_recipe(visitor):
    page = visitor.visit("/runs/new?task=representations.tag&labelled=observed&model=made")
    page.select_option("#f-collection", "observed")
    page.click("text=Put it in the queue")

    page.wait_for_url(re.compile(r"/runs/\d+$"))
    page.locator(".notice.bad").wait_for(timeout=1000 * RUN_SECONDS)
    assert page.get_by_role("button", name="Resume").is_visible()
    page.click("text=Start another like it")
    assert page.input_value("#f-labelled") == "observed"


def test_a_form_that_is_wrong_says_so_and_keeps_what_was_entered(visitor):
    page = visitor.visit("/runs/new?task=representations.outliers&collection=observed&model=made")
    page.click("text=More options")
    page.fill("#f-k", "0")
    page.evaluate("document.querySelector('form.recipe').noValidate = true")
    visitor.expect("400")
    page.click("text=Put it in the queue")

    assert "greater than or equal to 1" in page.inner_text(".notice.bad")
    assert page.input_value("#f-k") == "0"
