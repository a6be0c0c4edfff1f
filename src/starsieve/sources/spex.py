"""The SpeX Prism Library, as the installed `splat` distribution holds it.

The library is some 3,000 near-infrared spectra (0.65 to 2.55 micron, resolving power about 120)
of cool stars and brown dwarfs. The distribution on PyPI carries them as files beside two tables,
of spectra and of sources. Only those files are read: the package itself is never imported, since
its import has side effects and needs libraries that nothing else here does.
"""

import csv
import hashlib
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from starsieve.data.known import Known
from starsieve.errors import DataError, SourceError

INSTALL = "python -m pip install --no-deps splat==1.14"
"""What brings the library onto a machine; its dependencies are not needed."""

_REPAIR = f"Install it anew with: {INSTALL} --force-reinstall"

Row = Mapping[str, str]

_SPECTRA_FOLDER = "splat/resources/Spectra/Public/SPEX-PRISM"
_SPECTRA_TABLE = "splat/db/spectral_data.csv"
_SOURCE_TABLE = "splat/db/source_data.csv"
_SPECTRA_COLUMNS = (
    "SOURCE_KEY",
    "DATA_FILE",
    "OBSERVATION_DATE",
    "QUALITY_FLAG",
    "PUBLISHED",
    "SPEX_TYPE",
    "MEDIAN_SNR",
    "RESOLUTION",
    "BIBCODE",
)
_SOURCE_COLUMNS = (
    "SOURCE_KEY",
    "NAME",
    "RA",
    "DEC",
    "OBJECT_TYPE",
    "LIT_TYPE",
    "BINARY",
    "SBINARY",
)

_DWARFS = ("VLM", "STAR")
"""Object types kept: very low mass, and stars; not giants, white dwarfs, galaxies, ..."""

_CLASSES = "MLT"
_TYPE = re.compile(r"(?:d/sd|usd|esd|sd)?([MLT])(\d+(?:\.\d+)?)")
_BIBCODE = re.compile(r"\d{4}[A-Za-z&.]{5}.{9}[A-Z]")


@dataclass(frozen=True, slots=True)
class SpexEntry:
    """One spectrum of the library.

    Parameters
    ----------
    path : Path
        Of the gzipped FITS file.
    sha256 : str
        Digest of the file as the distribution was published, hexadecimal.
    name : str
        Of the object.
    source_key : str
        The library's number of the object; several spectra may share it.
    ra, dec : float, optional
        Position, ICRS, in degrees.
    spectral_type : str
        The type that decided: the literature's, or the library's own where there is none.
    subtype : float
        The same as a number: M0 is 0, L0 is 10, T0 is 20.
    literature_type, spex_type : str
        From the literature, and from comparing this spectrum with SpeX standards; ``""`` if none.
    snr : float, optional
        Median signal-to-noise ratio per pixel.
    resolution : float, optional
        Resolving power that the slit gave.
    binary : bool
        Whether the object is a known or suspected binary that the slit does not separate.
    date : str
        Of the observation, ``YYYY-MM-DD``; ``""`` if unknown.
    reference : str
        Bibcode of the paper that published the spectrum: cite it.
    """

    path: Path
    sha256: str
    name: str
    source_key: str
    ra: float | None
    dec: float | None
    spectral_type: str
    subtype: float
    literature_type: str
    spex_type: str
    snr: float | None
    resolution: float | None
    binary: bool
    date: str
    reference: str

    @property
    def kind(self) -> str:
        """Spectral class: ``M``, ``L`` or ``T``."""
        return next(letter for letter in self.spectral_type if letter in _CLASSES)


def find_library() -> Distribution:
    """Return the installed distribution that holds the library.

    Raises
    ------
    SourceError
        If it is not installed, or is another package of that name; the message says how to get it.
    """
    try:
        library = distribution("splat")
    except PackageNotFoundError as error:
        msg = f"The SpeX Prism Library is not installed. Get it with: {INSTALL}"
        raise SourceError(msg) from error
    if not Path(str(library.locate_file(_SPECTRA_TABLE))).is_file():
        msg = (
            f"The installed splat {library.version} has no {_SPECTRA_TABLE}: it is incomplete, "
            f"or not the SpeX Prism Library. Get that with: {INSTALL}"
        )
        raise SourceError(msg)
    return library


def version() -> str:
    """Return the version of the installed library; raise SourceError if there is none."""
    return find_library().version


def list_spectra(kinds: str = _CLASSES) -> list[SpexEntry]:
    """Return the published, good-quality spectra of dwarfs, in the library's order.

    A spectrum is listed if it is flagged as published and its reference is a paper's bibcode, its
    quality flag is ``OK``, its object is a star or brown dwarf (no giant, white dwarf or galaxy)
    and its spectral type is one of `kinds`.

    Parameters
    ----------
    kinds : str
        Spectral classes wanted, of ``M``, ``L`` and ``T``: ``"LT"`` for brown dwarfs.

    Raises
    ------
    SourceError
        If the library is absent or incomplete.
    DataError
        If `kinds` is empty or has another letter.
    """
    if not kinds or set(kinds) - set(_CLASSES):
        msg = f"Spectral classes must be some of {_CLASSES}, got {kinds!r}; for instance 'LT'."
        raise DataError(msg)
    library = find_library()
    sources = {row["SOURCE_KEY"]: row for row in _read(library, _SOURCE_TABLE, _SOURCE_COLUMNS)}
    digests = _published_digests(library)
    entries = []
    for row in _read(library, _SPECTRA_TABLE, _SPECTRA_COLUMNS):
        source = sources.get(row["SOURCE_KEY"])  # one spectrum of 1.14 has none
        if source is None or not _is_good(row, source):
            continue
        entry = _entry(library, row, source, digests)
        if entry is not None and entry.kind in kinds:
            entries.append(entry)
    return entries


def parse_type(text: str) -> float | None:
    """Return a spectral type as a number, or None if it is not M, L or T with a subtype.

    Subdwarf prefixes, luminosity classes and remarks are left aside; of a composite type the
    first part counts.

    Examples
    --------
    >>> [parse_type(text) for text in ("M8.5 V", "sdL4", "T2pec", "L7+T8?", "K7", "M alpha")]
    [8.5, 14.0, 22.0, 17.0, None, None]
    """
    found = _TYPE.match(text.strip())
    return None if found is None else 10.0 * _CLASSES.index(found[1]) + float(found[2])


def verify(entries: Iterable[SpexEntry]) -> None:
    """Raise SourceError if a file is missing or is not the one that was published."""
    for entry in entries:
        try:
            digest = hashlib.sha256(entry.path.read_bytes()).hexdigest()
        except OSError as error:
            msg = f"Can't read {entry.path} of the SpeX Prism Library: {error.strerror}. "
            raise SourceError(msg + _REPAIR) from error
        if digest != entry.sha256:
            msg = f"{entry.path} is not the file that the SpeX Prism Library was published with. "
            raise SourceError(msg + _REPAIR)


def describe(entries: Iterable[SpexEntry]) -> dict[str, Known]:
    """Return what the library's tables know of spectra, by the SHA-256 of their files.

    Many of the files do not say what they are of.
    """
    return {
        entry.sha256: Known(
            object=entry.name,
            ra=entry.ra,
            dec=entry.dec,
            meta={
                "object": entry.name,
                "spectral_type": entry.spectral_type,
                "reference": entry.reference,
                "date": entry.date,
            },
            labels={
                name: value
                for name, value in (("spt", entry.subtype), ("snr", entry.snr))
                if value is not None
            },
            origin="SpeX Prism Library",
        )
        for entry in entries
    }


def _read(library: Distribution, table: str, columns: Sequence[str]) -> Sequence[Row]:
    """Return the rows of a table of the library, having checked its columns."""
    path = Path(str(library.locate_file(table)))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"Can't read {path} of splat {library.version}: {error}. {_REPAIR}"
        raise SourceError(msg) from error
    if missing:
        msg = (
            f"{path} of splat {library.version} has no column {', '.join(missing)}. "
            f"The tested version comes with: {INSTALL}"
        )
        raise SourceError(msg)
    return rows


def _published_digests(library: Distribution) -> dict[str, str]:
    """Return the SHA-256 of every spectrum's file, by file name."""
    return {
        file.name: urlsafe_b64decode(file.hash.value + "==").hex()
        for file in library.files or ()
        if file.hash is not None and file.parent.as_posix() == _SPECTRA_FOLDER
    }


def _is_good(row: Row, source: Row) -> bool:
    # a few spectra are flagged as published with a reference such as BURGASSER-NP, "no paper"
    return (
        row["PUBLISHED"] == "Y"
        and row["QUALITY_FLAG"] == "OK"
        and source["OBJECT_TYPE"] in _DWARFS
        and _BIBCODE.fullmatch(row["BIBCODE"]) is not None
    )


def _choose_type(literature: str, spex: str) -> str:
    """Return the type that decides: the literature's, and only where there is none the library's.

    The comparison behind the library's own types knows only M, L and T standards, so that it calls
    even a K or an A star M; the literature has the last word.
    """
    return (literature or spex).strip()


def _entry(
    library: Distribution, row: Row, source: Row, digests: Mapping[str, str]
) -> SpexEntry | None:
    """Return a listed spectrum; None if its type is none of M, L and T."""
    spectral_type = _choose_type(source["LIT_TYPE"], row["SPEX_TYPE"])
    subtype = parse_type(spectral_type)
    if subtype is None:
        return None
    name = row["DATA_FILE"] + ".gz"
    if name not in digests:
        msg = f"splat {library.version} lists {name} but does not hold it. {_REPAIR}"
        raise SourceError(msg)
    return SpexEntry(
        path=Path(str(library.locate_file(f"{_SPECTRA_FOLDER}/{name}"))),
        sha256=digests[name],
        name=source["NAME"],
        source_key=row["SOURCE_KEY"],
        ra=_number(source["RA"]),
        dec=_number(source["DEC"]),
        spectral_type=spectral_type,
        subtype=subtype,
        literature_type=source["LIT_TYPE"],
        spex_type=row["SPEX_TYPE"],
        snr=_positive(row["MEDIAN_SNR"]),
        resolution=_positive(row["RESOLUTION"]),
        binary="Y" in (source["BINARY"], source["SBINARY"]),
        date=_date(row["OBSERVATION_DATE"]),
        reference=row["BIBCODE"],
    )


def _number(text: str) -> float | None:
    """Return a cell as a finite number, or None where it holds none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _positive(text: str) -> float | None:
    """Return a cell as a positive number; the tables also write "unknown" as 0."""
    value = _number(text)
    return value if value is not None and value > 0 else None


def _date(text: str) -> str:
    """Return YYYYMMDD as YYYY-MM-DD, and anything else as unknown."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else ""
