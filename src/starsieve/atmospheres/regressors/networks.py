"""Regressors as one thing to load and to ask, whatever is inside."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from starsieve.atmospheres.network_recipes import ConvolutionalRegressor, NearestNode, Regressor
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.regressors.classical import body_of_state
from starsieve.atmospheres.regressors.convolutional import ConvolutionalBody
from starsieve.atmospheres.regressors.preparation import Preparation, Targets

BODY = "body."


class RegressorNetwork(nn.Module):
    """Preparation, then whatever makes targets of inputs, then the way back to labels."""

    def __init__(self, preparation: Preparation, targets: Targets, body: nn.Module) -> None:
        super().__init__()
        self.preparation, self.targets, self.body = preparation, targets, body

    def forward(self, seen: Observations) -> Tensor:
        """Return targets, shape (n, n_labels)."""
        answers: Tensor = self.body(self.preparation(seen))
        return answers

    def predict(self, seen: Observations) -> Tensor:
        """Return labels, shape (n, n_labels), in their units."""
        with torch.no_grad():
            return self.targets.back(self(seen))


class NearestNetwork(nn.Module):
    """The grid's spectra, to find the nearest one of.

    Parameters
    ----------
    n_spectra, n_pixels, n_labels : int
    floor : float
        As of `NearestNode`.
    """

    flux: Tensor
    labels: Tensor

    def __init__(self, n_spectra: int, n_pixels: int, n_labels: int, floor: float) -> None:
        super().__init__()
        self._floor = floor
        self.register_buffer("flux", torch.zeros(n_spectra, n_pixels))
        self.register_buffer("labels", torch.zeros(n_spectra, n_labels))

    def fit(self, flux: Tensor, labels: Tensor) -> None:
        """Take the grid's spectra, shape (n, n_pixels), and their labels, shape (n, n_labels)."""
        self.flux.copy_(flux / flux.mean(1, keepdim=True))
        self.labels.copy_(labels)

    def predict(self, seen: Observations) -> Tensor:
        """Return the labels, shape (n, n_labels), of least chi-square with a free scale."""
        there = seen.valid.to(torch.float64)
        flux = torch.where(seen.valid, seen.flux, 0.0).to(torch.float64)
        peak = flux.amax(1, keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
        flux, sigma = flux / peak, seen.sigma.to(torch.float64) / peak
        weight = there / (sigma**2 + self._floor**2)
        models = self.flux.to(torch.float64)
        gain = (weight * flux) @ models.T
        scale = (gain / (weight @ (models**2).T)).clamp(min=0.0)
        # The observed part of chi-square is the same for all.
        chi2 = scale**2 * (weight @ (models**2).T) - 2 * scale * gain
        return self.labels[chi2.argmin(1)]


AnyRegressor = RegressorNetwork | NearestNetwork


def build_network(
    recipe: Regressor,
    n_pixels: int,
    labels: Sequence[str],
    state: Mapping[str, Tensor],
) -> AnyRegressor:
    """Return a network of the sizes that a stored state has, to load that into.

    Parameters
    ----------
    recipe : Regressor
    n_pixels : int
        Pixels of the spectra.
    labels : sequence of str
    state : mapping of str to tensor
        As it was stored.

    Raises
    ------
    KeyError
        If what tells the sizes is missing.
    """
    if isinstance(recipe, NearestNode):
        return NearestNetwork(len(state["flux"]), n_pixels, len(labels), recipe.floor)
    preparation = Preparation(recipe.preparation, n_pixels)
    body: nn.Module
    if isinstance(recipe, ConvolutionalRegressor):
        size = preparation.n_pixels, preparation.n_features, len(labels)
        body = ConvolutionalBody(recipe, *size)
    else:
        inside = {k.removeprefix(BODY): v for k, v in state.items() if k.startswith(BODY)}
        body = body_of_state(recipe, inside)
    return RegressorNetwork(preparation, Targets(recipe.preparation, labels), body)
