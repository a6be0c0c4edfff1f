"""What a catalogue knows of a file's contents, better than the file itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the spectra in a file.

    Parameters
    ----------
    object : str
        What they are of.
    ra, dec : float, optional
        Position, ICRS, degree.
    meta : mapping
        More of what metadata hold.
    labels : mapping of str to float
        Parameters, by the names of `starsieve.data.labels`.
    origin : str
        Who says so.
    """

    object: str
    ra: float | None = None
    dec: float | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, float] = field(default_factory=dict)
    origin: str
