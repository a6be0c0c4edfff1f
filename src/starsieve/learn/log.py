"""What a training writes down as it goes on: a small table, and what TensorBoard shows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starsieve.learn.history import HistoryTable

FOLDER = "log"


class Log:
    """Numbers by step, in a table and in a folder that ``tensorboard --logdir`` reads.

    Parameters
    ----------
    table : Path, optional
        See `starsieve.learn.history`; none is written without.
    folder : Path, optional
        For TensorBoard, as well.
    note : callable, optional
        Told all of it, too; it may end the training by raising.
    """

    def __init__(
        self,
        table: Path | None = None,
        folder: Path | None = None,
        note: Callable[[int, str, Mapping[str, float]], None] | None = None,
    ) -> None:
        self._note = note
        self._history = None if table is None else HistoryTable(table)
        self._writer: Any = None
        if folder is not None:
            from tensorboardX import SummaryWriter  # half a second, for trainings only

            self._writer = SummaryWriter(str(folder))

    def add(self, step: int, part: str, values: Mapping[str, float]) -> None:
        """Write down numbers of a step, as ``part/name``."""
        if self._history is not None:
            self._history.add(step, part, values)
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(f"{part}/{name}", float(value), step)
        if self._note is not None:
            self._note(step, part, values)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._history is not None:
            self._history.write()
        if self._writer is not None:
            self._writer.close()
