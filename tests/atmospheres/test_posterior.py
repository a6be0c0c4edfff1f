"""The whole path on made spectra of known truth: train, save, load, infer."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.prepare import prepare
from starsieve.data import Spectrum
from starsieve.data.synthetic import SPEX_RESOLUTION, model_flux, observe
from starsieve.errors import DataError

NAMES = ("teff", "logg", "mh", "fsed")


def observe_many(model, n, snr, seed=0, **options):
    rng = np.random.default_rng(seed)
    low, high = zip(*[(nodes[0], nodes[-1]) for nodes in model.grid.nodes], strict=True)
    truth = rng.uniform(low, high, (n, len(low)))
    fluxes = model_flux(model.grid.wave, *truth.T)
    spectra = [
        observe(
            Spectrum(model.grid.wave, flux, resolution=SPEX_RESOLUTION), snr, seed + i, **options
        )
        for i, flux in enumerate(fluxes)
    ]
    return spectra, truth


@pytest.fixture(scope="module")
def results(toy_model):
    spectra, truth = observe_many(toy_model, 120, snr=40.0)
    return infer(spectra, toy_model, draws=400), truth


def test_temperatures_of_unseen_spectra_are_recovered(results):
    inferences, truth = results
    medians = np.array([each.summary("teff").median for each in inferences])

    assert np.mean(np.abs(medians - truth[:, 0])) < 60
    assert np.corrcoef(medians, truth[:, 0])[0, 1] > 0.95


def test_intervals_hold_the_truth_about_as_often_as_they_say(results):
    """Over all labels: in each, a few seconds' training differ from machine to machine."""
    inferences, truth = results
    below = np.array(
        [
            [np.mean(r.draws_of(name) < truth[i, column]) for i, r in enumerate(inferences)]
            for column, name in enumerate(NAMES)
        ]
    )
    assert 0.4 < np.mean(np.abs(below - 0.5) < 0.34) < 0.9
    assert np.mean(np.abs(below - 0.5) < 0.475) > 0.8


def test_draws_stay_inside_the_grid(results, toy_model):
    inferences, _ = results
    draws = np.concatenate([each.draws for each in inferences])

    for column, output in enumerate(toy_model.card.outputs):
        assert draws[:, column].min() >= output.minimum
        assert draws[:, column].max() <= output.maximum


def test_the_best_fit_describes_the_spectrum(results):
    inferences, _ = results

    assert 0.8 < np.median([each.chi2_reduced for each in inferences]) < 1.3


def test_the_scale_of_the_flux_does_not_matter(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=50.0)
    assert spectrum.sigma is not None
    brighter = replace(spectrum, flux=spectrum.flux * 1e-25, sigma=spectrum.sigma * 1e-25)

    one, other = infer([spectrum, brighter], toy_model, draws=200)

    np.testing.assert_allclose(one.draws, other.draws, rtol=2e-3, atol=1e-3)


def test_a_spectrum_gets_the_same_draws_in_any_company(toy_model):
    spectra, _ = observe_many(toy_model, 5, snr=30.0)

    together, alone = (
        infer(spectra, toy_model, draws=150)[3],
        infer(spectra[3], toy_model, draws=150)[0],
    )

    np.testing.assert_allclose(together.draws, alone.draws, rtol=2e-3, atol=1e-3)


def test_seeds_matter_and_repeat(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=30.0)

    first, again, other = (infer(spectrum, toy_model, draws=100, seed=s)[0] for s in (1, 1, 2))

    np.testing.assert_array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, other.draws)


def test_less_signal_makes_wider_posteriors(toy_model):
    [clear], _ = observe_many(toy_model, 1, snr=200.0)
    [faint], _ = observe_many(toy_model, 1, snr=5.0)

    a, b = infer([clear, faint], toy_model, draws=300)

    assert a.summary("teff").std < b.summary("teff").std


def test_gaps_and_another_grid_are_taken_as_they_come(toy_model):
    spectra, truth = observe_many(toy_model, 30, snr=60.0, gaps=((1.3, 1.5), (1.8, 2.0)))
    finer = [
        Spectrum(s.wave[50:500], s.flux[50:500], None if s.sigma is None else s.sigma[50:500])
        for s in spectra
    ]

    found = infer(finer, toy_model, draws=200)

    medians = np.array([each.summary("teff").median for each in found])
    assert np.mean(np.abs(medians - truth[:, 0])) < 100


def test_flux_per_frequency_gives_what_flux_per_wavelength_does(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=60.0)
    assert spectrum.sigma is not None
    per_wave = replace(spectrum, flux_unit="erg / (s cm2 um)")
    jansky = replace(
        spectrum,
        flux=spectrum.flux * spectrum.wave**2,
        sigma=spectrum.sigma * spectrum.wave**2,
        flux_unit="Jy",
    )

    one, other = infer([per_wave, jansky], toy_model, draws=200)

    np.testing.assert_allclose(one.draws, other.draws, rtol=5e-3, atol=1e-3)


def test_bands_that_disagree_widen_the_posterior(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=100.0)
    assert spectrum.sigma is not None
    tilted = replace(spectrum, flux=spectrum.flux * np.where(spectrum.wave > 1.85, 1.4, 1.0))

    plain, odd = infer([spectrum, tilted], toy_model, draws=400)

    assert odd.chi2_reduced > 5 > plain.chi2_reduced
    assert odd.summary("teff").std > 1.15 * plain.summary("teff").std
    assert odd.ood_score > plain.ood_score


def test_what_is_no_brown_dwarf_is_flagged(toy_model):
    wave = toy_model.grid.wave
    flux = 1 + 5 * np.exp(-0.5 * ((wave - 1.6) / 0.01) ** 2) + 0.9 * np.sin(40 * wave)
    comb = Spectrum(wave, flux, np.full(len(wave), 0.01))

    [result] = infer(comb, toy_model, draws=100)

    assert not result.in_distribution
    assert any("departs from the spectrum" in warning for warning in result.warnings)


def test_spectra_beyond_the_grid_are_limits(toy_model):
    wave = toy_model.grid.wave
    cold = np.array([750.0, 800.0, 850.0])
    fluxes = model_flux(wave, cold, *np.array([[5.0], [0.0], [4.0]]).repeat(3, axis=1))
    spectra = [
        observe(Spectrum(wave, flux, resolution=SPEX_RESOLUTION), 50.0, i)
        for i, flux in enumerate(fluxes)
    ]

    results = infer(spectra, toy_model, draws=300)

    limits = [result for result in results if "teff" in result.limits]
    assert len(limits) >= 1
    for result in limits:
        assert result.limits["teff"] == "upper"
        assert not result.in_distribution
        assert result.quote("teff").startswith("<")


def test_pure_noise_is_flagged(toy_model):
    wave = toy_model.grid.wave
    noise = 0.3 + np.random.default_rng(0).normal(size=len(wave))

    [result] = infer(Spectrum(wave, noise, np.ones(len(wave))), toy_model, draws=50)

    assert not result.in_distribution
    assert any("trained on 3 and above" in warning for warning in result.warnings)


def test_a_single_band_is_said_to_stand_alone(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=50.0)
    h_band = (spectrum.wave > 1.42) & (spectrum.wave < 1.8)

    [result] = infer(replace(spectrum, valid=h_band), toy_model, draws=50)

    assert any("no other band checks the answer" in warning for warning in result.warnings)


def test_numbers_that_stand_for_bad_pixels_are_left_out_and_said(toy_model):
    [observed], _ = observe_many(toy_model, 1, snr=50)
    flux, sigma = observed.flux.copy(), np.array(observed.sigma)
    much = 1e18 * np.median(flux)
    flux[[200, 300]], sigma[[200, 300]] = -much, much
    wild = replace(observed, flux=flux, sigma=sigma, resolution=1000.0)
    valid = np.ones(len(flux), dtype=bool)
    valid[[200, 300]] = False
    clean = replace(observed, valid=valid, resolution=1000.0)

    found, expected = infer([wild, clean], toy_model, draws=100)

    assert "2 pixels of more than 100000 times the median flux were left out" in " ".join(
        found.provenance["assumed"]
    )
    np.testing.assert_allclose(found.draws, expected.draws, rtol=1e-3)


def test_fine_pixels_without_a_resolution_are_doubted(toy_model):
    [observed], _ = observe_many(toy_model, 1, snr=50)
    wave = np.linspace(observed.wave[0], observed.wave[-1], 6000)
    flux, sigma = (np.interp(wave, observed.wave, v) for v in (observed.flux, observed.sigma))
    fine = Spectrum(wave, flux, sigma)
    coarse = replace(observed, resolution=None)

    doubted, usual, told = infer(
        [fine, coarse, replace(fine, resolution=1500.0)], toy_model, draws=20
    )

    assert any("tell it if it is known" in n for n in doubted.provenance["assumed"])
    assert "resolution taken as the model's, 120" in usual.provenance["assumed"]
    assert not any("resolution" in note for note in told.provenance["assumed"])


def test_what_was_used_of_a_spectrum_is_told(toy_model):
    [whole], _ = observe_many(toy_model, 1, snr=50)
    part = replace(whole, valid=whole.wave > 1.5)

    found, half = infer([whole, part], toy_model, draws=20)

    assert found.provenance["coverage"] == 1.0
    assert 0.4 < half.to_record()["coverage"] < 0.7
    assert half.to_record()["wavelengths_used"].startswith("1.5")


def test_missing_errors_are_estimated_and_said(toy_model):
    [spectrum], _ = observe_many(toy_model, 1, snr=30.0)
    bare = replace(spectrum, sigma=None)

    [result] = infer(bare, toy_model, draws=50)

    [warning] = [w for w in result.warnings if "no errors given" in w]
    assert 15 < float(warning.rsplit(" ", 1)[1]) < 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flux": np.full(563, np.nan)}, "no usable pixel: of 563, 563 have no finite flux"),
        (
            {"sigma": np.zeros(563)},
            "no usable pixel: of 563, 0 have no finite flux and 563 no error",
        ),
        ({"flux": np.full(563, -1.0)}, "median is not positive"),
        ({"flux_unit": "m"}, "flux in 'm' is no flux density"),
        ({"wave": np.linspace(0.3, 0.99, 563)}, "cover 0% of the 1 to 2.4 micron"),
        ({"wave": np.linspace(0.3, 1.15, 563)}, "cover 1[0-9]% of the .* it needs 20%"),
    ],
    ids=["all NaN", "zero errors", "negative", "wrong unit", "elsewhere", "half there"],
)
def test_what_cannot_be_used_is_refused_with_the_reason(toy_model, change, message):
    [spectrum], _ = observe_many(toy_model, 1, snr=30.0)

    with pytest.raises(DataError, match=message):
        prepare(
            replace(spectrum, **{"valid": None} | change), toy_model.grid.wave, toy_model.recipe
        )


def test_a_spectrum_of_two_pixels_is_no_spectrum(toy_model):
    bare = Spectrum(np.array([1.0, 2.0, 3.0]), np.ones(3), np.full(3, 0.1))

    with pytest.raises(DataError, match=r"only 2 usable pixels lie between 1 and 2\.4 micron"):
        prepare(bare, toy_model.grid.wave, toy_model.recipe)


def test_in_a_batch_the_good_ones_go_on(toy_model, tmp_path):
    [spectrum], _ = observe_many(toy_model, 1, snr=30.0)
    (tmp_path / "words.txt").write_text("this is not a spectrum\n")

    found = infer(
        [str(tmp_path / "words.txt"), spectrum, str(tmp_path / "none.fits")], toy_model, draws=50
    )

    assert len(found) == 1
    assert [f.file for f in found.failures] == [
        str(tmp_path / "words.txt"),
        str(tmp_path / "none.fits"),
    ]
    assert all(str(tmp_path) not in f.error for f in found.failures)


def test_draws_must_be_positive(toy_model):
    with pytest.raises(DataError, match="draws must be at least 1, got 0"):
        infer([], toy_model, draws=0)
