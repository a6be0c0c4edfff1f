"""Recipes of models that are trained on several grids, and tuned on labelled spectra."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from starsieve.atmospheres.recipes import Observing, Trust
from starsieve.tasks import Name, Recipe


class GridChoice(BaseModel):
    """One of the grids.

    Parameters
    ----------
    collection : str
        A gridded collection of the archive.
    only : dict
        Which nodes of a label that holds words, as ``{"cld": "NC"}``; such a part counts as a
        grid of its own.
    share : float
        How often its spectra are drawn, relative to the other grids'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: Name
    only: dict[str, str] = Field(default_factory=dict)
    share: PositiveFloat = 1.0

    @property
    def title(self) -> str:
        """The collection, and what was chosen of it."""
        return ":".join((self.collection, *self.only.values()))


class SeveralFlow(BaseModel):
    """Sizes of the network.

    Parameters
    ----------
    n_components, n_bins : int
        Principal components that fill gaps, and bins of the spectrum itself.
    hidden, blocks, context : int
        Width and number of the embedding's residual blocks, and what it gives.
    spline_hidden, bins : int
        Width of the layers in front of each label's spline, and its bins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_components: PositiveInt = 32
    n_bins: PositiveInt = 112
    hidden: PositiveInt = 192
    blocks: PositiveInt = 3
    context: PositiveInt = 96
    spline_hidden: PositiveInt = 64
    bins: int = Field(default=12, ge=2)


class SeveralRecipe(Recipe):
    """Train one posterior on several grids of model spectra that share their wavelengths.

    Each grid is checked and made continuous by an emulator. The network learns the posterior
    under each grid, under all of them, and which grid a spectrum is of.

    Parameters
    ----------
    labels : tuple of str
        Parameters that the network models, in the order in which it draws them. Each grid takes
        part in those that it varies freely.
    outputs : tuple of str
        The first of them, which are quoted; every grid must vary each of these.
    tied_width : float
        Of the range of a label, over which values are spread that a grid ties to single ones. A
        network would learn little else than these values, were they as sharp as they are.
    """

    model: Name
    grids: tuple[GridChoice, ...] = Field(min_length=1)
    labels: tuple[str, ...] = Field(min_length=1)
    outputs: tuple[str, ...] = Field(min_length=1)
    description: str = ""
    network: SeveralFlow = SeveralFlow()
    observing: Observing = Observing()
    trust: Trust = Trust()
    resolution: float = Field(gt=0, description="resolving power of the grids' spectra")
    steps: int = Field(default=4000, ge=4)
    batch_size: int = Field(default=384, gt=0)
    learning_rate: float = Field(default=1.5e-3, gt=0)
    validate_every: int = Field(default=500, gt=0)
    tied_width: float = Field(default=0.0, ge=0, lt=1)
    sources: tuple[str, ...] = ()
    licence: str = ""

    @model_validator(mode="after")
    def _outputs_come_first(self) -> "SeveralRecipe":
        if self.labels[: len(self.outputs)] != self.outputs:
            msg = f"outputs must be the first of the labels, got {', '.join(self.outputs)}"
            raise ValueError(msg)
        return self


class AgeClasses(BaseModel):
    """Which words of a column of the table stand for which age class.

    Parameters
    ----------
    column : str
    young, intermediate : tuple of str
        Words, taken without ``?`` and ``!`` at their end; several in one cell are joined by
        ``+``, and the first counts. All other words are of field objects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    young: tuple[str, ...] = ()
    intermediate: tuple[str, ...] = ()


class FineTuneRecipe(Recipe):
    """Tune a model of several grids on real spectra with known labels, and calibrate it on them.

    The objects are divided into folds. For each fold, members are trained on all others; so for
    each labelled spectrum there are members that never saw its object, and by these the model is
    calibrated and evaluated.

    Parameters
    ----------
    base, model : str
        Model to begin with, and name of the tuned one.
    table : str
        Of labelled spectra: see `starsieve.atmospheres.labelled.read_labelled`.
    columns, errors : dict
        Columns of labels and of their errors, by label.
    independent : tuple of str
        Labels whose errors differ from object to object at random, so that the posterior need
        not be as wide as they are.
    where : tuple of str
        Conditions that rows must meet.
    age : AgeClasses, optional
        Where the table tells ages. The posterior is then a sum over age classes, each weighed by
        how much the spectrum looks like it, and an age that is known picks one.
    folds, members : int
        Folds of the objects, and members for each.
    copies : int
        Noisier, smoother, incomplete and wrongly calibrated copies of each spectrum to train on.
    classes : tuple of float
        Effective temperatures at which the classes of the calibration meet.
    """

    base: Name
    model: Name
    table: str
    columns: dict[str, str]
    errors: dict[str, str] = Field(default_factory=dict)
    independent: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    age: AgeClasses | None = None
    folds: int = Field(default=5, ge=2)
    members: int = Field(default=3, ge=1)
    steps: int = Field(default=800, ge=4)
    batch_size: PositiveInt = 64
    simulated_batch_size: PositiveInt = 64
    simulated_weight: float = Field(default=0.5, ge=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    embedding_rate: float = Field(default=0.3, gt=0, description="relative to learning_rate")
    dropout: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=1e-2, ge=0)
    age_weight: float = Field(default=0.3, ge=0)
    label_draws: PositiveInt = 4
    copies: PositiveInt = 24
    classes: tuple[float, ...] = ()
    description: str = ""
    sources: tuple[str, ...] = ()
    licence: str = ""
