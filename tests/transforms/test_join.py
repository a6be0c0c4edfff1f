"""Orders and instruments joined: nothing is lost, averaged or invented."""

import numpy as np
import pytest

from starsieve.data import Spectrum
from starsieve.errors import DataError
from starsieve.transforms.join import join

UNIT = "W / (um m2)"


def truth(wave):
    return 2.0 + np.sin(3 * wave)


def piece(low, high, n=60, factor=1.0, unit=UNIT, **more):
    wave = np.linspace(low, high, n)
    flux = factor * truth(wave)
    return Spectrum(wave=wave, flux=flux, sigma=0.01 * flux, flux_unit=unit, **more)


def test_each_gives_the_half_of_an_overlap_that_is_nearer_to_its_middle():
    joined = join([piece(1.4, 2.4), piece(0.8, 1.6)]).spectrum  # in any order

    seam = 1.5
    expected = [w for w in piece(0.8, 1.6).wave if w < seam]
    expected += [w for w in piece(1.4, 2.4).wave if w >= seam]
    assert joined.wave.tolist() == expected
    np.testing.assert_allclose(joined.flux, truth(joined.wave), rtol=1e-3)


def test_levels_are_matched_with_their_errors():
    joined = join([piece(0.8, 1.6), piece(1.4, 2.4, factor=4.0)])

    np.testing.assert_allclose(joined.spectrum.flux, truth(joined.spectrum.wave), rtol=1e-3)
    np.testing.assert_allclose(joined.spectrum.sigma, 0.01 * joined.spectrum.flux)
    assert joined.notes == ("from 1.4 micron on multiplied by 0.25",)


def test_levels_stay_if_told_so():
    joined = join([piece(0.8, 1.6), piece(1.4, 2.4, factor=4.0)], match_levels=False)

    red = joined.spectrum.wave >= 1.5
    np.testing.assert_allclose(joined.spectrum.flux[red], 4 * truth(joined.spectrum.wave[red]))
    assert joined.notes == ()


def test_a_gap_stays_a_gap_and_levels_stay():
    joined = join([piece(0.8, 1.3), piece(1.5, 2.4, factor=4.0)])

    assert len(joined.spectrum.wave) == 120
    assert joined.spectrum.flux[-1] == pytest.approx(4 * truth(2.4))
    assert joined.notes == ("nothing between 1.3 and 1.5 micron: levels as they are",)


def test_few_pixels_in_common_do_not_set_a_level():
    joined = join([piece(0.8, 1.42), piece(1.4, 2.4, factor=4.0)])

    assert "too few pixels in common at 1.4 micron: levels as they are" in joined.notes


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("within", [(1.2, 1.5), (1.9, 2.2)])
def test_a_piece_within_another_replaces_its_part_and_nothing_is_lost(within, swapped):
    whole, part = piece(0.8, 2.4, n=160), piece(*within, n=200, factor=3.0)

    joined = join([part, whole] if swapped else [whole, part]).spectrum

    rest = whole.wave[(whole.wave < within[0]) | (whole.wave > within[1])]
    assert joined.wave.tolist() == sorted([*rest, *part.wave])
    # The bluer one, by its middle, sets the level.
    level = 3.0 if np.mean(within) < 1.6 else 1.0
    np.testing.assert_allclose(joined.flux / truth(joined.wave), level, rtol=1e-2)


def test_three_orders_become_one():
    joined = join(
        [piece(0.8, 1.3), piece(1.2, 1.8, 120, factor=2.0), piece(1.7, 2.4, 90, factor=5.0)]
    )

    np.testing.assert_allclose(joined.spectrum.flux, truth(joined.spectrum.wave), rtol=2e-3)
    assert (np.diff(joined.spectrum.wave) > 0).all()
    assert len(joined.notes) == 2


def test_units_of_one_kind_are_converted():
    other = piece(1.4, 2.4, factor=1e-7 * 1e4 * 1e7, unit="erg / (s cm2 um)")
    other = Spectrum(other.wave, 1e3 * truth(other.wave), flux_unit="erg / (s cm2 um)")

    joined = join([piece(0.8, 1.6), other], match_levels=False).spectrum

    assert joined.flux_unit == UNIT
    np.testing.assert_allclose(joined.flux, truth(joined.wave), rtol=1e-9)


def test_flux_per_frequency_is_converted_at_each_wavelength():
    wave = np.linspace(1.4, 2.4, 50)
    jansky = truth(wave) * wave**2 / 2.99792458e-12  # W/m2/um to Jy

    joined = join([piece(0.8, 1.6), Spectrum(wave, jansky, flux_unit="Jy")], match_levels=False)

    np.testing.assert_allclose(joined.spectrum.flux, truth(joined.spectrum.wave), rtol=1e-6)


def test_absolute_and_relative_flux_are_not_joined():
    with pytest.raises(DataError, match=r"have fluxes in no unit and in W / \(um m2\); expected"):
        join([piece(0.8, 1.6), piece(1.4, 2.4, unit="")])


def test_without_errors_of_one_there_are_none():
    blue = piece(0.8, 1.6)

    assert (
        join(
            [blue, Spectrum(piece(1.4, 2.4).wave, piece(1.4, 2.4).flux, flux_unit=UNIT)]
        ).spectrum.sigma
        is None
    )


def test_pixels_that_are_not_valid_stay_so_and_set_no_level():
    red = piece(1.4, 2.4)
    valid = red.wave > 1.45
    flux = np.where(valid, red.flux, 1e6)
    red = Spectrum(red.wave, flux, sigma=red.sigma, valid=valid, flux_unit=UNIT)

    joined = join([piece(0.8, 1.6), red])

    good = joined.spectrum.usable
    np.testing.assert_allclose(
        joined.spectrum.flux[good], truth(joined.spectrum.wave[good]), rtol=1e-3
    )


def test_the_lowest_resolution_counts_and_an_unknown_one_leaves_it_unknown():
    known = [piece(0.8, 1.6, resolution=2000.0), piece(1.4, 2.4, resolution=120.0)]

    assert join(known).spectrum.resolution == 120.0
    assert join([known[0], piece(1.4, 2.4)]).spectrum.resolution is None


def test_frames_that_differ_leave_it_unknown():
    both = [piece(0.8, 1.6, frame="barycentric"), piece(1.4, 2.4, frame="rest")]

    assert join(both).spectrum.frame == "unknown"
    assert join(both[:1]).spectrum.frame == "barycentric"


def test_pieces_of_nothing_are_left_out_and_nothing_at_all_is_refused():
    nothing = piece(1.4, 2.4, valid=np.zeros(60, dtype=bool))

    joined = join([piece(0.8, 1.6), nothing])

    assert len(joined.spectrum.wave) == 60
    assert joined.notes == ("1 pieces without a usable pixel",)
    with pytest.raises(DataError, match="None of the 1 spectra to join has a usable pixel"):
        join([nothing])
    with pytest.raises(DataError, match="no spectrum to join"):
        join([])
