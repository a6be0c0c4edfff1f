"""What a visitor asks for: a query, a measure, and what may be found. Every state is an address."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from starsieve.representations.metric import Metric
from starsieve.tasks import Name

By = Literal["latent", "spectrum", "both"]
Micron = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Condition = Annotated[str, StringConstraints(max_length=80)]
UploadId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]

SHORTEST_UM, LONGEST_UM = 1e-6, 1e6

MOST = 50
"""Neighbours that are shown."""


class Asked(BaseModel):
    """What is looked for, and where; with neither a query nor an upload, nothing yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    query: int | None = Field(None, ge=1, le=2**31 - 1, description="A spectrum of the archive.")
    upload: UploadId | None = Field(None, description="An upload, instead.")
    collection: Name | None = Field(
        None, description="Where to look: the query's own collection by default."
    )
    by: By | None = Field(
        None, description="What is compared: latents by default, spectra where there are none."
    )
    model: Name | None = Field(None, description="Whose latents.")
    yardstick: Literal["spread", "repeats"] | None = Field(
        None, description="What distances of latents are measured in."
    )
    low: Micron | None = Field(None, description="Only pixels of the query from here on: micron.")
    high: Micron | None = Field(None, description="Only pixels of the query up to here: micron.")
    where: list[Condition] = Field([], max_length=12, description="Labels to have: teff>1500.")
    origin: Annotated[str, StringConstraints(max_length=80)] | None = Field(
        None, description="Only labels that come from there."
    )
    other_objects: bool = Field(False, description="Leave out spectra of the query's own object.")
    ra: float | None = Field(None, ge=0, le=360, description="Centre of a circle: degree (ICRS).")
    dec: float | None = Field(None, ge=-90, le=90, description="Centre of a circle: degree.")
    radius: float | None = Field(None, gt=0, le=648_000, description="Of the circle: arcsecond.")
    max_velocity: float | None = Field(None, ge=0, le=3e4, description="Largest shift: km/s.")
    degree: int | None = Field(None, ge=0, le=20, description="Of the smooth ratio of fluxes.")
    k: int = Field(10, ge=1, le=MOST, description="How many.")

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty_fields(cls, given: Any) -> Any:
        """Take what a form sends for a field that was left empty as not given."""
        if not isinstance(given, Mapping):
            return given
        kept = {key: value for key, value in given.items() if value not in ("", None)}
        if isinstance(kept.get("where"), list | tuple):
            kept["where"] = [each for each in kept["where"] if str(each).strip()]
        return kept

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        circle = (self.ra, self.dec, self.radius)
        if any(each is None for each in circle) and any(each is not None for each in circle):
            msg = "a circle on the sky needs ra, dec and radius"
            raise ValueError(msg)
        if self.low is not None and self.high is not None and self.low >= self.high:
            msg = f"low must be below high, got {self.low:g} and {self.high:g}"
            raise ValueError(msg)
        if self.query is not None and self.upload is not None:
            msg = "give a query or an upload, not both"
            raise ValueError(msg)
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked with."""
        return self.query is None and self.upload is None

    @property
    def near(self) -> tuple[float, float, float] | None:
        """The circle on the sky, if there is one."""
        if self.ra is None or self.dec is None or self.radius is None:
            return None
        return self.ra, self.dec, self.radius

    @property
    def wave_range(self) -> tuple[float, float] | None:
        """The part of the query that counts, in vacuum micron; None for all of it."""
        if self.low is None and self.high is None:
            return None
        return self.low or SHORTEST_UM, self.high or LONGEST_UM

    @property
    def metric(self) -> Metric:
        """What may differ between two spectra of the same thing."""
        given = {"max_velocity": self.max_velocity, "degree": self.degree}
        return Metric(**{name: value for name, value in given.items() if value is not None})

    def words(self, without: Iterable[str] = (), **changes: Any) -> str:
        """Return this as the end of an address, ``?...``; nothing where nothing is asked."""
        left_out = set(without)
        given = self.model_dump(exclude_defaults=True) | changes
        kept = {k: v for k, v in given.items() if k not in left_out and v not in (None, "", [])}
        written = {k: str(v).lower() if isinstance(v, bool) else v for k, v in kept.items()}
        return "?" + urlencode(written, doseq=True) if written else ""

    def key(self) -> str:
        """Return a text that is the same for the same question."""
        return json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
