"""How a spectrum is looked at, as the address of its page says it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from starsieve.data.lines import SPECIES
from starsieve.data.units import flux_choices
from starsieve.plots.interactive.spectrum_template import N_OVERLAYS
from starsieve.plots.interactive.spectrum_view import SpectrumLook, view_of_axis

WaveUnit = Literal["um", "nm", "angstrom"]
FluxChoice = Literal[
    "stored", "w_m2_um", "erg_s_cm2_um", "erg_s_cm2_angstrom", "jy", "mjy", "normalised"
]
Word = Annotated[str, StringConstraints(max_length=80)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

NOT_CARRIED = ("xmin", "xmax", "range_unit", "range_medium", "overlay")
"""What belongs to one spectrum, and does not go along to the next one."""


class Look(BaseModel):
    """How a spectrum is looked at. What is not given stays as it is by itself."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    medium: Literal["vacuum", "air"] = Field("vacuum", description="Of the wavelengths shown.")
    unit: WaveUnit = Field("um", description="Of the wavelengths shown.")
    flux: FluxChoice = Field("stored", description="Unit of the flux shown.")
    smooth: float = Field(0.0, ge=0, le=1e7, description="0 for none; see smooth_by.")
    smooth_by: Literal["pixels", "resolution"] = Field(
        "pixels", description="What smooth is: pixels (full width at half maximum) or R."
    )
    lines: list[Word] = Field([], max_length=60, description="Species whose lines are marked.")
    velocity: float = Field(
        0.0, ge=-1e5, le=1e5, description="km/s: by which lines are shifted, receding positive."
    )
    tellurics: bool = Field(False, description="Whether bands of the Earth's air are shaded.")
    model: Word = Field("", description="Model whose best fit is laid over the spectrum.")
    overlay: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] = Field(
        [], max_length=N_OVERLAYS, description="Other spectra to lay over this one."
    )
    xmin: Finite | None = Field(None, description="First wavelength of the view.")
    xmax: Finite | None = Field(None, description="Last wavelength of the view.")
    range_unit: WaveUnit | None = Field(None, description="Of xmin and xmax, if not unit.")
    range_medium: Literal["vacuum", "air"] | None = Field(
        None, description="Of xmin and xmax, if not medium."
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty_fields(cls, given: Any) -> Any:
        """Take what a form sends for a field that was left empty as not given."""
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value not in ("", None)}

    def fitting(self, flux_unit: str) -> Self:
        """Return the same look with the flux as stored, if it can't be shown as asked for."""
        if self.flux in flux_choices(flux_unit):
            return self
        return self.model_copy(update={"flux": "stored"})

    @property
    def view(self) -> tuple[float, float] | None:
        """The range that is seen at first, in vacuum micron."""
        if self.xmin is None or self.xmax is None or not 0 < self.xmin != self.xmax > 0:
            return None
        unit, medium = self.range_unit or self.unit, self.range_medium or self.medium
        return view_of_axis(self.xmin, self.xmax, unit, medium)

    def to_spectrum_look(self) -> SpectrumLook:
        """Return what the figure is told."""
        wanted = self.smooth or None
        return SpectrumLook(
            medium=self.medium,
            wave_unit=self.unit,
            flux=self.flux,
            smooth_pixels=wanted if self.smooth_by == "pixels" else None,
            smooth_resolution=wanted if self.smooth_by == "resolution" else None,
            species=tuple(name for name in self.lines if name in SPECIES),
            velocity=self.velocity,
            tellurics=self.tellurics,
            view=self.view,
        )

    def query(self, without: Iterable[str] = (), **changes: Any) -> str:
        """Return the look as the end of an address, ``?...``; nothing where nothing is special."""
        left_out = set(without)
        given = self.model_dump(exclude_defaults=True, exclude={"theme"}) | changes
        kept = {k: v for k, v in given.items() if k not in left_out and v not in (None, "", [])}
        words = {k: str(v).lower() if isinstance(v, bool) else v for k, v in kept.items()}
        return "?" + urlencode(words, doseq=True) if words else ""


class FigureLook(Look):
    """How a figure of a spectrum looks."""

    theme: Literal["light", "dark"] = Field("light", description="Of the figure.")
