"""The documentation mentions everything that a user can name."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer
from pydantic import BaseModel

import starsieve
from starsieve.data.labels import LABELS
from starsieve.errors import StarsieveError
from starsieve.readers import READERS
from starsieve.settings import PREFIX, Settings
from tests.architecture.paths import DOCS, PACKAGE, list_modules, read_docs


def walk_commands(command: Any, words: tuple[str, ...] = ("starsieve",)) -> Iterator[Any]:
    """Yield every verb, with the words that call it."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk_commands(inner, (*words, name))


def list_commands() -> list[tuple[str, Any]]:
    app = import_module("starsieve.cli.main").app
    found = walk_commands(typer.main.get_command(app))
    return [(" ".join(words), command) for words, command in found]


def list_variables() -> set[str]:
    """Return every environment variable that the package reads."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return {PREFIX + name.upper() for name in Settings.model_fields} | set(
        re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*[A-Z]\b", sources)
    )


def list_transforms() -> list[str]:
    """Return the kind of every transform that a recipe may name."""
    kinds = set()
    for name in list_modules():
        if name.startswith("starsieve.transforms"):
            for thing in vars(import_module(name)).values():
                if isinstance(thing, type) and issubclass(thing, BaseModel):
                    field = thing.model_fields.get("kind")
                    kinds |= {field.default} if field is not None else set()
    return sorted(kinds)


def test_every_verb_and_option_is_in_the_command_line_reference():
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    missing = []
    for words, command in list_commands():
        options = [name for parameter in command.params for name in parameter.opts]
        wanted = [words, *(name for name in options if name.startswith("--"))]
        missing += [f"{words}: {name}" for name in wanted if name not in page]

    assert missing == []


def test_every_environment_variable_is_documented():
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")

    assert {name for name in list_variables() if f"`{name}`" not in page} == set()


def test_every_file_layout_is_documented():
    page = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8")

    assert [reader.name for reader in READERS if reader.name not in page] == []


def test_every_transform_is_documented():
    text = read_docs()

    assert [kind for kind in list_transforms() if f"`{kind}`" not in text] == []


def test_every_task_is_documented():
    text = read_docs()
    tasks = import_module("starsieve.registry").TASKS

    assert [name for name in tasks if f"`{name}`" not in text] == []


def test_every_label_is_in_the_vocabulary():
    page = (DOCS / "vocabulary.md").read_text(encoding="utf-8")

    for label in LABELS.values():
        assert f"`{label.name}`" in page
        assert label.meaning in page


def test_every_public_name_is_documented():
    text = read_docs()

    assert [name for name in starsieve.__all__ if f"starsieve.{name}" not in text] == []


def test_every_error_is_documented():
    text = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    module = import_module("starsieve.errors")
    errors = [
        name
        for name, thing in vars(module).items()
        if isinstance(thing, type) and issubclass(thing, StarsieveError)
    ]

    assert [name for name in errors if name not in text] == []


def test_links_between_files_of_the_repository_lead_somewhere():
    pages = [*DOCS.parent.glob("*.md"), *(DOCS.parent / "changes").glob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]

    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []
