"""One light curve."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import (
    BoolArray,
    FloatArray,
    check_grid,
    check_shapes,
    plain_arrays,
    usable,
)
from starsieve.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class LightCurve:
    """Flux of one target over time.

    Parameters
    ----------
    time : array, shape (n_cadences,)
        Barycentric TESS Julian date (BJD_TDB - 2457000), strictly increasing.
    flux, sigma : arrays, shape (n_cadences,)
        Flux in `flux_unit`, and its standard deviation.
    valid : array of bool, shape (n_cadences,), optional
        True where a cadence may be used. A cadence whose flux is not finite, or whose sigma is
        not finite and positive, is never valid.
    quality : array of int, shape (n_cadences,), optional
        The pipeline's quality flags, as the file gave them.
    flux_unit : str
        As `astropy.units` writes it; ``""`` for a relative flux.
    meta : mapping
        Target, sector, cadence, pipeline, flux column, file.

    Raises
    ------
    DataError
        If shapes do not fit or time does not increase.
    """

    time: FloatArray
    flux: FloatArray
    sigma: FloatArray | None = None
    valid: BoolArray | None = None
    quality: npt.NDArray[np.integer[Any]] | None = None
    flux_unit: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain_arrays(self, ("time", "flux", "sigma"))
        if self.quality is not None:
            object.__setattr__(self, "quality", _as_flags(self.quality))
        check_grid(self.time, "time", "BJD_TDB - 2457000")
        check_shapes(
            self.time.shape,
            flux=self.flux,
            sigma=self.sigma,
            valid=self.valid,
            quality=self.quality,
        )
        object.__setattr__(self, "valid", usable(self.flux, self.sigma, self.valid))

    def __len__(self) -> int:
        return len(self.time)

    @property
    def usable(self) -> BoolArray:
        """Where a cadence may be used, shape (n_cadences,); `valid`, and never None."""
        return usable(self.flux, self.sigma, self.valid)

    def normalised(self) -> Self:
        """Return the light curve divided by the median of its valid fluxes, without a unit.

        Raises
        ------
        DataError
            If no cadence is valid, or the median is not positive.
        """
        good = self.flux[self.usable]
        level = float(np.median(good)) if len(good) else np.nan
        if not level > 0:
            msg = (
                f"A light curve with {len(good)} valid cadences and a median flux of {level} "
                "can't be normalised: that needs a positive median."
            )
            raise DataError(msg)
        sigma = None if self.sigma is None else self.sigma / level
        return replace(self, flux=self.flux / level, sigma=sigma, flux_unit="")


def _as_flags(values: Any) -> npt.NDArray[np.integer[Any]]:
    flags = np.asarray(values)
    if flags.dtype.kind not in "iu":
        msg = f"quality must be an array of integers, got dtype {flags.dtype}."
        raise DataError(msg)
    return flags.astype(flags.dtype.newbyteorder("="), copy=False)
