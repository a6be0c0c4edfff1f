import numpy as np
import pytest

from starsieve.atmospheres.emulators.process import SMOOTHNESS, Kernel, choose_kernel, leave_out
from starsieve.errors import DataError

NODES = np.stack(np.meshgrid(np.arange(6.0), np.arange(5.0)), axis=-1).reshape(-1, 2)


def make_kernel(smoothness="3/2", noise=1e-4):
    return Kernel(smoothness, np.array([3.0, 4.0]), noise, NODES.mean(axis=0), NODES.std(axis=0))


def values_at(points):
    return np.stack([np.sin(points[:, 0] / 2), points[:, 0] * points[:, 1] / 9], axis=1)


@pytest.mark.parametrize("smoothness", SMOOTHNESS)
def test_leaving_out_in_closed_form_is_leaving_out(smoothness):
    kernel, values, left = make_kernel(smoothness), values_at(NODES), 13
    others = np.arange(len(NODES)) != left

    found = leave_out(kernel, NODES, values)

    covariance = kernel.at_nodes(NODES[others])
    across = kernel.covariance(NODES[[left]], NODES[others])
    weights = np.linalg.solve(covariance, across[0])
    own = kernel.at_nodes(NODES)[left, left]
    predicted = weights @ values[others]
    np.testing.assert_allclose(found.residuals[left], values[left] - predicted, atol=1e-8)
    np.testing.assert_allclose(found.variance[left], own - weights @ across[0], rtol=1e-6)


@pytest.mark.parametrize("smoothness", SMOOTHNESS)
def test_kernels_fall_off_from_one(smoothness):
    close = make_kernel(smoothness).correlate(NODES, NODES)

    np.testing.assert_allclose(np.diag(close), 1.0, atol=1e-6)
    assert np.all(np.linalg.eigvalsh(close) > -1e-9)
    assert np.all(np.diff(close[0, :6]) < 0)


def test_a_smooth_function_gets_long_lengths_along_what_does_not_matter():
    values = np.sin(NODES[:, :1])

    kernel = choose_kernel(NODES, values, np.ones(len(NODES), dtype=bool), seed=0)

    assert kernel.lengths[1] > 2 * kernel.lengths[0]


def test_a_rough_function_gets_more_noise_than_a_smooth_one():
    everywhere = np.ones(len(NODES), dtype=bool)
    rough = values_at(NODES) + np.random.default_rng(0).normal(0, 0.5, (len(NODES), 2))

    kernels = [choose_kernel(NODES, v, everywhere, seed=0) for v in (values_at(NODES), rough)]

    assert kernels[1].noise > 10 * kernels[0].noise


def test_nodes_on_top_of_each_other_are_refused():
    kernel = make_kernel(noise=0.0)

    with pytest.raises(DataError, match="too close"):
        leave_out(kernel, np.concatenate([NODES, NODES]), values_at(np.concatenate([NODES, NODES])))
