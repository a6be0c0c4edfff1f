"""How spectra and labels are prepared for a regressor: the steps that a recipe may name.

Whatever the steps, a spectrum first gets its gaps bridged by straight lines and is divided by its
mean flux, since its brightness tells the distance as well.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Noise(_Step):
    """In training only: see spectra as an instrument would, as the recipe's `observing` says.

    Without this step, training is on clean and complete spectra.

    Parameters
    ----------
    snr : pair, optional
        Instead of that of `observing`.
    cuts : bool
        Cut off ends and cut in gaps, too.
    """

    kind: Literal["noise"] = "noise"
    snr: tuple[float, float] | None = None
    cuts: bool = True

    @model_validator(mode="after")
    def _range_increases(self) -> "Noise":
        if self.snr is not None and not 0 < self.snr[0] <= self.snr[1]:
            msg = f"snr must be two positive numbers, the lower first, got {self.snr}"
            raise ValueError(msg)
        return self


class Smooth(_Step):
    """Smooth spectra along the wavelength by a Gaussian of this deviation in pixels."""

    kind: Literal["smooth"] = "smooth"
    width: float = Field(default=1.0, gt=0, le=100)


class Bin(_Step):
    """Average neighbouring pixels, so that this many are left."""

    kind: Literal["bin"] = "bin"
    n_pixels: int = Field(ge=2)


class ScaleRows(_Step):
    """Scale each spectrum by itself.

    Parameters
    ----------
    by : {"deviation", "range"}
        To mean 0 and deviation 1, or to lowest 0 and highest 1.
    """

    kind: Literal["scale-rows"] = "scale-rows"
    by: Literal["deviation", "range"] = "deviation"


class ScaleColumns(_Step):
    """Scale each pixel, or each feature, by what the training rows have there.

    Parameters
    ----------
    of : {"pixels", "features"}
    by : {"deviation", "range"}
        To mean 0 and deviation 1, or to lowest 0 and highest 1.
    """

    kind: Literal["scale-columns"] = "scale-columns"
    of: Literal["pixels", "features"] = "pixels"
    by: Literal["deviation", "range"] = "deviation"


class Extremes(_Step):
    """Take the least and the greatest value of each spectrum, as it is by then, as features."""

    kind: Literal["extremes"] = "extremes"


class Log10(_Step):
    """Predict the logarithm of labels that are positive."""

    kind: Literal["log10"] = "log10"
    labels: tuple[str, ...] = ("teff",)


class ScaleLabels(_Step):
    """Scale each label, as it is by then, by what the training rows have.

    Parameters
    ----------
    by : {"deviation", "range"}
        To mean 0 and deviation 1, or to lowest 0 and highest 1.
    """

    kind: Literal["scale-labels"] = "scale-labels"
    by: Literal["deviation", "range"] = "deviation"


AnyStep = Annotated[
    Noise | Smooth | Bin | ScaleRows | ScaleColumns | Extremes | Log10 | ScaleLabels,
    Field(discriminator="kind"),
]
"""Every step that a recipe may name."""


def default_steps() -> tuple[AnyStep, ...]:
    """Return TelescopeML's steps, and noise, which it lacks.

    Rows are standardised, their extremes are features that are standardised by column, and so are
    the labels, of the temperature its logarithm.
    """
    return (
        Noise(),
        Extremes(),
        ScaleColumns(of="features"),
        ScaleRows(),
        Log10(),
        ScaleLabels(),
    )


def check_steps(steps: Sequence[AnyStep]) -> None:
    """Refuse an order of steps that means nothing.

    Raises
    ------
    ValueError
        Which pydantic makes an error of the recipe.
    """
    kinds = [step.kind for step in steps]
    if "noise" in kinds[1:]:
        msg = "the step noise must come first: other steps work on what was observed"
        raise ValueError(msg)
    for kind in ("log10", "scale-labels"):
        if kinds.count(kind) > 1:
            msg = f"the step {kind} can be there once only"
            raise ValueError(msg)
    if "log10" in kinds and "scale-labels" in kinds[: kinds.index("log10")]:
        msg = "the step log10 must come before scale-labels: scaled labels have no logarithm"
        raise ValueError(msg)
    for number, step in enumerate(steps):
        of_features = isinstance(step, ScaleColumns) and step.of == "features"
        if of_features and "extremes" not in kinds[:number]:
            msg = "the step scale-columns of features needs extremes before it"
            raise ValueError(msg)
