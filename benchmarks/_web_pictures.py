"""Take the pictures of the web app that the documentation shows.

From the sample archive that `make run SERVE=0` builds, with the machine's own Chromium:
`python -m benchmarks._web_pictures ARCHIVE`. Some pages in the dark, too.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks._web_browser import chromium
from benchmarks._web_server import served
from starsieve.archive import Archive

FOLDER = Path(__file__).parents[1] / "docs" / "_static"
SIZE = {"width": 1280, "height": 900}
DARK_TOO = ("home", "spectrum", "latents")
SETTLED_MS = 1500
"""After which everything that is drawn as the page comes is there."""

WORK_MS = 120_000
"""For pages that wait for work of the server."""


def main() -> int:
    """Write the pictures and say which."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as folder, served(archive, Path(folder)) as server:
        for name, path in list_pages(archive).items():
            for theme in ("light", "dark") if name in DARK_TOO else ("light",):
                take(server.url + path, theme, FOLDER / f"web-{name}-{theme}.png")
    return 0


def list_pages(archive: Path) -> dict[str, str]:
    """Return what to show: something well known of each kind, as far as the archive has it."""
    pages = {"home": "/", "spectra": "/spectra", "runs": "/runs", "models": "/models"}
    with Archive.open(archive) as opened:
        if embeddings := opened.embeddings.list():
            first = embeddings[0]
            ids = opened.embeddings.ids(first.collection, first.model, first.model_hash)
            number = sorted(ids)[len(ids) // 2]
            pages["latents"] = f"/latents/{first.collection}/{first.model}"
            pages["spectrum"] = f"/spectra/{number}"
            pages["similar"] = f"/similar?query={number}"
        if candidates := opened.candidates.list():
            pages["planets"] = "/candidates"
            pages["candidate"] = f"/candidates/{candidates[0].id}"
            pages["star"] = f"/targets/{candidates[0].target}"
    return pages


def take(url: str, theme: str, path: Path) -> None:
    """Take the picture of a page once its figures are drawn."""
    with chromium() as browser:
        context = browser.new_context(viewport=SIZE, color_scheme=theme, reduced_motion="reduce")
        page = context.new_page()
        page.goto(url, wait_until="load")
        page.wait_for_function(
            "() => !document.querySelector('[data-poll], [data-figure][aria-busy]')",
            timeout=WORK_MS,
        )
        page.wait_for_load_state("networkidle", timeout=WORK_MS)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=path)
        context.close()
    print(path)


if __name__ == "__main__":
    sys.exit(main())
