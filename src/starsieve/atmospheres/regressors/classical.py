"""Regressors that are fitted at once: scikit-learn fits them, and tensors are what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from torch import Tensor, nn

from starsieve.atmospheres.network_recipes import (
    Classical,
    ComponentsRidge,
    GradientBoosting,
    RandomForest,
)
from starsieve.atmospheres.regressors.preparation import Inputs
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError
from starsieve.learn.trees import Forest, forest_arrays, predict_forest


class LinearBody(nn.Module):
    """Targets that are linear in pixels and features: a ridge on components comes to that."""

    matrix: Tensor
    offset: Tensor

    def __init__(self, matrix: Tensor, offset: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix)
        self.register_buffer("offset", offset)

    def forward(self, inputs: Inputs) -> Tensor:
        """Return targets, shape (n, n_labels)."""
        return inputs.together() @ self.matrix + self.offset


class TreesBody(nn.Module):
    """Forests whose answers are the targets, side by side.

    Parameters
    ----------
    basis : tensor, shape (n_pixels + n_features, n_components)
        What the trees ask about; with no columns they ask about pixels and features themselves.
    forests : sequence of mapping of str to tensor
        By the names of `starsieve.learn.trees.Forest`.
    """

    basis: Tensor

    def __init__(self, basis: Tensor, forests: Sequence[Mapping[str, Tensor]]) -> None:
        super().__init__()
        self.register_buffer("basis", basis)
        self.forests = nn.ModuleList(_Buffers(each) for each in forests)

    def forward(self, inputs: Inputs) -> Tensor:
        """Return targets, shape (n, n_labels)."""
        together = inputs.together()
        asked = (together @ self.basis if self.basis.shape[1] else together).cpu().numpy()
        answers = [
            predict_forest(
                Forest.from_arrays({n: b.numpy() for n, b in each.named_buffers()}),
                asked.astype(np.float64),
            ).reshape(len(asked), -1)
            for each in self.forests
        ]
        return torch.as_tensor(np.concatenate(answers, axis=1), dtype=torch.float32)


class _Buffers(nn.Module):
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, tensor in tensors.items():
            self.register_buffer(name, tensor)


def fit_classical(recipe: Classical, inputs: Inputs, targets: Tensor, seed: int) -> nn.Module:
    """Return what the recipe asks for, fitted to prepared rows.

    Parameters
    ----------
    recipe : Classical
    inputs : Inputs
        Of n rows.
    targets : tensor, shape (n, n_labels)
    seed : int

    Raises
    ------
    DataError
        If there are fewer rows than components.
    """
    x, y = inputs.together().numpy(), targets.numpy()
    if isinstance(recipe, RandomForest):
        return TreesBody(torch.zeros(x.shape[1], 0), [_grow(recipe, x, y, seed)])
    if isinstance(recipe, GradientBoosting):
        if not recipe.n_components:
            return TreesBody(torch.zeros(x.shape[1], 0), _boost(recipe, x, y, seed))
        pca = _components(recipe, x, seed)
        # As the model will see them: rounded once, in the same order.
        basis = torch.as_tensor(pca.components_.T, dtype=torch.float32).contiguous()
        seen = (inputs.together() @ basis).numpy()
        return TreesBody(basis, _boost(recipe, seen, y, seed))
    pca = _components(recipe, x, seed)
    ridge = Ridge(alpha=recipe.penalty).fit(pca.transform(x), y)
    scaled = pca.components_ / np.sqrt(pca.explained_variance_)[:, None]
    matrix = (np.reshape(ridge.coef_, (y.shape[1], -1)) @ scaled).T
    offset = ridge.intercept_ - pca.mean_ @ matrix
    return LinearBody(
        # In the order in which it is stored, so that products round in the same way.
        torch.as_tensor(matrix, dtype=torch.float32).contiguous(),
        torch.as_tensor(offset, dtype=torch.float32),
    )


def body_of_state(recipe: Classical, state: Mapping[str, Tensor]) -> nn.Module:
    """Return a body of the sizes that a stored state has, to load that into."""
    if isinstance(recipe, ComponentsRidge):
        return LinearBody(torch.zeros_like(state["matrix"]), torch.zeros_like(state["offset"]))
    numbers = {name.split(".")[1] for name in state if name.startswith("forests.")}
    forests = [
        {
            field.name: torch.zeros_like(state[f"forests.{number}.{field.name}"])
            for field in fields(Forest)
        }
        for number in range(len(numbers))
    ]
    return TreesBody(torch.zeros_like(state["basis"]), forests)


def _grow(recipe: RandomForest, x: FloatArray, y: FloatArray, seed: int) -> dict[str, Tensor]:
    kind = ExtraTreesRegressor if recipe.random_thresholds else RandomForestRegressor
    model = kind(
        n_estimators=recipe.n_trees,
        min_samples_leaf=recipe.min_leaf,
        max_features=recipe.max_features,
        n_jobs=torch.get_num_threads(),  # its share, where several processes train
        random_state=seed,
    )
    return _tensors(model.fit(x, y[:, 0] if y.shape[1] == 1 else y))


def _boost(
    recipe: GradientBoosting, x: FloatArray, y: FloatArray, seed: int
) -> list[dict[str, Tensor]]:
    return [
        _tensors(
            HistGradientBoostingRegressor(
                max_iter=recipe.n_rounds,
                max_leaf_nodes=recipe.max_leaves,
                learning_rate=recipe.shrinkage,
                early_stopping=False,
                random_state=seed,
            ).fit(x, column)
        )
        for column in y.T
    ]


def _tensors(model: Any) -> dict[str, Tensor]:
    return {name: torch.as_tensor(a) for name, a in forest_arrays(model).to_arrays().items()}


def _components(recipe: GradientBoosting | ComponentsRidge, x: FloatArray, seed: int) -> PCA:
    most = min(x.shape)
    if recipe.n_components > most:
        msg = (
            f"{recipe.n_components} components need as many rows and inputs; there are "
            f"{x.shape[0]} rows of {x.shape[1]} inputs."
        )
        raise DataError(msg)
    whiten = isinstance(recipe, ComponentsRidge)
    return PCA(recipe.n_components, whiten=whiten, random_state=seed).fit(x)
