"""Separation of star and air from files, and from a collection of the archive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.errors import DataError, Failure, StarsieveError
from starsieve.readers import Hints, read
from starsieve.representations.exposures import Exposure, make_exposure, read_table
from starsieve.representations.separation import Separation
from starsieve.representations.separation import separate as tell_apart
from starsieve.representations.separation_bands import Range
from starsieve.representations.separation_lines import read_lines
from starsieve.representations.separation_recipe import SeparateRecipe
from starsieve.representations.separation_results import Separated, score, write_corrected

Progress = Callable[[int, int, str], None]
Rows = Mapping[str, Mapping[str, str]]


def separate(
    items: Sequence[str | Path | Spectrum],
    *,
    ranges: Sequence[Range] = (),
    table: str | Path | None = None,
    lines: str | Path | None = None,
    progress: Progress | None = None,
) -> Separated:
    """Tell the lines of the Earth's air from those of stars, in several exposures of each.

    Parameters
    ----------
    items : sequence of path or Spectrum
        What can't be read or lacks the Earth's velocity is among the failures.
    ranges : sequence of pairs, optional
        Vacuum micron; by default where oxygen and water absorb.
    table : path, optional
        CSV with what headers lack: ``file``, ``berv_km_s``, ``airmass``, ``relative_humidity``.
    lines : path, optional
        CSV of lines to score; those found by default.
    progress : callable, optional

    Returns
    -------
    Separated
        Corrected spectra, learnt spectra of the air, amplitudes, scores.

    Raises
    ------
    FileError
        If the table or the list of lines can't be read.
    DataError
        If star and air can't be told apart with these.
    """
    recipe = SeparateRecipe(
        collection="files",
        ranges=tuple(ranges),
        table="" if table is None else str(table),
        lines="" if lines is None else str(lines),
    )
    rows = read_table(recipe.table) if recipe.table else {}
    exposures: list[Exposure] = []
    failures: list[Failure] = []
    for number, item in enumerate(items):
        if isinstance(item, Spectrum):
            name = str(item.meta.get("file") or f"spectrum {number}")
            _try_exposure(item, name, "", rows.get(Path(name).name), exposures, failures)
        else:
            read_now, failed = read_exposures([Path(item)], rows)
            exposures += read_now
            failures += failed
    return separate_exposures(exposures, recipe, failures, progress)


def read_exposures(
    files: Sequence[Path],
    rows: Rows | None = None,
    hints: Hints | None = None,
    progress: Progress | None = None,
) -> tuple[list[Exposure], list[Failure]]:
    """Read exposures from files; what can't be used is told, and the others go on.

    Parameters
    ----------
    files : sequence of Path
    rows : mapping of file name to mapping, optional
        See `starsieve.representations.exposures.read_table`.
    hints : Hints, optional
        What the files don't say.
    progress : callable, optional
    """
    exposures, failures = [], []
    for number, file in enumerate(files):
        if progress:
            progress(number, len(files), "reading")
        try:
            spectrum = read(file, hints or Hints()).spectrum
            exposures.append(make_exposure(spectrum, str(file), (rows or {}).get(file.name)))
        except StarsieveError as error:
            failures.append(Failure(str(file), str(error)))
    return exposures, failures


def separate_files(
    files: Sequence[Path],
    recipe: SeparateRecipe | None = None,
    hints: Hints | None = None,
    progress: Progress | None = None,
) -> Separated:
    """Tell star from air in files of exposures.

    Parameters
    ----------
    files : sequence of Path
    recipe : SeparateRecipe, optional
        Its collection does not count.
    hints : Hints, optional
    progress : callable, optional

    Raises
    ------
    FileError
        If the table or the list of lines can't be read.
    DataError
        If star and air can't be told apart with these.
    """
    recipe = recipe or SeparateRecipe(collection="files")
    rows = read_table(recipe.table) if recipe.table else None
    exposures, failures = read_exposures(files, rows, hints, progress)
    return separate_exposures(exposures, recipe, failures, progress)


def separate_exposures(
    exposures: Sequence[Exposure],
    recipe: SeparateRecipe,
    failures: Sequence[Failure] = (),
    progress: Progress | None = None,
) -> Separated:
    """Separate, score, and write what the recipe asks for.

    Raises
    ------
    DataError
        If star and air can't be told apart with these.
    """
    lines = read_lines(recipe.lines) if recipe.lines else None
    if not exposures:
        why = failures[0].error if failures else "There are none."
        msg = f"Can't tell star from air: expected exposures of a star, got none to use. {why}"
        raise DataError(msg)
    separation = tell_apart(exposures, recipe.ranges, progress, recipe.turns)
    separated = score(_with_failures(separation, failures), lines)
    if recipe.folder:
        write_corrected(separated, Path(recipe.folder))
    if recipe.report:
        from starsieve.representations.separation_report import write_separation

        write_separation(separated, Path(recipe.report))
    return separated


def _with_failures(separation: Separation, failures: Sequence[Failure]) -> Separation:
    return replace(separation, failures=(*failures, *separation.failures))


def separate_collection(
    recipe: SeparateRecipe, archive: Archive, progress: Progress | None = None
) -> dict[str, Any]:
    """Tell stars from air in a collection; each star has its template, all share the air's.

    Returns
    -------
    dict
        The summary, a record of each exposure, and what failed.
    """
    rows = read_table(recipe.table) if recipe.table else {}
    infos = archive.spectra.table(recipe.collection)
    spectra = archive.spectra.read([info.id for info in infos])
    exposures: list[Exposure] = []
    failures: list[Failure] = []
    for info, spectrum in zip(infos, spectra, strict=True):
        name = info.file or f"spectrum {info.id}"
        star = str(info.object or f"star of spectrum {info.id}")
        _try_exposure(spectrum, name, star, rows.get(Path(name).name), exposures, failures)
    separated = separate_exposures(exposures, recipe, failures, progress)
    return separated.to_record() | {
        "exposures": separated.exposure_records(),
        "failed": [each.to_record() for each in separated.separation.failures],
    }


def _try_exposure(
    spectrum: Spectrum,
    name: str,
    star: str,
    row: Mapping[str, str] | None,
    exposures: list[Exposure],
    failures: list[Failure],
) -> None:
    try:
        exposures.append(make_exposure(spectrum, name, row, star))
    except StarsieveError as error:
        failures.append(Failure(name, str(error)))
