"""Where a training stands, on disk: so that an interrupted one goes on as if nothing had been."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

import starsieve
from starsieve.errors import FileError

log = logging.getLogger(__name__)

FILE = "checkpoint.safetensors"


class Generator(Protocol):
    """Whatever draws, and can say where it is: a generator of torch, a stream of data."""

    def get_state(self) -> Tensor: ...

    def set_state(self, new_state: Tensor, /) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """One file that holds the state of a training and of its random numbers.

    Parameters
    ----------
    path : Path
    identity : str
        Of the training, by `get_identity`: the state of another one is not used.
    generators : tuple of Generator
        What the training draws from, besides torch's own generator.
    """

    path: Path
    identity: str
    generators: tuple[Generator, ...] = ()

    def save(self, state: Mapping[str, Any]) -> None:
        """Replace what was saved, in one step: a kill leaves the old state or the new one.

        Raises
        ------
        FileError
            If the file can't be written.
        """
        tensors: dict[str, Tensor] = {}
        random = [torch.get_rng_state(), *(each.get_state() for each in self.generators)]
        text = json.dumps(_encode({"state": state, "random": random}, tensors))
        part = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_file(tensors, part, {"identity": self.identity, "state": text})
            part.replace(self.path)
        except (SafetensorError, OSError) as error:
            part.unlink(missing_ok=True)
            msg = f"{self.path}: the training's state can't be written ({error})."
            raise FileError(msg) from error

    def load(self) -> dict[str, Any] | None:
        """Return what was saved and set the generators, or None if there is nothing of use."""
        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, "pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("identity") != self.identity:
                    log.warning("%s is of another training; starting anew.", self.path)
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            found = _decode(json.loads(metadata["state"]), tensors)
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            log.warning("%s is damaged (%s); starting anew.", self.path, error)
            return None
        own, *others = found["random"]
        torch.set_rng_state(own)
        for generator, numbers in zip(self.generators, others, strict=True):
            generator.set_state(numbers)
        state: dict[str, Any] = found["state"]
        return state


def get_identity(recipe: str, data: Iterable[Any]) -> str:
    """Return a hash of a recipe, of arrays, and of the software that makes weights of both."""
    versions = f"starsieve {starsieve.__version__}, torch {torch.__version__}"
    known = hashlib.sha256(f"{versions}\n{recipe}".encode())
    for array in data:
        known.update(f"{array.dtype}{array.shape}".encode())
        known.update(array.tobytes())
    return known.hexdigest()


def _encode(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Return a state as JSON; its tensors are put aside under the numbers that stand for them."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().clone().contiguous()  # safetensors refuses shared memory
        return {"tensor": name}
    if isinstance(value, Mapping):
        # As pairs, for JSON would turn the optimiser's whole numbers into text.
        return {"pairs": [[key, _encode(each, tensors)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return [_encode(each, tensors) for each in value]
    return value


def _decode(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(each, tensors) for each in value]
    if isinstance(value, dict) and "tensor" in value:
        return tensors[value["tensor"]]
    if isinstance(value, dict):
        return {key: _decode(each, tensors) for key, each in value["pairs"]}
    return value
