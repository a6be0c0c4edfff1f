"""The raw flux that stands in a file of light curves beside the corrected one."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from starsieve.data import LightCurve
from starsieve.errors import StarsieveError
from starsieve.readers import kepler, qlp, tess
from starsieve.readers.reader import Hints

RAW_FLUX = "SAP_FLUX"
"""Simple aperture photometry: the sum over the pixels, with everything that happened to them."""

_READERS = {each.READER.name: each.READER for each in (tess, qlp, kepler)}


def read_raw_flux(path: Path, layout: str, hints: Hints) -> tuple[LightCurve, ...]:
    """Return the raw light curve of a file whose corrected one was read.

    Parameters
    ----------
    path : Path
    layout : str
        Name of the reader that read it.
    hints : Hints
        As they were given. A flux column that was asked for by name stands alone.

    Returns
    -------
    tuple of LightCurve
        Empty where the layout has no such flux, or nothing of it is usable.
    """
    reader = _READERS.get(layout)
    if reader is None or hints.flux_column is not None:
        return ()
    try:
        with np.errstate(all="ignore"):
            found = reader.read(path, replace(hints, flux_column=RAW_FLUX))
    except StarsieveError:
        return ()
    return tuple(each for each in found.contents if isinstance(each, LightCurve))
