"""How the web app is served, and the limits that keep one visitor from spoiling it for all."""

import hashlib
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from starsieve.settings import Settings
from starsieve.sources.cache import default_folder

MIB = 1024**2
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class WebOptions(BaseModel):
    """What whoever serves an archive may set.

    Parameters
    ----------
    spool : Path
        Where uploads and other work apart from the archive lie until they are deleted.
    host, port
        Address to listen at; port 0 takes a free one.
    hosts : tuple of str
        Names that requests may be addressed to, beside `host` and the loopback's own.
    processes : int
        Server processes.
    workers : int
        Processes that work off queued runs.
    max_body_bytes : int
        Of a request that is no upload.
    max_upload_bytes, max_unpacked_bytes : int
        Of an upload as it is sent, and after decompression.
    body_seconds, header_seconds : float
        Within which a request's body and its headers must have come.
    request_seconds : float
        Within which an answer must have begun.
    concurrency : int
        Requests that a process answers at once.
    max_rows : int
        Of a table that is exported.
    errands, waiting : int
        Pieces of work apart from the archive that run at once, and that may wait.
    upload_seconds, upload_memory_bytes
        Limits of each of them.
    keep_hours : float
        After which they are deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    spool: Path
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    processes: int = Field(default=1, ge=1, le=64)
    workers: int = Field(default=1, ge=0, le=64)
    max_body_bytes: int = Field(default=1 * MIB, ge=1)
    max_upload_bytes: int = Field(default=64 * MIB, ge=1)
    max_unpacked_bytes: int = Field(default=512 * MIB, ge=1)
    body_seconds: float = Field(default=60.0, gt=0)
    header_seconds: float = Field(default=10.0, gt=0)
    request_seconds: float = Field(default=30.0, gt=0)
    concurrency: int = Field(default=64, ge=1)
    max_rows: int = Field(default=200_000, ge=1)
    errands: int = Field(default=2, ge=1)
    waiting: int = Field(default=50, ge=1)
    upload_seconds: float = Field(default=180.0, gt=0)
    upload_memory_bytes: int = Field(default=4096 * MIB, ge=256 * MIB)
    keep_hours: float = Field(default=24.0, gt=0)

    @classmethod
    def for_archive(cls, root: Path, settings: Settings | None = None, **given: object) -> Self:
        """Return options whose spool is the archive's own, in the cache folder of this machine."""
        cache = (settings.cache if settings else None) or default_folder()
        name = hashlib.sha256(str(Path(root).absolute()).encode()).hexdigest()[:16]
        return cls.model_validate({"spool": Path(cache) / "web" / name, **given})

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the app."""
        return self.host in LOOPBACK
