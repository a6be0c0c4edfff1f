"""What makes two spectra alike: a record that says what may differ between them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat


class Metric(BaseModel):
    """What may differ between two spectra of the same thing, and by how much.

    Parameters
    ----------
    max_velocity : float
        km/s, either way.
    degree : int
        Of the smooth ratio of fluxes. 0: a free scale alone.
    ratio : float
        How much the smooth ratio is expected to differ from a constant: standard deviation of
        each of its terms, as a fraction.
    distortion : int
        Legendre terms of the wavelength scale beyond a shift.
    distortion_pixels : float
        Standard deviation of each of them, in pixels of the comparison's grid.
    broadening : bool
        Whether a small difference of resolution is fitted, too.
    floor : float
        What errors of calibration add to each pixel's error, as a fraction of its flux.
    min_common : float
        Smallest fraction of the query's usable pixels that a reference must cover.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_velocity: NonNegativeFloat = 600.0
    degree: NonNegativeInt = 8
    ratio: PositiveFloat = 0.1
    distortion: NonNegativeInt = 0
    distortion_pixels: PositiveFloat = 0.5
    broadening: bool = True
    floor: NonNegativeFloat = 0.02
    min_common: Annotated[float, Field(gt=0, le=1)] = 0.3
