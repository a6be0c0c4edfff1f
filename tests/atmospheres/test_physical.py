"""Radius and luminosity: exact where they follow, refused where they would be invented."""

import numpy as np
import pytest
from astropy import constants
from astropy import units as u

from starsieve.atmospheres.distances import Distance, parse_distance
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.physical import check_surface, find_physical, find_scales
from starsieve.atmospheres.prepare import Prepared
from starsieve.atmospheres.radius_scan import scan_radius
from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.plots.radius import plot_chi2_radius
from tests.atmospheres.made_inferences import make_fit, make_inference, make_spectrum

WAVE = np.linspace(0.8, 5.0, 300)
TEFF = np.array([800.0, 1000.0, 1200.0, 1400.0, 1600.0])


def black_bodies(factor=1.0):
    """Make a grid of black bodies: pi B of their surface, in erg/s/cm2/um."""
    x = (constants.h * constants.c / constants.k_B).to_value("um K") / (WAVE * TEFF[:, None])
    top = (2 * np.pi * constants.h * constants.c**2).to_value("erg um4 / (s cm2)")
    flux = factor * top / WAVE**5 / np.expm1(x)
    log_flux = np.log(np.stack([flux, flux], axis=1))
    return GridInterpolator(WAVE, ("teff", "logg"), (TEFF, np.array([4.0, 5.0])), log_flux)


def seen_from(grid, radius, pc, snr=50.0, seed=0):
    """Return the spectrum of a dwarf of 1100 K, as prepared, and its scale."""
    scale = float((radius * u.R_jup / (pc * u.pc)).to_value("")) ** 2
    flux = scale * grid(np.array([[1100.0, 4.5]]))[0]
    sigma = np.full(len(WAVE), flux.max() / snr)
    flux = flux + np.random.default_rng(seed).normal(0, sigma)
    everywhere = np.ones(len(WAVE), dtype=bool)
    return Prepared(flux, sigma, everywhere, everywhere, snr, (), ()), scale


def render_by(grid, draws):
    return lambda rows: grid(draws[rows])


def unit(text="erg / (um s cm2)"):
    return Spectrum(WAVE, np.ones(len(WAVE)), flux_unit=text)


def test_radius_and_luminosity_come_back():
    grid = black_bodies()
    prepared, scale = seen_from(grid, 0.9, 11.0)
    draws = np.tile([1100.0, 4.5], (400, 1))

    scales = find_scales(render_by(grid, draws), prepared, 400, 0.0, seed=0)
    found = find_physical(unit(), draws[:, 0], scales, Distance(11.0), seed=0)

    assert np.median(scales) == pytest.approx(scale, rel=0.01)
    radius = found.summaries()["radius"]
    assert radius.median == pytest.approx(0.9, rel=0.005)
    sphere = 4 * np.pi * (0.9 * u.R_jup) ** 2 * constants.sigma_sb * (1100 * u.K) ** 4
    exact = np.log10(sphere.to_value(u.L_sun))
    assert found.summaries()["luminosity"].median == pytest.approx(exact, abs=0.01)
    assert not found.warning


def test_the_scales_scatter_is_what_noise_makes_it():
    grid = black_bodies()
    draws = np.tile([1100.0, 4.5], (400, 1))
    medians, errors = [], []
    for seed in range(40):
        prepared, _ = seen_from(grid, 0.9, 11.0, snr=10.0, seed=seed)
        scales = find_scales(render_by(grid, draws), prepared, 400, 0.0, seed=0)
        medians.append(np.median(scales))
        errors.append(np.std(scales))

    assert np.std(medians) == pytest.approx(np.median(errors), rel=0.3)


def test_the_distances_error_goes_into_the_radius_and_the_luminosity():
    teff = np.full(20_000, 1100.0)
    scale = np.full(20_000, 3e-20)

    found = find_physical(unit(), teff, scale, Distance(20.0, 1.0), seed=0)
    by_parallax = find_physical(unit(), teff, scale, Distance(50.0, 2.5, "parallax"), 0)

    assert found.radius.std() / found.radius.mean() == pytest.approx(0.05, rel=0.03)
    assert found.luminosity.std() == pytest.approx(2 * 0.05 / np.log(10), rel=0.03)
    assert np.median(by_parallax.radius) == pytest.approx(np.median(found.radius), rel=0.01)


@pytest.mark.parametrize("text", ["", "m", "ct / s"])
def test_a_relative_flux_gives_no_radius(text):
    with pytest.raises(DataError, match="a radius needs an absolute flux"):
        find_physical(unit(text), np.full(9, 1100.0), np.ones(9), Distance(10.0), 0)


def test_a_normalised_flux_that_claims_a_unit_is_found_out():
    with pytest.raises(DataError, match="was normalised"):
        find_physical(
            unit("W / (um m2)"),
            np.full(9, 1100.0),
            np.full(9, 1e-7),
            Distance(10.0),
            0,
        )


def test_an_odd_radius_is_given_with_a_warning():
    scale = np.full(9, float((6.0 * u.R_jup / (10 * u.pc)).to_value("")) ** 2)

    found = find_physical(unit("Jy"), np.full(9, 1100.0), scale, Distance(10.0), 0)

    assert np.median(found.radius) == pytest.approx(6.0)
    assert "not that of a brown dwarf" in found.warning


def nodes_of(grid):
    nodes = grid.flat()
    return grid.wave, nodes.labels["teff"], nodes.flux


def test_a_grid_that_holds_no_surface_flux_is_refused():
    check_surface(*nodes_of(black_bodies()))
    with pytest.raises(DataError, match="surface flux densities"):
        check_surface(*nodes_of(black_bodies(1e-4)))


def test_nodes_too_cold_for_the_near_infrared_do_not_speak_against_a_grid():
    wave, teff, flux = nodes_of(black_bodies())

    check_surface(wave, np.append(teff, 200.0), np.vstack([flux, flux[0] * 1e-9]))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("11.13", "distance", Distance(11.13)),
        ("11.13+-0.05", "distance", Distance(11.13, 0.05)),
        ("11.13 +/- 0.05", "distance", Distance(11.13, 0.05)),
        ("1e1±0.5", "parallax", Distance(10.0, 0.5, "parallax")),
    ],
)
def test_distances_are_read_as_people_write_them(text, kind, expected):
    assert parse_distance(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("near", "expected a number of pc"),
        ("", "expected a number of pc"),
        ("11.13+-", "expected a number of pc"),
        ("-3", "must be a positive number of pc"),
        ("nan", "must be a positive number of pc"),
        ("10+-inf", "must be a positive number of pc"),
        ("10+-4", "has an error of 40%"),
    ],
)
def test_what_is_no_distance_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_distance(text)


def test_the_scan_has_its_least_at_the_best_radius_and_chi_square_as_counted():
    fit = make_fit(make_spectrum())
    scan = scan_radius(fit, Distance(10.0))

    best = float((np.sqrt(fit.scale) * 10.0 * u.pc).to_value(u.R_jup))
    assert scan.best == pytest.approx(best, rel=0.01)
    row = 20
    model = fit.model_flux * (scan.radius[row] / best) ** 2
    direct = np.sum((((fit.flux - model) / fit.sigma) ** 2)[fit.valid])
    assert scan.chi2[row] == pytest.approx(direct, rel=1e-9)
    assert scan.p_value(np.array([scan.critical]))[0] == pytest.approx(0.05)
    assert scan.inflated.min() <= scan.freedom * 1.001


def test_the_figure_has_both_panels_with_their_units():
    scan = scan_radius(make_fit(make_spectrum()), Distance(10.0), (0.1, 0.11))

    upper, lower = plot_chi2_radius(scan, (0.1, 0.11), title="$x").axes

    assert "chi" not in upper.get_ylabel()
    assert lower.get_xlabel() == r"Radius ($R_\mathrm{Jup}$)"
    assert lower.get_ylabel() == "p-value"
    assert any("p = 0.05" in text.get_text() for text in upper.get_legend().get_texts())


def test_without_a_distance_there_is_no_such_figure():
    with pytest.raises(DataError, match="needs a distance"):
        make_inference().plot_radius()
