"""The network of a vetter: a branch for each view, one for the numbers, and a common head."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from starsieve.transits.classifier_recipe import VettingNetworkOptions
from starsieve.transits.examples import CLASSES

LOWEST, HIGHEST = -3.0, 3.0
"""Views are cut there: what lies beyond says no more than that it does."""

GLOBAL = "global_view"


class VettingNetwork(nn.Module):
    """Classify signals by their views and numbers, as many of them as there are.

    Local views all go through the same convolutions, and each to a dense layer of its own, as in
    ExoMiner (Valizadegan et al. 2022). An absent view, or an unknown number, is a zero with a
    flag, never a made-up value.

    Parameters
    ----------
    options : VettingNetworkOptions
    views : sequence of str
        Names of the views.
    n_numbers : int
    """

    centre: Tensor
    spread: Tensor

    def __init__(
        self, options: VettingNetworkOptions, views: tuple[str, ...], n_numbers: int
    ) -> None:
        super().__init__()
        self.views = views
        width, n = options.channels, options.features_per_view
        self.local = _convolutions(width, n_blocks=2)
        self.whole = _convolutions(width, n_blocks=3)
        self.ends = nn.ModuleDict({name: nn.LazyLinear(n) for name in views})
        self.numbers = nn.Sequential(
            nn.Linear(2 * n_numbers, options.hidden), nn.GELU(), nn.Linear(options.hidden, n)
        )
        self.register_buffer("centre", torch.zeros(n_numbers))
        self.register_buffer("spread", torch.ones(n_numbers))
        self.head = nn.Sequential(
            nn.Dropout(options.dropout),
            nn.Linear((n + 1) * len(views) + n, options.hidden),
            nn.GELU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.hidden, len(CLASSES)),
        )
        with torch.no_grad():  # the lazy layers learn their sizes
            sizes = {name: 201 if name == GLOBAL else 61 for name in views}
            self({k: torch.zeros(2, m) for k, m in sizes.items()}, torch.zeros(2, n_numbers))

    def standardise_by(self, numbers: Tensor) -> None:
        """Take centre and spread of the numbers from those of the training set."""
        squeezed = squeeze(numbers)
        self.centre = torch.nan_to_num(squeezed.nanmedian(dim=0).values)
        away = (squeezed - self.centre).abs().nanmedian(dim=0).values
        self.spread = torch.nan_to_num(1.4826 * away, nan=1.0).clamp_min(1e-3)

    def forward(self, views: Mapping[str, Tensor], numbers: Tensor) -> Tensor:
        """Return logits.

        Parameters
        ----------
        views : mapping of str to tensor, shape (n_signals, n_bins)
            Rows of NaN where there is none.
        numbers : tensor, shape (n_signals, n_numbers)
            NaN where unknown.

        Returns
        -------
        tensor, shape (n_signals, n_classes)
        """
        parts = []
        for name in self.views:
            view = views[name]
            there = torch.isfinite(view[:, :1]).to(view.dtype)
            shown = torch.nan_to_num(view).clamp(LOWEST, HIGHEST)[:, None]
            stack = self.whole if name == GLOBAL else self.local
            end = self.ends[name](stack(shown).flatten(1))
            parts += [there * nn.functional.gelu(end), there]
        known = torch.isfinite(numbers).to(self.centre.dtype)
        scaled = torch.nan_to_num((squeeze(numbers) - self.centre) / self.spread).clamp(-5, 5)
        parts.append(self.numbers(torch.cat([scaled * known, known], dim=1)))
        logits: Tensor = self.head(torch.cat(parts, dim=1))
        return logits


def squeeze(numbers: Tensor) -> Tensor:
    """Return numbers that span decades as numbers that don't, their signs kept."""
    return torch.sign(numbers) * torch.log1p(100 * numbers.abs())


def partial_loss(logits: Tensor, allowed: Tensor, weight: Tensor) -> Tensor:
    """Return minus the log of the probability that the class is one of those that are allowed.

    Parameters
    ----------
    logits : tensor, shape (n_signals, n_classes)
    allowed : tensor of bool, shape (n_signals, n_classes)
        At least one per row.
    weight : tensor, shape (n_signals,)
    """
    log_probability = torch.log_softmax(logits, dim=1).masked_fill(~allowed, -torch.inf)
    return -(weight * torch.logsumexp(log_probability, dim=1)).sum() / weight.sum()


def _convolutions(width: int, n_blocks: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 1
    for block in range(n_blocks):
        outputs = width * min(2, block + 1)
        layers += [nn.Conv1d(inputs, outputs, 7, padding=3), nn.GELU(), nn.MaxPool1d(3)]
        inputs = outputs
    return nn.Sequential(*layers)
