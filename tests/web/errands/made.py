"""Errands of all sorts, good ones and bad ones."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.archive import Archive
from starsieve.errors import DataError
from starsieve.web.errands.work import Progress

Options = dict[str, Any]


def add(options: Options, folder: Path, progress: Progress) -> Options:
    with (folder / "begun.txt").open("a") as stream:
        stream.write("x")
    progress(1, 2, "adding")
    return {"sum": sum(options["numbers"]), "not a number": float("nan"), "niceness": os.nice(0)}


def count_bytes(options: Options, folder: Path, progress: Progress) -> Options:
    return {"n": len((folder / options["file"]).read_bytes()), "name": options["file"]}


def count_collections(
    options: Options, folder: Path, progress: Progress, archive: Archive
) -> Options:
    return {"n": len(archive.collections.list())}


def take_memory(options: Options, folder: Path, progress: Progress) -> Options:
    kept = [np.ones(2**27, np.uint8) for _ in range(100)]
    return {"n": len(kept)}


def loop_for_ever(options: Options, folder: Path, progress: Progress) -> Options:
    n = 0
    while True:
        n += 1


def sleep(options: Options, folder: Path, progress: Progress) -> Options:
    with (folder / "begun.txt").open("a") as stream:
        stream.write("x")
    (folder / "pid").write_text(str(os.getpid()))
    (folder / "pid").rename(folder / "pid.txt")
    begun = time.time()
    for n in range(int(100 * options["seconds"])):
        progress(n, int(100 * options["seconds"]), "sleeping")
        time.sleep(0.01)
    return {"begun": begun, "ended": time.time()}


def crash(options: Options, folder: Path, progress: Progress) -> Options:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def fill_the_disk(options: Options, folder: Path, progress: Progress) -> Options:
    with (folder / "big").open("wb") as stream:
        stream.truncate(2**40)
    return {}


def refuse(options: Options, folder: Path, progress: Progress) -> Options:
    msg = f"{folder}/a.fits: expected a spectrum, got a cat."
    raise DataError(msg)


def surprise(options: Options, folder: Path, progress: Progress) -> Options:
    msg = f"secret of {folder}"
    raise ZeroDivisionError(msg)


KINDS = {
    function.__name__: f"{__name__}:{function.__name__}"
    for function in (
        add,
        count_bytes,
        count_collections,
        take_memory,
        loop_for_ever,
        sleep,
        crash,
        fill_the_disk,
        refuse,
        surprise,
    )
}
