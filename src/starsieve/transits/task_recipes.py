"""Recipes of the tasks that search and vet collections; cheap to import."""

from pydantic import Field

from starsieve.tasks import Name, Recipe
from starsieve.transits.recipes import SearchOptions


class SearchRecipe(Recipe):
    """Search the light curves of a collection for transits.

    Parameters
    ----------
    collection : str
        Of light curves.
    search : SearchOptions
        Where and how.
    workers : int
        Processes over which stars are spread.
    """

    collection: Name
    search: SearchOptions = SearchOptions()
    workers: int = Field(default=1, ge=1)


class VetRecipe(SearchRecipe):
    """Search the light curves of a collection, and judge every candidate.

    Parameters
    ----------
    model : str
        That judges; the default is the one that ships.
    """

    model: Name = "transit-vetter"


class MakeExamplesRecipe(Recipe):
    """Make signals of known truth, for a vetter to learn from: injected, and found again.

    Parameters
    ----------
    stars : int
        Simulated or real ones; around many nothing is found.
    file : str
        Where the examples go, ending in ``.npz``.
    collection : str, optional
        Real light curves without a known signal, into which some are injected.
    workers : int
        Processes over which stars are spread.
    """

    stars: int = Field(default=1000, ge=1, le=10_000_000)
    file: str = Field(default="made-examples.npz", pattern=r"\.npz$")
    collection: Name | None = None
    workers: int = Field(default=1, ge=1)
