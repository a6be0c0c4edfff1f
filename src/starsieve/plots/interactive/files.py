"""An interactive figure as one file: opened in a browser it works without a network."""

import html
import json
from pathlib import Path
from typing import Any

from bokeh.model import Model

from starsieve.plots.files import write_atomically
from starsieve.plots.interactive.style import Theme, as_json, bokeh_files, palette
from starsieve.plots.interactive.templates import Filled

SCRIPTS = ("bokeh.min.js",)
WIDEST = 1100
"""Pixels: of the figure in the page."""


def save_interactive(
    model: Model | Filled, path: str | Path, theme: Theme = "light", title: str = ""
) -> Path:
    """Write an interactive figure as a page of its own, BokehJS inside; return the path.

    Parameters
    ----------
    model : bokeh.model.Model or Filled
        What a function of `starsieve.plots.interactive` returned.
    path : str or Path
        Ends in ``.html``; folders on the way are made.
    theme : "light" or "dark"
        The one that the figure was made for.
    title : str

    Raises
    ------
    FileError
        If the file can't be written.
    """
    scripts = "\n".join(f"<script>{_script(name)}</script>" for name in SCRIPTS)
    colours = palette(theme)
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title or Path(path).stem)}</title>
<style>body {{ margin: 0 auto; padding: 1rem; max-width: {WIDEST}px; background: {colours.surface};
color: {colours.ink}; font-family: system-ui, sans-serif; }}</style>
{scripts}</head>
<body><h1 style="font-size: 1.1rem">{html.escape(title)}</h1><div id="figure"></div>
<script type="application/json" id="item">{_as_text(as_json(model, theme))}</script>
<script>
const item = JSON.parse(document.getElementById("item").textContent);
Bokeh.embed.embed_item(item, "figure");
</script></body></html>
"""
    return write_atomically(Path(path), page.encode())


def _script(name: str) -> str:
    text = (bokeh_files() / "js" / name).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")


def _as_text(item: dict[str, Any]) -> str:
    """Return JSON that can't end the element it stands in."""
    return json.dumps(item).replace("<", "\\u003c")
