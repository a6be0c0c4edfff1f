"""Draws go through the very splines that the density is of."""

import pytest
import torch
import zuko

from starsieve.learn.nets.splines import LEAST_SLOPE, invert_splines, invert_with_slopes

BINS, N = 7, 500


def make_splines(roughness: float) -> tuple[torch.Tensor, zuko.transforms.Transform]:
    generator = torch.Generator().manual_seed(2)
    numbers = roughness * torch.randn(N, 3 * BINS - 1, generator=generator, dtype=torch.float64)
    parts = numbers.split([BINS, BINS, BINS - 1], dim=-1)
    spline = zuko.transforms.MonotonicRQSTransform(*parts, bound=1.0, slope=LEAST_SLOPE)
    return numbers.T, spline


VALUES = (torch.rand(N, generator=torch.Generator().manual_seed(3)) * 2 - 1).double()


@pytest.mark.parametrize("roughness", [0.0, 1.0, 30.0])
def test_splines_take_draws_back_to_where_they_came_from(roughness):
    numbers, spline = make_splines(roughness)

    found = invert_splines(numbers, VALUES)

    assert found.abs().max() <= 1.0
    torch.testing.assert_close(spline(found), VALUES, rtol=0, atol=1e-7)


def test_single_precision_is_enough_for_draws():
    numbers, spline = make_splines(1.0)

    found = invert_splines(numbers.float(), VALUES.float())

    torch.testing.assert_close(found.double(), spline.inv(VALUES), rtol=0, atol=1e-5)


def test_ends_stay_ends():
    numbers, _ = make_splines(3.0)

    for end in (-1.0, 1.0):
        ends = torch.full((N,), end, dtype=torch.float64)
        torch.testing.assert_close(invert_splines(numbers, ends), ends, rtol=0, atol=1e-12)


def test_slopes_are_those_of_the_splines():
    numbers, spline = make_splines(1.0)

    found, log_slopes = invert_with_slopes(numbers, VALUES)

    _, expected = spline.call_and_ladj(found)
    torch.testing.assert_close(log_slopes, expected, rtol=0, atol=1e-9)
