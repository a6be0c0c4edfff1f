"""The page for those who come from TelescopeML names nothing that is not there."""

import re
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

from tests.architecture.paths import DOCS
from tests.architecture.test_docs import list_commands

PAGE = (DOCS / "reference" / "from-telescopeml.md").read_text(encoding="utf-8")
SPANS = re.findall(r"`(starsieve[^`]*)`", PAGE)
NAMES = sorted({span for span in SPANS if " " not in span})
COMMANDS = sorted({span for span in SPANS if " " in span})
FEATURES = (*range(1, 86), *range(167, 175))


@cache
def list_options() -> dict[str, set[str]]:
    """Return the options of every verb."""
    return {
        verb: {name for parameter in command.params for name in parameter.opts}
        for verb, command in list_commands()
    }


def resolve(name: str) -> Any:
    """Return what a dotted name means, through modules, classes and fields."""
    parts = name.split(".")
    thing: Any = import_module(parts[0])
    for depth, part in enumerate(parts[1:], start=2):
        if isinstance(thing, type) and issubclass(thing, BaseModel) and part in thing.model_fields:
            thing = thing.model_fields[part]
        elif hasattr(thing, part):
            thing = getattr(thing, part)
        else:
            thing = import_module(".".join(parts[:depth]))
    return thing


def test_the_page_names_much():
    assert len(NAMES) > 50
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name):
    assert resolve(name) is not None


@pytest.mark.parametrize("text", COMMANDS)
def test_every_verb_has_the_options_that_are_named(text):
    words = [word for word in text.split() if not word.startswith("--")]
    options = [word for word in text.split() if word.startswith("--")]
    known = list_options()

    assert " ".join(words) in known
    assert set(options) <= known[" ".join(words)]


def test_a_name_that_is_not_there_is_found_out():
    with pytest.raises((ImportError, AttributeError)):
        resolve("starsieve.plots.plot_nothing")


def test_every_feature_has_a_row():
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)]

    assert rows == list(FEATURES)
