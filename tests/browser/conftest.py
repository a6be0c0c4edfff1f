"""A browser over a served archive. All is made; the browser is the machine's own Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.serving import Served
    from tests.browser.watched import Watched

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Start Chromium; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    found = os.environ.get("STARSIEVE_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    if found is None:
        pytest.skip("no Chromium on this machine; STARSIEVE_TEST_CHROMIUM may name one")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: "Browser", served: "Served") -> "Iterator[Callable[..., Watched]]":
    """Open pages, wide and light unless asked otherwise; fail the test if anything went wrong."""
    from tests.browser.watched import Watched

    contexts, opened = [], []

    def open_one(**options: Any) -> Watched:
        given = {"viewport": WIDE, "color_scheme": "light", "reduced_motion": "reduce", **options}
        context = chromium.new_context(accept_downloads=True, **given)
        context.set_default_timeout(15_000)
        contexts.append(context)
        watched = Watched(context.new_page(), served.url)
        opened.append(watched)
        return watched

    yield open_one
    faults = [fault for watched in opened for fault in watched.all_faults()]
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def watched(open_page: "Callable[..., Watched]") -> "Watched":
    """A wide, light page."""
    return open_page()
