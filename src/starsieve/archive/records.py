"""What the archive gives back: small frozen records, never rows of a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["spectra", "grid", "light curves"]
"""Of a collection: ragged spectra as read, spectra on one grid, or light curves as read."""

RunStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection: its kind, where it comes from, and how much is in it.

    `parent` and `recipe` say what a gridded collection was derived from and how; `n_pixels`,
    `flux_unit`, `resolution` and `meta` are shared by all spectra of a gridded one.
    """

    name: str
    kind: Kind
    n_items: int
    parent: str | None
    recipe: Mapping[str, Any] | None
    n_pixels: int | None
    flux_unit: str | None
    resolution: float | None
    meta: Mapping[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was offered to a collection, known by the SHA-256 of its bytes."""

    path: str
    sha256: str | None
    size: int | None
    layout: str = ""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What became of a file: `outcome` is ``kept`` or ``refused``, the latter with a reason."""

    path: str
    sha256: str | None
    size: int | None
    layout: str
    outcome: Literal["kept", "refused"]
    reason: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class SpectrumInfo:
    """All about a stored spectrum but its pixels.

    `parent` is the spectrum that a gridded one was derived from, `file` the path as it was given.
    """

    id: int
    collection: str
    object: str
    target: int | None
    n_pixels: int
    flux_unit: str
    medium: str
    frame: str
    resolution: float | None
    has_sigma: bool
    parent: int | None
    file: str | None
    file_hash: str | None
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LightCurveInfo:
    """All about a stored light curve but its cadences."""

    id: int
    collection: str
    object: str
    target: int | None
    n_cadences: int
    flux_unit: str
    file: str | None
    file_hash: str | None
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A star: a name, a position (ICRS, degree) and catalogue numbers, as far as they are known."""

    name: str
    ra: float | None = None
    dec: float | None = None
    tic: int | None = None
    gaia: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A known parameter of a spectrum or of a target (exactly one of them), and who says so."""

    name: str
    value: float
    error: float | None = None
    unit: str = ""
    origin: str = ""
    spectrum: int | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """What a model says about a spectrum.

    `parameters` maps a name to median, mean, std, q025, q16, q84, q975 and unit.
    """

    spectrum: int
    parameters: Mapping[str, Mapping[str, Any]]
    in_distribution: bool | None = None
    ood_score: float | None = None
    chi2_reduced: float | None = None
    warnings: tuple[str, ...] = ()
    model: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the archive keeps."""

    name: str
    card_hash: str
    created: datetime


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One execution of a task: what was asked, how it went, what it made. Times are in UTC."""

    number: int
    task: str
    recipe: Mapping[str, Any]
    status: RunStatus
    seed: int | None
    versions: Mapping[str, str]
    done: int | None
    total: int | None
    result: Mapping[str, Any] | None
    error: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    heartbeat: datetime | None
    host: str | None
    pid: int | None


@dataclass(frozen=True, slots=True)
class ArchiveInfo:
    """What is in an archive, and how large it is."""

    root: str
    catalogue: str
    schema_version: str
    collections: tuple[CollectionInfo, ...]
    n_spectra: int
    n_light_curves: int
    n_targets: int
    n_labels: int
    n_predictions: int
    models: tuple[str, ...]
    runs: Mapping[str, int] = field(default_factory=dict)
    n_bytes: int = 0
