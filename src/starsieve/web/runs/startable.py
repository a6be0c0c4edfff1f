"""What can be started from a page, and what this archive offers for it."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import NotInArchiveError, RecipeError
from starsieve.learn.library import find_by_name, list_models
from starsieve.learn.model import ModelCard, read_card
from starsieve.registry import TASKS, read_shipped_recipe, shipped_recipes
from starsieve.tasks import Recipe, Task
from starsieve.web.runs.forms import Choices, Section, make_form
from starsieve.web.words import count

Offer = Callable[[Archive], Sequence[tuple[str, str]]]


def _collections(*kinds: str) -> Offer:
    def offer(archive: Archive) -> list[tuple[str, str]]:
        return [
            (info.name, f"{info.name} ({_items(info.kind, info.n_items)})")
            for info in archive.collections.list()
            if info.kind in kinds
        ]

    return offer


def _models(task: str) -> Offer:
    def offer(archive: Archive) -> list[tuple[str, str]]:
        found = {info.name: info for info in reversed(list_models(archive)) if info.task == task}
        return [(name, f"{name} ({found[name].origin})") for name in sorted(found)]

    return offer


def can_be_simulated(card: ModelCard) -> bool:
    """Return whether a posterior can be judged on simulated spectra.

    One of several grids can, between the nodes; one of a single grid on nodes that it held out.
    """
    return "grids" in card.recipe or bool(card.recipe.get("held_out"))


def _to_evaluate(archive: Archive) -> list[tuple[str, str]]:
    """Offer the posteriors that can be judged on simulated spectra."""
    return [
        (name, words)
        for name, words in POSTERIORS(archive)
        if can_be_simulated(read_card(find_by_name(name, archive)[0]))
    ]


SPECTRA, GRIDS = _collections("spectra", "grid"), _collections("grid")
LIGHT_CURVES = _collections("light curves")
POSTERIORS, REPRESENTATIONS = _models("atmospheres"), _models("representations")
VETTERS, RANKERS = _models("transits.vet"), _models("transits.rank")
CORES = {"workers": float(os.cpu_count() or 1)}


@dataclass(frozen=True, slots=True)
class Startable:
    """A task that a page offers.

    Parameters
    ----------
    task : str
    title : str
        What it does, as on a button.
    offers : mapping of str to callable
        What an option may be, of what the archive has.
    hidden : set of str
        Options that name places on the server: nobody's business from a page.
    most : mapping of str to float
        Upper limits that spare the server.
    trains : bool
        Whether it makes a model, by a recipe that ships, under a name that is free.
    """

    task: str
    title: str
    offers: Mapping[str, Offer]
    hidden: frozenset[str] = frozenset()
    most: Mapping[str, float] = field(default_factory=dict)
    trains: bool = False

    @property
    def about(self) -> Task:
        """The task itself."""
        return TASKS[self.task]


STARTABLE: tuple[Startable, ...] = (
    Startable(
        "atmospheres.infer", "Infer parameters", {"collection": SPECTRA, "model": POSTERIORS}
    ),
    Startable(
        "representations.encode",
        "Encode spectra",
        {"collection": SPECTRA, "model": REPRESENTATIONS},
    ),
    Startable(
        "representations.disentangle",
        "Say what latents mean",
        {"collection": SPECTRA, "models": REPRESENTATIONS, "pca": REPRESENTATIONS},
        frozenset({"report"}),
    ),
    Startable(
        "representations.tag",
        "Tag spectra",
        {"collection": SPECTRA, "labelled": SPECTRA, "model": REPRESENTATIONS},
    ),
    Startable(
        "representations.outliers",
        "Find the unusual",
        {"collection": SPECTRA, "model": REPRESENTATIONS},
    ),
    Startable("transits.search", "Search for transits", {"collection": LIGHT_CURVES}, most=CORES),
    Startable(
        "transits.vet",
        "Search and vet",
        {"collection": LIGHT_CURVES, "model": VETTERS},
        most=CORES,
    ),
    Startable("transits.rank", "Rank a list of candidates", {"model": RANKERS}),
    Startable("atmospheres.evaluate", "Evaluate a posterior", {"model": _to_evaluate}),
    Startable(
        "representations.evaluate",
        "Evaluate a representation",
        {"collection": SPECTRA, "model": REPRESENTATIONS},
    ),
    Startable("atmospheres.train", "Train a posterior", {"collection": GRIDS}, trains=True),
    Startable(
        "representations.train", "Train a representation", {"collections": SPECTRA}, trains=True
    ),
)


def find_startable(task: str) -> Startable:
    """Return what can be started by the name of its task.

    Raises
    ------
    NotInArchiveError
        If there is none; the message names those that there are.
    """
    for each in STARTABLE:
        if each.task == task:
            return each
    known = ", ".join(each.task for each in STARTABLE)
    msg = f"No task {task!r} that can be started from here. There are: {known}."
    raise NotInArchiveError(msg)


def is_startable(task: str) -> bool:
    """Return whether a task can be started from a page."""
    return any(each.task == task for each in STARTABLE)


def recipes_for(startable: Startable) -> tuple[str, ...]:
    """Return the names of the recipes that ship for a training."""
    return _recipes_of(startable.task) if startable.trains else ()


@cache
def _recipes_of(task: str) -> tuple[str, ...]:
    return tuple(name for name in shipped_recipes() if _fits(task, name))


def list_choices(startable: Startable, archive: Archive) -> Choices:
    """Return what each option may be, of what the archive has."""
    return {option: offer(archive) for option, offer in startable.offers.items()}


def form_of(
    startable: Startable, archive: Archive, given: Mapping[str, Any]
) -> tuple[Section, ...]:
    """Return the form of a task, filled with what is given."""
    choices = list_choices(startable, archive)
    recipe = startable.about.recipe
    return make_form(recipe, given, choices, startable.hidden, startable.most)


def from_shipped(startable: Startable, name: str) -> dict[str, Any]:
    """Return a shipped recipe to begin with, without what only holds for its own spectra."""
    if name not in recipes_for(startable):
        known = ", ".join(recipes_for(startable)) or "none"
        msg = f"No recipe {name!r} for {startable.task}. There are: {known}."
        raise NotInArchiveError(msg)
    own = ("model", "description", "sources", "licence")
    options = read_shipped_recipe(name)
    return {k: v for k, v in options.items() if k not in own} | {"model": f"my-{name}"}


def queue_run(archive: Archive, task: str, options: Mapping[str, Any], who: str) -> int:
    """Check a recipe and let a worker run it; return the run's number.

    Raises
    ------
    NotInArchiveError
        If there is no such task to start from here.
    RecipeError
        If an option is missing, unknown, impossible, or not offered here.
    """
    startable = find_startable(task)
    recipe = startable.about.read_recipe(options)
    _check_offered(startable, archive, options, recipe)
    content = recipe.model_dump(mode="json")
    return archive.runs.queue(task, content, seed=recipe.seed, who=who)


def _check_offered(
    startable: Startable, archive: Archive, options: Mapping[str, Any], recipe: Recipe
) -> None:
    values = recipe.model_dump()
    if wrong := sorted(startable.hidden & set(options)):
        msg = f"Option {wrong[0]!r} names a place on the server and can't be set from here."
        raise RecipeError(msg)
    for option, offered in list_choices(startable, archive).items():
        names = [name for name, _ in offered]
        value = values[option]
        asked = [] if value is None else [value] if isinstance(value, str) else list(value)
        if missing := [name for name in asked if name not in names]:
            msg = f"{option}: no {missing[0]!r} here. There are: {', '.join(names) or 'none'}."
            raise RecipeError(msg)
    for option, most in startable.most.items():
        if values[option] > most:
            msg = f"{option}: at most {most:g} from here, got {values[option]}."
            raise RecipeError(msg)
    if startable.trains and values["model"] in {info.name for info in list_models(archive)}:
        msg = f"model: there is a model {values['model']!r} already. Give it another name."
        raise RecipeError(msg)


def best_shipped(startable: Startable, archive: Archive) -> str:
    """Return the shipped recipe whose own collection is in the archive, or any."""
    names = recipes_for(startable)
    offered = {name for choices in list_choices(startable, archive).values() for name, _ in choices}
    for name in names:
        options = read_shipped_recipe(name)
        if {*options.get("collections", ()), options.get("collection")} & offered:
            return name
    return names[0]


def _fits(task: str, name: str) -> bool:
    try:
        TASKS[task].read_recipe(read_shipped_recipe(name))
    except RecipeError:
        return False
    return True


def _items(kind: str, number: int) -> str:
    if kind == "light curves":
        return count(number, "light curve")
    return count(number, "spectrum", "spectra")
