"""What can be asked of an injection test. Imports no NumPy, so that it is cheap to list."""

from typing import Self

from pydantic import Field, model_validator

from starsieve.tasks import Name, Recipe
from starsieve.transits.recipes import SearchOptions

Range = tuple[float, float]


class RecoveryOptions(Recipe):
    """Which planets are put into light curves, and how they are searched for.

    Parameters
    ----------
    trials : int
        Planets, shared evenly among the cells of the map.
    periods, radii : pair of float
        Ranges in days and Earth radii, divided evenly in their logarithms.
    period_bins, radius_bins : int
        Cells of the map.
    max_impact : float
        Impact parameters are drawn evenly from 0 to here.
    search : SearchOptions
    """

    trials: int = Field(default=300, ge=1, le=1_000_000)
    periods: Range = (0.5, 13.0)
    radii: Range = (0.7, 12.0)
    period_bins: int = Field(default=6, ge=1, le=100)
    radius_bins: int = Field(default=6, ge=1, le=100)
    max_impact: float = Field(default=0.9, ge=0, le=1)
    search: SearchOptions = SearchOptions()

    @model_validator(mode="after")
    def _ranges_increase(self) -> Self:
        for name, unit in (("periods", "days"), ("radii", "Earth radii")):
            low, high = getattr(self, name)
            if not 0 < low < high:
                msg = f"{name} must be two increasing positive numbers ({unit}), got {low}, {high}"
                raise ValueError(msg)
        return self


class InjectionRecoveryRecipe(RecoveryOptions):
    """An injection test on light curves of an archive.

    Parameters
    ----------
    collection : str
    curves : int
        So many light curves of the collection, at most, are drawn for it.
    """

    collection: Name
    curves: int = Field(default=20, ge=1, le=10_000)
