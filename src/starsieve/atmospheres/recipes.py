"""What can be asked of this domain. Imports no torch, so that it is cheap to list."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from starsieve.atmospheres.network_recipes import AnyNetwork, Classical, FlowNetwork, NearestNode
from starsieve.tasks import Name, Recipe

Age = Literal["young", "intermediate", "field"]
Band = tuple[float, float]
TELLURIC_BANDS: tuple[Band, ...] = ((1.35, 1.42), (1.80, 1.95))
"""Micron: where water in the Earth's air leaves little signal between J, H and K."""


class Observing(BaseModel):
    """How an observation is drawn from a model spectrum during training.

    Parameters
    ----------
    snr : pair
        Signal-to-noise per pixel at `reference_band`, drawn evenly in its logarithm.
    reference_band : pair
        Micron.
    masked : pairs
        Bands in micron that are never used.
    cut_probability, largest_cut : float
        How often an end of the spectrum is cut off, and up to which fraction of the range.
    gap_probability, widest_gap : float
        How often a gap is cut in, and up to which width in micron.
    piece_probability, smallest_piece : float
        How often one piece of the range is all there is, and its smallest width in micron.
    resolutions : tuple of float
        Resolving powers below the grid's own; a spectrum is smoothed to one of these, or stays as
        it is, each as often.
    calibration : float
        Largest smooth error of the flux along the spectrum, relative; each spectrum has its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    snr: tuple[float, float] = (3.0, 400.0)
    reference_band: Band = (1.2, 1.3)
    masked: tuple[Band, ...] = TELLURIC_BANDS
    cut_probability: float = Field(default=0.4, ge=0, le=1)
    largest_cut: float = Field(default=0.4, ge=0, lt=0.5)
    gap_probability: float = Field(default=0.35, ge=0, le=1)
    widest_gap: float = Field(default=0.6, ge=0)
    piece_probability: float = Field(default=0.0, ge=0, le=1)
    smallest_piece: float = Field(default=0.3, gt=0)
    resolutions: tuple[PositiveFloat, ...] = ()
    calibration: float = Field(default=0.0, ge=0, lt=0.5)

    @model_validator(mode="after")
    def _ranges_increase(self) -> "Observing":
        for name in ("snr", "reference_band"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                msg = f"{name} must be two positive numbers, the lower first, got {low}, {high}"
                raise ValueError(msg)
        return self


class Trust(BaseModel):
    """What of a real spectrum counts when the grid does not describe it within its errors.

    Parameters
    ----------
    range : pair
        Micron: where the grid is believed. Simulated spectra are used on the whole grid.
    bands : pairs
        The range's parts; each is left out in turn, so that bands which disagree about an object
        widen its posterior (a jackknife over bands).
    min_coverage : float
        Smallest fraction of the range's pixels that a spectrum, or what is left of it, must have.
    max_misfit : float
        Departure of the best fit, relative to the mean flux, above which a spectrum is taken to
        be of something else than the grid is of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    range: Band = (1.0, 2.4)
    bands: tuple[Band, ...] = ((1.0, 1.36), (1.36, 1.85), (1.85, 2.4))
    min_coverage: float = Field(default=0.2, gt=0, le=1)
    max_misfit: float = Field(default=0.2, gt=0)


OF_TRAINING = (
    *("steps", "batch_size", "learning_rate", "schedule", "weight_decay", "validate_every"),
    *("patience", "precision", "device"),
)
"""Options that mean nothing to what is fitted at once."""


class TrainRecipe(Recipe):
    """Train an amortised posterior, or a baseline, on a gridded collection of model spectra.

    The grid is checked first. If spectra are the same under different labels, a split of the
    nodes may put copies on both sides: `split_by` says whether that is refused (``"nodes"``), or
    all nodes that copies tie to held-out ones are held out, too (``"groups"``).

    The learning rate goes up and down once (``"one-cycle"``), falls after a short rise
    (``"cosine"``), or stays. After `patience` validations without a better one, training ends.
    In ``precision = "bfloat16"`` what is multiplied is rounded; weights and densities are not.
    """

    collection: Name
    model: Name
    labels: tuple[str, ...] = Field(min_length=1)
    description: str = ""
    network: AnyNetwork = FlowNetwork()
    observing: Observing = Observing()
    trust: Trust = Trust()
    resolution: float = Field(gt=0, description="resolving power of the grid's spectra")
    densify: dict[str, int] = Field(default_factory=dict)
    validation: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    held_out: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    split_by: Literal["nodes", "groups"] = "nodes"
    steps: int = Field(default=8000, ge=4)
    batch_size: int = Field(default=512, gt=0)
    learning_rate: float = Field(default=1.5e-3, gt=0)
    schedule: Literal["one-cycle", "cosine", "constant"] = "one-cycle"
    weight_decay: float = Field(default=1e-4, ge=0)
    validate_every: int = Field(default=500, gt=0)
    patience: int | None = Field(default=None, ge=1)
    precision: Literal["float32", "bfloat16"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    sources: tuple[str, ...] = ()
    licence: str = ""

    @model_validator(mode="after")
    def _nodes_belong_together(self) -> "TrainRecipe":
        if self.validation and self.held_out and set(self.validation) != set(self.held_out):
            msg = "validation and held_out must name nodes of the same label"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _options_are_used(self) -> "TrainRecipe":
        if self.densify and getattr(self.network, "draw", "between") == "nodes":
            msg = (
                "densify adds nodes between those of a grid, and draw = 'nodes' takes none of them"
            )
            raise ValueError(msg)
        if isinstance(self.network, Classical | NearestNode):
            fields = type(self).model_fields
            for name in OF_TRAINING:
                if getattr(self, name) != fields[name].default:
                    msg = f"{name} is for what is trained in steps, not for {self.network.kind}"
                    raise ValueError(msg)
        return self


class InferRecipe(Recipe):
    """Infer the parameters of a collection's spectra with a trained model.

    Parameters
    ----------
    age : {"young", "intermediate", "field"}, optional
        Of all objects of the collection.
    priors : tuple of str
        Such as ``"logg=4.5+-0.2"`` or ``"teff=1000..1500"``.
    """

    collection: Name
    model: Name = "ultracool-spex"
    draws: int = Field(default=1000, ge=10, le=100_000)
    age: Age | None = None
    priors: tuple[str, ...] = ()


class EvaluateRecipe(Recipe):
    """Evaluate a model on simulated observations of its grids.

    Of a model of one grid: of the nodes that it never saw. One of several is judged between its
    nodes, under the noise of its training, and takes `draws` and `seed` only.

    The noise is even along the spectrum: the median flux of `reference_band` over `snr`. The
    models `beside` it are judged on the same spectra; they must not have seen those nodes either.
    """

    model: Name = "diamondback-spex"
    snr: float = Field(default=50.0, gt=0)
    copies: int = Field(default=3, ge=1)
    draws: int = Field(default=1000, ge=10, le=100_000)
    baselines: bool = True
    beside: tuple[Name, ...] = ()
