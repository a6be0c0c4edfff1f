"""Holes, confounded labels and impossible fluxes of a grid, whatever its spectra look like."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.grids import check_grid
from starsieve.atmospheres.grids.axes import axes_of
from starsieve.atmospheres.grids.confounding import find_confounded
from starsieve.atmospheres.grids.coverage import cover
from starsieve.atmospheres.grids.fluxes import check_energy
from starsieve.data.synthetic import model_grid
from tests.atmospheres.grids.made_grids import make_grid


def confounded(spectra):
    return {each.label: each for each in find_confounded(axes_of(spectra))}


def test_holes_are_named():
    spectra = make_grid()
    hole = (spectra.labels["teff"] == 800) & (spectra.labels["mh"] == 0.5)
    coverage = cover(axes_of(spectra.take(~hole)))

    assert (coverage.n_nodes, len(coverage.filled)) == (54, 48)
    record = coverage.to_record()
    assert record["missing"][0] == [800.0, 4.0, 0.5, 0.5]
    assert len(record["missing"]) == 6
    assert coverage.by_value("mh").tolist() == [1.0, 1.0, pytest.approx(2 / 3)]
    assert coverage.by_pair("teff", "mh")[0].tolist() == [1.0, 1.0, 0.0]


def test_gaps_and_doubled_values_of_a_label_are_found():
    values = np.array([0.0, 0.5, 1.0, 1.02, 1.5, 3.0], dtype=np.float32)
    [axis] = axes_of(replace(make_grid().take(slice(0, 6)), labels={"mh": values}))

    assert [(round(low, 2), round(high, 2)) for low, high in axis.gaps()] == [(1.5, 3.0)]
    assert [(round(low, 2), round(high, 2)) for low, high in axis.doubles()] == [(1.0, 1.02)]


def test_a_label_that_varies_on_one_slice_only_is_named():
    spectra = make_grid()
    labels = spectra.labels
    slice_ = (labels["c_to_o"] == 1.0) | ((labels["logg"] == 5.0) & (labels["mh"] == 0.0))

    found = confounded(spectra.take(slice_))

    assert found["c_to_o"].kind == "only at"
    assert set(found["c_to_o"].others) == {"logg", "mh"}
    assert "(only at log g 5; [M/H] 0)" in found["c_to_o"].text


def test_labels_that_determine_each_other_are_named_once():
    spectra = make_grid()
    kzz = 14 - 2 * spectra.labels["logg"]

    found = find_confounded(axes_of(replace(spectra, labels=spectra.labels | {"log_kzz": kzz})))

    assert [each.text for each in found] == [
        "log g and log Kzz determine each other: the grid has one of both."
    ]


def test_a_label_that_follows_from_two_others_is_named():
    spectra = make_grid()
    mixed = np.round(spectra.labels["mh"] + 10 * spectra.labels["c_to_o"], 3)

    found = confounded(replace(spectra, labels=spectra.labels | {"enrichment": mixed}))

    assert found["enrichment"].kind == "function"
    assert found["enrichment"].others == ("mh", "c_to_o")


def test_a_constant_and_a_correlated_label_are_named():
    spectra = make_grid(mh=(0.0,))
    teff, logg = spectra.labels["teff"], spectra.labels["logg"]
    kept = (teff < 1000) & (logg < 4.5) | (teff > 1000)

    found = confounded(spectra.take(kept))

    assert found["mh"].kind == "constant"
    assert found["teff"].kind == "dependent"
    assert found["teff"].others == ("logg",)


def test_labels_without_a_grid_are_neither_listed_nor_confounded():
    rng = np.random.default_rng(0)
    spectra = model_grid(teff=np.linspace(1000, 2000, 20), logg=np.linspace(4, 5, 5), fsed=[2.0])
    labels = {name: rng.uniform(size=len(spectra)) for name in ("teff", "logg", "mh", "fsed")}

    spectra = replace(spectra, labels=labels)
    check = check_grid(spectra, snr=5.0)

    assert check.confounded == ()
    assert len(check.coverage.missing()) == 0
    assert check.coverage.n_nodes == 300**4
    assert 0 < check.ceiling("mh", 5.0).r2 <= 1


def test_nan_negative_and_zero_fluxes_are_counted_and_the_rest_is_compared():
    spectra = make_grid()
    flux = spectra.flux.copy()
    flux[3, 10], flux[4, 11], flux[5, 12], flux[6] = np.nan, -1.0, 0.0, 0.0

    check = check_grid(replace(spectra, flux=flux))

    assert check.bad.nan.tolist() == [3]
    assert check.bad.negative.tolist() == [4]
    assert check.bad.zero.tolist() == [5, 6]
    assert (check.n_compared, check.n_pixels_compared) == (53, 103)
    assert {"Spectra with NaN fluxes: 1 (first: row 3)."} < set(check.findings())


def test_a_grid_with_a_common_gap_is_compared_without_it():
    spectra = make_grid()
    flux = spectra.flux.copy()
    flux[::2, :20] = np.nan

    check = check_grid(replace(spectra, flux=flux))

    assert (check.n_compared, check.n_pixels_compared) == (54, 84)


def test_black_bodies_hold_the_energy_of_black_bodies():
    spectra = make_grid()
    energy, _ = check_energy(spectra)
    from astropy import units as u
    from astropy.modeling.physical_models import BlackBody

    teff = spectra.labels["teff"]
    flux = [
        (np.pi * u.sr * BlackBody(t * u.K)(spectra.wave * u.um)).to_value(
            "erg/(s cm2 um)", u.spectral_density(spectra.wave * u.um)
        )
        for t in teff
    ]
    black, _ = check_energy(replace(spectra, flux=np.array(flux)))

    assert black.share == pytest.approx(black.black)
    assert black.black == pytest.approx(energy.black)
    assert np.all(energy.share < energy.black)


def test_energy_does_not_depend_on_the_unit():
    spectra = make_grid()
    wave = spectra.wave
    jansky = spectra.flux * wave**2 / 2.99792458e14 * 1e23

    one, _ = check_energy(spectra)
    other, _ = check_energy(replace(spectra, flux=jansky, flux_unit="Jy"))

    assert other.share == pytest.approx(one.share, rel=1e-6)


def test_more_energy_than_the_temperature_allows_is_found():
    spectra = make_grid(teff=(1400.0, 2000.0))
    bright = spectra.flux.copy()
    bright[7] *= 8.0

    check = check_grid(replace(spectra, flux=bright))

    assert check.energy.odd.tolist() == [7]
    assert any("unlike that of others of the same Teff: 1 (first: row 7)" in f
               for f in check.findings())  # fmt: skip
    brighter, _ = check_energy(replace(spectra, flux=spectra.flux * 8.0))
    assert len(brighter.too_bright) > 0
    assert "more than sigma Teff^4" in " ".join(brighter.findings())


def test_a_wrong_unit_is_found_and_an_unknown_one_is_said():
    spectra = make_grid()

    wrong = check_grid(replace(spectra, flux_unit="erg / (s cm2 AA)"))
    none = check_grid(replace(spectra, flux_unit=""))

    assert any("no surface flux density in the unit stated" in f for f in wrong.findings())
    assert none.energy is None
    assert "energy: not checked, for the flux unit '' is none of a flux density" in str(none)
    untold, why = check_energy(replace(spectra, labels={"mh": spectra.labels["mh"]}))
    assert untold is None
    assert "temperature" in why
