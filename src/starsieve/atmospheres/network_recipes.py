"""What can be trained on a grid: posteriors, and the baselines that they are judged against.

Imports no torch, so that it is cheap to list.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from starsieve.atmospheres.preparation_recipes import AnyStep, check_steps, default_steps


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Embedded(_Record):
    """What posteriors have in common: how a spectrum becomes the context of a density.

    Parameters
    ----------
    n_components : int
        Of the projection.
    embedding : {"projection", "convolution"}
        The weighted projection onto the grid's principal components, which is fitted and not
        trained, or convolutions along the spectrum that know which pixels are there.
    channels : int
        Of the convolutions; each halving of the spectrum has as many.
    hidden, blocks : int
        Width and number of residual blocks of the perceptron behind it.
    context : int
        Numbers that the density is conditioned on.
    """

    n_components: int = Field(default=48, ge=2, le=256)
    hidden: int = Field(default=384, ge=8)
    blocks: int = Field(default=2, ge=1, le=12)
    context: int = Field(default=96, ge=4)
    embedding: Literal["projection", "convolution"] = "projection"
    channels: int = Field(default=32, ge=4, le=512)


class FlowNetwork(_Embedded):
    """A neural spline flow over the box of the grid's parameters.

    The spectrum enters through its weighted projection onto `n_components` principal components
    of the grid, which takes any noise and any gaps, or through convolutions with masks; a residual
    perceptron makes the context of the flow from it.
    """

    kind: Literal["flow"] = "flow"
    flow_transforms: int = Field(default=3, ge=1, le=12)
    flow_hidden: int = Field(default=96, ge=8)
    bins: int = Field(default=10, ge=2, le=64)


class MixtureNetwork(_Embedded):
    """A mixture density network: Gaussians with full covariance, inside the grid's box.

    The box is mapped onto all of space by the quantiles of a normal distribution, so that what
    the mixture gives respects the grid's range, and one Gaussian can say that nothing is known.

    Parameters
    ----------
    n_gaussians : int
    """

    kind: Literal["mixture"] = "mixture"
    n_gaussians: int = Field(default=8, ge=1, le=64)


class _Regressor(_Record):
    """What regressors have in common: they give one value of each label, without an error.

    Parameters
    ----------
    draw : {"nodes", "between"}
        Trained on the spectra of the grid as they are, of any grid, or as posteriors are, on
        spectra anywhere between the nodes of a complete one.
    preparation : steps
        What is done to spectra and labels, in that order: see `AnyStep`.
    """

    draw: Literal["nodes", "between"] = "nodes"
    preparation: tuple[AnyStep, ...] = Field(default_factory=default_steps)

    @model_validator(mode="after")
    def _steps_fit(self) -> Any:
        check_steps(self.preparation)
        return self


class ConvolutionalRegressor(_Regressor):
    """TelescopeML's convolutional network: two inputs, and an output for each label.

    Blocks of convolutions along the spectrum, each with a maximum pooling behind it, then dense
    layers; engineered features join before the second group of those. Filters and units grow as
    the squared number of the layer. The defaults are the tuned values of TelescopeML 0.0.5
    (Gharib-Nezhad et al. 2024, JOSS 9, 6346), with which 104 pixels, two features and four labels
    make 8,438,756 parameters.

    Parameters
    ----------
    filters, kernel, pool : int
        Of the first convolution; the others grow. Pixels per kernel, and that pooling joins.
    conv_blocks, conv_layers : int
        Blocks, and convolutions in each.
    first_units, first_layers, first_dropout
        Dense layers behind the convolutions: units of the first one, how many, dropout at the end.
    second_units, second_layers, second_blocks, second_dropout
        Dense layers behind the features, in blocks, each with dropout at its end.
    huber_delta : float
        Where the loss of a prepared label turns from squared to linear.
    """

    kind: Literal["convolutional"] = "convolutional"
    filters: int = Field(default=32, ge=1, le=1024)
    kernel: int = Field(default=4, ge=1, le=101)
    pool: int = Field(default=3, ge=1, le=32)
    conv_blocks: int = Field(default=2, ge=1, le=6)
    conv_layers: int = Field(default=3, ge=1, le=6)
    first_units: int = Field(default=256, ge=1)
    first_layers: int = Field(default=3, ge=1, le=6)
    first_dropout: float = Field(default=0.0013358917, ge=0, lt=1)
    second_units: int = Field(default=128, ge=1)
    second_layers: int = Field(default=4, ge=1, le=6)
    second_blocks: int = Field(default=1, ge=1, le=6)
    second_dropout: float = Field(default=0.0018989744, ge=0, lt=1)
    huber_delta: float = Field(default=1.0, gt=0)


class _Classical(_Regressor):
    """What is fitted at once, to a sample of prepared spectra.

    Parameters
    ----------
    n_samples : int
        Spectra that it is fitted to, drawn as `draw` says.
    """

    n_samples: int = Field(default=20_000, ge=10, le=2_000_000)


class RandomForest(_Classical):
    """A random forest, or extremely randomised trees (scikit-learn grows them).

    Parameters
    ----------
    n_trees, min_leaf : int
        Trees, and the least spectra at the end of a branch.
    max_features : float
        Share of the pixels that each question is chosen from.
    random_thresholds : bool
        Extremely randomised trees.
    """

    kind: Literal["random-forest"] = "random-forest"
    n_trees: int = Field(default=100, ge=1, le=2000)
    min_leaf: int = Field(default=2, ge=1)
    max_features: float = Field(default=0.1, gt=0, le=1)
    random_thresholds: bool = False


class GradientBoosting(_Classical):
    """Gradient-boosted trees of principal components, one ensemble for each label.

    Parameters
    ----------
    n_components : int
        0: of the pixels themselves.
    n_rounds, max_leaves : int
        Trees of each label, and their most ends.
    shrinkage : float
        Share of each tree's answer that counts.
    """

    kind: Literal["gradient-boosting"] = "gradient-boosting"
    n_components: int = Field(default=40, ge=0, le=256)
    n_rounds: int = Field(default=200, ge=1, le=5000)
    max_leaves: int = Field(default=31, ge=2, le=1024)
    shrinkage: float = Field(default=0.1, gt=0, le=1)


class ComponentsRidge(_Classical):
    """Ridge regression on principal components.

    Parameters
    ----------
    n_components : int
    penalty : float
        On squared coefficients of components of unit variance.
    """

    kind: Literal["pca-ridge"] = "pca-ridge"
    n_components: int = Field(default=60, ge=1, le=256)
    penalty: float = Field(default=1.0, ge=0)


class NearestNode(_Record):
    """The grid's spectrum of least chi-square, with a free scale: nothing is learnt.

    Parameters
    ----------
    floor : float
        Error of every pixel relative to the peak: models are no better than that.
    """

    kind: Literal["nearest"] = "nearest"
    floor: float = Field(default=0.01, gt=0, le=1)


def _kind(value: Any) -> Any:
    kind = value.get("kind", "flow") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if kind in KINDS else None


Posterior = FlowNetwork | MixtureNetwork
"""What gives a density: how probable which parameters are."""

POSTERIOR_KINDS = ("flow", "mixture")

Classical = RandomForest | GradientBoosting | ComponentsRidge
Regressor = ConvolutionalRegressor | RandomForest | GradientBoosting | ComponentsRidge | NearestNode
"""What gives a value of each label and no error: baselines."""

KINDS = (
    *POSTERIOR_KINDS,
    *("convolutional", "random-forest", "gradient-boosting", "pca-ridge", "nearest"),
)

AnyNetwork = Annotated[
    Annotated[FlowNetwork, Tag("flow")]
    | Annotated[MixtureNetwork, Tag("mixture")]
    | Annotated[ConvolutionalRegressor, Tag("convolutional")]
    | Annotated[RandomForest, Tag("random-forest")]
    | Annotated[GradientBoosting, Tag("gradient-boosting")]
    | Annotated[ComponentsRidge, Tag("pca-ridge")]
    | Annotated[NearestNode, Tag("nearest")],
    Discriminator(
        _kind,
        custom_error_type="unknown_kind",
        custom_error_message=f"kind must be one of {', '.join(KINDS)}",
    ),
]
"""Everything that a recipe may name as its network; without a kind, a flow."""
