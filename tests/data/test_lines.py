"""Where species and the Earth's air absorb."""

import numpy as np
import pytest

from starsieve.data.grids import vacuum_to_air
from starsieve.data.lines import SPECIES, features_between, species_between
from starsieve.data.tellurics import TELLURIC_BANDS, telluric_bands_between
from starsieve.readers import read

RYDBERG = 109_677.5834
"""Of hydrogen, per centimetre."""

NIST_AIR = {
    "Na I D2": 0.588_995_1,
    "Na I D1": 0.589_592_4,
    "K I D1": 0.769_896_5,
    "Ca II K": 0.393_366_3,
    "Mg I b1": 0.518_360_4,
    "Fe I E": 0.526_953_7,
    "He I D3": 0.587_562_1,
    "H I Balmer α": 0.656_279,
}
"""Micron in air, as published."""


def test_lines_are_where_the_laboratory_measured_them():
    by_title = {feature.title: feature for each in SPECIES.values() for feature in each.features}
    for title, air in NIST_AIR.items():
        vacuum = np.array([by_title[title].start])
        assert vacuum_to_air(vacuum)[0] == pytest.approx(air, abs=2e-7), title


@pytest.mark.parametrize(
    ("series", "lower", "first"), [("balmer", 2, 3), ("paschen", 3, 4), ("brackett", 4, 5)]
)
def test_series_of_hydrogen_follow_rydberg(series, lower, first):
    for feature in SPECIES[series].features:
        energies = 1 / lower**2 - 1 / np.arange(first, 20) ** 2.0
        nearest = np.abs(1e4 / (RYDBERG * energies) / feature.start - 1).min()
        assert nearest < 2e-5, feature  # the fine structure, which the formula leaves out


def test_every_feature_has_a_place_a_source_and_its_species():
    for name, species in SPECIES.items():
        assert species.name == name
        starts = [feature.start for feature in species.features]
        assert starts == sorted(starts)
        for feature in species.features:
            assert 0.3 < feature.start <= feature.stop < 12
            assert feature.species == name
            assert feature.source
            assert feature.is_line == (species.group != "molecules")


def test_features_of_a_range_touch_it():
    found = features_between(["k1", "h2o", "nonsense"], 1.16, 1.24)
    assert [feature.title for feature in found] == ["K I"] * 3 + ["H₂O"]
    assert features_between(["k1"], 3.0, 4.0) == []


def test_species_of_a_range_are_those_with_a_feature_in_it():
    names = {species.name for species in species_between(0.58, 0.60)}
    assert {"na1", "he1"} <= names
    assert not {"k1", "h2o"} & names


def test_telluric_bands_do_not_overlap_and_have_a_molecule():
    starts = [band.start for band in TELLURIC_BANDS]
    assert starts == sorted(starts)
    stops = [band.stop for band in TELLURIC_BANDS]
    assert all(stop < start for stop, start in zip(stops[:-1], starts[1:], strict=True))
    assert [band.molecule for band in telluric_bands_between(0.75, 0.78)] == ["O₂"]


@pytest.mark.real_data
def test_lines_of_a_real_star_are_at_one_velocity(real_data):
    file = sorted((real_data / "stellar" / "harps_alpha_cen_b").glob("*s1d_A.fits.gz"))[0]
    (star,) = read(file)
    names = ["na1", "ca1", "ca2", "mg1", "fe1", "cr1", "ba2"]
    velocities = []
    for feature in features_between(names, 0.41, 0.69):
        velocity = (star.wave / feature.start - 1) * 299_792.458
        near = np.abs(velocity + 22) < 12
        if not (star.flux[near] > 0).all():  # between the CCDs
            continue
        velocities.append(velocity[near][np.argmin(star.flux[near])])
    assert len(velocities) > 15
    assert np.ptp(velocities) < 3  # km/s; the bottoms of strong lines are flat
    assert np.median(velocities) == pytest.approx(-22.7, abs=0.5)


@pytest.mark.real_data
def test_the_air_absorbs_in_the_telluric_bands_and_hardly_elsewhere(real_data):
    from astropy.io import fits

    means = {True: [], False: []}
    for molecule in ("O2", "H2O"):
        table = fits.getdata(real_data / "stellar" / "tellurics" / f"{molecule}.fits", 1)
        wave, through = table["wave"].astype(float) / 1e4, table["flux"].astype(float)
        for start in np.arange(0.60, 0.92, 0.001):
            inside = bool(telluric_bands_between(start, start + 0.001))
            chosen = (wave >= start) & (wave < start + 0.001)
            means[inside].append(through[chosen].mean())
    assert min(means[False]) > 0.97
    assert min(means[True]) < 0.5
