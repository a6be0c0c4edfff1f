"""Vary examples as nature might have: time reversed, a bit off, noisier, or less of them known."""

from collections.abc import Mapping

import torch
from torch import Tensor

from starsieve.transits.classifier_recipe import AugmentOptions
from starsieve.transits.networks import GLOBAL


def augment(
    views: Mapping[str, Tensor],
    numbers: Tensor,
    options: AugmentOptions,
    generator: torch.Generator,
) -> tuple[dict[str, Tensor], Tensor]:
    """Return a batch in which every signal is varied on its own.

    Parameters
    ----------
    views : mapping of str to tensor, shape (n_signals, n_bins)
    numbers : tensor, shape (n_signals, n_numbers)
    options : AugmentOptions
    generator : torch.Generator
        What all that is random comes from.
    """
    n = len(numbers)

    def chance(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    backwards = chance(n, 1) < options.reverse
    noise = options.noise * chance(n, 1)
    shift = torch.randint(-options.shift_bins, options.shift_bins + 1, (n, 1), generator=generator)
    varied = {}
    for name, view in views.items():
        changed = torch.where(backwards, view.flip(1), view)
        if name != GLOBAL:
            place = (torch.arange(view.shape[1]) - shift).clamp(0, view.shape[1] - 1)
            changed = changed.gather(1, place)
        changed = changed + noise * torch.randn(view.shape, generator=generator)
        varied[name] = torch.where(chance(n, 1) < options.drop_view, torch.nan, changed)
    unknown = chance(*numbers.shape) < options.drop_number
    return varied, torch.where(unknown, torch.nan, numbers)
