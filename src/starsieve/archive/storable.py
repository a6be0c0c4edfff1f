"""Whether something can be kept as it is: to ask before a batch is stored."""

from starsieve.archive import grids, light_curves, spectra
from starsieve.data import LightCurve, Spectrum, SpectrumSet


def check_storable(content: Spectrum | SpectrumSet | LightCurve) -> None:
    """Raise DataError if metadata, unit or arrays can't be given back exactly as they are."""
    if isinstance(content, Spectrum):
        spectra.storable(content)
    elif isinstance(content, LightCurve):
        light_curves.storable(content)
    else:
        grids.storable(content)
