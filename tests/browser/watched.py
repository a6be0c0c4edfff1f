"""A page of a browser that keeps a list of everything that went wrong on it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

SEVERE = ("serious", "critical")
"""How bad a fault must be, by axe-core's measure, to be one for us."""

FIGURES_SECONDS = 60.0
"""Some wait for work that takes seconds."""

_FIGURES = "document.querySelectorAll('[data-figure]')"
_SEEN = f"[...{_FIGURES}].filter(e => e.checkVisibility())"
_UNFINISHED = f"""() => {{
  const undrawn = {_SEEN}.filter(e => !e.asked || e.ariaBusy === "true");
  (undrawn.find(e => !e.asked) ?? undrawn[0])?.scrollIntoView({{ block: "center" }});
  return undrawn.map(e => e.dataset.figure);
}}"""
_FAILED = f"() => {_SEEN}.map(e => e.querySelector('.notice.bad')?.textContent).filter(Boolean)"
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 1)
    .filter(e => !e.parentElement.closest(".scroll, .table, .plot"))
    .slice(0, 5).map(e => e.outerHTML.slice(0, 160));
}"""
_DATA = """async ([figure, source]) => {
  const module = document.querySelector("script[src$='/figure.js']").src;
  const { figures } = await import(module);
  const { data } = figures.get(figure).document.get_model_by_name(source);
  const entries = data instanceof Map ? [...data] : Object.entries(data);
  return Object.fromEntries(entries.map(([key, values]) => [key, [...values].map(v => v ?? 0)]));
}"""
_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", e =>
  window.violations.push(`${e.effectiveDirective}: ${e.blockedURI} ${e.sourceFile}`));
"""


@dataclass
class Watched:
    """A page, and what went wrong on it.

    Parameters
    ----------
    page : Page
        Of Playwright.
    server : str
        Address of the server, without a slash at its end.
    faults : list of str
        Errors in the console, exceptions, failed requests and answers of errors.
    meant : list of str
        Words of the faults that belong to what is tested. The browser tells of a fault when it
        likes, also after what the page shows because of it, so they are sorted out at the end.
    """

    page: Page
    server: str
    faults: list[str] = field(default_factory=list)
    meant: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        handlers: dict[Any, Callable[..., None]] = {
            "console": self._on_console,
            "pageerror": self._on_error,
            "requestfailed": self._on_failure,
            "response": self._on_response,
        }
        for event, handler in handlers.items():
            self.page.on(event, handler)
        self.page.add_init_script(_VIOLATIONS)

    def visit(self, path: str, *, status: int = 200, figures: bool = True) -> Page:
        """Open a path of the server, and wait until its figures are drawn."""
        response = self.page.goto(self.server + path, wait_until="load")
        assert response is not None
        assert response.status == status, f"{path} answered {response.status}."
        if figures:
            self.wait_for_figures()
        return self.page

    def wait_for_figures(self) -> None:
        """Scroll to every figure that is not hidden, and wait until all are drawn."""
        until = time.monotonic() + FIGURES_SECONDS
        while missing := self._evaluate(_UNFINISHED):
            assert time.monotonic() < until, f"{self.page.url}: not drawn in time: {missing}."
            self.page.wait_for_timeout(50)
        assert self.page.evaluate(_FAILED) == []
        self.page.evaluate("scrollTo(0, 0)")

    def severe_faults(self) -> list[str]:
        """Return what axe-core finds serious or critical on the page as it is."""
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response
        return [
            f"{each['id']} ({each['impact']}): {each['help']}: {node['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in SEVERE
            for node in each["nodes"]
        ]

    def overflowing(self) -> list[str]:
        """Return what makes the page wider than the window."""
        if self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            return []
        return [str(each) for each in self.page.evaluate(_OVERFLOW)] or ["the page itself"]

    def expect(self, words: str) -> None:
        """Take faults with these words for what they are: meant; there must be one in the end."""
        self.meant.append(words)

    def all_faults(self) -> list[str]:
        """Return everything that went wrong, and what the content security policy refused."""
        closed = self.page.is_closed() or self.page.url == "about:blank"
        violations = [] if closed else self._evaluate("() => window.violations ?? []")
        absent = [
            f"nothing went wrong with {words!r}, which was meant to"
            for words in self.meant
            if not any(words in fault for fault in self.faults)
        ]
        faults = [each for each in self.faults if not any(words in each for words in self.meant)]
        return [*faults, *violations, *absent]

    def _evaluate(self, script: str) -> Any:
        """Run a script; a page that is just being loaded again, as after work, is waited for."""
        try:
            return self.page.evaluate(script)
        except Error as error:
            if "navigation" not in error.message:
                raise
            self.page.wait_for_load_state()
            return self.page.evaluate(script)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{self.page.url}: console: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.faults.append(f"{self.page.url}: exception: {error.message}\n{error.stack}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # which a page that is left does itself
            self.faults.append(f"{request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.request.method} {response.url}: {response.status}")


def data_of(page: Page, figure: str, source: str) -> dict[str, list[float]]:
    """Return what a named source of a drawn figure holds: numbers by column, NaN as 0."""
    found: dict[str, list[float]] = page.evaluate(_DATA, [figure, source])
    return found
