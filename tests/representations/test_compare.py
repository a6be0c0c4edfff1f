"""One spectrum beside many: found whatever instruments do to it."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.representations.compare import compare
from starsieve.representations.metric import Metric
from starsieve.representations.references import common_grid, gather
from tests.representations.made_stars import RESOLUTION, make_star, make_stars, observe_elsewhere


def gather_for(query, spectra, resolution=None):
    return gather(spectra, common_grid(spectra, resolution, query), resolution)


@pytest.mark.parametrize("seed", range(3))
def test_a_star_is_found_through_another_instrument(seed):
    stars, _ = make_stars(seed=seed)
    query = observe_elsewhere(stars[7], velocity=83.0, snr=50, seed=seed)

    found = compare(query, gather_for(query, stars, RESOLUTION / 2), Metric(degree=2))

    assert found.best(1)[0] == 7
    assert found.velocity[7] == pytest.approx(83.0, abs=10.0)
    assert found.scale[7] == pytest.approx(7.0, rel=0.1)
    assert 0.5 < found.distance[7] < 2.0


def test_a_scale_is_free():
    stars, _ = make_stars(10)
    query = replace(stars[4], flux=3e-15 * stars[4].flux)

    found = compare(query, gather_for(query, stars), Metric())

    assert found.best(1)[0] == 4
    assert found.scale[4] == pytest.approx(3e-15, rel=1e-3)


@pytest.mark.parametrize("velocity", [-150.0, 0.0, 31.0, 240.0])
def test_velocities_are_found_to_a_fraction_of_a_pixel(velocity):
    star = make_star(5200, 0.0)
    query = make_star(5200, 0.0, velocity=velocity, snr=100)

    found = compare(query, gather_for(query, [star]), Metric())

    assert found.velocity[0] == pytest.approx(velocity, abs=2.0)  # a pixel is 27 km/s


def test_velocities_stay_within_their_bounds():
    star, query = make_star(5200, 0.0), make_star(5200, 0.0, velocity=200.0)

    found = compare(query, gather_for(query, [star]), Metric(max_velocity=50.0))

    assert abs(found.velocity[0]) <= 50.001
    assert found.distance[0] > 2


def test_a_distorted_wavelength_scale_is_allowed_for_if_asked():
    star = make_star(5200, 0.0)
    x = np.linspace(-1, 1, 2000)
    wave = star.wave * (1 + 40.0 / 299_792.458 * (1.5 * x**2 - 0.5))
    query = replace(star, wave=wave)

    stiff = compare(query, gather_for(query, [star]), Metric(floor=0.01))
    free = compare(query, gather_for(query, [star]), Metric(floor=0.01, distortion=2))

    assert free.distance[0] < 0.5 * stiff.distance[0]


def test_a_difference_of_resolution_is_allowed_for_if_asked():
    star = make_star(5200, 0.0)
    query = replace(observe_elsewhere(star, snr=500), resolution=None)
    references = gather_for(query, [star], 0.7 * RESOLUTION)

    stiff = compare(query, references, Metric(floor=0.01, broadening=False))
    free = compare(query, references, Metric(floor=0.01, broadening=True))

    assert free.distance[0] < 0.8 * stiff.distance[0]


def test_a_gap_in_either_does_not_count():
    stars, _ = make_stars(10)
    holes = np.ones(2000, dtype=bool)
    holes[600:900] = False
    broken = [replace(star, flux=np.where(holes, star.flux, 1e6), valid=holes) for star in stars]

    whole = compare(stars[3], gather_for(stars[3], stars), Metric())
    gap_in_references = compare(stars[3], gather_for(stars[3], broken), Metric())
    gap_in_query = compare(broken[3], gather_for(broken[3], stars), Metric())

    assert gap_in_references.best(1)[0] == gap_in_query.best(1)[0] == 3
    assert gap_in_query.n_common[3] < whole.n_common[3] - 250
    assert gap_in_references.n_common[3] < whole.n_common[3] - 250


def test_a_noisy_reference_is_not_like_everything():
    stars, _ = make_stars(20)
    rng = np.random.default_rng(0)
    noisy = replace(
        make_star(5000, -2.0),
        flux=make_star(5000, -2.0).flux + rng.normal(0, 0.3, 2000),
        sigma=np.full(2000, 0.3),
    )
    query = make_star(6000, 0.0, snr=50)

    found = compare(query, gather_for(query, [*stars, noisy]), Metric())

    assert found.best(1)[0] != 20


def test_references_that_share_too_little_are_left_out():
    star = make_star(5000, 0.0)
    part = Spectrum(star.wave[:300], star.flux[:300])

    found = compare(star, gather_for(star, [star, part]), Metric(min_common=0.5))

    assert found.best(2).tolist() == [0]
    assert np.isnan(found.distance[1])


def test_spectra_without_flux_are_named_and_the_others_go_on():
    star = make_star(5000, 0.0)
    dark = replace(star, flux=np.zeros(2000), meta={"file": "dark.fits"})

    references = gather_for(star, [star, dark])

    assert len(references) == 1
    assert [each.file for each in references.failures] == ["dark.fits"]


def test_other_wavelengths_are_refused():
    star = make_star(5000, 0.0)
    far = Spectrum(np.linspace(1, 2, 500), np.ones(500))

    with pytest.raises(DataError, match="no wavelengths in common"):
        gather_for(far, [star])


def test_a_query_without_flux_is_refused():
    star = make_star(5000, 0.0)
    dark = replace(star, flux=np.zeros(2000))

    with pytest.raises(DataError, match="query has fewer than"):
        compare(dark, gather_for(star, [star]), Metric())


@pytest.mark.parametrize("seed", range(3))
def test_a_difference_of_resolution_is_not_taken_for_a_shift(seed):
    star = make_star(5200, 0.0)
    query = observe_elsewhere(star, velocity=40.0, snr=200, seed=seed)
    references = gather_for(query, [star], 0.6 * RESOLUTION)

    found = compare(query, references, Metric(broadening=True))

    assert found.velocity[0] == pytest.approx(40.0, abs=6.0)  # a pixel is 55 km/s
