"""``starsieve cite``: what to cite."""

from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.citations import (
    EXAMPLES,
    GRIDS,
    LEARNT_FROM,
    METHOD,
    REPRESENTATIONS,
    SOFTWARE,
    SPEX,
    TRANSITS,
    Citation,
)
from starsieve.cli.options import ArchivePath, AsJson, archive_if_there
from starsieve.cli.output import say, write_record, write_text


def cite(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", show_default=False)] = None,
    archive: ArchivePath = None,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX entries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what to cite for results of a model: data, method, software.

    For example:
      starsieve cite
      starsieve cite transit-vetter
      starsieve cite my-model --bibtex >> paper.bib

    Without MODEL: for the one that ships for spectra.
    """
    for work in _works(model, archive):
        if bibtex:
            write_text(work.bibtex)
        elif as_json:
            write_record({"key": work.key, "for": work.purpose, "citation": work.text})
        else:
            write_text(f"for {work.purpose}:\n  {work.text}")


def _works(model: str | None, archive: Path | None) -> list[Citation]:
    """Return what a result of a model rests on: grid, data, method."""
    from starsieve.atmospheres.models import DEFAULT
    from starsieve.learn.library import show_card

    with archive_if_there(archive) as store:
        card = show_card(model or DEFAULT, store)
    said = " ".join((card["name"], card["description"], *card["sources"])).lower()
    if card["task"].startswith("transits"):
        learnt, works = EXAMPLES, [*TRANSITS, *SOFTWARE]
    elif card["task"] == "representations":
        learnt, works = LEARNT_FROM, [*REPRESENTATIONS, *SOFTWARE]
    else:
        learnt, works = GRIDS, [SPEX, *METHOD, *SOFTWARE]
    data = [work for word, work in learnt.items() if word in said]
    if not data:
        sources = "; ".join(card["sources"]) or "none"
        say(f"the model's data are none that are known here. Sources on its card: {sources}.")
    return [*data, *works]
