"""What a recipe's objective asks of a network, as a loss with its parts."""

from typing import cast

import torch
from torch import Tensor, nn

from starsieve.representations.losses import (
    absolute_error,
    divergence,
    divergence_parts,
    warm_up,
)
from starsieve.representations.networks import Observed, TrainableNetwork
from starsieve.representations.observations import Pixels, Posterior
from starsieve.representations.recipes import AnyObjective, TotalCorrelation


class Objective(nn.Module):
    """A network with the loss that it is trained by, and the step at which it stands.

    The step is a buffer, so that a training that goes on does so at its stage of the warm-up.

    Parameters
    ----------
    network : nn.Module
    recipe : Evidence or TotalCorrelation
    generator : torch.Generator
        What latents are drawn with in training.
    """

    step: Tensor

    def __init__(
        self,
        network: nn.Module,
        recipe: AnyObjective,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.network = network
        self.recipe = recipe
        self.generator = generator
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))

    def loss(self, observed: Observed) -> dict[str, Tensor]:
        """Return the loss of a batch and its parts, at the next step of training."""
        self.step += 1
        return self._parts(observed, int(self.step), self.generator)

    def validate(self, observed: Observed, seed: int) -> dict[str, Tensor]:
        """Return the loss and its parts with all weights as in the end, always by one draw."""
        generator = torch.Generator().manual_seed(seed)
        return self._parts(observed, max(self.recipe.end, 1), generator)

    def _parts(
        self, observed: Observed, step: int, generator: torch.Generator
    ) -> dict[str, Tensor]:
        network = cast(TrainableNetwork, self.network)
        posterior = network.posterior(observed)
        share = warm_up(step, self.recipe.start, self.recipe.end)
        if isinstance(self.recipe, TotalCorrelation):
            return self._total_correlation(observed, posterior, share, generator)
        latents = draw_latents(posterior, generator)
        weight = self.recipe.weight * share
        cost = _divergence(posterior)
        if self.recipe.reconstruction == "absolute":
            # A projected network has no pixels: recipes don't let it come here.
            pixels = cast(Pixels, observed)
            misfit = absolute_error(network.decode(latents), pixels.flux, pixels.valid).mean()
            loss = misfit + weight * cost.mean()
            return {"loss": loss, "absolute_error": misfit, "divergence": cost.mean()}
        chi2 = network.chi2(observed, latents)
        n_valid = observed.n_valid.float().mean()
        loss = (0.5 * chi2.mean() + weight * cost.sum(1).mean()) / n_valid
        return {
            "loss": loss,
            "chi2_reduced": chi2.mean() / n_valid,
            "divergence": cost.sum(1).mean(),
        }

    def _total_correlation(
        self,
        observed: Observed,
        posterior: Posterior,
        share: float,
        generator: torch.Generator,
    ) -> dict[str, Tensor]:
        recipe = cast(TotalCorrelation, self.recipe)
        network = cast(TrainableNetwork, self.network)
        latents = draw_latents(posterior, generator)
        chi2 = network.chi2(observed, latents).mean()
        deviation = cast(Tensor, posterior.deviation)  # recipes ask for a variational network
        parts = divergence_parts(latents, posterior.mean, deviation)
        information, correlation, rest = (part.mean() for part in parts)
        if recipe.blur > 0:
            wide = (deviation**2 + recipe.blur**2).sqrt()
            blurred = draw_latents(Posterior(posterior.mean, wide), generator)
            correlation = divergence_parts(blurred, posterior.mean, wide)[1].mean()
        weight = 1 + (recipe.correlation - 1) * share
        cost = recipe.information * information + weight * correlation + recipe.rest * rest
        n_valid = observed.n_valid.float().mean()
        return {
            "loss": (0.5 * chi2 + cost) / n_valid,
            "chi2_reduced": chi2 / n_valid,
            "information": information,
            "total_correlation": correlation,
            "rest": rest,
        }


def draw_latents(posterior: Posterior, generator: torch.Generator) -> Tensor:
    """Return one draw from each posterior; the mean itself where it has no deviation."""
    if posterior.deviation is None:
        return posterior.mean
    noise = torch.randn(posterior.mean.shape, generator=generator)
    return posterior.mean + posterior.deviation * noise.to(posterior.mean.device)


def _divergence(posterior: Posterior) -> Tensor:
    if posterior.deviation is None:
        return torch.zeros_like(posterior.mean)
    return divergence(posterior.mean, posterior.deviation)
