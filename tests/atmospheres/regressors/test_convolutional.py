import pytest
import torch

from starsieve.atmospheres.network_recipes import ConvolutionalRegressor
from starsieve.atmospheres.regressors.convolutional import ConvolutionalBody
from starsieve.atmospheres.regressors.preparation import Inputs
from starsieve.errors import DataError


def count(body):
    return sum(parameter.numel() for parameter in body.parameters())


def test_the_defaults_are_telescopemls_8438756_parameters():
    body = ConvolutionalBody(ConvolutionalRegressor(), n_pixels=104, n_features=2, n_labels=4)

    sizes = [p.numel() for name, p in body.named_parameters() if name.endswith("weight")]
    biases = [p.numel() for name, p in body.named_parameters() if name.endswith("bias")]
    assert [w + b for w, b in zip(sizes, biases, strict=True)] == [
        *(160, 16_512, 147_744, 147_584, 147_744, 590_336),
        *(1_442_048, 263_168, 2_361_600),
        *(295_296, 66_048, 590_976, 2_361_344),
        4 * 2_049,
    ]
    assert count(body) == 8_438_756


@pytest.mark.parametrize(("n_pixels", "n_features", "n_labels"), [(563, 0, 1), (30, 4, 6)])
def test_any_number_of_pixels_features_and_labels_goes(n_pixels, n_features, n_labels):
    small = ConvolutionalRegressor(filters=2, first_units=4, second_units=4, second_blocks=2)
    body = ConvolutionalBody(small, n_pixels, n_features, n_labels)

    found = body(Inputs(torch.rand(3, n_pixels), torch.rand(3, n_features)))

    assert found.shape == (3, n_labels)


def test_features_and_every_pixel_change_the_answer():
    small = ConvolutionalRegressor(filters=4, first_units=8, second_units=8)
    torch.manual_seed(0)
    body = ConvolutionalBody(small, 27, 2, 2).eval()
    pixels, features = torch.rand(1, 27), torch.rand(1, 2)

    pixels.requires_grad_()
    features.requires_grad_()
    body(Inputs(pixels, features)).sum().backward()

    assert (features.grad != 0).all()
    assert (pixels.grad != 0).float().mean() > 0.5


def test_too_few_pixels_are_refused():
    with pytest.raises(DataError, match="2 poolings of 3 pixels leave nothing of 8"):
        ConvolutionalBody(ConvolutionalRegressor(), 8, 2, 4)
