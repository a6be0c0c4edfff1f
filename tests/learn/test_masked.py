import pytest
import torch

from starsieve.learn.nets import MaskedConvolutions

N_PIXELS = 70


@pytest.fixture
def convolutions():
    torch.manual_seed(0)
    found = MaskedConvolutions(N_PIXELS, channels=6, depth=3)
    found.fit(1 + torch.rand(40, N_PIXELS))
    return found


def observe(n=5):
    flux, sigma = 1 + torch.rand(n, N_PIXELS), 0.01 + 0.05 * torch.rand(n, N_PIXELS)
    valid = torch.rand(n, N_PIXELS) > 0.3
    valid[:, 20:50] = False
    return flux, sigma, valid


def test_what_is_not_valid_does_not_matter(convolutions):
    flux, sigma, valid = observe()
    other = torch.where(valid, flux, -7.0), torch.where(valid, sigma, 3.0)

    torch.testing.assert_close(convolutions(flux, sigma, valid), convolutions(*other, valid))


def test_the_scale_of_the_flux_does_not_matter(convolutions):
    flux, sigma, valid = observe()

    brighter = convolutions(1e5 * flux, 1e5 * sigma, valid)

    torch.testing.assert_close(convolutions(flux, sigma, valid), brighter, rtol=1e-3, atol=1e-4)


def test_noise_gaps_and_flux_all_count(convolutions):
    flux, sigma, valid = observe()
    less = valid.clone()
    less[:, :10] = False

    found = convolutions(flux, sigma, valid)

    assert found.shape == (5, convolutions.n_outputs)
    for other in ((flux.flip(1), sigma, valid), (flux, 3 * sigma, valid), (flux, sigma, less)):
        assert not torch.allclose(found, convolutions(*other), atol=1e-2)


def test_a_spectrum_without_any_valid_pixel_has_finite_features(convolutions):
    flux, sigma, valid = observe()

    assert torch.isfinite(convolutions(flux, sigma, torch.zeros_like(valid))).all()
