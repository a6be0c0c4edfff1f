"""Star and air told apart, on series whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.errors import DataError
from starsieve.representations.separation import separate
from starsieve.representations.separation_lines import Line, find_lines, read_lines, score_lines
from starsieve.representations.separation_spectra import correct
from starsieve.representations.separation_widths import find_stellar_lines, score_widths
from tests.representations.made_series import RANGES, make_series


@pytest.fixture(scope="module")
def series():
    return make_series(seed=1)


@pytest.fixture(scope="module")
def separation(series):
    return separate(series.exposures, RANGES)


def test_amplitudes_of_both_gases_are_recovered(series, separation):
    for number, truth in enumerate((series.oxygen, series.water)):
        found = separation.state.amplitude[:, number]
        assert np.corrcoef(found, truth)[0, 1] > 0.99
        error = separation.state.amplitude_error[:, number]
        assert 0.3 < np.sqrt(np.mean(((found - truth) / error) ** 2)) < 3.0


def test_lines_of_the_air_are_found_where_they_are(series, separation):
    found = find_lines(separation, min_depth=0.03)
    for species, truth in (("O2", series.oxygen_lines), ("H2O", series.water_lines)):
        waves = np.array([line.wave for line in found if line.species == species])
        distance = np.abs(waves[:, None] / truth - 1).min(axis=0)
        assert np.mean(distance < 0.3 / 50_000) > 0.7
    assert len(found) < 1.5 * (len(series.oxygen_lines) + len(series.water_lines))


def test_lines_of_the_air_are_gone_afterwards(series, separation):
    lines = [Line(wave, "O2") for wave in series.oxygen_lines]
    scores = score_lines(separation, lines)
    assert len(scores) >= 10
    assert np.median([score.depth_before for score in scores]) > 0.05
    assert np.median([abs(score.depth_after) for score in scores]) < 0.01
    assert np.median([score.ratio for score in scores]) < 1.3


def test_the_stars_lines_keep_their_widths(separation):
    corrections = [correct(separation, number) for number in range(len(separation.exposures))]
    scores = score_widths(separation, corrections, find_stellar_lines(separation))
    assert len(scores) >= 10
    assert np.median([score.change for score in scores]) < 0.05


def test_corrected_pixels_depart_from_the_truth_as_their_errors_say(series, separation):
    pulls = []
    for number, truth in enumerate(series.without_air):
        correction = correct(separation, number)
        in_lines = correction.log_transmission < -0.02
        departure = (correction.after.flux - truth) / correction.after.sigma
        pulls.append(departure[in_lines & correction.after.usable])
        assert np.all(correction.after.sigma[in_lines] > correction.before.sigma[in_lines])
    assert len(np.concatenate(pulls)) > 500
    assert 0.7 < np.std(np.concatenate(pulls)) < 1.4


def test_pixels_outside_of_all_ranges_stay_as_they_are(series):
    correction = correct(separate(series.exposures, RANGES[:1], turns=6), 0)
    outside = correction.after.wave > RANGES[0][1]
    assert outside.any()
    assert np.array_equal(correction.after.flux[outside], correction.before.flux[outside])


def test_errors_are_estimated_where_none_are_stated(series):
    without = [
        replace(each, spectrum=replace(each.spectrum, sigma=None)) for each in series.exposures
    ]
    found = correct(separate(without, RANGES, turns=6), 0).before.sigma
    ratio = np.median(found / series.exposures[0].spectrum.sigma)
    assert 0.7 < ratio < 1.4


def test_stars_share_the_air(tmp_path):
    series = make_series(seed=2, n_exposures=15, stars=5, spread=40.0)
    separation = separate(series.exposures, RANGES)
    assert separation.stars == tuple(f"star {number}" for number in range(5))
    order = [series.exposures.index(each) for each in separation.exposures]
    for number, truth in enumerate((series.oxygen[order], series.water[order])):
        assert np.corrcoef(separation.state.amplitude[:, number], truth)[0, 1] > 0.98


def test_a_star_seen_once_is_left_out_and_the_others_go_on(series):
    lonely = replace(series.exposures[0], star="another", name="lonely.fits")
    separation = separate([*series.exposures, lonely], RANGES, turns=6)
    assert [failure.file for failure in separation.failures] == ["lonely.fits"]
    assert "one exposure" in separation.failures[0].error


def test_one_exposure_tells_nothing(series):
    with pytest.raises(DataError, match="one exposure"):
        separate(series.exposures[:1], RANGES)


def test_equal_velocities_tell_nothing(series):
    still = [replace(each, berv_km_s=5.0) for each in series.exposures]
    with pytest.raises(DataError, match=r"within 0\.00 km/s"):
        separate(still, RANGES)


def test_spectra_of_other_ranges_are_refused(series):
    with pytest.raises(DataError, match="cover"):
        separate(series.exposures, [(1.0, 1.1)])


def test_lines_are_read_in_air_and_in_vacuum(tmp_path):
    air, vacuum = tmp_path / "air.csv", tmp_path / "vacuum.csv"
    air.write_text("air_angstrom,species\n6300.0,O2\n")
    vacuum.write_text("vacuum_angstrom\n6301.742\n")
    assert read_lines(air)[0].wave == pytest.approx(read_lines(vacuum)[0].wave, abs=1e-7)
    assert read_lines(air)[0].species == "O2"


@pytest.mark.parametrize("text", ["", "line\n6300\n", "air_angstrom\nblue\n", "wave_um\n-1\n"])
def test_a_list_without_wavelengths_is_refused(tmp_path, text):
    path = tmp_path / "lines.csv"
    path.write_text(text)
    with pytest.raises(OSError, match="expected"):
        read_lines(path)
