"""The archive: a catalogue in SQL, arrays in Zarr, models in folders."""

from pathlib import Path

from starsieve.archive.archive import Archive, upgrade_archive
from starsieve.archive.check import CheckReport, Problem, check
from starsieve.archive.collections import check_name
from starsieve.archive.records import (
    ArchiveInfo,
    CandidateRow,
    CollectionInfo,
    DispositionRow,
    EmbeddingInfo,
    FileInfo,
    LabelRow,
    LightCurveInfo,
    ModelInfo,
    PredictionRow,
    ProductRow,
    RunInfo,
    ScoreRow,
    SourceFile,
    SpectrumInfo,
    Stored,
    StudyInfo,
    Target,
)
from starsieve.archive.storable import check_storable
from starsieve.archive.summary import summarise
from starsieve.settings import Settings

__all__ = [
    "Archive",
    "ArchiveInfo",
    "CandidateRow",
    "CheckReport",
    "CollectionInfo",
    "DispositionRow",
    "EmbeddingInfo",
    "FileInfo",
    "LabelRow",
    "LightCurveInfo",
    "ModelInfo",
    "PredictionRow",
    "Problem",
    "ProductRow",
    "RunInfo",
    "ScoreRow",
    "SourceFile",
    "SpectrumInfo",
    "Stored",
    "StudyInfo",
    "Target",
    "check",
    "check_name",
    "check_storable",
    "open_archive",
    "summarise",
    "upgrade_archive",
]


def open_archive(path: str | Path | None = None, *, create: bool = False) -> Archive:
    """Open the archive at a path, or the one that the environment names.

    Parameters
    ----------
    path : str or Path, optional
        By default ``STARSIEVE_ARCHIVE``, or ``starsieve-archive`` in the current folder. The
        catalogue is on the server that ``STARSIEVE_DATABASE_URL`` names, if it names one.
    create : bool
        Whether to make the archive if there is none.

    Raises
    ------
    ArchiveError
        If there is no archive, or it can't be opened.
    """
    settings = Settings.from_environment()
    root = settings.archive if path is None else Path(path)
    make = Archive.create if create else Archive.open
    return make(root, settings.database_url)
