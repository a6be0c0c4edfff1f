"""Quality flags of light curves: what each bit means, and which make a cadence useless."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data.spectrum import BoolArray
from starsieve.readers.reader import Hints

Flags = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class FlagTable:
    """The quality flags of a pipeline.

    Parameters
    ----------
    names : mapping of int to str
        What each flag (a power of two) means.
    default : int
        The flags, added up, that make a cadence useless.
    hard : int
        A wider choice, which takes good cadences along.
    recommended_by : str
        Whose choice the default is.
    """

    names: Mapping[int, str]
    default: int
    hard: int
    recommended_by: str


TESS_NAMES = {
    1: "attitude tweak",
    2: "safe mode",
    4: "coarse point",
    8: "Earth point",
    16: "argabrightening",
    32: "desaturation",
    64: "cosmic ray in aperture",
    128: "manual exclude",
    256: "discontinuity corrected",
    512: "impulsive outlier",
    1024: "cosmic ray in collateral data",
    2048: "straylight seen",
    4096: "scattered light",
    8192: "planet search exclude",
    16384: "bad calibration",
    32768: "insufficient targets",
}

TESS = FlagTable(
    TESS_NAMES,
    default=1 + 2 + 4 + 8 + 16 + 32 + 128 + 512 + 4096 + 16384,
    hard=1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 512 + 1024 + 2048 + 4096 + 16384,
    recommended_by="the TESS Archive Manual",
)
"""Of SPOC, TESS-SPOC and full-frame images."""

# QLP sets flags of its own beside SPOC's, and moved them: from sector 56 on they are bits 30 and
# 31, which SPOC does not use; before, bit 13, which means scattered light at SPOC.
QLP = FlagTable(
    TESS_NAMES
    | {4096: "low precision or scattered light"}
    | {2**29: "QLP bit 30", 2**30: "low precision"},
    default=2**32 - 1,
    hard=2**32 - 1,
    recommended_by="the authors of QLP: any flag",
)

KEPLER = FlagTable(
    {
        1: "attitude tweak",
        2: "safe mode",
        4: "coarse point",
        8: "Earth point",
        16: "zero crossing",
        32: "desaturation",
        64: "argabrightening",
        128: "cosmic ray in aperture",
        256: "manual exclude",
        1024: "sudden sensitivity dropout",
        2048: "impulsive outlier",
        4096: "argabrightening on CCD",
        8192: "cosmic ray in collateral data",
        16384: "detector anomaly",
        32768: "no fine point",
        65536: "no data",
        131072: "rolling band in aperture",
        262144: "rolling band in mask",
        524288: "possible thruster firing",
        1048576: "thruster firing",
    },
    default=1 + 2 + 4 + 8 + 32 + 256 + 16384 + 65536 + 1048576,
    hard=1 + 2 + 4 + 8 + 32 + 128 + 256 + 1024 + 8192 + 16384 + 65536 + 524288 + 1048576,
    recommended_by="usage after the Kepler Archive Manual",
)
"""Of Kepler and K2."""


def choose_mask(table: FlagTable, hints: Hints) -> int:
    """Return the flags, added up, that the hint or the default leaves out."""
    choice = hints.quality_mask
    if isinstance(choice, int):
        return choice
    return {"hard": table.hard, "none": 0}.get(choice or "", table.default)


def good_cadences(
    quality: Flags, table: FlagTable, hints: Hints, notes: list[str]
) -> tuple[BoolArray, int]:
    """Return which cadences have none of the flags that count, and those flags added up.

    A sentence in `notes` says how many cadences fell to which flag.

    Parameters
    ----------
    quality : array of int, shape (n_cadences,)
    """
    mask = choose_mask(table, hints)
    if mask == 0:
        flagged = int(np.sum(quality != 0))
        notes.append(f"No quality flag counts, as was told; {flagged} cadences have one.")
        return np.ones(quality.shape, dtype=np.bool_), mask
    good: BoolArray = np.asarray((quality & mask) == 0)
    told = hints.quality_mask not in (None, "default")
    whose = "as was told" if told else f"recommended by {table.recommended_by}"
    which = _count_flags(quality, table, mask)
    notes.append(
        f"{int(np.sum(~good))} of {len(good)} cadences are not valid for their quality flags "
        f"(mask {mask}, {whose}){': ' if which else ''}{which}."
    )
    return good, mask


def _count_flags(quality: Flags, table: FlagTable, mask: int) -> str:
    """Return how often each flag of a mask was set, the most frequent first."""
    bits = [1 << bit for bit in range(32) if mask >> bit & 1]
    counts = {bit: int(np.sum((quality & bit) != 0)) for bit in bits}
    frequent = sorted((bit for bit in bits if counts[bit]), key=lambda bit: (-counts[bit], bit))
    return ", ".join(f"{table.names.get(bit, f'flag {bit}')} {counts[bit]}" for bit in frequent)
