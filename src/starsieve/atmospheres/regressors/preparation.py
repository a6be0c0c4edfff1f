"""The steps of a recipe that make inputs of spectra, and targets of labels.

What a step learns, it learns from training rows, and keeps it as a tensor beside the weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.preparation_recipes import (
    AnyStep,
    Bin,
    Extremes,
    Log10,
    ScaleColumns,
    ScaleLabels,
    ScaleRows,
    Smooth,
)
from starsieve.data.labels import LABELS
from starsieve.errors import DataError

TINY = 1e-6
"""Least spread that anything is divided by."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a regressor gets.

    Parameters
    ----------
    pixels : tensor, shape (n, n_pixels)
    features : tensor, shape (n, n_features)
    """

    pixels: Tensor
    features: Tensor

    def together(self) -> Tensor:
        """Return pixels and features, shape (n, n_pixels + n_features)."""
        return torch.cat([self.pixels, self.features], dim=1)


class Preparation(nn.Module):
    """The steps that work on spectra, one after the other.

    Parameters
    ----------
    steps : sequence of AnyStep
    n_pixels : int
        Of the spectra. The attribute of that name, and `n_features`, are those of the inputs.
    """

    def __init__(self, steps: Sequence[AnyStep], n_pixels: int) -> None:
        super().__init__()
        modules: list[nn.Module] = []
        n_features = 0
        for step in steps:
            if isinstance(step, Smooth):
                modules.append(_Smoothing(step.width))
            elif isinstance(step, Bin):
                n_pixels = _fewer(step.n_pixels, n_pixels)
                modules.append(_Binning(n_pixels))
            elif isinstance(step, ScaleRows):
                modules.append(_RowScaling(step))
            elif isinstance(step, Extremes):
                n_features += 2
                modules.append(_Extremes())
            elif isinstance(step, ScaleColumns):
                size = n_features if step.of == "features" else n_pixels
                modules.append(_ColumnScaling(step, size))
        self.steps = nn.ModuleList(modules)
        self.n_pixels, self.n_features = n_pixels, n_features

    def fit(self, seen: Observations) -> Inputs:
        """Let each step learn from the training rows as those before leave them; return these."""
        inputs = _begin(seen)
        for step in self.steps:
            if isinstance(step, _ColumnScaling):
                step.fit(inputs)
            inputs = step(inputs)
        return inputs

    def forward(self, seen: Observations) -> Inputs:
        """Return the inputs that spectra make."""
        inputs = _begin(seen)
        for step in self.steps:
            inputs = step(inputs)
        return inputs


class Targets(nn.Module):
    """The steps that work on labels, and their way back."""

    centre: Tensor
    spread: Tensor
    is_log: Tensor

    def __init__(self, steps: Sequence[AnyStep], labels: Sequence[str]) -> None:
        super().__init__()
        logs = {name for step in steps if isinstance(step, Log10) for name in step.labels}
        if unknown := sorted(logs - set(LABELS) - set(labels)):
            msg = f"The step log10 names {unknown[0]!r}, which is no label: {', '.join(labels)}."
            raise DataError(msg)
        self._scale = next((step for step in steps if isinstance(step, ScaleLabels)), None)
        self.register_buffer("is_log", torch.tensor([name in logs for name in labels]))
        self.register_buffer("centre", torch.zeros(len(labels)))
        self.register_buffer("spread", torch.ones(len(labels)))

    def fit(self, labels: Tensor) -> None:
        """Learn from the labels of training rows, shape (n, n_labels).

        Raises
        ------
        DataError
            If there is no logarithm of one.
        """
        if bool((labels[:, self.is_log] <= 0).any()):
            msg = "The step log10 needs positive labels; the collection has some that are not."
            raise DataError(msg)
        if self._scale is not None:
            centre, spread = _centre_and_spread(self._logs(labels), self._scale.by)
            self.centre.copy_(centre)
            self.spread.copy_(spread)

    def forward(self, labels: Tensor) -> Tensor:
        """Return targets, shape (n, n_labels), of labels."""
        return (self._logs(labels) - self.centre) / self.spread

    def back(self, targets: Tensor) -> Tensor:
        """Return labels, shape (n, n_labels), of targets."""
        values = targets * self.spread + self.centre
        return torch.where(self.is_log, 10.0 ** torch.where(self.is_log, values, 0.0), values)

    def _logs(self, labels: Tensor) -> Tensor:
        return torch.where(self.is_log, torch.where(self.is_log, labels, 1.0).log10(), labels)


class _RowScaling(nn.Module):
    def __init__(self, step: ScaleRows) -> None:
        super().__init__()
        self._by = step.by

    def forward(self, inputs: Inputs) -> Inputs:
        pixels = inputs.pixels
        if self._by == "deviation":
            low, span = pixels.mean(1, keepdim=True), pixels.std(1, keepdim=True)
        else:
            low = pixels.amin(1, keepdim=True)
            span = pixels.amax(1, keepdim=True) - low
        return replace(inputs, pixels=(pixels - low) / span.clamp(min=TINY))


class _ColumnScaling(nn.Module):
    low: Tensor
    span: Tensor

    def __init__(self, step: ScaleColumns, size: int) -> None:
        super().__init__()
        self._of, self._by = step.of, step.by
        self.register_buffer("low", torch.zeros(size))
        self.register_buffer("span", torch.ones(size))

    def fit(self, inputs: Inputs) -> None:
        low, span = _centre_and_spread(getattr(inputs, self._of), self._by)
        self.low.copy_(low)
        self.span.copy_(span)

    def forward(self, inputs: Inputs) -> Inputs:
        scaled = (getattr(inputs, self._of) - self.low) / self.span
        if self._of == "features":
            return replace(inputs, features=scaled)
        return replace(inputs, pixels=scaled)


class _Extremes(nn.Module):
    def forward(self, inputs: Inputs) -> Inputs:
        pixels = inputs.pixels
        ends = torch.stack([pixels.amin(1), pixels.amax(1)], dim=1)
        return replace(inputs, features=torch.cat([inputs.features, ends], dim=1))


class _Smoothing(nn.Module):
    def __init__(self, width: float) -> None:
        super().__init__()
        self._reach = max(1, round(4 * width))
        steps = torch.arange(-self._reach, self._reach + 1)
        kernel = torch.exp(-0.5 * (steps / width) ** 2)
        self.register_buffer("kernel", kernel / kernel.sum(), persistent=False)

    def forward(self, inputs: Inputs) -> Inputs:
        # Edges go on as they end, so that they are neither dimmed nor lost.
        reach = (self._reach, self._reach)
        wide = nn.functional.pad(inputs.pixels[:, None], reach, mode="replicate")
        kernel = self.get_buffer("kernel")[None, None]
        return replace(inputs, pixels=nn.functional.conv1d(wide, kernel)[:, 0])


class _Binning(nn.Module):
    def __init__(self, n_pixels: int) -> None:
        super().__init__()
        self._n_pixels = n_pixels

    def forward(self, inputs: Inputs) -> Inputs:
        pixels = nn.functional.adaptive_avg_pool1d(inputs.pixels[:, None], self._n_pixels)
        return replace(inputs, pixels=pixels[:, 0])


def bridge_gaps(seen: Observations) -> Tensor:
    """Return fluxes, shape (n, n_pixels), with straight lines over pixels that are not valid.

    Beyond the first and the last valid pixel the flux stays as it is there. A spectrum without
    any is zero.
    """
    n_pixels = seen.flux.shape[1]
    here = torch.arange(n_pixels, device=seen.flux.device).expand(seen.flux.shape)
    before = torch.where(seen.valid, here, -1).cummax(1).values
    after = torch.where(seen.valid, here, n_pixels).flip(1).cummin(1).values.flip(1)
    left = torch.where(before < 0, after, before).clamp(max=n_pixels - 1)
    right = torch.where(after >= n_pixels, before, after).clamp(min=0)
    share = (here - left) / (right - left).clamp(min=1)
    flux = torch.where(seen.valid, seen.flux, 0.0)
    return flux.gather(1, left) * (1 - share) + flux.gather(1, right) * share


def _begin(seen: Observations) -> Inputs:
    flux = bridge_gaps(seen)
    level = flux.abs().mean(1, keepdim=True).clamp(min=torch.finfo(flux.dtype).tiny)
    return Inputs(flux / level, flux.new_zeros(len(flux), 0))


def _centre_and_spread(values: Tensor, by: str) -> tuple[Tensor, Tensor]:
    if by == "deviation":
        centre, spread = values.mean(0), values.std(0)
    else:
        centre = values.amin(0)
        spread = values.amax(0) - centre
    # What never varies has nothing to be scaled by.
    return centre, torch.where(spread > TINY, spread, 1.0)


def _fewer(wanted: int, there: int) -> int:
    if wanted > there:
        msg = f"The step bin can't make {wanted} pixels of {there}."
        raise DataError(msg)
    return wanted
