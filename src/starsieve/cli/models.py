"""``starsieve models``: trained models, shipped and own."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.options import ArchivePath, AsJson, archive_if_there
from starsieve.cli.output import hint, write_facts, write_record, write_table, write_text
from starsieve.errors import FileError

models_app = typer.Typer(
    name="models",
    context_settings=CONTEXT,
    help="""List, show and export models: the shipped ones and those of the archive.

    For example:
      starsieve models list
      starsieve models show diamondback-spex
      starsieve models export diamondback-spex --to ~/models
    """,
)
Model = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@models_app.command("list", cls=Verb)
def list_all(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """List models: name, where from, what they infer.

    For example:
      starsieve models list
      starsieve models list --json
    """
    from starsieve.learn.library import list_models

    with archive_if_there(archive) as store:
        models = list_models(store)
    if as_json:
        for each in models:
            write_record(asdict(each))
    else:
        columns = ("model", "from", "task", "gives", "description")
        rows = [(m.name, m.origin, m.task, ", ".join(m.labels), m.description) for m in models]
        write_table(columns, rows)


@models_app.command(cls=Verb)
def show(name: Model, archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """Show a model's card: what it knows, what it was trained on, how well it does.

    For example:
      starsieve models show diamondback-spex
      starsieve models show diamondback-spex --json | jq .outputs
    """
    from starsieve.learn.library import show_card

    with archive_if_there(archive) as store:
        card = show_card(name, store)
    if as_json:
        write_record(card)
    else:
        write_facts(card)


@models_app.command(cls=Verb)
def export(
    name: Model,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Where the folder goes.")
    ] = Path(),
    archive: ArchivePath = None,
) -> None:
    """Copy a model's folder, card and weights, to give it to somebody else.

    For example:
      starsieve models export diamondback-spex --to ~/models

    Whoever gets it uses it by its folder: starsieve infer FILE --model ~/models/NAME
    """
    from starsieve.learn.library import find_model
    from starsieve.learn.model import read_card, read_tensors

    with archive_if_there(archive) as store:
        folder = find_model(name, store)
        read_tensors(folder, read_card(folder))  # half a model is not to be given away
    target = to / folder.name
    if target.exists():
        msg = f"{target}: there already. Remove it, or choose another folder with --to DIR."
        raise FileError(msg)
    _copy(folder, target)
    write_text(str(target))
    hint(f"starsieve infer FILE --model {target}")


def _copy(folder: Path, target: Path) -> None:
    """Copy a model's files; half a model never stays."""
    try:
        target.mkdir(parents=True)
        for file in sorted(folder.iterdir()):
            if file.is_file():  # what a training wrote down of itself stays
                shutil.copy2(file, target)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        msg = f"Can't write {target}: {error.strerror}. Choose another folder with --to DIR."
        raise FileError(msg) from error
