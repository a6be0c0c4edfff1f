"""What a visitor may say about an upload."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from starsieve.data.spectrum import Frame, Medium
from starsieve.readers import Hints
from starsieve.tasks import Name

Metric = Literal["latent", "spectrum", "both"]

MOST_NEIGHBOURS = 30


def _none_if_empty(value: object) -> object:
    """Take what a form sends for a field that was left empty as not given."""
    return None if isinstance(value, str) and not value.strip() else value


def _one_line(value: str | None) -> str | None:
    if value is not None and not value.isprintable():
        msg = "expected printable letters"
        raise ValueError(msg)
    return value


Empty = BeforeValidator(_none_if_empty)
Unit = Annotated[str | None, Empty, Field(max_length=40), AfterValidator(_one_line)]


class UploadOptions(BaseModel):
    """What is known better than by the file, and what shall be asked.

    Parameters
    ----------
    wave_unit, flux_unit : str, optional
        As `astropy.units` writes them.
    medium, frame : str, optional
        Of the wavelengths in the file.
    resolution : float, optional
        Resolving power.
    model : str, optional
        Whose parameters; by default that of the atmospheres' models which fits best.
    collection : str, optional
        Where similar spectra are looked for; by default the one with most in common.
    by : {"latent", "spectrum", "both"}, optional
        What is compared; by default both where there are latents.
    k : int
        How many similar spectra.
    number : int
        Which spectrum of a file that holds several, from 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave_unit: Unit = None
    flux_unit: Unit = None
    medium: Annotated[Medium | None, Empty] = None
    frame: Annotated[Frame | None, Empty] = None
    resolution: Annotated[float | None, Empty, Field(gt=0, le=1e7)] = None
    model: Annotated[Name | None, Empty] = None
    collection: Annotated[Name | None, Empty] = None
    by: Annotated[Metric | None, Empty] = None
    k: int = Field(default=8, ge=1, le=MOST_NEIGHBOURS)
    number: int = Field(default=1, ge=1, le=1_000_000)

    def hints(self) -> Hints:
        """Return what the reader is told."""
        return Hints(**self.hints_given())

    def hints_given(self) -> dict[str, Any]:
        """Return what is known better than by the file, by name."""
        names = ("wave_unit", "flux_unit", "medium", "frame", "resolution")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


MEDIA: tuple[str, ...] = get_args(Medium)
FRAMES: tuple[str, ...] = get_args(Frame)
METRICS: tuple[str, ...] = get_args(Metric)
