"""Recipes of ranking: which tables a ranker learns from and how, and what it is to rank."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from starsieve.tasks import Name, Recipe


class BoostingOptions(BaseModel):
    """Gradient boosting on histograms; one per member."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iterations: Annotated[int, Field(ge=1, le=5000)] = 250
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.04
    leaves: Annotated[int, Field(ge=2, le=255)] = 12
    smallest_leaf: Annotated[int, Field(ge=1)] = 12
    l2: Annotated[float, Field(ge=0)] = 3.0
    feature_share: Annotated[float, Field(gt=0, le=1)] = 0.4


class ForestOptions(BaseModel):
    """Extremely randomised trees; a forest per member."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trees: Annotated[int, Field(ge=1, le=5000)] = 50
    smallest_leaf: Annotated[int, Field(ge=1)] = 2
    feature_share: Annotated[float, Field(gt=0, le=1)] = 0.6


class TrainRankerRecipe(Recipe):
    """Train a ranker on tables of candidates whose nature is decided.

    Parameters
    ----------
    model : str
        Name of the model.
    tables : tuple of str
        Files of candidates in any layout that the catalogue readers know.
    stars : tuple of str
        Files of the TESS Input Catalog whose values go before those of the tables.
    planets, others : tuple of str
        Dispositions of the two classes; rows with any other are left out.
    extra : tuple of str
        Columns to use beyond those that every table has.
    without : tuple of str
        Features to do without.
    include_leaks : bool
        Also use the columns that tell the answer without being it: to see what they would
        pretend, never for an answer.
    learn_gaps : bool
        Also learn from which values are missing: fair only where the stars' values are those of a
        catalogue older than the decisions, as the TESS Input Catalog, and nobody filled them since.
    members : int
        Each leaves out another part of the stars.
    """

    model: Name = "my-ranker"
    tables: tuple[str, ...]
    stars: tuple[str, ...] = ()
    planets: tuple[str, ...] = ("CP", "KP")
    others: tuple[str, ...] = ("FP", "FA")
    extra: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    include_leaks: bool = False
    learn_gaps: bool = False
    members: Annotated[int, Field(ge=2, le=50)] = 8
    boosting: BoostingOptions = BoostingOptions()
    forest: ForestOptions = ForestOptions()
    description: str = ""
    sources: tuple[str, ...] = ()
    licence: str = ""


class RankRecipe(Recipe):
    """Rank the candidates of a list that the archive has.

    Parameters
    ----------
    origin : {"TOI", "CTOI"}
        The list: TESS objects of interest, or those of the community.
    model : str
        That judges; the default is the one that ships.
    """

    origin: Literal["TOI", "CTOI"] = "TOI"
    model: Name = "toi-ranker"
