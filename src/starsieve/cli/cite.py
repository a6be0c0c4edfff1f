"""``starsieve cite``: what to cite."""

from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.citations import GRIDS, METHOD, SPEX, Citation
from starsieve.cli.options import ArchivePath, AsJson, archive_if_there
from starsieve.cli.output import say, write_record, write_text


def cite(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", show_default=False)] = None,
    archive: ArchivePath = None,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX entries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what to cite for results of a model: grid, data, method, software.

    For example:
      starsieve cite
      starsieve cite my-model --bibtex >> paper.bib

    Without MODEL: for the one that ships.
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
    from starsieve.atmospheres.models import DEFAULT, read_card

    with archive_if_there(archive) as store:
        card = read_card(model or DEFAULT, store)
    said = " ".join((card["name"], card["description"], *card["sources"])).lower()
    grids = [work for word, work in GRIDS.items() if word in said]
    if not grids:
        sources = "; ".join(card["sources"]) or "none"
        say(f"the model's grid is none that is known here. Sources on its card: {sources}.")
    return [*grids, SPEX, *METHOD]
