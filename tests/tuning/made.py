"""A training of known truth: a bowl in two options, whose loss falls step by step."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.tasks import Recipe
from starsieve.tuning.recipe import TuneRecipe
from starsieve.tuning.trials import Note, Progress, Training

STEPS = 5


class Bowl(BaseModel):
    """What makes the loss."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(default=0.1, gt=0)
    width: int = Field(default=10, ge=1, le=100)


class BowlRecipe(Recipe):
    """Its loss is least at rate 0.01, width 50, kind b."""

    model: str = "bowl"
    description: str = ""
    kind: str = "a"
    flag: bool = False
    bowl: Bowl = Bowl()
    kill_file: str = ""
    slow: float = 0.0


class TuneBowl(TuneRecipe):
    training: BowlRecipe


SEARCH: dict[str, Any] = {
    "bowl": {
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "width": {"low": 1, "high": 100},
    },
    "kind": ["a", "b"],
}


def make_recipe(**options: Any) -> TuneBowl:
    training = options.pop("training", {})
    return TuneBowl.model_validate({"training": training, "search": SEARCH, **options})


def loss_of(recipe: BowlRecipe) -> float:
    rate, width = recipe.bowl.rate, recipe.bowl.width
    return abs(rate / 0.01 - 1) ** 0.5 + abs(width - 50) / 50 + 0.5 * (recipe.kind != "b")


def train_bowl(
    recipe: BowlRecipe, archive: Archive, progress: Progress | None, note: Note | None
) -> Mapping[str, Any]:
    loss = loss_of(recipe)
    if recipe.bowl.width > 98:
        msg = "too wide"
        raise DataError(msg)
    for step in range(1, STEPS + 1):
        if progress is not None:
            progress(step, STEPS, "training")
        if note is not None:
            note(step, "training", {"loss": loss})
            note(step, "validation", {"loss": loss + 1 / step})
        if recipe.slow:
            time.sleep(recipe.slow)
    if recipe.kill_file and not Path(recipe.kill_file).exists():
        Path(recipe.kill_file).touch()
        os._exit(9)
    return {"validation_loss": loss + 1 / STEPS, "scores": {"score": -loss}}


BOWL = Training("bowl.train", train_bowl)
