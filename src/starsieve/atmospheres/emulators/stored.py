"""Keep emulators, and find them again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from starsieve.atmospheres.emulators.build import TASK
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.process import Kernel, invert
from starsieve.atmospheres.emulators.space import Follower, Space
from starsieve.errors import ModelMismatchError
from starsieve.learn.library import find_model
from starsieve.learn.model import EmulatorCard, Model, read_card, read_tensors

PLAIN = ("wave", "mean", "components", "values", "misses", "rest")
"""Arrays that are kept as they are."""


def save_emulator(emulator: Emulator, folder: str | Path) -> EmulatorCard:
    """Write an emulator: ``model.json`` and ``weights.safetensors``; return the card as written.

    What follows from the nodes (the inverse of their covariance) is not kept but made again.
    """
    arrays: dict[str, Any] = {name: getattr(emulator, name) for name in PLAIN}
    space, kernel = emulator.space, emulator.kernel
    arrays |= {"nodes": space.nodes, "lengths": kernel.lengths, "noise": np.array([kernel.noise])}
    arrays |= {"centre": kernel.centre, "spread": kernel.spread}
    for follower in space.followers:
        arrays |= {
            f"followers.{follower.name}.at": follower.at,
            f"followers.{follower.name}.values": follower.values,
        }
    recipe = {
        **emulator.card.recipe,
        "labels": list(space.names),
        "followers": {follower.name: follower.to for follower in space.followers},
    }
    card = emulator.card.model_copy(update={"recipe": recipe})
    written = Model(card, nn.Identity(), arrays).save(Path(folder))
    return EmulatorCard.model_validate(written.model_dump())


def load_emulator(name: str | Path) -> Emulator:
    """Load an emulator from its folder.

    Raises
    ------
    NotInArchiveError
        If there is none.
    ModelMismatchError, FileError
        If it is no emulator, or its card or its arrays are damaged.
    """
    folder = find_model(name, task=TASK)
    card = read_card(folder)
    if not isinstance(card, EmulatorCard):
        msg = f"{folder}: the card of an emulator must state its nodes."
        raise ModelMismatchError(msg)
    _, arrays = read_tensors(folder, card)
    try:
        return _restore(card, arrays)
    except (KeyError, ValueError, IndexError) as error:
        msg = f"{folder}: the emulator's arrays are missing or damaged ({error})."
        raise ModelMismatchError(msg) from error


def _restore(card: EmulatorCard, arrays: Mapping[str, Any]) -> Emulator:
    followers = tuple(
        Follower(name, to, arrays[f"followers.{name}.at"], arrays[f"followers.{name}.values"])
        for name, to in card.recipe["followers"].items()
    )
    space = Space(tuple(card.recipe["labels"]), arrays["nodes"], followers)
    kernel = Kernel(
        smoothness=card.recipe["kernel"].removeprefix("matern-"),
        lengths=arrays["lengths"],
        noise=float(arrays["noise"][0]),
        centre=arrays["centre"],
        spread=arrays["spread"],
    )
    inverse = invert(kernel, space.coordinates(space.nodes))
    return Emulator(card, space, kernel=kernel, inverse=inverse, **{n: arrays[n] for n in PLAIN})
