"""Draws from the posteriors of the network of several grids, as points of the box."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.several.network import AGES, SeveralNetwork
from starsieve.data.spectrum import FloatArray

PER_BATCH, FEATURES_PER_BATCH = 128, 500


def draw_labelled(
    members: Sequence[SeveralNetwork],
    features: Tensor,
    n_draws: int,
    seed: int,
    n_outputs: int,
    ages: npt.NDArray[np.int64] | None = None,
) -> FloatArray:
    """Return what members that were tuned on labelled spectra say.

    Parameters
    ----------
    members : sequence of SeveralNetwork
        Each draws its part.
    features : tensor, shape (n, n_features)
        By `compute_features`.
    n_draws, seed : int
    n_outputs : int
        The first labels, which are drawn; the others stay zero.
    ages : array of int, shape (n,), optional
        Age classes, numbers of `AGES`. An unknown one is drawn by how much the spectrum looks
        like each.

    Returns
    -------
    array, shape (n, n_draws, n_labels)
    """
    n = len(features)
    known = torch.zeros(n, dtype=torch.long) if ages is None else torch.as_tensor(ages)
    counts = np.diff(np.rint(np.linspace(0, n_draws, len(members) + 1)).astype(int))
    parts = [
        _draw_of(member, features, int(count), (seed, number), n_outputs, known)
        for number, (member, count) in enumerate(zip(members, counts, strict=True))
        if count
    ]
    return np.concatenate(parts, axis=1)


def draw_grid(
    network: SeveralNetwork,
    domain: int,
    active: npt.NDArray[np.bool_],
    features: Tensor,
    n_draws: int,
    seed: int,
) -> FloatArray:
    """Return what one of the grids says, or all of them: points, shape (n, n_draws, n_labels).

    Parameters
    ----------
    active : array of bool, shape (n_labels,)
        Labels that are drawn; the others stay zero.
    """
    base = _base((seed, 1000 + domain), n_draws, len(active))
    out = np.empty((len(features), n_draws, len(active)), dtype=np.float32)
    for rows, part in _batches(features):
        with torch.no_grad():
            embedded = network.embedding(part)
            speaks = torch.full((len(embedded),), domain)
            context = network.context(embedded, speaks, torch.zeros_like(speaks))
            which = torch.as_tensor(active).expand(len(embedded), -1)
            points = network.splines.sample(base, which, context)
        out[rows] = points.transpose(0, 1).numpy()
    return out


def _draw_of(
    member: SeveralNetwork,
    features: Tensor,
    n_draws: int,
    seed: tuple[int, int],
    n_outputs: int,
    ages: Tensor,
) -> FloatArray:
    n_labels = len(member.splines.tail)
    base = _base(seed, n_draws, n_labels)
    chance = torch.as_tensor(np.random.default_rng((*seed, 1)).random((n_draws, 1)))
    active = torch.zeros(n_labels, dtype=torch.bool)
    active[:n_outputs] = True
    out = np.empty((len(features), n_draws, n_labels), dtype=np.float32)
    with torch.no_grad():
        for rows, part in _batches(features):
            embedded = member.embedding(part)
            speaks = torch.full((len(embedded),), member.labelled)
            contexts = torch.stack(
                [
                    member.context(embedded, speaks, torch.full_like(speaks, a))
                    for a in range(len(AGES))
                ]
            )
            share = age_shares(member, embedded, ages[rows])
            # One random number for each draw: the same share gives the same ages to all spectra.
            choice = (chance[:, :, None] > share.cumsum(1)[None]).sum(2).clamp(max=len(AGES) - 1)
            which = active.expand(len(embedded), -1)
            points = member.splines.sample(base, which, contexts, choice)
            out[rows] = points.transpose(0, 1).numpy()
    return out


def age_shares(member: SeveralNetwork, embedded: Tensor, ages: Tensor) -> Tensor:
    """Return how probable each age class is, shape (n, len(AGES)); a known one is certain."""
    certain = torch.nn.functional.one_hot(ages, len(AGES)).to(torch.float64)
    if member.age_of is None:
        return certain
    looks = member.age_of(embedded).double().softmax(1)
    looks = torch.cat([torch.zeros(len(looks), 1, dtype=looks.dtype), looks], dim=1)
    return torch.where((ages == AGES.index("unknown"))[:, None], looks, certain)


def _base(seed: tuple[int, ...], n_draws: int, n_labels: int) -> Tensor:
    points = np.random.default_rng(seed).uniform(-1.0, 1.0, (n_draws, 1, n_labels))
    return torch.as_tensor(points, dtype=torch.float32)


def _batches(features: Tensor) -> list[tuple[slice, Tensor]]:
    parts = [slice(start, start + PER_BATCH) for start in range(0, len(features), PER_BATCH)]
    return [(rows, features[rows]) for rows in parts]


def compute_features(network: SeveralNetwork, seen: Observations) -> Tensor:
    """Return the features of spectra, shape (n, n_features); tuned members have the same."""
    with torch.no_grad():
        parts = [
            network.features(Observations(seen.flux[at], seen.sigma[at], seen.valid[at]))
            for at in torch.split(torch.arange(len(seen.flux)), FEATURES_PER_BATCH)
        ]
    return torch.cat(parts)
