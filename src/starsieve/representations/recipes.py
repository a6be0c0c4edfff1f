"""What can be asked of this domain. Imports no torch, so that it is cheap to list."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from starsieve.tasks import Name, Recipe

LATENTS = Field(ge=2, le=8192)


class PrincipalComponents(BaseModel):
    """Principal components: the baseline, and what the other networks must beat.

    Parameters
    ----------
    n_latents : int
    passes : int
        How often the training set is gone through where spectra have gaps, each time with the
        gaps filled in from the components found before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pca"] = "pca"
    n_latents: int = Field(default=20, ge=2, le=8192)
    passes: int = Field(default=4, ge=1, le=100)


AnyNetwork = Annotated[PrincipalComponents, Field(discriminator="kind")]
"""Every network that a recipe may name."""


class Velocity(BaseModel):
    """How velocities are dealt with: as shifts, not as something to learn.

    Parameters
    ----------
    training : {"none", "label", "align"}
        Training spectra are at rest already; or shifted by a label; or their velocities are found
        together with what they have in common.
    label : str, optional
        The label that holds velocities in km/s.
    largest : float
        km/s: up to which velocities are looked for, in training by ``align`` and when encoding; 0
        if spectra are encoded as they come.
    n_templates : int
        Components of the rest-frame spectra that a shifted spectrum is compared with.
    degree : int
        Of the polynomial that takes up what the flux calibrations differ by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: Literal["none", "label", "align"] = "none"
    label: str | None = None
    largest: float = Field(default=0.0, ge=0, le=30_000)
    n_templates: int = Field(default=6, ge=1, le=64)
    degree: int = Field(default=3, ge=0, le=12)

    @model_validator(mode="after")
    def _says_what_is_needed(self) -> "Velocity":
        if (self.training == "label") != (self.label is not None):
            msg = "label names the velocities, and is given if and only if training is 'label'"
            raise ValueError(msg)
        if self.training == "align" and self.largest == 0:
            msg = "training by 'align' needs the largest velocity to look for"
            raise ValueError(msg)
        return self


class TrainRecipe(Recipe):
    """Train a representation of the spectra of one collection, or of several together.

    Parameters
    ----------
    collections : tuple of str
    model : str
        Name to keep it under.
    wave_range : pair
        Vacuum micron. What a spectrum does not cover is masked.
    n_pixels : int
        Of the model's grid, which has constant velocity steps.
    resolution : float, optional
        Resolving power that spectra of a higher one are brought to.
    validation_share : float
        Share of the stars whose spectra are kept for validation.
    """

    collections: tuple[Name, ...] = Field(min_length=1)
    model: Name
    description: str = ""
    wave_range: tuple[float, float]
    n_pixels: int = Field(ge=8, le=4_000_000)
    resolution: float | None = Field(default=None, gt=0)
    min_coverage: float = Field(default=0.2, gt=0, le=1)
    error_floor: float = Field(
        default=0.003, ge=0, description="added to every relative error in quadrature"
    )
    network: AnyNetwork = PrincipalComponents()
    velocity: Velocity = Velocity()
    validation_share: float = Field(default=0.1, ge=0, lt=1)
    sources: tuple[str, ...] = ()
    licence: str = ""

    @model_validator(mode="after")
    def _range_increases(self) -> "TrainRecipe":
        low, high = self.wave_range
        if not 0 < low < high:
            msg = f"wave_range must be two positive numbers, the lower first, got {low}, {high}"
            raise ValueError(msg)
        return self
