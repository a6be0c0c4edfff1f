"""The brown dwarfs' part of the demonstration: from the library's files to parameters and pages."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from starsieve.archive import Archive, LabelRow
from starsieve.atmospheres.infer import infer_observed
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.models import OF_ONE_GRID, PosteriorModel, load_model, of_one_grid
from starsieve.atmospheres.opening import Observed
from starsieve.atmospheres.report import write_index, write_object_page
from starsieve.atmospheres.stored import prediction_row
from starsieve.compute import map_items
from starsieve.data import Spectrum
from starsieve.data.synthetic import observe
from starsieve.errors import Failure, SourceError
from starsieve.ingest import ingest
from starsieve.settings import Settings
from starsieve.sources import spex

LIBRARY, SIMULATED = "spex", "simulated"
"""Collections of the archive that the demonstration fills."""

N_SIMULATED = 100
N_PAGES = 250
"""A page takes half a second: more of them would make the demonstration long."""

DRAWS = 1000
SEED = 0

Progress = Callable[[int, int, str], None]
Numbered = list[tuple[int, Observed]]
"""Spectra with their numbers in the archive."""


@dataclass(frozen=True, slots=True)
class BrownDwarfs:
    """What the demonstration made of spectra.

    Parameters
    ----------
    title : str
        What the objects are.
    results : Inferences
        The parameters, and the spectra that there are none of.
    n_pages : int
        Objects that have a page.
    index : Path
        The page to look at.
    remarks : tuple of str
        What whoever looks at it must know: above all, whether the spectra are simulated.
    """

    title: str
    results: Inferences
    n_pages: int
    index: Path
    remarks: tuple[str, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Spectra that nothing could be made of."""
        return self.results.failures

    @property
    def n_done(self) -> int:
        """Objects with parameters."""
        return len(self.results)

    def __str__(self) -> str:
        n_known = sum(result.in_distribution for result in self.results)
        return (
            f"{len(self.results)} objects, {n_known} of them like the model's grid; pages for "
            f"{self.n_pages}."
        )


@dataclass(frozen=True, slots=True)
class Brought:
    """Spectra that are in the archive now.

    Parameters
    ----------
    title : str
        What they are.
    collection : str
    numbered : list of (int, Observed)
        The chosen ones, in the order of spectral types.
    names : mapping of int to str
        What spectra are of, by their numbers in the archive, where the library's tables know it.
    remarks : tuple of str
    """

    title: str
    collection: str
    numbered: Numbered
    names: Mapping[int, str]
    remarks: tuple[str, ...] = ()


def infer_brown_dwarfs(
    archive: Archive,
    settings: Settings,
    folder: Path,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> BrownDwarfs:
    """Infer the parameters of the library's L and T dwarfs and write a page for each.

    Parameters
    ----------
    archive, settings, progress
        As those of `starsieve.demo.run_demo`.
    folder : Path
        Where the pages go.
    limit : int, optional
        No more objects than that. Without it, the parameters of all are kept in the archive, and
        `N_PAGES` of them, of all types, get a page.

    Raises
    ------
    SourceError
        If a file of the library is not as it was published.
    ArchiveError, FileError
        If the archive or the folder can't be written to.
    """
    model = load_model()
    brought = bring_brown_dwarfs(archive, settings, limit=limit, progress=progress)
    numbered = brought.numbered
    results = infer_observed(model, [each for _, each in numbered], DRAWS, SEED, progress)
    numbers = {each.file: number for number, each in numbered}
    stored = [prediction_row(numbers[each.file], each) for each in results]
    archive.predictions.add(model.name, None, stored)
    rows_shown = spread(len(results), N_PAGES if limit is None else limit)
    shown = [results[row] for row in rows_shown]
    pages = dict(zip(rows_shown, _write_pages(shown, folder, settings, progress), strict=True))
    links = [pages.get(row) for row in range(len(results))]
    index = write_index(results, links, folder, title=brought.title)
    return BrownDwarfs(brought.title, results, len(pages), index, brought.remarks)


def bring_brown_dwarfs(
    archive: Archive,
    settings: Settings,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Brought:
    """Bring the library's spectra into the archive, or simulated ones where it can't be had.

    Raises
    ------
    SourceError
        If a file of the library is not as it was published.
    """
    try:
        spex.find_library()
    except SourceError as error:
        remarks = (f"{error}", "The spectra here are simulated, from the model's own grid.")
        numbered = _simulate(archive, of_one_grid(load_model(OF_ONE_GRID)), limit or N_SIMULATED)
        return Brought("Simulated brown dwarfs", SIMULATED, numbered, {}, remarks)
    numbered = _bring_library(archive, settings, limit, progress)
    entries = {entry.sha256: entry for entry in spex.list_spectra()}
    names = {
        info.id: _name(entries[info.file_hash])
        for info in archive.spectra.table(LIBRARY)
        if info.file_hash in entries
    }
    return Brought("L and T dwarfs of the SpeX Prism Library", LIBRARY, numbered, names)


def choose(entries: Iterable[spex.SpexEntry], limit: int | None) -> list[spex.SpexEntry]:
    """Return the best spectrum of each single object, in the order of spectral types.

    A limit is met by taking the best object of each type first, then the second best, and so on.
    """
    best: dict[str, spex.SpexEntry] = {}
    for entry in sorted(entries, key=lambda entry: -(entry.snr or 0.0)):
        if not entry.binary:
            best.setdefault(entry.source_key, entry)
    by_type: defaultdict[int, list[spex.SpexEntry]] = defaultdict(list)
    for entry in best.values():
        by_type[int(entry.subtype)].append(entry)
    ranked = [(rank, entry) for found in by_type.values() for rank, entry in enumerate(found)]
    ranked.sort(key=lambda pair: (pair[0], pair[1].subtype))
    return sorted((entry for _, entry in ranked[:limit]), key=lambda entry: entry.subtype)


def spread(n_objects: int, number: int) -> list[int]:
    """Return the rows of no more than `number` objects, evenly from first to last."""
    return [round(row) for row in np.linspace(0, n_objects - 1, min(number, n_objects))]


def _bring_library(
    archive: Archive, settings: Settings, limit: int | None, progress: Progress | None
) -> Numbered:
    """Bring the library's files into the archive, and return the chosen spectra from there."""
    chosen = choose(spex.list_spectra("LT"), limit)
    wanted = spex.list_spectra() if limit is None else chosen
    spex.verify(wanted)
    paths, known = [e.path for e in wanted], spex.describe(wanted)
    ingest(paths, LIBRARY, archive, settings, progress=progress, known=known)
    # Of a file with several apertures the first: the table is in the order of ingest.
    stored = {info.file_hash: info for info in reversed(archive.spectra.table(LIBRARY))}
    found = [(entry, stored[entry.sha256]) for entry in chosen if entry.sha256 in stored]
    spectra = archive.spectra.read([info.id for _, info in found])
    return [
        (info.id, Observed(_named(spectrum, entry), info.file or "", info.file_hash or ""))
        for (entry, info), spectrum in zip(found, spectra, strict=True)
    ]


def _named(spectrum: Spectrum, entry: spex.SpexEntry) -> Spectrum:
    """Return a spectrum with what the library's tables know: many files name no object."""
    known = {
        "object": _name(entry),
        "spectral_type": entry.spectral_type,
        "reference": entry.reference,
    }
    return replace(spectrum, meta={**spectrum.meta, **known})


def _name(entry: spex.SpexEntry) -> str:
    return f"{entry.name} ({entry.spectral_type})" if entry.spectral_type else entry.name


def _simulate(archive: Archive, model: PosteriorModel, number: int) -> Numbered:
    """Return simulated observations from the archive, once they are there."""
    if SIMULATED not in archive.collections.names():
        spectra, labels = make_observations(model, N_SIMULATED)
        ids = archive.spectra.add(spectra, SIMULATED)
        archive.labels.add(
            LabelRow(name, value, origin="simulated", spectrum=spectrum)
            for spectrum, truth in zip(ids, labels, strict=True)
            for name, value in truth.items()
        )
    ids = [info.id for info in archive.spectra.table(SIMULATED)][:number]
    spectra = archive.spectra.read(ids)
    return [
        (i, Observed(spectrum, str(spectrum.meta["object"])))
        for i, spectrum in zip(ids, spectra, strict=True)
    ]


def make_observations(
    model: PosteriorModel, number: int, seed: int = SEED
) -> tuple[list[Spectrum], list[dict[str, float]]]:
    """Return noisy observations of a model's grid, and the parameters behind them."""
    rng = np.random.default_rng(seed)
    grid = model.grid
    low = [nodes[0] for nodes in grid.nodes]
    high = [nodes[-1] for nodes in grid.nodes]
    parameters = rng.uniform(low, high, (number, len(low)))
    snrs = np.exp(rng.uniform(np.log(20.0), np.log(200.0), number))
    labels = [dict(zip(grid.names, row.tolist(), strict=True)) for row in parameters]
    spectra = []
    for row, flux in enumerate(grid(parameters)):
        name = f"simulated {row + 1:03d}"
        clean = Spectrum(grid.wave, flux, resolution=model.card.resolution, meta={"object": name})
        spectra.append(observe(clean, float(snrs[row]), seed=seed + row))
    return spectra, labels


def _write_pages(
    results: Sequence[Inference], folder: Path, settings: Settings, progress: Progress | None
) -> list[Path]:
    pages = []
    for page in map_items(partial(_write_page, folder=folder), results, settings):
        pages.append(page)
        if progress is not None:
            progress(len(pages), len(results), "writing pages")
    return pages


def _write_page(result: Inference, folder: Path) -> Path:
    return write_object_page(result, folder)
