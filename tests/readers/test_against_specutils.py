"""Another package's readers as judges, of the files that it reads."""

import warnings

import numpy as np
import pytest

from starsieve.data.grids import air_to_vacuum
from starsieve.readers import read


def theirs(path):
    specutils = pytest.importorskip("specutils")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return specutils.Spectrum.read(path)


@pytest.mark.parametrize(
    ("pattern", "in_air"),
    [
        ("spec-0266-51602-0031.fits", False),
        ("apStar_*2M00452143*", False),
        ("aspcapStar_*", False),
        ("fasma_HARPS.GBOG_Procyon.fits", True),
        ("xsl_spectrum_X0360_uvb.fits", True),
    ],
)
def test_wavelengths_and_flux_are_those_of_specutils(real_data, pattern, in_air):
    path = next((real_data / "stellar/formats").glob(pattern))
    judge, ours = theirs(path), read(path)[0]

    # It leaves air as it is, and computes powers of single precision in single precision.
    wave = judge.spectral_axis.to_value("um")
    expected = air_to_vacuum(wave) if in_air else wave
    np.testing.assert_allclose(ours.wave, expected, rtol=3e-7)
    np.testing.assert_array_equal(ours.flux, judge.flux.value)


def test_a_file_without_a_reference_pixel_begins_at_its_first_wavelength(real_data):
    # The standard's default puts it one pixel on, which is not what such files mean.
    path = real_data / "stellar/formats/odusseas_FEROS_GJ1061.fits"
    judge, ours = theirs(path), read(path).spectrum

    step = ours.wave[1] - ours.wave[0]
    np.testing.assert_allclose(judge.spectral_axis.to_value("um") - ours.wave, step, rtol=1e-3)
