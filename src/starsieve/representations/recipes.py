"""What can be asked of this domain. Imports no torch, so that it is cheap to list."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from starsieve.tasks import Name, Recipe


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


class Convolutional(BaseModel):
    """A convolutional variational autoencoder, by default that which was published for HARPS.

    Parameters
    ----------
    n_latents : int
    channels, kernels : tuple of int
        Of each convolution; all but the last halve the length. Short spectra need fewer.
    mask_channel : bool
        Whether the network is told which pixels are valid; they are 0 where not, in any case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["convolutional"] = "convolutional"
    n_latents: int = Field(default=128, ge=2, le=8192)
    channels: tuple[PositiveInt, ...] = (
        *3 * (16,),
        *3 * (32,),
        *3 * (64,),
        *3 * (128,),
        256,
        512,
        512,
    )
    kernels: tuple[PositiveInt, ...] = (7, 5, 5, *12 * (3,))
    mask_channel: bool = False

    @model_validator(mode="after")
    def _layers_fit(self) -> "Convolutional":
        if len(self.channels) != len(self.kernels) or len(self.channels) < 3:
            msg = "channels and kernels must be as many, one for each of three or more convolutions"
            raise ValueError(msg)
        if any(kernel % 2 == 0 for kernel in self.kernels):
            msg = f"kernels must be odd, got {self.kernels}"
            raise ValueError(msg)
        return self


class Dense(BaseModel):
    """A fully connected autoencoder, for coarse spectra: by default with two latents, for a map.

    Parameters
    ----------
    n_latents : int
    hidden : tuple of int
        Widths of the layers between the pixels and the latents.
    variational : bool
        Whether the latents have errors, and a prior that keeps them together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["dense"] = "dense"
    n_latents: int = Field(default=2, ge=2, le=8192)
    hidden: tuple[PositiveInt, ...] = (256, 64)
    variational: bool = False


class Projected(BaseModel):
    """A variational autoencoder of the coefficients of principal components: quick, and robust.

    Parameters
    ----------
    n_latents : int
    n_components : int
        Principal components that it sees, and that what it decodes is made of.
    hidden, blocks : int
        Width and number of residual blocks of encoder and decoder.
    passes : int
        As of `PrincipalComponents`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["projected"] = "projected"
    n_latents: int = Field(default=8, ge=2, le=8192)
    n_components: int = Field(default=48, ge=2, le=512)
    hidden: int = Field(default=256, ge=8)
    blocks: int = Field(default=2, ge=1, le=12)
    passes: int = Field(default=4, ge=1, le=100)


AnyNetwork = Annotated[
    PrincipalComponents | Projected | Convolutional | Dense, Field(discriminator="kind")
]
"""Every network that a recipe may name."""


class Evidence(BaseModel):
    """Misfit, and a weight on the divergence from the prior that warms up.

    With ``reconstruction = "gaussian"`` misfit and divergence are in nats, and at a weight of 1
    their sum is the bound on the evidence. With ``"absolute"``, as published for HARPS, the mean
    absolute residual stands beside the mean divergence of a latent, with 0.3 for the weight.

    Parameters
    ----------
    reconstruction : {"gaussian", "absolute"}
    weight : float
        Of the divergence in the end.
    start, end : int
        The weight is 0 to the first of these steps, and grows evenly to the second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["evidence"] = "evidence"
    reconstruction: Literal["gaussian", "absolute"] = "gaussian"
    weight: float = Field(default=1.0, ge=0)
    start: int = Field(default=0, ge=0)
    end: int = Field(default=1000, ge=0)


class TotalCorrelation(BaseModel):
    """The evidence with its divergence split in three, so that latents become independent.

    Parameters
    ----------
    information, correlation, rest : float
        Weights of the mutual information between spectra and latents, of the latents' total
        correlation, and of each latent's own divergence from the prior.
    blur : float
        Standard deviation by which latents are blurred where their correlation is estimated. A
        batch can't resolve posteriors that are much narrower than its members are apart: without
        blur, the estimate then says nothing of how latents depend on each other.
    start, end : int
        As of `Evidence`: of the correlation's weight, which begins at 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["total-correlation"] = "total-correlation"
    information: float = Field(default=1.0, ge=0)
    correlation: float = Field(default=6.0, ge=0)
    rest: float = Field(default=1.0, ge=0)
    blur: float = Field(default=0.3, ge=0)
    start: int = Field(default=0, ge=0)
    end: int = Field(default=1000, ge=0)


AnyObjective = Annotated[Evidence | TotalCorrelation, Field(discriminator="kind")]
"""Every objective that a recipe may name."""


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
    memory : float
        Gigabytes that prepared spectra may take; more are streamed from the archive.
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
    continuum: float | None = Field(
        default=None,
        gt=0,
        description="km/s: spectra are divided by their running mean over this width, so that "
        "instruments of different flux calibration agree",
    )
    error_floor: float = Field(
        default=0.003, ge=0, description="added to every relative error in quadrature"
    )
    network: AnyNetwork = PrincipalComponents()
    objective: AnyObjective = Evidence()
    velocity: Velocity = Velocity()
    steps: int = Field(default=4000, ge=4)
    batch_size: int = Field(default=256, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    validate_every: int = Field(default=200, gt=0)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    memory: float = Field(default=2.0, gt=0)
    validation_share: float = Field(default=0.1, ge=0, lt=1)
    sources: tuple[str, ...] = ()
    licence: str = ""

    @model_validator(mode="after")
    def _options_fit(self) -> "TrainRecipe":
        low, high = self.wave_range
        if not 0 < low < high:
            msg = f"wave_range must be two positive numbers, the lower first, got {low}, {high}"
            raise ValueError(msg)
        absolute = isinstance(self.objective, Evidence) and (
            self.objective.reconstruction == "absolute"
        )
        if absolute and self.network.kind == "projected":
            msg = "a projected network knows the spectra by their chi-square: ask for 'gaussian'"
            raise ValueError(msg)
        plain = self.network.kind == "dense" and not self.network.variational
        if isinstance(self.objective, TotalCorrelation) and plain:
            msg = "total correlation is one of posteriors: set network.variational to true"
            raise ValueError(msg)
        return self
