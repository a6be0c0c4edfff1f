"""The likenesses' part of the demonstration: which spectra are alike, and which like no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.demo.brown_dwarfs import bring_brown_dwarfs, spread
from starsieve.errors import Failure
from starsieve.jobs import run_task
from starsieve.reports import Cell, Link, Page, Section, Table, Text, draw_thumbnail, write_page
from starsieve.representations.outliers import FEWEST
from starsieve.representations.outliers_report import write_outliers
from starsieve.representations.service_recipes import OutliersRecipe
from starsieve.representations.similar_report import write_similar
from starsieve.representations.similar_result import Similar
from starsieve.representations.similarity import similar
from starsieve.settings import Settings

TITLE = "Which spectra are alike"
MODEL = "spex-prism"
N_QUERIES = 12
"""Objects, of all types, whose likes are shown."""

N_NEIGHBOURS = 5

FEWEST_EXPLAINED = 200
"""Spectra; what fewer tell of labels would be noise."""

_EXPLANATION = (
    "Each spectrum is described by a few numbers, learnt from the spectra alone; those nearest by "
    "these numbers are compared as spectra."
)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the demonstration found alike.

    Parameters
    ----------
    title : str
    answers : sequence of Similar
    n_encoded : int
        Spectra that were compared by their latents.
    failures : tuple of Failure
        Spectra that have no latents, and why.
    index : Path
        The page to look at.
    remarks : tuple of str
    """

    title: str
    answers: Sequence[Similar]
    n_encoded: int
    failures: tuple[Failure, ...]
    index: Path
    remarks: tuple[str, ...]

    @property
    def n_done(self) -> int:
        """Spectra with latents."""
        return self.n_encoded

    def __str__(self) -> str:
        return (
            f"{self.n_encoded} spectra encoded; what is most like {len(self.answers)} of them, and "
            "what is like none."
        )


def find_likenesses(
    archive: Archive,
    settings: Settings,
    folder: Path,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Likeness:
    """Encode the library's spectra, find the likes of some, list those unlike all, write pages.

    Parameters
    ----------
    archive, settings, progress
        As those of `starsieve.demo.run_demo`.
    folder : Path
        Where the pages go.
    limit : int, optional
        The likes of no more objects than that; they are looked for among all.

    Raises
    ------
    ArchiveError, FileError
        If the archive or the folder can't be written to.
    """
    brought = bring_brown_dwarfs(archive, settings, progress=progress)
    collection = brought.collection
    recipe = {"collection": collection, "model": MODEL}
    encoded = run_task("representations.encode", recipe, archive, progress)
    known = set(archive.embeddings.read(collection, MODEL).ids.tolist())
    if len(known) >= FEWEST_EXPLAINED:
        _explain(collection, archive, progress)
    rows = [each for each in brought.numbered if each[0] in known]
    chosen = [rows[row] for row in spread(len(rows), min(N_QUERIES, limit or N_QUERIES))]
    answers: list[Similar] = []
    cells: list[list[Cell]] = []
    for number, observed in chosen:
        answer = similar(number, collection, archive=archive, model=MODEL, k=N_NEIGHBOURS)
        page = write_similar(answer, folder / str(number)).relative_to(folder)
        answers.append(answer)
        cells.append(_row(observed.spectrum, answer, page, brought.names))
        if progress is not None:
            progress(len(answers), len(chosen), "finding likes")
    unlike = None
    if len(known) >= FEWEST:
        outliers = OutliersRecipe(collection=collection, model=MODEL)
        unlike = write_outliers(outliers, archive, folder / "outliers").relative_to(folder)
    return Likeness(
        title=TITLE,
        answers=answers,
        n_encoded=encoded["n_encoded"] + encoded["n_left_out"],
        failures=tuple(Failure(each["file"], each["error"]) for each in encoded["failed"]),
        index=_write_index(cells, unlike, folder),
        remarks=brought.remarks,
    )


def _explain(collection: str, archive: Archive, progress: Progress | None) -> None:
    """Find out what the latents tell of the library's labels, unless that has been done."""
    task = "representations.disentangle"
    done = any(run.task == task and run.status == "done" for run in archive.runs.list())
    names = {row.name for row in archive.labels.read(collection)}
    if names and not done:
        run_task(task, {"collection": collection, "models": [MODEL]}, archive, progress)


def _row(spectrum: Spectrum, answer: Similar, page: Path, names: Mapping[int, str]) -> list[Cell]:
    name = str(spectrum.meta.get("object") or answer.query)
    likes = ", ".join(names.get(each.id, each.title) for each in answer)
    return [Link(name, page.as_posix()), draw_thumbnail(spectrum.wave, spectrum.flux), likes]


def _write_index(cells: list[list[Cell]], unlike: Path | None, folder: Path) -> Path:
    sections = [
        Section("", [Text(_EXPLANATION), Table(("Object", "Spectrum", "Most like it"), cells)])
    ]
    if unlike is not None:
        link = Link("Spectra unlike all others", unlike.as_posix())
        sections.append(Section("Outliers", [Table(("Page",), [[link]])]))
    return write_page(Page(TITLE, sections), folder / "index.html")
