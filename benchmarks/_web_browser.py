"""What a visitor's browser sees: when it paints, what it transfers, how it follows a hand."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1280, "height": 900}

_PAINT = """() => new Promise(resolve => new PerformanceObserver((list, observer) => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) { observer.disconnect(); resolve(paint.startTime); }
}).observe({ type: "paint", buffered: true }))"""

_STEP = """number => new Promise(resolve => {
  const slider = document.querySelector(".slider input");
  const [low, high] = [Number(slider.min), Number(slider.max)];
  slider.value = low + (high - low) * (0.5 + 0.45 * Math.sin(number / 3));
  const begun = performance.now();
  const drawn = () => setTimeout(() => resolve(performance.now() - begun));
  document.getElementById("latents").addEventListener(
    "latents:moved", () => requestAnimationFrame(drawn), { once: true });
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""
"""A frame is on the screen once what was asked for in it has been run, and one thing more."""


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """A visit with an empty cache: ms to the first paint, KiB transferred until all is drawn."""

    paint_ms: float
    kib: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    path = os.environ.get("STARSIEVE_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    if path is None:
        msg = "No Chromium on this machine; STARSIEVE_TEST_CHROMIUM may name one."
        raise RuntimeError(msg)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--disable-gpu"])
        yield browser
        browser.close()


def visit_first(browser: Browser, url: str) -> FirstVisit:
    """Open a page as somebody who has never been there."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    n_bytes = _count_bytes(page)
    page.goto(url, wait_until="load")
    paint = float(page.evaluate(_PAINT))
    page.wait_for_load_state("networkidle")
    context.close()
    return FirstVisit(paint, sum(n_bytes) / 1024)


def _count_bytes(page: Page) -> list[int]:
    """Return a list that grows by what each answer transfers, headers included."""
    found: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        found.append(int(event["encodedDataLength"]))

    session.on("Network.loadingFinished", finished)
    return found


def move_slider(browser: Browser, url: str, steps: int) -> list[float]:
    """Move a slider of a latent space to and fro; return ms from each input to the next frame.

    Parameters
    ----------
    browser : Browser
    url : str
        Of the page of a latent space.
    steps : int
    """
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.wait_for_selector("#spectrum:not([aria-busy]) .inside")
    page.wait_for_selector("#map:not([aria-busy]) .inside")
    page.wait_for_load_state("networkidle")
    times = [float(page.evaluate(_STEP, number)) for number in range(steps)]
    context.close()
    return times[5:]  # the first ones wait for what is made once
