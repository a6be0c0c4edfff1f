"""What may be searched: ranges and choices against a recipe's own types."""

from typing import Any

import pytest
from pydantic import ValidationError

from starsieve.errors import RecipeError
from starsieve.tasks import Task
from starsieve.tuning.journal import distributions
from starsieve.tuning.space import Choices, Range, flatten, value_in, with_values
from tests.tuning.made import BowlRecipe, TuneBowl, make_recipe

TASK = Task("bowl.tune", TuneBowl, "tests.tuning.made:train_bowl", "Tune.")


def read(search: dict[str, Any], **options: Any) -> Any:
    return TASK.read_recipe({"training": {}, "search": search, **options})


def test_tables_within_tables_are_dotted_names() -> None:
    nested = {"bowl": {"rate": {"low": 1, "high": 2}, "width": [1, 2]}, "kind": {"choices": [1, 2]}}

    assert flatten(nested) == {
        "bowl.rate": {"low": 1, "high": 2},
        "bowl.width": [1, 2],
        "kind": {"choices": [1, 2]},
    }
    assert flatten(flatten(nested)) == flatten(nested)


@pytest.mark.parametrize(
    ("search", "reason"),
    [
        ({"bowl.with": [1, 2]}, "no option 'bowl.with', did you mean 'bowl.width'"),
        ({"nothing": [1, 2]}, "no option 'nothing'"),
        ({"bowl.width": {"low": 0, "high": 9}}, "bowl.width = 0: Input should be greater"),
        ({"bowl.width": {"low": 1, "high": 900}}, "bowl.width = 900: Input should be less"),
        ({"bowl.width": {"low": 1.5, "high": 9}}, "bowl.width = 1.5: Input should be a valid int"),
        ({"bowl.width": {"low": 1, "high": 9, "step": 0.5}}, "a step of whole numbers, got 0.5"),
        ({"bowl.width": {"low": 9, "high": 1}}, "low must be below high, got 9 and 1"),
        ({"bowl.rate": {"low": 0, "high": 1, "log": True}}, "log needs a low above 0"),
        ({"bowl.rate": {"low": 0.1}}, "'search.bowl.rate.range.high' is missing"),
        ({"bowl.rate": {"low": 0.1, "high": 1, "logg": True}}, "search.bowl.rate.range.logg"),
        ({"bowl.rate": 3}, "search.bowl.rate.range: Input should be a valid dictionary"),
        ({"kind": {"low": 1, "high": 2}}, "kind = 1: Input should be a valid string"),
        ({"flag": {"low": 0, "high": 1}}, "flag: a range is for numbers; give choices instead"),
        ({"kind": ["a"]}, "at least 2 items"),
        ({"kind": ["a", "a"]}, "choices must differ, got a, a"),
        ({"model": ["a", "b"]}, "model: it changes nothing of the training"),
        ({}, "search names no option"),
    ],
)
def test_what_can_not_be_searched_is_refused_with_the_reason(
    search: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        read(search)

    assert reason in str(caught.value)
    assert len(str(caught.value)) < 250


def test_whole_numbers_stay_whole_and_a_step_ends_within_the_range() -> None:
    search = {
        "bowl.width": Range(low=1, high=64, log=True),
        "bowl.rate": Range(low=1, high=2),
        "seed": Range(low=0, high=10, step=4),
        "kind": Choices(choices=("a", "b")),
    }

    found = distributions(search, BowlRecipe())

    assert str(found["bowl.width"]) == "IntDistribution(high=64, log=True, low=1, step=1)"
    assert str(found["bowl.rate"]) == "FloatDistribution(high=2.0, log=False, low=1.0, step=None)"
    assert str(found["seed"]) == "IntDistribution(high=8, log=False, low=0, step=4)"
    assert str(found["kind"]) == "CategoricalDistribution(choices=('a', 'b'))"


def test_values_go_where_their_names_lead_and_nowhere_else() -> None:
    recipe = with_values(BowlRecipe(), {"bowl.width": 3, "kind": "b"})

    assert recipe == BowlRecipe.model_validate({"bowl": {"width": 3}, "kind": "b"})
    assert (value_in(recipe, "bowl.width"), value_in(recipe, "bowl.odd.odd")) == (3, None)
    with pytest.raises(ValidationError):
        with_values(recipe, {"bowl.odd.odd": 1})


def test_choices_may_be_anything_and_are_known_by_their_labels() -> None:
    choices = Choices.model_validate([True, 1.5, "word", [1, 2], {"width": 3}])

    assert choices.labels == ("true", "1.5", "word", "[1, 2]", '{"width": 3}')
    assert choices.label_for({"width": 3}) == '{"width": 3}'
    assert (choices.label_for(1), choices.label_for("true")) == (None, "true")


def test_options_that_change_the_question_are_warned_of() -> None:
    class Unfair(TuneBowl):
        unfair = ("bowl",)

    options = {"training": {}, "search": {"bowl.width": [1, 2], "kind": ["a", "b"]}}
    (warning,) = Unfair.model_validate(options).warnings()

    assert warning.startswith("bowl.width changes what validation_loss is measured on")
    assert make_recipe().warnings() == []
