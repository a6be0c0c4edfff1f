"""``starsieve evaluate --grid``: what a model grid can teach, and what it can't."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from starsieve.cli.options import archive_if_there, get_settings
from starsieve.cli.output import hint, say, show_progress, write_record, write_text

if TYPE_CHECKING:
    from starsieve.data import SpectrumSet


def evaluate_grid(
    grid: str,
    snr: float,
    absolute: bool,
    report: Path | None,
    seed: int,
    archive: Path | None,
    as_json: bool,
) -> None:
    """Check a model grid in a file, or a gridded collection of the archive."""
    from starsieve.atmospheres.grids import check_grid

    name, spectra, assumed = read_grid(grid, archive)
    with show_progress("checking") as progress:
        check = check_grid(
            spectra, name=name, snr=snr, scale_free=not absolute, seed=seed, progress=progress
        )
    if as_json:
        write_record(check.to_record() | {"assumed": list(assumed)})
    else:
        write_text("\n".join([str(check), *(f"assumed: {line}" for line in assumed)]))
    if report is not None:
        from starsieve.atmospheres.grids.report import write_grid_report

        say(f"report: {write_grid_report(check, report, spectra)}")
    else:
        hint(f"starsieve evaluate --grid {grid} --report report/")


def read_grid(grid: str, archive: Path | None) -> tuple[str, "SpectrumSet", tuple[str, ...]]:
    """Return a grid, its name and what was assumed: of a file, or else of a collection.

    Raises
    ------
    FileError
        If there is neither.
    DataError
        If what is there is no model grid.
    """
    from starsieve.data import SpectrumSet
    from starsieve.errors import DataError, FileError
    from starsieve.readers import read

    path = Path(grid)
    if not path.exists():
        found = _collection(grid, archive)
        if found is None:
            msg = f"{grid}: there is no such file, and no collection of that name in the archive."
            raise FileError(msg)
        return grid, found, ()
    reading = read(path)
    sets = [each for each in reading.contents if isinstance(each, SpectrumSet)]
    if len(sets) != 1 or not sets[0].labels:
        msg = (
            f"{path}: expected a model grid, spectra with labels that share their wavelengths; it "
            f"is read as {reading.kind} ({reading.layout})."
        )
        raise DataError(msg)
    return path.name, sets[0], reading.assumed


def _collection(name: str, archive: Path | None) -> "SpectrumSet | None":
    """Return a gridded collection; None if there is no archive, or none of that name in it."""
    with archive_if_there(archive) as store:
        if store is None or name not in store.collections.names():
            return None
        kind = store.collections.kind(name)
        if kind != "grid":
            folder = get_settings(archive).archive
            msg = (
                f"--grid {name}: the collection in {folder} holds {kind}, each on a wavelength "
                "grid of its own; expected a model grid."
            )
            raise typer.BadParameter(msg)
        return store.spectra.read_grid(name)
