"""What a training writes down as it goes on, for TensorBoard to show."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FOLDER = "log"


class Log:
    """Numbers by step, in a folder that ``tensorboard --logdir`` reads; or nowhere.

    Parameters
    ----------
    folder : Path, optional
        Where to write; nothing is written without one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._writer: Any = None
        if folder is not None:
            from tensorboardX import SummaryWriter  # half a second, for trainings only

            self._writer = SummaryWriter(str(folder))

    def add(self, step: int, part: str, values: Mapping[str, float]) -> None:
        """Write down numbers of a step, as ``part/name``."""
        if self._writer is None:
            return
        for name, value in values.items():
            self._writer.add_scalar(f"{part}/{name}", float(value), step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()
