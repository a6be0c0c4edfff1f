"""What a file layout offers, and what a caller may say about a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from starsieve.data import LightCurve, Spectrum, SpectrumSet
from starsieve.data.spectrum import Frame, Medium, check_choice, check_resolution
from starsieve.data.validation import Validation
from starsieve.errors import DataError

Kind = Literal["spectrum", "model grid", "light curve", "data validation"]
Content = Spectrum | SpectrumSet | LightCurve | Validation
QualityMask = Literal["default", "hard", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the caller knows better than the file: each one overrides what the file says.

    Parameters
    ----------
    wave_unit, flux_unit : str, optional
        As `astropy.units` writes them; common spellings such as ``"microns"`` are understood.
        ``flux_unit=""`` says that the flux is relative.
    medium : {"vacuum", "air"}, optional
        Medium of the wavelengths in the file.
    frame : str, optional
        Velocity frame of the wavelengths in the file.
    resolution : float, optional
        Resolving power, wavelength over full width at half maximum.
    flux_column : str, optional
        Name of the flux column, for layouts whose columns have names.
    quality_mask : {"default", "hard", "none"} or int, optional
        Which quality flags of a light curve make a cadence not valid: what the mission
        recommends, more than that, none, or these flags (powers of two) added up.

    Raises
    ------
    DataError
        If a word is not one of its choices, the resolution is not positive, or a mask is negative
        or has more than 32 bits. Units are checked when a file is read.
    """

    wave_unit: str | None = None
    flux_unit: str | None = None
    medium: Medium | None = None
    frame: Frame | None = None
    resolution: float | None = None
    flux_column: str | None = None
    quality_mask: QualityMask | int | None = None

    def __post_init__(self) -> None:
        if self.medium is not None:
            check_choice("medium", self.medium, get_args(Medium))
        if self.frame is not None:
            check_choice("frame", self.frame, get_args(Frame))
        if isinstance(self.quality_mask, str):
            check_choice("quality_mask", self.quality_mask, get_args(QualityMask))
        elif self.quality_mask is not None and not 0 <= self.quality_mask < 2**32:
            msg = f"quality_mask must be from 0 to 4294967295, got {self.quality_mask}."
            raise DataError(msg)
        check_resolution(self.resolution)


NO_HINTS = Hints()


def parse_quality_mask(text: str) -> QualityMask | int:
    """Return the choice of quality flags that a word or a number names.

    Raises
    ------
    DataError
        If it is neither one of the words nor a whole number.

    Examples
    --------
    >>> parse_quality_mask("hard"), parse_quality_mask("160")
    ('hard', 160)
    """
    words: dict[str, QualityMask] = {word: word for word in get_args(QualityMask)}
    word = text.strip().lower()
    if word in words:
        return words[word]
    if word.isascii() and word.isdigit():
        return int(word)
    msg = f"quality_mask must be one of {', '.join(words)} or flags added up, got {text!r}."
    raise DataError(msg)


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader found in one file: containers, and a sentence for each thing assumed."""

    contents: tuple[Content, ...]
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A file layout.

    Parameters
    ----------
    name : str
        Short, lower case; appears as ``layout`` in records and in the documentation.
    kind : {"spectrum", "model grid", "light curve", "data validation"}
        What such a file holds.
    matches : callable
        Whether a file is of this layout, from its path and its first bytes. The bytes are
        decompressed, `starsieve.readers.files.HEAD_SIZE` of them at most. It must not raise.
    read : callable
        Reads a file that matches. Raises a `StarsieveError` whose message need not name the file.
    """

    name: str
    kind: Kind
    matches: Callable[[Path, bytes], bool]
    read: Callable[[Path, Hints], Found]
