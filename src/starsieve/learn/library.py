"""Where trained models are: the shipped ones, those of an archive, and any folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import ModelMismatchError, NotInArchiveError
from starsieve.learn.model import CARD, read_card

PRETRAINED = Path(__file__).parents[1] / "pretrained"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a list of models shows of each."""

    name: str
    origin: str
    task: str
    labels: tuple[str, ...]
    description: str


def list_models(archive: Archive | None = None) -> list[ModelInfo]:
    """Return every shipped model and, if an archive is given, those that it keeps."""
    return [_info(folder, origin) for folder, origin in _folders(archive)]


def show_card(name: str | Path, archive: Archive | None = None) -> dict[str, Any]:
    """Return a model's card as a dict, without loading its weights.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    """
    return read_card(find_model(name, archive)).model_dump(mode="json")


def find_by_name(name: str, archive: Archive | None = None) -> tuple[Path, str]:
    """Return the folder of a model and where it is from: ``archive``, or ``shipped``.

    Only names count here, as they come from strangers: a path is not looked for.

    Raises
    ------
    NotInArchiveError
        If there is no model of that name.
    """
    for folder, origin in _folders(archive):
        if folder.name == name:
            return folder, origin
    msg = f"No model {name!r}, neither in this archive nor among the shipped ones."
    raise NotInArchiveError(msg)


def find_model(name: str | Path, archive: Archive | None = None, task: str | None = None) -> Path:
    """Return the folder of a model, by its name (in the archive, or shipped) or by its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model; the message names those that there are.
    ModelMismatchError
        If it is not a model for `task`.
    """
    folders = [folder for folder, _ in _folders(archive)]
    for folder in folders:
        if folder.name == str(name):
            return _of_task(folder, task)
    if (Path(name) / CARD).is_file():
        return _of_task(Path(name), task)
    known = [folder.name for folder in folders if task in (None, read_card(folder).task)]
    msg = (
        f"No model {str(name)!r}, neither by name nor as a folder. "
        f"There are: {', '.join(known) or 'none'}."
    )
    raise NotInArchiveError(msg)


def _of_task(folder: Path, task: str | None) -> Path:
    if task is not None and (card := read_card(folder)).task != task:
        msg = f"{folder.name} is a model for {card.task}, not for {task}."
        raise ModelMismatchError(msg)
    return folder


def _folders(archive: Archive | None) -> list[tuple[Path, str]]:
    kept = [] if archive is None else [archive.models.folder(m.name) for m in archive.models.list()]
    shipped = sorted(card.parent for card in PRETRAINED.glob(f"*/{CARD}"))
    return [(folder, "archive") for folder in kept] + [(folder, "shipped") for folder in shipped]


def _info(folder: Path, origin: str) -> ModelInfo:
    card = read_card(folder)
    labels = tuple(output.name for output in card.outputs)
    return ModelInfo(card.name, origin, card.task, labels, card.description)
