"""Which spectra a list shows, in which order, and how many there are of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starsieve.errors import DataError

SpectrumOrderedBy = Literal["number", "object", "resolution", "label", "predicted"]


@dataclass(frozen=True, slots=True)
class LabelLimits:
    """Between which values a label must lie, limits included; None for no limit."""

    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PredictedLimits:
    """Between which values the median of a predicted parameter must lie; None for no limit."""

    model: str
    parameter: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumFilter:
    """Which spectra are meant: those for which all that is given holds.

    Parameters
    ----------
    text : str
        The object's or the file's name contains it, whatever the case.
    collections, media, frames : tuple of str
        One of them; all if there are none.
    labels : tuple of LabelLimits
        A spectrum's own label, or that of its target where it has none; of several origins the one
        that came first.
    predicted : tuple of PredictedLimits
    model : str, optional
        It has predictions by this model.
    in_distribution : bool, optional
        What `model` says of that.
    target : int, optional
        Number of its star.

    Raises
    ------
    DataError
        If `in_distribution` is asked for without a model.
    """

    text: str = ""
    collections: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    labels: tuple[LabelLimits, ...] = ()
    predicted: tuple[PredictedLimits, ...] = ()
    model: str | None = None
    in_distribution: bool | None = None
    target: int | None = None

    def __post_init__(self) -> None:
        if self.in_distribution is not None and self.model is None:
            msg = "Models differ in what is in their distribution: say which model is asked."
            raise DataError(msg)


@dataclass(frozen=True, slots=True)
class SpectrumOrder:
    """What a list of spectra is sorted by. What is not known comes last in either direction.

    Parameters
    ----------
    by : str
        One of `SpectrumOrderedBy`.
    name : str
        Of the label, or of the predicted parameter, whose median counts.
    model : str
        That predicted the parameter.
    descending : bool

    Raises
    ------
    DataError
        If a name is needed and missing.
    """

    by: SpectrumOrderedBy = "number"
    name: str = ""
    model: str = ""
    descending: bool = False

    def __post_init__(self) -> None:
        lacks_name = self.by in ("label", "predicted") and not self.name
        if lacks_name or (self.by == "predicted" and not self.model):
            msg = f"Sorting by {self.by} needs the name of a label, or of a model and a parameter."
            raise DataError(msg)


@dataclass(frozen=True, slots=True)
class SpectrumCounts:
    """Numbers of spectra.

    Parameters
    ----------
    total : int
        For which all holds that is asked.
    collections, media, frames, models : mapping of str to int
        How many there would be with that value instead of what is asked of it now; the most
        frequent first.
    in_distribution : mapping of bool to int
        The same of what the model that is asked for says; empty if none is.
    """

    total: int
    collections: Mapping[str, int]
    media: Mapping[str, int]
    frames: Mapping[str, int]
    models: Mapping[str, int]
    in_distribution: Mapping[bool, int]
