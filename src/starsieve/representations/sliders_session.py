"""Sliders for programs: questions and answers as JSON, within the time of a frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from starsieve.errors import DataError
from starsieve.representations.sliders import (
    MOST_NEIGHBOURS,
    MOST_STEPS,
    FloatArray,
    Sliders,
)
from starsieve.representations.space import Near

DIGITS = 6
"""Decimals of a flux in JSON: more than a screen shows."""

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Question(BaseModel):
    """What a program may ask of `SlidersSession`.

    Parameters
    ----------
    latents : list of float, optional
        The whole point; by default the median of the collection.
    set : dict of int to float
        Latents to move from there.
    traverse : int, optional
        A latent to move over its range.
    steps : int
        Of that.
    neighbours : int
        How many real spectra to name.
    wave : bool
        Whether to send the wavelengths again: they are always the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latents: list[Finite] | None = None
    set: dict[int, Finite] = Field(default_factory=dict)
    traverse: int | None = None
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS)] = 7
    neighbours: Annotated[int, Field(ge=0, le=MOST_NEIGHBOURS)] = 5
    wave: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class SlidersSession:
    """Answers questions about one model and one collection, as JSON.

    Parameters
    ----------
    sliders : Sliders
    most_pixels : int, optional
        Of longer spectra means of neighbouring pixels are sent, as many as a screen can show.
    """

    sliders: Sliders
    most_pixels: int | None = None
    wave: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        wave = self.thin(np.asarray(self.sliders.model.wave, np.float64))
        object.__setattr__(self, "wave", wave)

    @property
    def step(self) -> int:
        """Of so many pixels of the model one is sent."""
        n_pixels = len(self.sliders.model.wave)
        return -(-n_pixels // (self.most_pixels or n_pixels))

    def thin(self, values: FloatArray) -> FloatArray:
        """Return means of as many neighbouring pixels as `step` says, of those that are known.

        Parameters
        ----------
        values : array, shape (n_pixels,)
            NaN where not known.
        """
        if self.step == 1:
            return values
        starts = np.arange(0, len(values), self.step)
        known = np.isfinite(values)
        counts = np.add.reduceat(known.astype(np.float64), starts)
        sums = np.add.reduceat(np.where(known, values, 0.0), starts)
        return np.asarray(
            np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
        )

    def describe(self) -> dict[str, Any]:
        """Return what a page needs to draw its sliders, those that tell most first."""
        space, ranges = self.sliders.space, self.sliders.ranges
        columns = {
            "start": ranges.middle,
            "low": ranges.low,
            "high": ranges.high,
            "spread": ranges.spread,
            "information": ranges.information,
        }
        return {
            "model": self.sliders.model.name,
            "collection": space.collection,
            "n_spectra": len(space),
            "labels": list(space.labels),
            "information_unit": ranges.unit,
            "latents": [
                {"latent": n}
                | {name: float(values[n]) for name, values in columns.items()}
                | {"informative": bool(ranges.informative[n])}
                for n in ranges.order.tolist()
            ],
        }

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one question; see `Question` for what may be asked.

        Returns
        -------
        dict
            ``latents``, ``wave`` (vacuum micron), ``flux`` (relative), ``neighbours`` (id, object,
            distance, labels), ``labels`` (for each label that of the nearest spectrum that has it)
            and, if asked for, ``traversal`` with ``latent``, ``values`` and ``flux``.

        Raises
        ------
        DataError
            If the question has an unknown key or an impossible value; the message names it.
        """
        asked = _read_question(question)
        sliders = self.sliders
        point = sliders.point(asked.set, asked.latents)
        near = sliders.neighbours(point, asked.neighbours) if asked.neighbours else []
        answer: dict[str, Any] = {"latents": point.tolist()}
        if asked.wave:
            answer["wave"] = self.wave.tolist()
        answer["flux"] = brief(self.thin(sliders.decode(point)))
        answer["neighbours"] = [
            {"id": n.id, "object": n.object, "distance": n.distance, "labels": dict(n.labels)}
            for n in near
        ]
        answer["labels"] = _nearest_labels(near)
        if asked.traverse is not None:
            values, flux = sliders.traverse(asked.traverse, asked.steps, point)
            found = {"latent": asked.traverse, "values": values.tolist()}
            answer["traversal"] = found | {"flux": [brief(self.thin(each)) for each in flux]}
        return answer


def _read_question(question: Mapping[str, Any]) -> Question:
    try:
        return Question.model_validate(question)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        keys = ", ".join(Question.model_fields)
        msg = f"{where or 'The question'}: {first['msg']}. Keys are {keys}."
        raise DataError(msg) from error


def _nearest_labels(near: Sequence[Near]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for neighbour in near:
        for name, value in neighbour.labels.items():
            found.setdefault(name, {"value": value, "of": neighbour.id})
    return found


def brief(flux: FloatArray) -> list[float | None]:
    """Return a flux as JSON can hold it, None where it is not finite."""
    rounded: list[float] = np.round(flux, DIGITS).tolist()
    if np.all(np.isfinite(flux)):
        return list(rounded)
    return [value if np.isfinite(value) else None for value in rounded]
