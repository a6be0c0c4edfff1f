"""What other processes do in tests. Kept light: a process that imports this is soon at work."""

import resource
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

import starsieve.ingest
from starsieve.archive import Archive
from starsieve.data import Embeddings
from starsieve.errors import StarsieveError
from starsieve.settings import Settings

FILES_PER_BATCH = 5


def ingest_folder(
    folder: Path, root: Path, database_url: str | None, collection: str, parent: Connection
) -> None:
    """Say that it begins, ingest a folder in small batches, say how it ended."""
    starsieve.ingest.FILES_AT_A_TIME = FILES_PER_BATCH
    parent.send("begins")
    try:
        with Archive.create(root, database_url) as archive:
            report = starsieve.ingest.ingest([folder], collection, archive, Settings())
        parent.send((report.kept, report.already, len(report.refused)))
    except StarsieveError as error:
        parent.send(str(error))
    except BaseException:
        parent.send(traceback.format_exc())


def ingest_with_little_space(
    folder: Path, root: Path, database_url: str | None, collection: str, parent: Connection
) -> None:
    """Ingest as if no file could grow beyond 300 kB."""
    with Archive.create(root, database_url):
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    ingest_folder(folder, root, database_url, collection, parent)


def latents_of(ids: np.ndarray, training: int) -> np.ndarray:
    """Return latents that tell which spectrum and which training of a model they are of."""
    return (1000.0 * training + ids[:, None] * np.array([1.0, 0.5, 0.25])).astype(np.float32)


def keep_embeddings(
    root: Path, database_url: str | None, training: int, parent: Connection
) -> None:
    """Say that it begins, keep embeddings of all spectra in small batches, say that it is done."""
    parent.send("begins")
    try:
        with Archive.open(root, database_url) as archive:
            ids = np.array(list(archive.spectra.stars("observed")))
            for some in np.array_split(ids, 20):
                columns = {"velocity": some.astype(float)}
                found = Embeddings(latents_of(some, training), some, None, columns, "m", "observed")
                archive.embeddings.add(found, f"training {training}")
        parent.send("done")
    except BaseException:
        parent.send(traceback.format_exc())
