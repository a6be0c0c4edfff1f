"""TelescopeML's convolutional network."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from starsieve.atmospheres.network_recipes import ConvolutionalRegressor
from starsieve.atmospheres.regressors.preparation import Inputs
from starsieve.errors import DataError


class ConvolutionalBody(nn.Module):
    """Two inputs, the pixels and engineered features, and an output for each label.

    The architecture of TelescopeML 0.0.5: see `ConvolutionalRegressor`.

    Parameters
    ----------
    recipe : ConvolutionalRegressor
    n_pixels, n_features, n_labels : int

    Raises
    ------
    DataError
        If there are too few pixels for so many poolings.
    """

    def __init__(
        self, recipe: ConvolutionalRegressor, n_pixels: int, n_features: int, n_labels: int
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, length = 1, n_pixels
        for block in range(recipe.conv_blocks):
            for layer in range(recipe.conv_layers):
                wider = recipe.filters * (block + layer + 1) ** 2
                layers.append(_SameConvolution(channels, wider, recipe.kernel))
                channels = wider
            layers.append(nn.MaxPool1d(recipe.pool))
            length //= recipe.pool
        if length < 1:
            msg = (
                f"{recipe.conv_blocks} poolings of {recipe.pool} pixels leave nothing of "
                f"{n_pixels}; use fewer conv_blocks, or a smaller pool."
            )
            raise DataError(msg)
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        first = [recipe.first_units * (n + 1) ** 2 for n in range(recipe.first_layers)]
        self.first = _dense(channels * length, first, recipe.first_dropout)
        width = first[-1] + n_features
        blocks: list[nn.Module] = []
        for block in range(recipe.second_blocks):
            units = [
                recipe.second_units * (block + n + 1) ** 2 for n in range(recipe.second_layers)
            ]
            blocks.append(_dense(width, units, recipe.second_dropout))
            width = units[-1]
        self.second = nn.Sequential(*blocks)
        self.heads = nn.Linear(width, n_labels)  # one linear unit for each label

    def forward(self, inputs: Inputs) -> Tensor:
        """Return targets, shape (n, n_labels)."""
        shapes = self.first(self.convolutions(inputs.pixels[:, None]))
        answers: Tensor = self.heads(self.second(torch.cat([shapes, inputs.features], dim=1)))
        return answers.float()


class _SameConvolution(nn.Module):
    """A convolution that keeps the length, for even kernels, too, and a rectifier."""

    def __init__(self, before: int, after: int, kernel: int) -> None:
        super().__init__()
        self._around = ((kernel - 1) // 2, kernel // 2)
        self.convolution = _he(nn.Conv1d(before, after, kernel))

    def forward(self, values: Tensor) -> Tensor:
        found: Tensor = self.convolution(nn.functional.pad(values, self._around))
        return found.relu()


def _dense(width: int, units: list[int], dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise([width, *units]):
        layers += [_he(nn.Linear(before, after)), nn.ReLU()]
    return nn.Sequential(*layers, nn.Dropout(dropout))


def _he(layer: nn.Conv1d | nn.Linear) -> nn.Module:
    """Start as rectifiers like it (He et al. 2015, arXiv:1502.01852)."""
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
