"""Options of verbs that draw one figure, and how it goes into a file of any kind."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from starsieve.cli.output import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATIC, INTERACTIVE = (".pdf", ".png", ".svg"), (".html",)

Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="FILE", help="pdf, png, svg; html can be looked into.", show_default=False
    ),
]
ThemeChoice = Annotated[
    Literal["light", "dark"], typer.Option("--theme", help="Of an html file: light or dark.")
]


def check_suffix(out: Path) -> None:
    """Refuse a file whose kind is unknown, before anything is computed.

    Raises
    ------
    typer.BadParameter
        If it is neither static nor interactive.
    """
    if out.suffix.lower() not in (*STATIC, *INTERACTIVE):
        kinds = ", ".join((*STATIC, *INTERACTIVE))
        msg = f"--out: expected a name that ends in {kinds}, got {out}."
        raise typer.BadParameter(msg)


def write_figure(
    out: Path,
    static: "Callable[[], Figure]",
    interactive: Callable[[Literal["light", "dark"]], Any],
    theme: Literal["light", "dark"],
    title: str,
) -> None:
    """Draw a figure for print or for a browser, by the suffix of its file."""
    if out.suffix.lower() in INTERACTIVE:
        from starsieve.plots.interactive.files import save_interactive

        path = save_interactive(interactive(theme), out, theme, title)
    else:
        from starsieve.plots import save_figure

        path = save_figure(static(), out)
    say(f"figure: {path}")
