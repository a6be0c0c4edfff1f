"""Hypothesis strategies for the containers, with all that may be odd about them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from starsieve.data import LightCurve, Spectrum, SpectrumSet

UNITS = ("", "erg / (Angstrom s cm2)", "erg/s/cm2/um", "Jy", "electron / s", "furlong", "wat/km")
FRAMES = ("unknown", "topocentric", "geocentric", "heliocentric", "barycentric", "rest")

words = st.text("abcxyz _", min_size=1, max_size=8)
meta = st.dictionaries(
    words, st.integers() | st.booleans() | words | st.floats(allow_nan=False) | st.lists(words)
)
resolution = st.none() | st.floats(1.0, 1e6)


def grid(low: float, high: float, size: int) -> st.SearchStrategy[np.ndarray]:
    numbers = st.lists(st.floats(low, high), min_size=size, max_size=size, unique=True)
    return numbers.map(lambda values: np.array(sorted(values)))


def pixels(draw: st.DrawFn, shape: tuple[int, ...]) -> dict:
    """Draw flux, sigma and valid of any numbers: NaN, infinite, negative, zero."""
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    width = 8 * np.dtype(dtype).itemsize
    number = st.floats(width=width)
    return {
        "flux": draw(arrays(dtype, shape, elements=number)),
        "sigma": draw(st.none() | arrays(dtype, shape, elements=number)),
        "valid": draw(st.none() | arrays(bool, shape)),
    }


@st.composite
def spectra(draw: st.DrawFn) -> Spectrum:
    size = draw(st.integers(2, 9))
    return Spectrum(
        wave=draw(grid(0.1, 30.0, size)),
        **pixels(draw, (size,)),
        flux_unit=draw(st.sampled_from(UNITS)),
        medium=draw(st.sampled_from(["vacuum", "air"])),
        frame=draw(st.sampled_from(FRAMES)),
        resolution=draw(resolution),
        meta=draw(meta),
    )


@st.composite
def spectrum_sets(draw: st.DrawFn) -> SpectrumSet:
    n_spectra, size = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    number = arrays(np.float64, n_spectra, elements=st.floats())
    return SpectrumSet(
        wave=draw(grid(0.1, 30.0, size)),
        **pixels(draw, (n_spectra, size)),
        ids=draw(st.none() | arrays(np.int64, n_spectra)),
        labels=draw(st.dictionaries(st.sampled_from(["teff", "logg", "mh"]), number)),
        flux_unit=draw(st.sampled_from(UNITS)),
        resolution=draw(resolution),
        meta=draw(meta),
    )


@st.composite
def light_curves(draw: st.DrawFn) -> LightCurve:
    size = draw(st.integers(1, 9))
    return LightCurve(
        time=draw(grid(-3000.0, 6000.0, size)),
        **pixels(draw, (size,)),
        quality=draw(st.none() | arrays(np.int32, size)),
        flux_unit=draw(st.sampled_from(UNITS)),
        meta=draw(meta),
    )
