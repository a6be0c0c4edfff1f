import numpy as np
import pytest

from starsieve.data import Spectrum, SpectrumSet
from starsieve.errors import DataError
from starsieve.representations.prepare import SPEED_OF_LIGHT, noise_level, prepare, velocity_grid

WAVE = velocity_grid(0.5, 0.6, 1000)


def make_spectrum(velocity=0.0, level=3.0, n=3000, low=0.48, high=0.62, **more):
    """Make lines at 0.52 and 0.57 micron on a slope, receding with a velocity in km/s."""
    wave = np.linspace(low, high, n)
    rest = wave / (1 + velocity / SPEED_OF_LIGHT)
    lines = sum(np.exp(-0.5 * ((rest - at) / 3e-4) ** 2) for at in (0.52, 0.57))
    return Spectrum(wave, level * (1 + (rest - 0.55) - 0.6 * lines), **more)


def test_the_median_of_what_is_valid_becomes_one():
    flux = np.full(4000, 5.0) + np.linspace(0, 0.1, 4000)
    flux[:2000] = 0.0
    spectrum = Spectrum(np.linspace(0.49, 0.61, 4000), flux, valid=flux > 0)

    inputs = prepare([spectrum], WAVE)

    assert 0.4 < inputs.coverage[0] < 0.6
    np.testing.assert_allclose(np.median(inputs.flux[0, inputs.valid[0]]), 1.0, atol=1e-4)
    assert inputs.scale[0] > 4.9
    assert np.all(inputs.flux[0, ~inputs.valid[0]] == 0)
    assert np.all(np.isinf(inputs.sigma[0, ~inputs.valid[0]]))


@pytest.mark.parametrize("velocity", [-250.0, 33.3, 1200.0])
def test_a_known_velocity_is_taken_out(velocity):
    at_rest = prepare([make_spectrum()], WAVE)

    moving = prepare([make_spectrum(velocity)], WAVE, velocity=[velocity])

    both = at_rest.valid & moving.valid
    assert both.mean() > 0.9
    np.testing.assert_allclose(moving.flux[both], at_rest.flux[both], atol=0.01)


def test_a_set_is_prepared_as_its_spectra_are():
    spectra = [make_spectrum(level=level, sigma=np.full(3000, 0.1)) for level in (1, 2, 3)]
    velocity = [0.0, 10.0, np.nan]

    one_by_one = prepare(spectra, WAVE, velocity=velocity)
    together = prepare(SpectrumSet.stack(spectra), WAVE, velocity=velocity)

    np.testing.assert_allclose(together.flux, one_by_one.flux, atol=1e-6)
    np.testing.assert_allclose(together.sigma[:2], one_by_one.sigma[:2], rtol=1e-5)
    assert together.reasons == one_by_one.reasons
    assert "velocity is not known" in together.reasons[2]


def test_a_higher_resolution_is_lowered():
    sharp = make_spectrum(resolution=20_000.0)

    inputs = prepare([sharp], WAVE, 500.0)
    as_it_is = prepare([sharp], WAVE)

    assert inputs.flux.min() > as_it_is.flux[as_it_is.valid].min() + 0.1
    np.testing.assert_array_equal(
        prepare([make_spectrum()], WAVE, 500.0).flux, as_it_is.flux
    )  # nothing is known of its resolution


def test_flux_per_frequency_is_taken_to_flux_per_wavelength():
    wave = np.linspace(0.48, 0.62, 3000)
    level = 1 + wave
    per_wave = Spectrum(wave, level, flux_unit="erg / (s cm2 um)")
    per_frequency = Spectrum(wave, level * wave**2 * 1e5, flux_unit="Jy")

    inputs = prepare([per_wave, per_frequency], WAVE)

    np.testing.assert_allclose(inputs.flux[1], inputs.flux[0], atol=1e-5)


def test_spectra_of_which_nothing_can_be_said_get_a_reason_and_the_others_go_on():
    wave = np.linspace(0.48, 0.62, 100)
    rng = np.random.default_rng(0)
    bad = [
        (Spectrum(wave, np.ones(100)), "constant"),
        (Spectrum(wave, rng.normal(-5, 1, 100)), "not positive"),
        (Spectrum(wave, np.full(100, np.nan)), "none of the 100 pixels"),
        (Spectrum(wave + 1, rng.normal(5, 1, 100)), "1.62 micron cover 0%"),
        (Spectrum(wave[:20], rng.normal(5, 1, 20)), "20% is needed"),
    ]

    inputs = prepare([spectrum for spectrum, _ in bad] + [make_spectrum()], WAVE)

    for reason, (_, expected) in zip(inputs.reasons, bad, strict=False):
        assert expected in reason
    assert inputs.usable.tolist() == [False] * len(bad) + [True]
    assert not inputs.valid[:-1].any()
    assert inputs.reasons[-1] == ""


def test_velocities_must_fit_the_spectra():
    with pytest.raises(DataError, match="velocity must have shape"):
        prepare([make_spectrum()], WAVE, velocity=[1.0, 2.0])


def test_noise_is_measured_across_gaps():
    rng = np.random.default_rng(1)
    flux = 100 + np.linspace(0, 50, 5000) + rng.normal(0, 2, 5000)
    valid = np.ones(5000, dtype=bool)
    flux[1000:2000], valid[1000:2000] = 0.0, False

    assert noise_level(flux, valid) == pytest.approx(2, rel=0.1)


def test_rows_are_taken_with_their_reasons():
    inputs = prepare([make_spectrum(), Spectrum(WAVE, np.ones(1000))], WAVE)

    taken = inputs.take(np.array([1, 0]))

    assert taken.usable.tolist() == [False, True]
    assert "constant" in taken.reasons[0]
    assert len(inputs.take(slice(0, 1))) == 1
