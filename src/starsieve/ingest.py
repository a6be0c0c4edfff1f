"""Files on disk into the archive: the one place where readers and archive meet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from starsieve.archive import Archive, LabelRow, SourceFile, Target, check_name, check_storable
from starsieve.archive.records import Kind
from starsieve.compute import map_items
from starsieve.data import LightCurve, Spectrum, SpectrumSet
from starsieve.data.known import Known
from starsieve.data.labels import get_label
from starsieve.data.validation import Validation, as_light_curves
from starsieve.errors import DataError, FileError, StarsieveError
from starsieve.readers import Hints, read
from starsieve.readers.files import content_hash
from starsieve.readers.raw_flux import read_raw_flux
from starsieve.readers.reader import NO_HINTS, Content
from starsieve.settings import Settings
from starsieve.transforms import Resample

FILES_AT_A_TIME = 512
BYTES_AT_A_TIME = 256_000_000
"""What is read before it is written: bounds the memory taken, and the work that a crash undoes."""

Progress = Callable[[int, int, str], None]
"""Called with the number of files done, of all files, and what is being done."""

Storable = Spectrum | SpectrumSet | LightCurve

_KINDS: dict[str, Kind] = {
    "spectrum": "spectra",
    "model grid": "grid",
    "light curve": "light curves",
    "data validation": "light curves",
}

RAW = "-sap"
"""Ends the name of the collection that keeps the raw fluxes of another one's files."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the files.

    Parameters
    ----------
    kept : int
        Files whose contents were stored.
    already : int
        Files whose contents the collection had.
    refused : tuple of (str, str)
        File and reason.
    ids : tuple of int
        Numbers of the spectra or light curves that were stored.
    """

    kept: int = 0
    already: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    ids: tuple[int, ...] = field(default=(), repr=False)

    def __add__(self, other: "IngestReport") -> "IngestReport":
        return IngestReport(
            self.kept + other.kept,
            self.already + other.already,
            self.refused + other.refused,
            self.ids + other.ids,
        )


def ingest(
    paths: Sequence[Path],
    collection: str,
    archive: Archive,
    settings: Settings,
    *,
    progress: Progress | None = None,
    hints: Hints = NO_HINTS,
    known: Mapping[str, Known] | None = None,
    onto: Resample | None = None,
) -> IngestReport:
    """Bring files into a collection; what it has already, by content, is left alone.

    Files are read by several processes if `settings` says so, and stored in batches, of which each
    is kept whole or not at all: after an interruption, do the same again. A file that can't be
    read, or does not fit the collection, is refused with the reason, and the others go on.

    Parameters
    ----------
    paths : sequence of Path
        Files, and folders of files; of folders everything below is taken but hidden files.
    collection : str
        It is made if there is none of that name. The raw fluxes that stand in files of light
        curves beside the corrected ones go to a collection of the same name and ``-sap``.
    archive : Archive
    settings : Settings
        Says how many processes read.
    progress : callable, optional
        See `Progress`.
    hints : Hints
        What you know better than the files.
    known : mapping of str to Known, optional
        What a catalogue knows of spectra, by the SHA-256 of their files: object and position,
        which make them spectra of a target, more metadata, and labels.
    onto : Resample, optional
        What brings model spectra to the grid of an instrument: as they were computed they often
        have a hundred times more points. Only model grids are changed; anything else is refused.

    Raises
    ------
    FileError
        If there are no files in a folder.
    DataError
        If the collection's name is not one.
    ArchiveError
        If the archive can't be written to, for example because the disk is full. What was stored
        before stays.
    """
    check_name(collection)
    files = find_files(paths)
    report, done = IngestReport(), 0

    def tell(what: str) -> None:
        if progress is not None:
            progress(done, len(files), what)

    for batch in _batches(files):
        tell(batch[0].name)
        new, already = _unknown(batch, archive.source_files.kept(collection), settings)
        done += already
        report += IngestReport(already=already)
        results = []
        for result in map_items(partial(_read, hints=hints, onto=onto), new, settings):
            results.append(_informed(result, known or {}))
            done += 1
            tell(Path(result.source.path).name)
        report += _store(results, collection, archive)
    return report


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return all files that are meant, those of folders in order of their names.

    Raises
    ------
    FileError
        If nothing is given, or a folder holds no files.
    """
    files: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            files[path] = None
            continue
        inside = [p for p in sorted(path.rglob("*")) if _is_visible(p.relative_to(path), p)]
        if not inside:
            msg = f"{path}: no spectra or light curves here, the folder holds no files."
            raise FileError(msg)
        files |= dict.fromkeys(inside)
    if not files:
        msg = "Nothing to ingest: name a file or a folder."
        raise FileError(msg)
    return list(files)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read."""

    source: SourceFile
    kind: Kind
    contents: tuple[Content, ...]
    known: Known | None = None
    raw: tuple[LightCurve, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused:
    """A file that was not, and why."""

    source: SourceFile
    reason: str


def _is_visible(inside: Path, path: Path) -> bool:
    return not any(part.startswith(".") for part in inside.parts) and path.is_file()


def _batches(files: Sequence[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    n_bytes = 0
    for file in files:
        size = _size(file) or 0
        if batch and (len(batch) == FILES_AT_A_TIME or n_bytes + size > BYTES_AT_A_TIME):
            yield batch
            batch, n_bytes = [], 0
        batch.append(file)
        n_bytes += size
    if batch:
        yield batch


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


def _unknown(
    batch: Sequence[Path], known: frozenset[str], settings: Settings
) -> tuple[list[Path], int]:
    """Return the files of a batch that the collection lacks, and how many it has."""
    if not known:
        return list(batch), 0
    hashes = map_items(_hash, batch, settings)
    new = [path for path, sha256 in zip(batch, hashes, strict=True) if sha256 not in known]
    return new, len(batch) - len(new)


def _hash(path: Path) -> str | None:
    try:
        return content_hash(path) if path.is_file() else None
    except OSError:
        return None  # the reader says what is wrong


def _read(path: Path, hints: Hints, onto: Resample | None = None) -> _Read | _Refused:
    try:
        reading = read(path, hints)
        contents = tuple(
            _noted(each, reading.assumed)
            for content in reading.contents
            for each in _kept(_brought(content, onto), path)
        )
        raw = read_raw_flux(path, reading.layout, hints)
        for content in (*contents, *raw):
            check_storable(content)
    except StarsieveError as error:
        reason = str(error).removeprefix(f"{path}: ")
        return _Refused(SourceFile(str(path), _hash(path), _size(path)), reason)
    source = SourceFile(str(path), reading.content_hash, _size(path), reading.layout)
    return _Read(source, _KINDS[reading.kind], contents, raw=raw)


def _brought(content: Content, onto: Resample | None) -> Content:
    """Return model spectra on the grid asked for, if one is."""
    if onto is None:
        return content
    if not isinstance(content, SpectrumSet):
        msg = "is no model grid; observations are kept as they were read, on no other grid."
        raise DataError(msg)
    brought = onto(content)
    if not brought.usable.any(axis=1).all():
        low, high = content.wave[[0, -1]]
        msg = (
            f"covers {low:.4g} to {high:.4g} micron, nothing of the grid asked for, which goes "
            f"from {onto.wave[0]:.4g} to {onto.wave[-1]:.4g}."
        )
        raise DataError(msg)
    return brought


def _kept(content: Content, path: Path) -> Sequence[Storable]:
    """Return what a collection keeps of what was read: of a validation its light curves."""
    if not isinstance(content, Validation):
        return [content]
    if curves := as_light_curves(content):
        return curves
    msg = (
        "holds the tests of a pipeline without its light curves, which are what a collection "
        f"keeps. To see them: starsieve vet {path.name}"
    )
    raise DataError(msg)


def _noted(content: Storable, assumed: Sequence[str]) -> Storable:
    """Return an observation with what was assumed to read it, so that its page can tell."""
    if isinstance(content, SpectrumSet) or not assumed:
        return content
    return replace(content, meta={**content.meta, "assumed": list(assumed)})


def _store(results: Sequence[_Read | _Refused], collection: str, archive: Archive) -> IngestReport:
    """Store what was read of a batch of files, and record what was refused."""
    refused = [result for result in results if isinstance(result, _Refused)]
    # The same content under two names is one file.
    found = {result.source.sha256: result for result in results if isinstance(result, _Read)}
    already = len(results) - len(refused) - len(found)
    kind = archive.collections.kind(collection) or next((r.kind for r in found.values()), None)
    fitting = []
    for result in found.values():
        if result.kind == kind:
            fitting.append(result)
        else:
            reason = f"holds {_words(result.kind)}, but {collection!r} keeps {_words(kind)}."
            refused.append(_Refused(result.source, reason))
    store = {"spectra": _store_spectra, "light curves": _store_curves}.get(str(kind), _store_grids)
    ids, unfit = store(fitting, collection, archive)
    refused += unfit
    archive.source_files.refuse(collection, [(r.source, r.reason) for r in refused])
    return IngestReport(
        kept=len(fitting) - len(unfit),
        already=already,
        refused=tuple((r.source.path, r.reason) for r in refused),
        ids=tuple(ids),
    )


def _words(kind: Kind | None) -> str:
    return {"grid": "a model grid", "spectra": "spectra"}.get(str(kind), "light curves")


def _informed(result: "_Read | _Refused", known: Mapping[str, Known]) -> "_Read | _Refused":
    """Return a file that was read with what else is known of it."""
    if isinstance(result, _Refused) or (more := known.get(result.source.sha256 or "")) is None:
        return result
    contents = tuple(
        replace(each, meta={**each.meta, **more.meta}) if isinstance(each, Spectrum) else each
        for each in result.contents
    )
    return replace(result, contents=contents, known=more)


def _store_spectra(
    files: Sequence[_Read], collection: str, archive: Archive
) -> tuple[list[int], list[_Refused]]:
    spectra = [(c, f) for f in files for c in f.contents if isinstance(c, Spectrum)]
    stars = {
        f.known.object: Target(f.known.object, f.known.ra, f.known.dec)
        for f in files
        if f.known is not None
    }
    numbers = dict(
        zip(stars, archive.targets.merge(stars.values(), only_unknown=True), strict=True)
    )
    found = [numbers.get(f.known.object) if f.known is not None else None for _, f in spectra]
    ids = archive.spectra.add(
        [spectrum for spectrum, _ in spectra],
        collection,
        [file.source for _, file in spectra],
        [number if isinstance(number, int) else None for number in found],
    )
    if len(ids) == len(spectra):  # else another process has brought some of them, and labels them
        archive.labels.add(
            LabelRow(name, value, None, get_label(name).unit, file.known.origin, spectrum=number)
            for number, (_, file) in zip(ids, spectra, strict=True)
            if file.known is not None
            for name, value in file.known.labels.items()
        )
    return ids, []


def _store_curves(
    files: Sequence[_Read], collection: str, archive: Archive
) -> tuple[list[int], list[_Refused]]:
    curves = [(c, f) for f in files for c in f.contents if isinstance(c, LightCurve)]
    stars = {star.name: star for curve, _ in curves if (star := _star(curve)) is not None}
    # A file knows less of its star than the catalogues that the archive may have.
    numbers = archive.targets.merge(stars.values(), only_unknown=True)
    placed = dict(zip(stars, numbers, strict=True))
    errors = {name: str(why) for name, why in placed.items() if isinstance(why, DataError)}
    unfit = {
        id(file): _Refused(file.source, errors[star.name])
        for curve, file in curves
        if (star := _star(curve)) is not None and star.name in errors
    }
    fitting = [(curve, file) for curve, file in curves if id(file) not in unfit]
    raw = [(c, f) for f in files if id(f) not in unfit for c in f.raw]
    ids: list[int] = []
    # A file counts as kept by its collection: whatever comes with it must be there before.
    for some, place in ((raw, f"{collection}{RAW}"), (fitting, collection)):
        ids = archive.light_curves.add(
            [curve for curve, _ in some],
            place,
            [file.source for _, file in some],
            [_number_of(curve, placed) for curve, _ in some],
        )
    return ids, list(unfit.values())


def _label_origin(source: SourceFile) -> str:
    """Return who knows the labels of a file: theory itself, or for observations that file."""
    return Path(source.path).name.partition(".")[0][:120] if source.layout == "pack" else "grid"


def _star(curve: LightCurve) -> Target | None:
    """Return the star that a light curve is of, by the catalogue number that its file states."""
    for key, catalogue in (("target", "TIC"), ("kic", "KIC"), ("epic", "EPIC")):
        number = curve.meta.get(key)
        if isinstance(number, int) and number > 0:
            known = {"target": {"tic": number}, "kic": {"kic": number}}.get(key, {})
            position = curve.meta.get("ra"), curve.meta.get("dec")
            if None in position:
                position = None, None
            return Target(f"{catalogue} {number}", *position, **known)
    return None


def _number_of(curve: LightCurve, placed: Mapping[str, int | DataError]) -> int | None:
    star = _star(curve)
    number = None if star is None else placed[star.name]
    return number if isinstance(number, int) else None


def _store_grids(
    files: Sequence[_Read], collection: str, archive: Archive
) -> tuple[list[int], list[_Refused]]:
    ids: list[int] = []
    unfit = []
    for file in files:
        try:
            for content in file.contents:
                if isinstance(content, SpectrumSet):
                    ids += archive.spectra.add_grid(
                        content,
                        collection,
                        source=file.source,
                        label_origin=_label_origin(file.source),
                    )
        except DataError as error:
            unfit.append(_Refused(file.source, str(error)))
    return ids, unfit
