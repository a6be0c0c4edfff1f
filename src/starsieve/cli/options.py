"""Options that several verbs share, and what to do with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from starsieve.archive import Archive
    from starsieve.settings import Settings

ArchivePath = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="PATH",
        readable=False,  # opening it says more than the parser of options could
        help="The archive's folder. [env: STARSIEVE_ARCHIVE; default: starsieve-archive]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same numbers.")]
Draws = Annotated[int, typer.Option("--draws", min=1, help="Draws from each posterior.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A model by name or folder. [default: the shipped one]",
        show_default=False,
    ),
]
ReportFolder = Annotated[
    Path | None,
    typer.Option("--report", metavar="DIR", help="Write pages there.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes that read files. [env: STARSIEVE_WORKERS; default: 1]",
        show_default=False,
    ),
]


def get_settings(archive: Path | None = None, workers: int | None = None) -> "Settings":
    """Read the settings from the environment; what was given on the command line wins."""
    from starsieve.settings import Settings  # pydantic is too slow for --help

    settings = Settings.from_environment()
    if archive is not None:
        settings = settings.model_copy(update={"archive": archive})
    if workers is not None:
        engine = "processes" if workers > 1 else "serial"
        settings = settings.model_copy(update={"workers": workers, "engine": engine})
    return settings


@contextmanager
def archive_if_there(path: Path | None) -> Iterator["Archive | None"]:
    """Open the archive, or give None if nobody named one and there is none.

    For verbs that find a model in an archive, too, and need none.

    Raises
    ------
    ArchiveError
        If an archive was named, by an option or a variable, and is not there.
    """
    settings = get_settings(path)
    named = "archive" in settings.model_fields_set
    if not named and not settings.archive.is_dir():
        yield None
        return
    from starsieve.archive import Archive

    with Archive.open(settings.archive, settings.database_url) as store:
        yield store
