"""What is true of published grids is found in them."""

import pytest

from starsieve.atmospheres.grids import check_grid
from starsieve.readers import read

pytestmark = pytest.mark.real_data


@pytest.fixture
def check(real_data):
    def check_file(name, **options):
        [spectra] = read(real_data / "browndwarf" / "grids" / name).contents
        return check_grid(spectra, name=name, **options)

    return check_file


@pytest.mark.parametrize("name", ["sonora-bobcat_spex-prism.h5", "sonora-bobcat_table.csv.bz2"])
def test_bobcat_varies_c_to_o_on_one_slice_only(check, name):
    found = check(name)

    [confounding] = found.confounded
    assert (confounding.label, confounding.kind) == ("c_to_o", "only at")
    assert set(confounding.others) == {"logg", "mh"}
    assert found.copies.members == ()
    assert found.coverage.share == pytest.approx(1 / 3)


def test_cholla_is_complete_but_half_of_it_has_gaps_and_one_spectrum_is_impossible(check):
    found = check("sonora-cholla_spex-prism.h5")

    assert found.coverage.share == 1.0
    assert len(found.bad.nan) == 272
    assert (found.n_compared, found.n_pixels_compared) == (459, 445)
    assert found.energy.too_bright.tolist() == [102]


def test_clouds_of_hot_diamondback_spectra_are_not_seen(check):
    found = check("sonora-diamondback_spex-prism.h5")

    assert found.copies.members == ()
    assert {axis.name for axis in found.axes} == {"teff", "logg", "mh", "fsed"}
    assert {tie.label for tie in found.near.ties()} == {"fsed"}
    assert found.near.where() == "Teff 2100 to 2400"
    assert found.ceiling("fsed", found.snr).r2 == pytest.approx(0.973, abs=0.003)


def test_mixing_follows_gravity_in_atmo(check):
    found = check("atmo2020pp_spex-prism.h5")

    assert [each.text for each in found.confounded] == [
        "log Kzz and log g determine each other: the grid has one of both."
    ]


def test_words_for_clouds_are_a_label_of_lacy_and_burrows(check):
    found = check("lacy-burrows_spex-prism.h5")

    assert found.coverage.n_repeated == 0
    assert found.axes[-1].values == ("AEE10", "E10", "NC")
    assert any("[M/H] 0.5 and 0.52" in finding for finding in found.findings())
