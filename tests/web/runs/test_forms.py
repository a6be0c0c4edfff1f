"""A recipe becomes a form, and a form a recipe, without a word written twice."""

from typing import Literal

import pytest
from pydantic import Field

from starsieve.errors import RecipeError
from starsieve.registry import TASKS, read_shipped_recipe
from starsieve.tasks import Recipe, Task
from starsieve.web.runs.forms import Section as FormSection
from starsieve.web.runs.forms import make_form, read_docstring, read_form


class Parent(Recipe):
    """Do something.

    Parameters
    ----------
    collection : str
        Of *spectra*, as in ``spex``.
    low, high : float
        Limits, of which
        the first is lower.
    """

    collection: str
    low: float = 0.5
    high: float | None = Field(default=None, gt=0)


class Toy(Parent):
    """Do something else.

    Parameters
    ----------
    way : {"quick", "slow"}
        How.
    """

    way: Literal["quick", "slow"] = "quick"
    again: bool = True
    bins: tuple[int, ...] = (5, 10)
    labels: tuple[str, ...] = ()
    models: tuple[str, ...] = Field(min_length=1)
    bands: tuple[tuple[float, float], ...] = ((1.0, 1.5),)
    workers: int = Field(default=1, ge=1, le=100)
    place: str = "/secret"


TOY = Task("tests.toy", Toy, "nowhere:toy", "Toy.")
CHOICES = {"collection": [("spex", "spex (3 spectra)")], "models": [("a", "a"), ("b", "b")]}


def toy_form(**given: object) -> tuple[FormSection, ...]:
    return make_form(Toy, given, CHOICES, frozenset({"place"}), {"workers": 2.0})


def entered(sections: tuple[FormSection, ...]) -> dict[str, list[str]]:
    """Return what a browser sends of a form that nobody changed."""
    sent: dict[str, list[str]] = {}
    for field in (field for section in sections for field in section.fields):
        if field.kind == "flag":
            sent |= {field.name: ["on"]} if field.value else {}
        else:
            sent[field.name] = field.value if field.kind == "choices" else [str(field.value)]
    return sent


def test_every_option_has_a_control_that_fits() -> None:
    (section,) = toy_form()

    fields = {field.name: field for field in section.fields}
    assert {name: field.kind for name, field in fields.items()} == {
        "collection": "choice", "models": "choices", "low": "number", "high": "number",
        "way": "choice", "again": "flag", "bins": "list", "labels": "lines", "bands": "json",
        "workers": "number", "seed": "number",
    }  # fmt: skip
    assert [field.name for field in section.fields if field.comes_first] == ["collection", "models"]
    assert section.fields[-1].name == "seed"
    assert fields["collection"].help == "Of *spectra*, as in spex."
    assert fields["high"].help == "Limits, of which the first is lower."
    assert (fields["workers"].low, fields["workers"].high, fields["workers"].whole) == (1, 2, True)
    assert fields["way"].choices == [("quick", "quick"), ("slow", "slow")]
    assert section.help == "Do something else."


def test_what_was_entered_becomes_a_recipe() -> None:
    sent = {
        "collection": ["spex"], "models": ["a", "b"], "low": ["0.25"], "high": [""],
        "way": ["slow"], "bins": ["3, 4,"], "labels": [" teff \r\nmh\r\n"],
        "bands": ["[[1, 2], [3, 4]]"], "workers": ["2"], "seed": ["7"], "place": ["/etc"],
    }  # fmt: skip

    options = read_form(toy_form(), sent)

    assert TOY.read_recipe(options) == Toy(
        collection="spex", models=("a", "b"), low=0.25, way="slow", again=False, bins=(3, 4),
        labels=("teff", "mh"), bands=((1, 2), (3, 4)), workers=2, seed=7,
    )  # fmt: skip


def test_nonsense_is_told_by_the_recipe_and_stays_in_the_form() -> None:
    sent = {"collection": ["spex"], "models": ["a"], "low": ["many"], "bands": ["[[1,"]}

    options = read_form(toy_form(), sent)

    with pytest.raises(RecipeError, match=r"low: .* got 'many'; bands: "):
        TOY.read_recipe(options)
    (section,) = toy_form(**options)
    shown = {field.name: field.value for field in section.fields}
    assert (shown["low"], shown["bands"]) == ("many", "[[1,")


@pytest.mark.parametrize("name", ["diamondback-spex", "miles-optical", "harps-published"])
def test_a_shipped_recipe_survives_its_form(name: str) -> None:
    options = read_shipped_recipe(name)
    task = TASKS["atmospheres.train" if name == "diamondback-spex" else "representations.train"]

    sections = make_form(task.recipe, options, {})

    assert len(sections) > 3
    again = read_form(sections, entered(sections))
    assert task.read_recipe(again) == task.read_recipe(options)


@pytest.mark.parametrize("task", TASKS.values(), ids=str)
def test_every_task_can_have_a_form(task: Task) -> None:
    sections = make_form(task.recipe, {}, {})

    known = set(task.recipe.model_fields)
    top = {field.name for field in sections[0].fields}
    tables = {section.name.partition(".")[0] for section in sections[1:]}
    assert top | tables == known


def test_a_docstring_without_parameters_is_all_summary() -> None:
    assert read_docstring("Do it.\n\n    Well.") == ("Do it. Well.", {})
