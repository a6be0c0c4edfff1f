"""What a model is tuned on: features of labelled spectra, of copies of these, and of models."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.several.draws import compute_features
from starsieve.atmospheres.several.model import SeveralModel
from starsieve.atmospheres.several.recipes import FineTuneRecipe
from starsieve.atmospheres.several.train import Simulated
from starsieve.atmospheres.simulate import MIN_PIXELS, Observer
from starsieve.atmospheres.tuning.labelled_spectra import LabelledSpectra

SIMULATED = 12_000
"""Simulated spectra that keep a member from forgetting the grids."""

MORE_NOISE = 1.5
"""Largest noise that is added to a copy of a spectrum, relative to its own."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Features to train on, computed once.

    Parameters
    ----------
    real : tensor, shape (1 + n_copies, n, n_features)
        Of the labelled spectra: as they are, and copies.
    points, widths : tensors, shape (n, n_labels)
        Labels and their errors in the box.
    active : tensor of bool, shape (n, n_labels)
    ages : tensor of int, shape (n,)
    made : tensor, shape (n_made, n_features)
        Of simulated spectra.
    simulated : Simulated
        Their parameters.
    """

    real: Tensor
    points: Tensor
    widths: Tensor
    active: Tensor
    ages: Tensor
    made: Tensor
    simulated: Simulated

    @classmethod
    def make(cls, labelled: LabelledSpectra, base: SeveralModel, recipe: FineTuneRecipe) -> "Pool":
        """Draw copies and simulations, and compute their features."""
        names, n = base.box.names, len(labelled)
        points, widths = np.full((n, len(names)), np.nan), np.zeros((n, len(names)))
        for column, name in enumerate(labelled.names):
            at = names.index(name)
            points[:, at] = base.box.scale(name, labelled.truth[:, column])
            if name in recipe.independent:
                widths[:, at] = base.box.width(
                    name, labelled.truth[:, column], labelled.errors[:, column]
                )
        simulated = Simulated.draw(
            base.recipe, base.members, base.box, base.grid.wave, SIMULATED, recipe.seed
        )
        copies = [labelled.seen, *_copies(labelled.seen, base, recipe)]
        real = torch.stack([compute_features(base.network, each) for each in copies])
        made = compute_features(base.network, simulated.seen)
        return cls(
            real=real,
            points=torch.as_tensor(np.nan_to_num(points), dtype=torch.float32),
            widths=torch.as_tensor(np.nan_to_num(widths), dtype=torch.float32),
            active=torch.as_tensor(np.isfinite(points)),
            ages=torch.as_tensor(labelled.ages),
            made=made,
            simulated=simulated,
        )


def _copies(seen: Observations, base: SeveralModel, recipe: FineTuneRecipe) -> list[Observations]:
    """Return noisier, smoother, incomplete and wrongly calibrated copies of spectra."""
    generator = torch.Generator().manual_seed(recipe.seed)
    observer = Observer(base.grid.wave, base.recipe.observing, generator, base.recipe.resolution)
    return [
        observer.observe_again(seen, MORE_NOISE, MIN_PIXELS, cut=number % 2 == 1)
        for number in range(recipe.copies)
    ]
