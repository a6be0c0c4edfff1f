"""Trees as arrays: predicted without the package that grew them, saved without a pickle."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError, ModelMismatchError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

LEAF = -1
CHUNK = 256
"""Rows that walk down the trees together: their nodes stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Binary trees, one behind the other; in each, a node comes before its two branches.

    Parameters
    ----------
    feature : array of int16, shape (n_nodes,)
        Feature that a node asks for; `LEAF` at the end of a branch.
    threshold : array of float32, shape (n_nodes,)
        A row with a value up to it goes on with the next node.
    skip : array of int32, shape (n_nodes,)
        A row with a larger value goes on this many nodes further.
    value : array of float32, shape (n_nodes,) or (n_nodes, n_answers)
        What a tree answers at a leaf; elsewhere the mean over the rows that it was grown on.
    root : array of int32, shape (n_trees,)
        First node of each tree.
    scale, offset : array of float64, shape (1,)
        The forest's answer is ``offset + scale * (sum over its trees)``.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    skip: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    root: npt.NDArray[np.int32]
    scale: FloatArray
    offset: FloatArray

    def __post_init__(self) -> None:
        n, nodes = len(self.feature), np.arange(len(self.feature))
        inner = self.feature != LEAF
        sound = (
            n == len(self.threshold) == len(self.skip) == len(self.value)
            and len(self.root) > 0
            and np.all((self.root >= 0) & (self.root < n))
            # Every step leads forward and stays inside, so that a walk must end.
            and np.all(self.skip[inner] > 1)
            and np.all((nodes + self.skip)[inner] < n)
            and np.all(self.feature >= LEAF)
            and not (n and inner[-1])
        )
        if not sound:
            msg = "The arrays of a forest do not describe trees; the model is damaged."
            raise ModelMismatchError(msg)

    def to_arrays(self, prefix: str = "") -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, as they are saved."""
        return {prefix + field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> Self:
        """Return the forest that `to_arrays` wrote.

        Raises
        ------
        ModelMismatchError
            If arrays are missing, or do not describe trees.
        """
        missing = [f.name for f in fields(cls) if prefix + f.name not in arrays]
        if missing:
            msg = f"The model's arrays {prefix}{', '.join(missing)} are missing."
            raise ModelMismatchError(msg)
        return cls(**{f.name: np.asarray(arrays[prefix + f.name]) for f in fields(cls)})


def forest_arrays(model: Any) -> Forest:
    """Return a fitted model as arrays.

    Parameters
    ----------
    model : classifier of two classes, or regressor, of scikit-learn
        Random forest or extra trees, whose answer is a probability or values, or histogram
        gradient boosting, whose answer is the logarithm of the odds or a value. It must have been
        fitted to values without gaps that are exact in float32.

    Raises
    ------
    DataError
        If it is neither, or not fitted, or has not two classes.
    """
    fitted = hasattr(model, "estimators_") or hasattr(model, "_predictors")
    if not fitted or (hasattr(model, "classes_") and len(model.classes_) != 2):
        msg = (
            "Expected a fitted classifier of two classes, or a fitted regressor, got "
            f"{type(model).__name__}."
        )
        raise DataError(msg)
    if hasattr(model, "classes_") and hasattr(model, "estimators_"):
        trees = [_plain_tree(each.tree_, _share_of_second) for each in model.estimators_]
        return _join(trees, scale=1 / len(trees), offset=0.0)
    if hasattr(model, "estimators_"):
        trees = [_plain_tree(each.tree_, _values) for each in model.estimators_]
        return _join(trees, scale=1 / len(trees), offset=0.0)
    trees = [_boosted_tree(each.nodes) for (each,) in model._predictors]
    return _join(trees, scale=1.0, offset=float(np.squeeze(model._baseline_prediction)))


def predict_forest(forest: Forest, x: FloatArray) -> FloatArray:
    """Return the answer for each row.

    Parameters
    ----------
    x : array, shape (n_rows, n_features)
        Finite; compared as float32.

    Returns
    -------
    array, shape (n_rows,) or (n_rows, n_answers)

    Raises
    ------
    DataError
        If `x` is not finite, or has too few features.
    """
    total = np.zeros((len(x), *forest.value.shape[1:]))
    for rows, values in _chunks(forest, x):
        node = _walk(forest, values)
        total[rows] = forest.value[node].astype(np.float64).sum(axis=1)
    return forest.offset + forest.scale * total


def explain_forest(forest: Forest, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the answer for each row, and what each feature adds to it (path contributions).

    On the way down a tree the mean of the training rows below changes with every question; the
    change belongs to the feature asked for (Saabas 2014). A row's contributions and the forest's
    mean answer add up to its answer.

    Parameters
    ----------
    x
        As of `predict_forest`.

    Returns
    -------
    array, shape (n_rows,)
    array, shape (n_rows, n_features)
    """
    shares = np.zeros(x.shape)
    for rows, values in _chunks(forest, x):
        shares[rows] = forest.scale * _contributions(forest, values)
    return mean_answer(forest) + shares.sum(axis=1), shares


def mean_answer(forest: Forest) -> float:
    """Return the answer for a row of which nothing is known: the mean of the training rows."""
    total = forest.value[forest.root].astype(np.float64).sum()
    return float(forest.offset[0] + forest.scale[0] * total)


def _contributions(forest: Forest, x: npt.NDArray[np.float32]) -> FloatArray:
    n_features = x.shape[1]
    added = np.zeros(x.size)

    def add(row: IntArray, node: IntArray, step: IntArray) -> None:
        cell = row * n_features + forest.feature[node]
        change = forest.value[step].astype(np.float64) - forest.value[node]
        added[:] += np.bincount(cell, weights=change, minlength=len(added))

    _walk(forest, x, add)
    return added.reshape(x.shape)


def _chunks(forest: Forest, x: FloatArray) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    n_asked = int(forest.feature.max()) + 1
    if x.ndim != 2 or x.shape[1] < n_asked or not np.all(np.isfinite(x)):
        msg = f"Expected finite values of at least {n_asked} features, got shape {x.shape}."
        raise DataError(msg)
    values = x.astype(np.float32)
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        yield rows, values[rows]


def _walk(
    forest: Forest,
    x: npt.NDArray[np.float32],
    visit: Callable[[IntArray, IntArray, IntArray], None] | None = None,
) -> IntArray:
    """Return the leaf of each row in each tree; tell `visit` of every step: row, from, to."""
    n_rows, n_trees = len(x), len(forest.root)
    node = np.tile(forest.root.astype(np.intp), n_rows)
    walking = np.arange(n_rows * n_trees)
    while True:
        walking = walking[forest.feature[node[walking]] != LEAF]
        if not len(walking):
            return node.reshape(n_rows, n_trees)
        here, row = node[walking], walking // n_trees
        right = x[row, forest.feature[here]] > forest.threshold[here]
        there = here + np.where(right, forest.skip[here], 1)
        if visit is not None:
            visit(row, here, there)
        node[walking] = there


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """One tree in any order of nodes; `left` is below 1 at a leaf."""

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray


def _plain_tree(tree: Any, answer: Callable[[FloatArray], FloatArray]) -> _Tree:
    left, right = tree.children_left.astype(np.intp), tree.children_right.astype(np.intp)
    return _Tree(tree.feature.astype(np.intp), tree.threshold, left, right, answer(tree.value))


def _share_of_second(value: FloatArray) -> FloatArray:
    """Return a classifier's answers from its nodes' values, shape (n_nodes, 1, 2)."""
    shares = value[:, 0, :]
    return np.asarray(shares[:, 1] / shares.sum(axis=1))


def _values(value: FloatArray) -> FloatArray:
    """Return a regressor's answers from its nodes' values, shape (n_nodes, n_answers, 1)."""
    answers = value[:, :, 0]
    return np.asarray(answers[:, 0] if answers.shape[1] == 1 else answers)


def _boosted_tree(nodes: Any) -> _Tree:
    """Return a tree of gradient boosting, with means at the nodes that are no leaves."""
    leaf = nodes["is_leaf"].astype(bool)
    left = np.where(leaf, LEAF, nodes["left"].astype(np.intp))
    right = np.where(leaf, LEAF, nodes["right"].astype(np.intp))
    value, count = nodes["value"].astype(np.float64), nodes["count"].astype(np.float64)
    for node in np.flatnonzero(~leaf)[::-1]:  # a node comes before its branches
        below = [left[node], right[node]]
        value[node] = np.average(value[below], weights=np.maximum(count[below], 1.0))
    return _Tree(nodes["feature_idx"].astype(np.intp), nodes["num_threshold"], left, right, value)


def _join(trees: list[_Tree], scale: float, offset: float) -> Forest:
    parts = [_in_order(tree) for tree in trees]
    lengths = [len(part[0]) for part in parts]
    feature, threshold, skip, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Forest(
        feature=feature.astype(np.int16),
        threshold=_round_down(threshold),
        skip=skip.astype(np.int32),
        value=value.astype(np.float32),
        root=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32),
        scale=np.array([scale]),
        offset=np.array([offset]),
    )


def _in_order(tree: _Tree) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Return a tree's arrays with each node before its branches, the left one first."""
    order: list[int] = []
    stack = [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if tree.left[node] > 0:
            stack += [int(tree.right[node]), int(tree.left[node])]
    old = np.array(order)
    place = np.empty(len(old), dtype=np.intp)
    place[old] = np.arange(len(old))
    inner = tree.left[old] > 0
    feature = np.where(inner, tree.feature[old], LEAF)
    threshold = np.where(inner, tree.threshold[old], 0.0)
    skip = np.where(inner, place[tree.right[old]] - np.arange(len(old)), 0)
    return feature, threshold, skip, tree.value[old]


def _round_down(threshold: FloatArray) -> npt.NDArray[np.float32]:
    """Return the largest float32 up to each threshold: float32 values compare as before."""
    near = threshold.astype(np.float32)
    low = np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
    return low.astype(np.float32)
