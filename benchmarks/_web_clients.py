"""Visitors of the web app: what they ask for one after the other, and how long answers take."""

import asyncio
import html
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2 as httpx
import numpy as np

Visit = Callable[[random.Random], str]
"""Draws the address of a page or of JSON."""

FIGURE = re.compile(r'data-figure="([^"]+)"')
CLOSED = re.compile(r"<details(?![^>]*\bopen\b)[^>]*>.*?</details>", re.DOTALL)
"""What a browser draws only when somebody opens it."""

IN_VIEW = 3
"""Figures that Chromium asks for at once in a window of 1280 x 900; others as it is scrolled."""

SCROLL_SECONDS = 0.5
"""Between one figure that is scrolled into view and the next."""

TIMEOUT = httpx.Timeout(60.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what kind of thing was asked for, how long it took, what came.

    `n_bytes` are those that were transferred, `problem` is empty if all is well.
    """

    route: str
    seconds: float
    n_bytes: int
    problem: str = ""


class Visitor:
    """Somebody with a browser: opens a page, waits for its figures, thinks, opens the next."""

    def __init__(self, url: str, seed: int, answers: list[Answer]) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT)
        self._rng = random.Random(seed)
        self._answers = answers

    async def walk(self, visits: Sequence[tuple[float, Visit]], until: float, think: float) -> None:
        """Visit pages, drawn by their weights, until a time of the monotonic clock."""
        weights = [weight for weight, _ in visits]
        async with self._http:
            await asyncio.sleep(self._rng.uniform(0, think))  # not all at once
            while time.monotonic() < until:
                (visit,) = self._rng.choices([visit for _, visit in visits], weights)
                await self.open(visit(self._rng))
                await asyncio.sleep(think)

    async def open(self, path: str) -> None:
        """Ask for a page, and for its figures as they come into view, as a browser does."""
        text = await self.ask(path)
        found = FIGURE.findall(CLOSED.sub("", text))
        figures = [_with_theme(html.unescape(each)) for each in dict.fromkeys(found)]
        await asyncio.gather(*(self.ask(figure) for figure in figures[:IN_VIEW]))
        for figure in figures[IN_VIEW:]:
            await asyncio.sleep(SCROLL_SECONDS)
            await self.ask(figure)

    async def ask(self, path: str) -> str:
        """Ask for one thing, keep how it went, and return its text if it is a page."""
        start = time.perf_counter()
        problem, n_bytes, text = "", 0, ""
        try:
            response = await self._http.get(path, follow_redirects=True)
            n_bytes = response.num_bytes_downloaded
            if response.status_code not in (200, 202):  # 202: work is under way
                problem = f"{response.status_code} {path}: {response.text[:200]}"
            elif response.headers["content-type"].startswith("text/html"):
                text = response.text
        except httpx.HTTPError as error:
            problem = f"{path}: {error!r}"
        seconds = time.perf_counter() - start
        self._answers.append(Answer(route_of(path), seconds, n_bytes, problem))
        return text


def route_of(path: str) -> str:
    """Return an address without what differs between things of one kind.

    Examples
    --------
    >>> route_of("/spectra/17/plot.json?theme=dark"), route_of("/latents/spex/spex-prism")
    ('/spectra/{n}/plot.json', '/latents/{collection}/{model}')
    """
    plain = path.partition("?")[0]
    plain = re.sub(r"/\d+(?=[/.]|$)", "/{n}", plain)
    plain = re.sub(r"^/latents/[^/]+/[^/.]+(\.\d+)*", "/latents/{collection}/{model}", plain)
    return re.sub(r"^/models/[^/]+?(?=\.json$|/|$)", "/models/{name}", plain)


def crowd(
    url: str, visits: Sequence[tuple[float, Visit]], *, clients: int, seconds: float, think: float
) -> list[Answer]:
    """Let visitors walk for some time; return all answers."""
    answers: list[Answer] = []

    async def walk_all() -> None:
        until = time.monotonic() + seconds
        visitors = [Visitor(url, seed, answers) for seed in range(clients)]
        await asyncio.gather(*(visitor.walk(visits, until, think) for visitor in visitors))

    asyncio.run(walk_all())
    return answers


def print_answers(answers: Sequence[Answer]) -> None:
    """Print a table of times by kind of thing, the slowest first."""
    print(f"{'':44s}{'n':>7s}{'median':>9s}{'95 %':>9s}{'max':>9s}{'errors':>8s}{'KiB':>8s}")
    by_route = defaultdict(list)
    for answer in answers:
        by_route[answer.route].append(answer)
    ordered = sorted(by_route.items(), key=lambda pair: -slow_ms(pair[1]))
    for route, mine in [*ordered, ("all", answers)]:
        times = [1000 * answer.seconds for answer in mine]
        n_wrong = sum(bool(answer.problem) for answer in mine)
        size = np.median([answer.n_bytes for answer in mine]) / 1024
        print(
            f"{route[:43]:44s}{len(mine):7d}{np.median(times):9.1f}{slow_ms(mine):9.1f}"
            f"{max(times):9.1f}{n_wrong:8d}{size:8.1f}"
        )


def slow_ms(answers: Sequence[Answer]) -> float:
    """Return the time in ms that 95 % of the answers don't exceed."""
    return float(np.quantile([1000 * answer.seconds for answer in answers], 0.95))


def _with_theme(figure: str) -> str:
    return figure + ("&" if "?" in figure else "?") + "theme=light"
