"""Fully connected layers."""

import torch
from torch import Tensor, nn


class ResidualPerceptron(nn.Module):
    """Standardise the inputs, then blocks of two layers, each added to what it got.

    Parameters
    ----------
    n_inputs, hidden, n_outputs : int
        Widths.
    blocks : int
        Number of residual blocks.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, n_inputs: int, hidden: int, n_outputs: int, blocks: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(n_inputs))
        self.register_buffer("spread", torch.ones(n_inputs))
        self.entry = nn.Linear(n_inputs, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(hidden),
                nn.Linear(hidden, hidden),
                nn.GELU(),
                nn.Linear(hidden, hidden),
            )
            for _ in range(blocks)
        )
        self.exit = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, n_outputs), nn.GELU())

    def standardise_by(self, inputs: Tensor) -> None:
        """Take centre and spread from a sample of inputs, shape (n, n_inputs)."""
        self.centre.copy_(inputs.mean(0))
        self.spread.copy_(inputs.std(0).clamp(min=1e-3))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs, shape (n, n_outputs)."""
        hidden = self.entry((inputs - self.centre) / self.spread)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        output: Tensor = self.exit(hidden)
        return output
