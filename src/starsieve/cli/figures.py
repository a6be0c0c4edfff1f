"""Options of verbs that draw one figure, and how it goes into a file of any kind."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from starsieve.cli.output import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_FORMATS = ("pdf", "png", "svg")

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


def label_name(name: str) -> str:
    """Return a label as it is called here."""
    from starsieve.data.labels import ALIASES

    return ALIASES.get(name.lower(), name.lower())


def label_values(texts: list[str]) -> dict[str, float | str]:
    """Return values by label; what is no number is a word."""
    values: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            msg = f"--at {text}: expected LABEL=VALUE, as in --at teff=1200."
            raise typer.BadParameter(msg)
        values[label_name(name)] = value
    return values


def check_formats(figures: str, report: Path | None) -> tuple[str, ...]:
    """Return the formats that ``--figures`` names."""
    formats = tuple(each.strip().lower() for each in figures.split(",") if each.strip())
    unknown = [each for each in formats if each not in FIGURE_FORMATS]
    if unknown:
        msg = f"--figures: expected some of {', '.join(FIGURE_FORMATS)}, got {unknown[0]!r}."
        raise typer.BadParameter(msg)
    if formats and report is None:
        msg = "--figures needs --report DIR: that is where figures go."
        raise typer.BadParameter(msg)
    return formats
