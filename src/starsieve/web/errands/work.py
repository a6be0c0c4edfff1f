"""The inside of an errand's process: bounds, the function, and how it ended in words."""

import contextlib
import errno
import inspect
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.errors import StarsieveError
from starsieve.settings import Settings
from starsieve.web.answers import plain_json
from starsieve.web.errands.confine import confine
from starsieve.web.errands.records import FAILURE, LOG, PROGRESS, RESULT, write_json

PROGRESS_SECONDS = 0.2

MEGABYTE = 1024**2

Progress = Callable[..., None]
"""Called with what is done, of how much, and what is being done."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an errand's process is told.

    Parameters
    ----------
    function : str
        ``"package.module:name"``.
    options : dict
    folder : Path
        Its working folder.
    seconds : float
    memory_bytes, file_bytes : int
    settings : Settings, optional
        Where the archive is, for functions that read in it.
    """

    function: str
    options: dict[str, Any]
    folder: Path
    seconds: float
    memory_bytes: int
    file_bytes: int
    settings: Settings | None = None


def carry_out(given: Assignment) -> None:
    """Do an errand within its bounds; leave a result or, in words, why there is none."""
    confine(given.seconds, given.memory_bytes, given.file_bytes)
    os.chdir(given.folder)
    _write_to(Path(LOG))
    try:
        result = _call(given)
        write_json(given.folder / RESULT, plain_json(result))
    except BaseException as error:
        traceback.print_exc()
        write_json(given.folder / FAILURE, {"error": explain(error, given)})
        sys.exit(1)


def explain(error: BaseException, given: Assignment) -> str:
    """Return why an errand failed, for whoever asked for it: nothing about this machine."""
    chain = list(_causes(error))
    if any(isinstance(each, MemoryError) or _is_of_memory(each) for each in chain):
        memory = given.memory_bytes // MEGABYTE
        return f"This takes more than the {memory:,} MB of memory that are allowed for it."
    if any(isinstance(each, OSError) and each.errno == errno.EFBIG for each in chain):
        return "This makes a file that is larger than allowed."
    if isinstance(error, StarsieveError):
        return _without_paths(str(error), given)
    return f"This failed for a reason that was not expected ({type(error).__name__})."


def _call(given: Assignment) -> Any:
    module, _, name = given.function.partition(":")
    function = getattr(import_module(module), name)
    with contextlib.ExitStack() as stack:
        extra: dict[str, Any] = {}
        if "archive" in inspect.signature(function).parameters and given.settings is not None:
            opened = Archive.open(given.settings.archive, given.settings.database_url)
            extra["archive"] = stack.enter_context(opened)
        return function(given.options, given.folder, _progress(given.folder / PROGRESS), **extra)


def _progress(path: Path) -> Progress:
    last = 0.0

    def progress(done: int, total: int, what: str = "") -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            write_json(path, {"done": int(done), "total": int(total), "what": str(what)})

    return progress


def _write_to(log: Path) -> None:
    """Let everything that is printed, also by libraries in C, go into a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_of_memory(error: BaseException) -> bool:
    """Return whether torch, which has no error of its own for it, could not get memory."""
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def _without_paths(text: str, given: Assignment) -> str:
    text = text.replace(f"{given.folder}{os.sep}", "").replace(str(given.folder), "here")
    if given.settings is not None:
        text = text.replace(str(Path(given.settings.archive).absolute()), "the archive")
    return text
