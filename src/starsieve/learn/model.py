"""The model artefact: a folder with a readable card and safe weights. Never a pickle."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

import starsieve
from starsieve.errors import FileError, ModelMismatchError, NotInArchiveError

FORMAT = 1
CARD = "model.json"
WEIGHTS = "weights.safetensors"
NETWORK = "network."
ARRAYS = "arrays."


class Output(BaseModel):
    """One thing that a model infers, and the range in which it can."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    minimum: float
    maximum: float


class ModelCard(BaseModel):
    """All that is needed to rebuild and rightly use a model, as JSON.

    Parameters
    ----------
    name, task, description : str
    outputs : Output
        What it infers.
    recipe : dict
        The whole recipe of the training, networks included.
    training_files : dict
        Name of each file it was trained on, and the SHA-256 of its content.
    sources, licence
        Whom to cite, and under which terms the training files came.
    metrics : dict
        What the training ended with.
    limits : str
        What the model must not be used for.
    weights_sha256 : str
        Hash of the weights file that belongs to the card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    name: str
    task: str
    description: str
    outputs: tuple[Output, ...]
    recipe: dict[str, Any]
    training_files: dict[str, str] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()
    licence: str = ""
    metrics: dict[str, Any] = Field(default_factory=dict)
    limits: str = ""
    software: str = f"starsieve {starsieve.__version__}, torch {torch.__version__}"
    weights_sha256: str = ""


class SpectrumCard(ModelCard):
    """The card of a model that takes spectra.

    Parameters
    ----------
    wave_min_um, wave_max_um, n_pixels, resolution
        The model's wavelength grid and resolving power.
    grid : dict
        What is known of the model grid that it was trained on: copies, ceilings, confounded
        labels. Empty if the grid was not checked.
    """

    wave_min_um: float
    wave_max_um: float
    n_pixels: int
    resolution: float
    grid: dict[str, Any] = Field(default_factory=dict)


class RepresentationCard(ModelCard):
    """The card of a model that turns spectra into latents and back.

    Parameters
    ----------
    kind : {"vae", "autoencoder", "pca"}
    n_latents : int
    wave_min_um, wave_max_um, n_pixels
        The model's wavelength grid, of constant velocity steps, in the rest frame.
    resolution : float, optional
        Resolving power that spectra are brought to; None where they are taken as they are.
    max_velocity : float
        km/s: up to which the model estimates a spectrum's velocity; 0 where it does not.
    """

    kind: Literal["vae", "autoencoder", "pca"]
    n_latents: int
    wave_min_um: float
    wave_max_um: float
    n_pixels: int
    resolution: float | None
    max_velocity: float = 0.0


class EmulatorCard(ModelCard):
    """The card of an emulator: a model grid made continuous, from parameters to spectra.

    Parameters
    ----------
    wave_min_um, wave_max_um, n_pixels
        The spectra's wavelength grid.
    resolution : float, optional
        Their resolving power; None where the grid does not state it.
    flux_unit : str
        As `astropy.units` writes it.
    n_nodes, n_components : int
        Spectra of the grid that it was made of, and principal components of their log flux.
    """

    wave_min_um: float
    wave_max_um: float
    n_pixels: int
    resolution: float | None
    flux_unit: str
    n_nodes: int
    n_components: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A card, the network that it describes, and arrays that belong to both.

    The arrays (the model's wavelengths, what was fitted to its training set) are stored beside
    the weights, so that the card stays readable.
    """

    card: ModelCard
    network: nn.Module
    arrays: Mapping[str, npt.NDArray[Any]]

    def save(self, folder: Path) -> ModelCard:
        """Write card and weights; return the card as written, with the weights' hash."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {NETWORK + k: v.contiguous() for k, v in self.network.state_dict().items()}
        for name, array in self.arrays.items():
            tensors[ARRAYS + name] = torch.as_tensor(np.ascontiguousarray(array))
        weights = folder / WEIGHTS
        save_file(tensors, weights.with_suffix(".part"))
        weights.with_suffix(".part").chmod(0o644)  # as the card: others may read an archive
        weights.with_suffix(".part").replace(weights)
        card = self.card.model_copy(update={"weights_sha256": file_hash(weights)})
        part = folder / (CARD + ".part")
        part.write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        part.replace(folder / CARD)
        return card


def read_card(folder: Path) -> ModelCard:
    """Read a model's card without its weights.

    Raises
    ------
    NotInArchiveError
        If there is no model in the folder.
    ModelMismatchError
        If the card is of another format or damaged.
    """
    file = folder / CARD
    if not file.is_file():
        msg = f"No model in {folder}: there is no {CARD}."
        raise NotInArchiveError(msg)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("format", FORMAT) > FORMAT:
            msg = (
                f"{file}: the model is of format {found['format']}, this version reads up to "
                f"{FORMAT}; upgrade starsieve."
            )
            raise ModelMismatchError(msg)
        return _card_type(found).model_validate(found)
    except (ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        msg = f"{file}: the model's card is damaged ({reason})."
        raise ModelMismatchError(msg) from error


def _card_type(found: Any) -> type[ModelCard]:
    known = set(found) if isinstance(found, dict) else set()
    if "n_latents" in known:
        return RepresentationCard
    if "n_nodes" in known:
        return EmulatorCard
    return SpectrumCard if "n_pixels" in known else ModelCard


def read_tensors(folder: Path, card: ModelCard) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the network's state and the arrays of a model, checked against the card's hash.

    Raises
    ------
    FileError
        If the weights are missing, truncated, or not those of the card.
    """
    file = folder / WEIGHTS
    if not file.is_file():
        msg = f"{file}: the model's weights are missing."
        raise FileError(msg)
    if card.weights_sha256 and file_hash(file) != card.weights_sha256:
        msg = f"{file}: these are not the weights that the model's card names; fetch both again."
        raise FileError(msg)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        msg = f"{file}: the model's weights can't be read ({error})."
        raise FileError(msg) from error
    state = {k.removeprefix(NETWORK): v for k, v in tensors.items() if k.startswith(NETWORK)}
    arrays = {k.removeprefix(ARRAYS): v for k, v in tensors.items() if k.startswith(ARRAYS)}
    return state, {name: value.numpy() for name, value in arrays.items()}


def load_weights(network: nn.Module, state: Mapping[str, Any]) -> nn.Module:
    """Load a state into a network built from its card; nothing may be missing or left over."""
    try:
        network.load_state_dict(dict(state), strict=True)
    except RuntimeError as error:
        msg = f"The weights do not fit the network of the card: {str(error).splitlines()[0]}"
        raise ModelMismatchError(msg) from error
    return network.eval()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
