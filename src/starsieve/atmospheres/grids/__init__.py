"""Know a model grid before training on it: holes, copies, ceilings, confounded labels, fluxes."""

from starsieve.atmospheres.grids.check import check_grid
from starsieve.atmospheres.grids.result import GridCheck

__all__ = ["GridCheck", "check_grid"]
