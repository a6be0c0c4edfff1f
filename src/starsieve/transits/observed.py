"""Stars to search: light curves of files, of objects in memory, or of an archive, star by star."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starsieve.archive import Archive, LightCurveInfo, Target
from starsieve.data import LightCurve
from starsieve.data.interop import as_light_curve
from starsieve.data.star import Star
from starsieve.data.stitch import stitch
from starsieve.data.validation import VALIDATED
from starsieve.errors import DataError, Failure, NotInArchiveError, StarsieveError
from starsieve.readers import Hints, read
from starsieve.readers.files import read_head
from starsieve.readers.fits_file import first_header
from starsieve.readers.raw_flux import RAW_FLUX
from starsieve.readers.reader import NO_HINTS


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A light curve, or the file or the number in an archive that one is behind."""

    name: str
    path: Path | None = None
    curve: LightCurve | None = None
    id: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StarItems:
    """What belongs to one star, not yet read, and what the archive knows of the star."""

    key: str
    pieces: tuple[Piece, ...]
    known: Star | None = None

    @property
    def name(self) -> str:
        """The first of its files, and how many more there are."""
        more = f" and {len(self.pieces) - 1} more" if len(self.pieces) > 1 else ""
        return f"{self.pieces[0].name}{more}"


@dataclass(frozen=True, slots=True, eq=False)
class ObservedStar:
    """One star and all that was observed of it, as one light curve.

    Parameters
    ----------
    curve : LightCurve
        Stitched of all its sectors or quarters.
    star : Star
    file : str
        Where it comes from; of several files the first and how many more there are.
    hashes : mapping of str to str
        SHA-256 by file.
    ids : tuple of int
        Numbers of those light curves that are in the archive.
    assumed : tuple of str
        What had to be assumed to read them.
    """

    curve: LightCurve
    star: Star
    file: str
    hashes: dict[str, str]
    ids: tuple[int, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The star's name, or the file's if nobody named the star."""
        return self.star.name or Path(self.file).name


def group_items(
    items: Any, archive: Archive | None = None
) -> tuple[list[StarItems], list[Failure]]:
    """Sort files, objects and TIC numbers by star, without reading more than first headers.

    Parameters
    ----------
    items : path, light curve, number, or a sequence of these
        Files of any layout of light curves that `starsieve.read` knows; a `LightCurve`, a light
        curve of lightkurve, a table; a TIC number, as ``25155310`` or ``"TIC 25155310"``, whose
        light curves the archive has.
    archive : Archive, optional
        Where TIC numbers are looked up, and what else is known of stars.

    Returns
    -------
    groups : list of StarItems
        In the order in which stars were first met.
    failures : list of Failure
        What is not there.
    """
    things = list(items) if isinstance(items, list | tuple) else [items]
    by_star: dict[str, list[Piece]] = {}
    failures: list[Failure] = []
    for number, thing in enumerate(things, start=1):
        try:
            key, pieces = _find(thing, archive, number)
        except StarsieveError as error:
            failures.append(Failure(str(thing), str(error).removeprefix(f"{thing}: ")))
        else:
            by_star.setdefault(key, []).extend(pieces)
    groups = [
        StarItems(key, tuple(pieces), _known(key, archive)) for key, pieces in by_star.items()
    ]
    return groups, failures


def open_star(
    group: StarItems, archive: Archive | None = None, hints: Hints = NO_HINTS
) -> ObservedStar:
    """Read what belongs to a star and join it into one light curve.

    Raises
    ------
    FileError, DataError
        If a file can't be read, holds no light curve, or the curves can't be joined.
    """
    read_pieces = [each for piece in group.pieces for each in _read(piece, archive, hints)]
    unique = list({_identity(piece): (piece, notes) for piece, notes in read_pieces}.values())
    curves = [piece.curve for piece, _ in unique if piece.curve is not None]
    curve = stitch(curves)
    star = Star.from_meta(curves[0].meta)
    if group.known is not None:
        star = _merged(star, group.known)
    return ObservedStar(
        curve=curve,
        star=star,
        file=group.name,
        hashes={piece.name: piece.sha256 for piece, _ in unique if piece.sha256},
        ids=tuple(piece.id for piece, _ in unique if piece.id is not None),
        assumed=tuple(dict.fromkeys(note for _, notes in unique for note in notes)),
    )


def to_search(infos: Sequence[LightCurveInfo]) -> list[LightCurveInfo]:
    """Return the light curves in which transits are looked for.

    Left out are those of a data validation, and a raw flux whose file's corrected one is there.
    """
    corrected = {each.file_hash for each in infos if each.meta.get("flux_column") != RAW_FLUX}
    corrected.discard(None)
    return [
        each
        for each in infos
        if each.meta.get("flux_column") not in VALIDATED
        and (each.meta.get("flux_column") != RAW_FLUX or each.file_hash not in corrected)
    ]


def tic_number(text: str) -> int | None:
    """Return the number in ``25155310`` or ``TIC 25155310``; None if it is neither.

    Examples
    --------
    >>> tic_number("TIC 25155310"), tic_number("25155310"), tic_number("25155310.fits")
    (25155310, 25155310, None)
    """
    digits = text.strip().upper().removeprefix("TIC").strip(" -_")
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _find(thing: Any, archive: Archive | None, number: int) -> tuple[str, list[Piece]]:
    if isinstance(thing, int) and not isinstance(thing, bool):
        return _stored(thing, archive)
    if not isinstance(thing, str | Path):
        curve = as_light_curve(thing)
        name = str(curve.meta.get("file", f"light curve {number}"))
        target = curve.meta.get("target", curve.meta.get("kic"))
        key = name if target is None else f"{curve.meta.get('telescope', '')} {target}"
        return key, [Piece(name, curve=curve)]
    tic = None if Path(thing).exists() else tic_number(str(thing))
    if tic is not None:
        return _stored(tic, archive)
    return _key_of_file(Path(thing)), [Piece(str(thing), path=Path(thing))]


def _key_of_file(path: Path) -> str:
    """Return what the files of one star share, by the first header if that names the star."""
    try:
        header = first_header(read_head(path))
    except (OSError, StarsieveError):
        return str(path)  # what is wrong with it is said when it is read
    number = header.get("TICID") or header.get("KEPLERID")
    return f"{header.get('TELESCOP', '')} {number}" if number else str(path)


def _stored(tic: int, archive: Archive | None) -> tuple[str, list[Piece]]:
    advice = f"Bring them: starsieve fetch light-curves {tic}"
    if archive is None:
        msg = f"light curves of a TIC number are looked for in an archive; there is none. {advice}"
        raise NotInArchiveError(msg)
    try:
        target = archive.targets.find(tic=tic)
        infos = [] if target.id is None else archive.light_curves.of_target(target.id)
        infos = to_search(infos)
    except NotInArchiveError:
        infos = []
    if not infos:
        msg = f"the archive has no light curve of TIC {tic}. {advice}"
        raise NotInArchiveError(msg)
    pieces = [
        Piece(info.file or f"light curve {info.id}", id=info.id, sha256=info.file_hash or "")
        for info in infos
    ]
    return f"TESS {tic}", pieces


def known_star(archive: Archive, target: Target) -> Star:
    """Return what the archive's catalogues know of a star that it has."""
    rows = [] if target.id is None else archive.labels.of_target(target.id)
    values: dict[str, Any] = {
        row.name: row.value for row in rows if row.name in Star.__dataclass_fields__
    }
    source = ", ".join(dict.fromkeys(row.origin for row in rows if row.name in values))
    values |= {"tic": target.tic, "name": target.name, "ra": target.ra, "dec": target.dec}
    return Star(**values, source=source)


def _known(key: str, archive: Archive | None) -> Star | None:
    """Return what the archive's catalogues know of a star of TESS."""
    telescope, _, number = key.rpartition(" ")
    if archive is None or telescope != "TESS" or not number.isdigit():
        return None
    try:
        return known_star(archive, archive.targets.find(tic=int(number)))
    except NotInArchiveError:
        return None


def _merged(star: Star, known: Star) -> Star:
    """Return the star with what a catalogue knows, which wins over a header."""
    better = {
        name: value
        for name in Star.__dataclass_fields__
        if (value := getattr(known, name)) not in (None, "")
    }
    if not known.source:
        better.pop("source", None)
    return replace(star, **better)


def _read(
    piece: Piece, archive: Archive | None, hints: Hints
) -> list[tuple[Piece, tuple[str, ...]]]:
    if piece.curve is not None:
        return [(piece, ())]
    if piece.id is not None and archive is not None:
        return [(replace(piece, curve=archive.light_curves.read([piece.id])[0]), ())]
    if piece.path is None:
        msg = f"{piece.name}: neither a light curve nor a file."
        raise DataError(msg)
    reading = read(piece.path, hints)
    curves = [each for each in reading.contents if isinstance(each, LightCurve)]
    if not curves:
        msg = f"{piece.name}: a {reading.kind} ({reading.layout}), expected a light curve."
        raise DataError(msg)
    return [
        (Piece(piece.name, curve=curve, sha256=reading.content_hash), reading.assumed)
        for curve in curves
    ]


def _identity(piece: Piece) -> object:
    """Return what two copies of one light curve share."""
    times: Sequence[float] = () if piece.curve is None else piece.curve.time[:1].tolist()
    return (piece.sha256, *times) if piece.sha256 else id(piece)
