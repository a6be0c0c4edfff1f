"""The demonstration: the whole path on real brown dwarfs and stars, from files to pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from starsieve.archive import Archive
from starsieve.demo.brown_dwarfs import BrownDwarfs, infer_brown_dwarfs
from starsieve.demo.likeness import Likeness, find_likenesses
from starsieve.demo.planets import Planets, vet_planets
from starsieve.reports import Link, Notice, Page, Section, Table, Text, write_page
from starsieve.settings import Settings

Subject = Literal["brown-dwarfs", "likeness", "planets"]
Part = BrownDwarfs | Likeness | Planets

SUBJECTS: tuple[Subject, ...] = get_args(Subject)

INDEX = "index.html"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration made.

    Parameters
    ----------
    brown_dwarfs : BrownDwarfs, optional
    likeness : Likeness, optional
    planets : Planets, optional
        None: this part was left out.
    index : Path
        The page to look at.
    """

    brown_dwarfs: BrownDwarfs | None
    likeness: Likeness | None
    planets: Planets | None
    index: Path

    @property
    def parts(self) -> list[Part]:
        """What was made, in the order in which it was."""
        return [
            part for part in (self.brown_dwarfs, self.likeness, self.planets) if part is not None
        ]


def run_demo(
    archive: Archive,
    settings: Settings,
    folder: Path,
    *,
    subjects: Sequence[Subject] = SUBJECTS,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Demonstration:
    """Infer parameters of brown dwarfs, vet stars, and write pages of both.

    Can be repeated: what the archive holds is not brought again, and the same numbers and pages
    come out. After an interruption, do the same again.

    Parameters
    ----------
    archive : Archive
    settings : Settings
        Says how many processes work, and where fetched files are kept.
    folder : Path
        Where the pages go, each subject's in a folder of its own.
    subjects : sequence of {"brown-dwarfs", "likeness", "planets"}
        Parts to show.
    limit : int, optional
        No more objects in each than that.
    progress : callable, optional
        Called as ``progress(done, total, what)``.

    Raises
    ------
    SourceError
        If a file of the SpeX library is not as it was published.
    ArchiveError, FileError
        If the archive or the folder can't be written to.
    """
    brown_dwarfs = likeness = planets = None
    if "brown-dwarfs" in subjects:
        brown_dwarfs = infer_brown_dwarfs(
            archive, settings, folder / "brown-dwarfs", limit=limit, progress=progress
        )
    if "likeness" in subjects:
        likeness = find_likenesses(
            archive, settings, folder / "likeness", limit=limit, progress=progress
        )
    if "planets" in subjects:
        planets = vet_planets(archive, settings, folder / "planets", limit=limit, progress=progress)
    made = Demonstration(brown_dwarfs, likeness, planets, folder / INDEX)
    write_page(
        Page("What starsieve does", [_section(part, folder) for part in made.parts]), made.index
    )
    return made


def _section(part: Part, folder: Path) -> Section:
    """Return what leads to the pages of one part, with what must be known of it."""
    notices = [Notice(remark) for remark in part.remarks]
    link = Link("Look at them", part.index.relative_to(folder).as_posix())
    return Section(part.title, [*notices, Text(str(part)), Table(("Pages",), [[link]])])
