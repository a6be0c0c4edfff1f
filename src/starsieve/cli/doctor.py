"""``starsieve doctor``: what is installed and reachable."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import typer

from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import say, write_record, write_table
from starsieve.errors import SourceError, StarsieveError

PACKAGES = ("torch", "zuko", "optuna", "numpy", "scipy", "astropy", "sqlalchemy", "zarr", "typer")
EXTRAS = ("specutils", "lightkurve", "pandas", "psycopg")
LEAST_FREE = 1.0
"""GB below which an archive or a training may not fit."""

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    what : str
        Name of the thing.
    level : {"ok", "note", "problem"}
        A note is good to know and hinders nothing; a problem hinders work.
    detail : str
        What was found and, for a problem, what to do.
    """

    what: str
    level: Level
    detail: str


def doctor(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """Look at what is installed and reachable, and say what to do about what is not.

    For example:
      starsieve doctor
      starsieve doctor --json | jq 'select(.level == "problem")'

    Exit code 1 if there is a problem. Looks only; makes and changes nothing.
    """
    findings = list(_look(archive))
    if as_json:
        for finding in findings:
            write_record(asdict(finding))
    else:
        write_table(("what", "", "found"), [(f.what, f.level, f.detail) for f in findings])
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        say(f"{problems} problem{'s' if problems > 1 else ''} found.")
        raise typer.Exit(1)


def _look(archive: Path | None) -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")
    yield Finding("system", "ok", f"{platform.platform()}, {os.cpu_count()} cores")
    for package in ("starsieve", *PACKAGES):
        yield _package(package)
    for package in EXTRAS:
        yield _package(package, optional=True)
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("devices", _devices),
        ("archive", lambda: _archive(archive)),
        ("disk", lambda: _disk(get_settings(archive).archive)),
        ("SpeX library", _spex_library),
        ("shipped models", _shipped_models),
        ("remote archives", _remote_archives),
        ("cache", _cache),
    )
    for what, look in checks:
        try:
            yield look()
        except (StarsieveError, ImportError, OSError) as error:
            yield Finding(what, "problem", str(error))


def _package(name: str, *, optional: bool = False) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        if optional:
            return Finding(name, "note", "not installed; only some conversions need it")
        return Finding(name, "problem", f"not installed: python -m pip install {name}")


def _devices() -> Finding:
    import torch

    found = [f"cpu ({torch.get_num_threads()} threads)"]
    found += [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return Finding("devices", "ok", ", ".join(found))


def _archive(path: Path | None) -> Finding:
    from starsieve.archive import Archive

    settings = get_settings(path)
    kept_in = "PostgreSQL" if settings.database_url else "SQLite"
    if not settings.archive.exists():
        detail = f"none at {settings.archive} yet; ingest, fetch, train and demo make it"
        return Finding("archive", "note", detail)
    with Archive.open(settings.archive, settings.database_url) as store:
        n_collections = len(store.collections.list())
    return Finding(
        "archive", "ok", f"{settings.archive}: {n_collections} collections, catalogue in {kept_in}"
    )


def _disk(path: Path) -> Finding:
    folder = path.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    detail = f"{free:.1f} GB free at {folder}"
    if free < LEAST_FREE:
        return Finding("disk", "problem", f"{detail}; make room, or use --archive elsewhere")
    return Finding("disk", "ok", detail)


def _spex_library() -> Finding:
    from starsieve.sources import spex

    try:
        return Finding("SpeX library", "ok", f"splat {spex.version()}")
    except SourceError as error:
        return Finding("SpeX library", "note", str(error))


def _shipped_models() -> Finding:
    from starsieve.learn.library import find_model, list_models
    from starsieve.learn.model import read_card, read_tensors

    names = [model.name for model in list_models()]
    for folder in map(find_model, names):
        read_tensors(folder, read_card(folder))  # every weight, compared with its hash
    if not names:
        return Finding("shipped models", "problem", "none found: install starsieve anew")
    return Finding("shipped models", "ok", f"{', '.join(names)}: cards and weights are whole")


def _remote_archives() -> Finding:
    from starsieve.sources import exofop, mast, nasa_exoplanet
    from starsieve.sources.reach import reachable

    found = reachable((exofop.EXOFOP, nasa_exoplanet.NASA, mast.MAST))
    away = [name for name, is_there in found.items() if not is_there]
    if away:
        detail = f"not reached: {', '.join(away)}; fetch then needs --offline or --from FILE"
        return Finding("remote archives", "note", detail)
    return Finding("remote archives", "ok", f"{', '.join(found)} can be reached")


def _cache() -> Finding:
    from starsieve.sources.cache import default_folder

    folder = get_settings().cache or default_folder()
    state = "kept here" if folder.is_dir() else "nothing fetched yet"
    return Finding("cache", "ok", f"{folder}: {state}")
