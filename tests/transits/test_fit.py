"""A fit gives back what was put in, with errors that hold, and says so where it can't."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris, in_event
from starsieve.data.light_curve import LightCurve
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.readers import read
from starsieve.transits.detrend import detrend
from starsieve.transits.fit import fit_transit
from starsieve.transits.fit_result import ERROR_NAMES
from starsieve.transits.inject import inject_planet
from starsieve.transits.model import TransitModel, transit_flux
from starsieve.transits.planet import compare_densities, draw_star, star_density
from starsieve.transits.simulate import simulate_star

SUN = Star(tmag=9.0, teff=5772.0, logg=4.44, radius=1.0, mass=1.0)


def a_planet(seed=0, star=SUN, days=27.4, red_noise=0.0, cadence_seconds=120.0, **planet):
    """Make a flat light curve with a planet; return it, its truth, and a rough ephemeris."""
    planet = {"period_days": 4.2, "radius_earth": 6.0, "impact": 0.3} | planet
    curve = simulate_star(
        seed,
        star=star,
        days=days,
        red_noise=red_noise,
        dump_days=99.0,
        cadence_seconds=cadence_seconds,
    )
    made = inject_planet(curve, star, **planet, seed=seed)
    rough = Ephemeris(
        period_days=made.truth["period_days"] * 1.00002,
        epoch_btjd=made.truth["epoch_btjd"] + 0.01,
        duration_hours=made.truth["duration_hours"] * 0.8,
    )
    return made.curve.normalised(), made.truth, rough


def test_a_planet_is_measured_as_it_is():
    flat, truth, rough = a_planet(impact=0.2, epoch_btjd=1501.5)

    fit = fit_transit(flat, rough, SUN)

    for name in ("period_days", "rp_rs", "impact", "a_rs", "duration_hours", "depth_ppm"):
        found = fit.measured[name]
        assert abs(found.value - truth[name]) < 3 * found.err, name
    event = (fit.measured["epoch_btjd"].value - 1501.5) / 4.2
    assert event == pytest.approx(round(event), abs=1e-3)
    assert fit.measured["rp_rs"].err < 0.03 * truth["rp_rs"]
    assert fit.chi2_reduced == pytest.approx(1.0, abs=0.15)
    assert fit.n_transits == truth["n_transits"]
    assert fit.notes == ()


def test_errors_hold_as_often_as_they_say():
    rng = np.random.default_rng(7)
    names = ("rp_rs", "impact", "a_rs", "duration_hours", "depth_ppm", "period_days")
    inside, off = [], []
    for seed in range(24):
        flat, truth, rough = a_planet(
            seed,
            red_noise=0.3,
            days=20.0,
            period_days=float(rng.uniform(1.5, 6)),
            radius_earth=float(rng.uniform(3, 11)),
            impact=float(rng.uniform(0, 0.85)),
        )
        fit = fit_transit(flat, rough, SUN, n_draws=500)
        found = [fit.measured[name] for name in names]
        true = [truth[name] for name in names]
        inside += [m.low <= value <= m.high for m, value in zip(found, true, strict=True)]
        off += [(m.value - value) / m.err for m, value in zip(found, true, strict=True)]

    # 24 planets, of which the parameters are not independent: a wide corridor around 68 %
    assert 0.55 < np.mean(inside) < 0.88
    assert np.mean(np.abs(off) < 3) > 0.95


def test_the_planet_s_size_and_orbit_follow_from_the_star():
    flat, _, rough = a_planet(radius_earth=6.0)

    fit = fit_transit(flat, rough, SUN)

    radius, axis = fit.measured["radius_earth"], fit.measured["a_au"]
    assert radius.value == pytest.approx(6.0, rel=0.03)
    assert radius.err / radius.value == pytest.approx(0.06, abs=0.015)  # that of the star
    assert axis.value == pytest.approx((4.2 / 365.25) ** (2 / 3), rel=0.01)
    assert fit.measured["insolation_earth"].value == pytest.approx(axis.value**-2, rel=0.03)
    assert fit.measured["teq_k"].value == pytest.approx(278.6 * axis.value**-0.5, rel=0.02)


def test_a_transit_that_is_too_long_for_the_star_is_said():
    giant = replace(SUN, mass=None, radius=1.0, logg=None, density=0.02)
    flat, _, rough = a_planet(star=giant, radius_earth=8.0)

    right, wrong = fit_transit(flat, rough, giant), fit_transit(flat, rough, SUN)

    assert right.density_ratio == pytest.approx(1.0, abs=0.5)
    assert abs(right.density_sigma) < 2
    assert wrong.density_ratio < 0.1
    assert wrong.density_sigma < -3
    assert "too long" in " ".join(wrong.notes)


def test_without_a_star_only_the_shape_is_told():
    flat, truth, rough = a_planet()

    fit = fit_transit(flat, rough, Star())

    assert fit.density_ratio is None
    assert "radius_earth" not in fit.measured
    assert fit.measured["rp_rs"].value == pytest.approx(truth["rp_rs"], rel=0.05)


def test_correlated_noise_widens_the_errors():
    quiet, _, rough = a_planet(seed=3)
    noisy, _, _ = a_planet(seed=3, red_noise=1.5)

    fits = [fit_transit(curve, rough, SUN) for curve in (quiet, noisy)]

    assert fits[0].noise_inflation < 1.3
    assert fits[1].noise_inflation > 1.5
    assert fits[1].measured["depth_ppm"].err > 1.4 * fits[0].measured["depth_ppm"].err


@pytest.mark.parametrize("minutes", [10, 30])
def test_long_cadences_do_not_bias_the_shape(minutes):
    flat, truth, rough = a_planet(
        cadence_seconds=60.0 * minutes, star=replace(SUN, tmag=6.0), radius_earth=9.0, impact=0.1
    )

    fit = fit_transit(flat, rough, SUN)

    for name in ("rp_rs", "duration_hours", "a_rs"):
        found = fit.measured[name]
        assert abs(found.value - truth[name]) < 3 * found.err + 0.002 * truth[name], name


def test_a_grazing_binary_is_a_lower_limit():
    model = TransitModel(period_days=3.1, epoch_btjd=1501, rp_rs=0.3, impact=1.1, a_rs=9.0)
    flat = simulate_star(1, star=SUN, red_noise=0.0).normalised()
    eclipsed = replace(flat, flux=flat.flux * transit_flux(flat.time, model, 120 / 86_400))

    fit = fit_transit(eclipsed, model.ephemeris, SUN)

    assert fit.measured["impact"].value > 0.8
    assert fit.measured["rp_rs"].high > 0.15
    assert "lower limit" in " ".join(fit.notes)


def test_a_single_event_has_no_period_and_a_star_tells_one():
    flat, truth, rough = a_planet(period_days=24.0, epoch_btjd=1508.0, radius_earth=9.0)
    single = replace(rough, period_days=None)

    fit = fit_transit(flat, single, SUN)

    assert fit.single
    assert fit.ephemeris.period_days is None
    assert not {"period_days", "a_rs", "density_solar", "a_au"} & set(fit.measured)
    assert fit.measured["rp_rs"].value == pytest.approx(truth["rp_rs"], rel=0.05)
    period = fit.measured["single_period_days"]
    assert period.low / 2 < 24.0 < period.high * 2
    assert (fit.flux(np.array([1508.0, 1532.0])) < 1).tolist() == [True, False]


def test_of_one_transit_with_a_period_the_period_stays_as_given():
    flat, _, rough = a_planet(period_days=24.0, epoch_btjd=1508.0, radius_earth=9.0)

    fit = fit_transit(flat, rough, SUN)

    assert fit.measured["period_days"].value == pytest.approx(rough.period_days)
    assert fit.to_record()["period_err_days"] is None
    assert "one transit" in " ".join(fit.notes)


def test_the_model_drawn_is_the_model_fitted():
    flat, _, rough = a_planet()

    fit = fit_transit(flat, rough, SUN)

    inside = in_event(flat.time, fit.ephemeris, 0.8)
    assert np.mean(flat.flux[inside] - fit.flux(flat.time)[inside]) == pytest.approx(0, abs=1e-4)
    assert (fit.flux(flat.time)[~in_event(flat.time, fit.ephemeris, 1.1)] == 1).all()


def test_the_same_seed_gives_the_same_numbers():
    flat, _, rough = a_planet()

    first, again = (fit_transit(flat, rough, SUN, n_draws=200, seed=5) for _ in range(2))

    assert first.to_record() == again.to_record()


def test_a_record_has_every_name_with_its_error():
    flat, _, rough = a_planet()

    record = fit_transit(flat, rough, SUN, n_draws=200).to_record()

    for name, error in ERROR_NAMES.items():
        assert name in record
        assert error in record
    assert record["single_period_days"] is None
    low, high = record["intervals"]["rp_rs"]
    assert low < record["rp_rs"] < high


def test_no_signal_gives_no_planet():
    flat = simulate_star(4, star=SUN, red_noise=0.0).normalised()
    nothing = Ephemeris(period_days=4.0, epoch_btjd=1501.0, duration_hours=3.0)

    depth = fit_transit(flat, nothing, SUN).measured["depth_ppm"]

    assert depth.value < 100


@pytest.mark.parametrize("what", ["far", "flagged", "raw", "one point"])
def test_bad_input_is_refused(what):
    flat, _, rough = a_planet()
    if what == "far":
        rough = replace(rough, period_days=900.0, epoch_btjd=2000.0)
    elif what == "flagged":
        flat = replace(flat, valid=np.zeros(len(flat), dtype=bool))
    elif what == "raw":
        flat = replace(flat, flux=flat.flux * 1000)
    else:
        flat = LightCurve(np.array([1501.0]), np.array([1.0]))

    with pytest.raises(DataError, match="A fit needs"):
        fit_transit(flat, rough, SUN)


def test_densities_are_compared_towards_each_other():
    rng = np.random.default_rng(0)
    star = draw_star(SUN, 4000, rng)["density"]

    ratio, sigma = compare_densities(0.5 * np.exp(0.1 * rng.normal(size=4000)), star)

    assert ratio == pytest.approx(0.5, rel=0.03)
    assert sigma == pytest.approx(np.log(0.5) / np.hypot(0.1, np.hypot(0.12, 0.18)), rel=0.1)
    assert star_density(Star(radius=2.0, logg=4.438)) == pytest.approx(0.5)
    assert star_density(Star(mass=1.0, radius=2.0)) == pytest.approx(0.125)
    assert star_density(Star(teff=5000.0)) is None


PUBLISHED = [
    # file, period, a mid-transit (BJD - 2457000), hours, and rp_rs: lowest, highest, source
    ("tess2018206045859-s0001-0000000261136679-0120-s_lc.fits",
     6.267832, 3011.550653, 2.8, 0.0158, 0.0182),  # pi Men c: 0.0170, Huang et al. 2018
    ("tess2019112060037-s0011-0000000166527623-0143-s_lc.fits",
     6.9593972, 3044.634922, 4.85, 0.061, 0.071),  # HIP 67522 b: 0.067, Rizzuto et al. 2020
    # HD 202772 A b: 0.061 once the light of its neighbour at 1.3 arcsec is taken off, which
    # this light curve holds; with it, less by the root of 1.2 to 1.3 (Wang et al. 2019)
    ("HD_202772_A_b.fits", 3.3088922, 3175.035028, 5.6, 0.0525, 0.0565),
]  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize(("file", "period", "epoch", "hours", "low", "high"), PUBLISHED)
def test_known_planets_have_their_published_size(real_data, file, period, epoch, hours, low, high):
    curve = read(real_data / "tess" / "lightcurves" / file)[0].normalised()
    known = Ephemeris(period_days=period, epoch_btjd=epoch, duration_hours=hours)
    flat = detrend(curve, masked=in_event(curve.time, known, 1.3)).curve

    fit = fit_transit(flat, known)

    assert low < fit.measured["rp_rs"].value < high
    assert fit.measured["period_days"].value == pytest.approx(period, rel=5e-4)
    assert fit.measured["duration_hours"].value == pytest.approx(hours, rel=0.1)
