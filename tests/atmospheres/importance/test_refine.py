"""The shipped model, refined by the emulator of its grid, on spectra of known truth."""

from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.importance.refine import Refiner
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.kept_emulator import emulator_of
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.prepare import prepare
from starsieve.atmospheres.refining import refiner_of
from starsieve.data import Spectrum
from starsieve.errors import DataError, ModelMismatchError

LABELS = np.array([1400.0, 4.8, 0.1, 3.0])
UNIT = "erg / (um s cm2)"
SCALE = float((0.95 * u.R_jup / (10 * u.pc)).to_value("")) ** 2
"""Of a dwarf of 0.95 Jupiter radii at 10 pc."""


@pytest.fixture(scope="module")
def model():
    return load_model("diamondback-spex")


@pytest.fixture(scope="module")
def refiner(model):
    return refiner_of(model)


def make_dwarf(refiner, labels=LABELS, snr=50.0, seed=0, unit=UNIT):
    wave = refiner.emulator.wave
    flux = SCALE * refiner.render(labels[None])[0]
    sigma = np.full(len(wave), flux[(wave > 1.2) & (wave < 1.3)].mean() / snr)
    flux = flux + np.random.default_rng(seed).normal(0, sigma)
    return Spectrum(wave, flux, sigma, resolution=120.0, flux_unit=unit)


@pytest.fixture(scope="module")
def result(refiner, model):
    [found] = infer(
        make_dwarf(refiner), model, refine=True, distance=Distance(10.0, 0.1), predict=True
    )
    return found


def test_refined_draws_hold_the_truth_and_are_many(result):
    assert result.refined.ess > 100
    for name, value in zip(result.names, LABELS, strict=True):
        summary = result.summary(name)
        assert abs(summary.median - value) < 4 * summary.std
    assert result.summary("teff").std < 30


def test_radius_and_luminosity_follow(result):
    found = result.physical.summaries()

    assert found["radius"].median == pytest.approx(0.95, abs=4 * found["radius"].std)
    assert found["radius"].std < 0.05
    sphere = 2 * np.log10(0.95 * float((1 * u.R_jup).to_value(u.R_sun))) + 4 * np.log10(1400 / 5772)
    assert found["luminosity"].median == pytest.approx(sphere, abs=0.03)


def test_a_spectrum_of_the_emulator_is_like_what_is_predicted(result):
    assert 0.001 < result.predictive.p_value < 0.999
    assert result.refined.p_value > 0.001
    assert np.median(result.refined.inflation) < 0.02
    assert not any("refin" in warning for warning in result.warnings)


def test_what_was_asked_for_is_in_the_record_and_in_words(result):
    record = result.to_record()

    assert record["refined"]["ess"] == pytest.approx(result.refined.ess)
    assert record["physical"]["radius"]["unit"] == "R_jup"
    assert record["physical"]["distance"] == {
        "kind": "distance",
        "value": 10.0,
        "error": 0.1,
        "unit": "pc",
    }
    assert set(record["predictive"]) == {"p_value", "n_draws"}
    assert 0 <= record["chi2_p_value"] <= 1
    assert "radius 0.9" in str(result)
    assert "effective number of draws" in str(result)


def test_nothing_is_told_that_was_not_asked_for(refiner, model):
    [plain] = infer(make_dwarf(refiner), model, draws=20)

    assert not {"refined", "physical", "predictive"} & set(plain.to_record())
    assert plain.further() == []


def test_a_spectrum_is_refined_the_same_in_any_company(refiner, model):
    dwarfs = [make_dwarf(refiner, seed=seed) for seed in (0, 1)]

    together = infer(dwarfs, model, draws=50, refine=True)[1]
    alone = infer(dwarfs[1], model, draws=50, refine=True)[0]

    np.testing.assert_allclose(together.draws, alone.draws, rtol=1e-2)


def test_departures_of_the_model_are_taken_up_by_the_inflation_and_said(refiner, model):
    dwarf = make_dwarf(refiner, snr=200.0)
    wavy = 1 + 0.05 * np.cos(60 * np.log(dwarf.wave)) + 0.05 * np.sin(35 * np.log(dwarf.wave))

    [found] = infer(replace(dwarf, flux=dwarf.flux * wavy), model, draws=200, refine=True)

    assert 0.01 < np.median(found.refined.inflation) < 0.1
    teff = found.summary("teff")
    assert abs(teff.median - LABELS[0]) < 4 * teff.std
    assert any("were inflated by" in warning for warning in found.warnings)


def test_few_effective_draws_are_warned_of(result):
    few = replace(result.refined, ess=3.0)

    assert few.too_few
    assert not result.refined.too_few


def test_without_an_absolute_flux_a_distance_is_a_failure_of_that_file(refiner, model):
    dwarfs = [make_dwarf(refiner, unit=""), make_dwarf(refiner)]

    found = infer(dwarfs, model, draws=20, distance=10.0)

    assert len(found) == 1
    [failure] = found.failures
    assert "a radius needs an absolute flux" in failure.error


def test_the_networks_draws_have_a_radius_and_bands_too(refiner, model):
    [found] = infer(make_dwarf(refiner), model, draws=100, distance=10.0, predict=True)

    assert found.refined is None
    assert found.physical.summaries()["radius"].median == pytest.approx(0.95, abs=0.1)
    assert found.predictive.std.shape == found.fit.wave.shape


def test_the_shipped_model_has_its_emulator_beside_it(model):
    assert (model.folder / "emulator" / "model.json").is_file()
    assert emulator_of(model).card.n_nodes == np.prod(model.grid.shape)


def test_an_emulator_of_other_wavelengths_is_refused(model, planted_emulator):
    with pytest.raises(ModelMismatchError, match="not on the same wavelengths"):
        Refiner.of(model, planted_emulator)


def test_a_distance_must_be_positive(model):
    with pytest.raises(DataError, match="must be a positive number of pc"):
        infer([], model, distance=-3.0)


def test_likelihoods_prefer_the_truth(refiner, model):
    prepared = prepare(make_dwarf(refiner), model.grid.wave, model.recipe)
    likelihood = refiner.likelihood(prepared, LABELS)
    truth = 2 * model.grid.to_steps(LABELS[None]) / (np.array(model.grid.shape) - 1) - 1

    there, elsewhere = likelihood(truth)[0], likelihood(np.zeros((1, 4)))[0]

    assert there > elsewhere + 50
