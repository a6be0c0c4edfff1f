"""What an instrument makes of model spectra: resolution, pieces, calibration, copies."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.recipes import Observing
from starsieve.atmospheres.simulate import MIN_PIXELS, Observer, smoothing

WAVE = np.linspace(1.0, 2.4, 300)
QUIET = {
    "snr": (1e6, 1e6),
    "masked": (),
    "cut_probability": 0.0,
    "gap_probability": 0.0,
}


def observer(resolution=120.0, seed=0, **more):
    generator = torch.Generator().manual_seed(seed)
    return Observer(WAVE, Observing.model_validate(QUIET | more), generator, resolution)


def line(width):
    """A line at 1.7 micron, of a deviation in micron, in a continuum of one."""
    return 1.0 - 0.5 * np.exp(-0.5 * ((WAVE - 1.7) / width) ** 2)


@pytest.mark.parametrize("lower", [20.0, 60.0, 119.9])
def test_rows_of_the_smoothing_sum_to_one(lower):
    np.testing.assert_allclose(smoothing(WAVE, 120.0, lower).sum(axis=1), 1.0)


def test_smoothing_widens_a_line_by_what_is_missing():
    sigma = {r: 1.7 / r / 2.3548 for r in (120.0, 40.0)}
    sharp, expected = line(sigma[120.0]), line(sigma[40.0])
    expected = 1 - (1 - expected) * sigma[120.0] / sigma[40.0]

    found = smoothing(WAVE, 120.0, 40.0) @ sharp

    np.testing.assert_allclose(found, expected, atol=5e-3)


def test_smoothing_to_the_same_resolution_changes_nothing():
    np.testing.assert_allclose(smoothing(WAVE, 120.0, 120.0), np.eye(300), atol=1e-12)


def test_each_spectrum_has_its_own_or_a_lower_resolution():
    flux = torch.as_tensor(line(0.006), dtype=torch.float32).expand(300, -1)

    seen = observer(resolutions=(60.0, 30.0)).observe(flux)

    depths = 1 - seen.flux.min(1).values
    counts, _ = np.histogram(depths, bins=[0.0, 0.2, 0.4, 0.6])
    assert (counts > 60).all()


def test_a_higher_resolution_than_the_grids_is_not_made_up():
    flux = torch.as_tensor(line(0.006), dtype=torch.float32).expand(20, -1)

    seen = observer(resolutions=(200.0,)).observe(flux)

    torch.testing.assert_close(seen.flux, flux, rtol=1e-4, atol=1e-4)


def test_pieces_are_drawn_as_often_as_told_and_no_smaller():
    seen = observer(piece_probability=0.5, smallest_piece=0.3).observe(torch.ones(2000, 300))

    width = seen.valid.sum(1) * (WAVE[1] - WAVE[0])
    assert 0.45 < float((width < 1.39).float().mean()) < 0.55
    assert float(width.min()) > 0.28
    assert int(seen.valid.sum(1).min()) >= MIN_PIXELS


def test_calibration_errors_are_smooth_and_no_larger_than_told():
    seen = observer(calibration=0.1).observe(torch.ones(500, 300))

    off = seen.flux.log()
    size = off.square().mean(1).sqrt()
    assert float(size.max()) < 0.101
    assert float(size.max()) > 0.09
    assert float(off.diff(dim=1).abs().max()) < 0.02


def copies(seen, cut=False, more_noise=0.0, **more):
    return observer(**more).observe_again(seen, more_noise, MIN_PIXELS, cut=cut)


def real(flux, valid=None):
    valid = torch.ones_like(flux, dtype=torch.bool) if valid is None else valid
    return Observations(torch.where(valid, flux, 0.0), torch.full_like(flux, 0.02), valid)


def test_a_copy_of_a_spectrum_with_a_gap_is_not_pulled_to_zero_beside_it():
    valid = torch.ones(40, 300, dtype=torch.bool)
    valid[:, 100:140] = False
    flux = torch.ones(40, 300)

    found = copies(real(flux, valid), resolutions=(30.0,))

    torch.testing.assert_close(found.flux, torch.where(valid, flux, 0.0))
    assert torch.equal(found.valid, valid)


def test_copies_are_noisier_by_what_their_errors_say():
    found = copies(real(torch.ones(400, 300)), more_noise=1.5)

    assert (found.sigma >= 0.02).all()
    assert float(found.sigma.max()) == pytest.approx(0.02 * (1 + 1.5**2) ** 0.5, rel=0.02)
    added = (found.sigma**2 - 0.02**2).sqrt()
    assert float(((found.flux - 1) / added).std()) == pytest.approx(1.0, abs=0.02)


def test_copies_keep_parts_only_if_told_so_and_never_too_little():
    few = torch.zeros(300, 300, dtype=torch.bool)
    few[:, 10:35] = True
    whole = copies(real(torch.ones(300, 300), few), piece_probability=1.0)
    cut = copies(real(torch.ones(300, 300), few), cut=True, piece_probability=1.0)

    assert torch.equal(whole.valid, few)
    assert not torch.equal(cut.valid, few)
    assert int(cut.valid.sum(1).min()) >= MIN_PIXELS
    assert not (cut.valid & ~few).any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"piece_probability": 1.5},
        {"resolutions": [0.0]},
        {"calibration": 0.6},
        {"smallest_piece": 0},
    ],
)
def test_impossible_observations_are_refused(wrong):
    with pytest.raises(ValidationError):
        Observing.model_validate(wrong)
