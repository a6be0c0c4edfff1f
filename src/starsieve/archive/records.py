"""What the archive gives back: small frozen records, never rows of a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from starsieve.data.ephemeris import Ephemeris

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

    `parent` is the spectrum that a gridded one was derived from, `file` the path as it was given,
    `layout` what was recognised in that file, and `read` when.
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
    layout: str | None = None
    read: datetime | None = None


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
    kic: int | None = None
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

    `parameters` maps a name to median, mean, std, q025, q16, q84, q975 and unit; `grids`, of a
    model of several, the name of each to its weight, its misfit and the medians of its parameters,
    in terms of JSON.
    """

    spectrum: int
    parameters: Mapping[str, Mapping[str, Any]]
    in_distribution: bool | None = None
    ood_score: float | None = None
    chi2_reduced: float | None = None
    warnings: tuple[str, ...] = ()
    model: str = ""
    run: int | None = None
    grids: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A possible planet: on whose list it is or who found it, and its numbers, None if unknown.

    Parameters
    ----------
    origin, name : str
        Known together once in an archive, as ``"TOI"`` and ``"101.01"``, or ``"search"`` and a
        name of your own.
    target : int
        Number of its star in the archive.
    period_days, epoch_btjd, duration_hours, depth_ppm, radius_earth, snr : float, optional
        No period where nobody knows when it recurs; epochs are BJD_TDB - 2457000.
    insolation_earth, teq_k : float, optional
        The planet's insolation over the Earth's, and its equilibrium temperature (K).
    tmag, teff, logg, mh, radius, mass, distance_pc : float, optional
        Of its star, as whoever has it on a list or found it took it: magnitude, K, log cm/s2, dex,
        the Sun's, pc. What catalogues of stars say are labels of the target.
    other : mapping
        Everything else that is known, in terms of JSON.
    announced : datetime, optional
        When its list first had it.
    light_curve, run : int, optional
        What an own search found it in, and the run that did.
    tic, kic : int, optional
        Of its star; what comes from the archive has them.
    """

    origin: str
    name: str
    target: int
    period_days: float | None = None
    period_err_days: float | None = None
    epoch_btjd: float | None = None
    epoch_err_days: float | None = None
    duration_hours: float | None = None
    duration_err_hours: float | None = None
    depth_ppm: float | None = None
    depth_err_ppm: float | None = None
    radius_earth: float | None = None
    radius_err_earth: float | None = None
    insolation_earth: float | None = None
    insolation_err_earth: float | None = None
    teq_k: float | None = None
    teq_err_k: float | None = None
    snr: float | None = None
    tmag: float | None = None
    teff: float | None = None
    logg: float | None = None
    mh: float | None = None
    radius: float | None = None
    mass: float | None = None
    distance_pc: float | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    announced: datetime | None = None
    light_curve: int | None = None
    run: int | None = None
    tic: int | None = None
    kic: int | None = None
    id: int | None = None

    @property
    def ephemeris(self) -> Ephemeris | None:
        """When it transits, or None if epoch or duration is not known."""
        if self.epoch_btjd is None or self.duration_hours is None:
            return None
        return Ephemeris(
            period_days=self.period_days,
            epoch_btjd=self.epoch_btjd,
            duration_hours=self.duration_hours,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of rows that were offered: `ids` and `outcomes` in their order."""

    ids: tuple[int, ...] = ()
    outcomes: tuple[Literal["added", "changed", "unchanged"], ...] = ()

    @property
    def n_added(self) -> int:
        """Rows that were new."""
        return self.outcomes.count("added")

    @property
    def n_changed(self) -> int:
        """Rows of which something was new or different."""
        return self.outcomes.count("changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionRow:
    """What somebody said of a candidate: ``value`` as ``"CP"`` or ``"FP"``, at a date (UTC)."""

    candidate: int
    value: str
    who: str
    date: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """What a model says of a candidate.

    `spread` is the standard deviation of `planet_probability` among the members of an ensemble.
    """

    candidate: int
    planet_probability: float | None
    class_probabilities: Mapping[str, float] = field(default_factory=dict)
    spread: float | None = None
    reasons: tuple[str, ...] = ()
    model: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A file that a remote archive has of a star; `sector` is None where it covers several."""

    target: int
    uri: str
    kind: str
    sector: int | None = None
    tic: int | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the archive keeps."""

    name: str
    card_hash: str
    created: datetime


@dataclass(frozen=True, slots=True)
class EmbeddingInfo:
    """What a model made of a collection: how many latents of how many spectra, and columns."""

    collection: str
    model: str
    model_hash: str
    n_items: int
    n_latents: int
    columns: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One execution of a task: what was asked, how it went, what it made. Times are in UTC.

    `who` asked for it, if that is known. `what` is the part of the work that it is at, `since` and
    `since_done` are when that began and what was done then.
    """

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
    who: str | None = None
    what: str | None = None
    since: datetime | None = None
    since_done: int | None = None


@dataclass(frozen=True, slots=True)
class StudyInfo:
    """A search for the best options of a task's recipe: which, among what, and since when."""

    name: str
    task: str
    recipe: Mapping[str, Any]
    created: datetime


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
    n_embeddings: int
    n_candidates: int
    n_products: int
    models: tuple[str, ...]
    runs: Mapping[str, int] = field(default_factory=dict)
    n_bytes: int = 0
