"""Recipes by path or shipped name, with single options changed."""

from pathlib import Path

import pytest

from starsieve.cli.recipes import read_recipe
from starsieve.errors import FileError, RecipeError
from starsieve.registry import shipped_recipes


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text('model = "a"\nsteps = 5\n[network]\nhidden = 8\n')
    return str(path)


def test_options_are_set_by_their_dotted_names(recipe: str) -> None:
    options = read_recipe(
        recipe, ["network.hidden=16", "steps=7", "model=b", "observing.snr=[1, 2]"]
    )
    assert options == {
        "model": "b",
        "steps": 7,
        "network": {"hidden": 16},
        "observing": {"snr": [1, 2]},
    }


@pytest.mark.parametrize("override", ["steps", "=3", "network.=1", "steps.more=1"])
def test_an_override_without_key_or_value_is_refused(recipe: str, override: str) -> None:
    with pytest.raises(RecipeError, match="--set"):
        read_recipe(recipe, [override])


def test_a_value_cannot_bring_other_options_along(recipe: str) -> None:
    assert read_recipe(recipe, ["model=1\nsteps = 9"])["steps"] == 5


def test_shipped_recipes_are_found_by_name() -> None:
    for name in shipped_recipes():
        assert read_recipe(name)


def test_a_missing_recipe_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file, and no shipped recipe"):
        read_recipe(str(tmp_path / "none.toml"))


@pytest.mark.parametrize("content", [b"model = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_what_is_not_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"bad\.toml: not a TOML file"):
        read_recipe(str(path))
