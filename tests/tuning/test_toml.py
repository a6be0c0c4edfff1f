"""Recipes as TOML read back to what they were."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starsieve.errors import RecipeError
from starsieve.tasks import Recipe
from starsieve.tuning.toml import recipe_text, to_toml

values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_whatever_options_there_are_come_back(options: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(options)) == options


class Odd(Recipe):
    limit: float | None = 5.0
    other: float | None = None


def test_what_can_not_be_said_in_the_file_is_refused() -> None:
    assert "other" not in recipe_text(Odd(), "two\nlines")
    assert recipe_text(Odd(), "two\nlines").startswith("# two\n# lines\nseed = 0\n")
    with pytest.raises(RecipeError, match="can't be written as TOML"):
        recipe_text(Odd(limit=None))
