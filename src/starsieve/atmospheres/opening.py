"""Open what parameters are to be inferred of: files, spectra, and other people's objects."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starsieve.data import Spectrum
from starsieve.data.interop import as_spectra
from starsieve.errors import DataError, Failure, StarsieveError
from starsieve.readers import Hints, read
from starsieve.readers.reader import NO_HINTS
from starsieve.transforms.join import join as join_spectra

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Observed:
    """A spectrum to infer from, and what is known of its origin."""

    spectrum: Spectrum
    file: str
    file_hash: str = ""
    assumed: tuple[str, ...] = ()

    @property
    def object(self) -> str:
        """The object's name, as far as the spectrum knows it."""
        return str(self.spectrum.meta.get("object", ""))


def read_items(
    items: Any, progress: Progress | None = None, hints: Hints = NO_HINTS
) -> tuple[list[Observed], list[Failure]]:
    """Read files and convert objects; a file that can't be read becomes a `Failure`.

    Parameters
    ----------
    items, progress, hints
        As of `infer`.

    Returns
    -------
    list of Observed, list of Failure
    """
    single = isinstance(items, str | Path) or not isinstance(items, Sequence)
    things = [items] if single else list(items)
    found: list[Observed] = []
    failures: list[Failure] = []
    for number, thing in enumerate(things, start=1):
        if not isinstance(thing, str | Path):
            first = len(found)
            found += [
                Observed(s, str(s.meta.get("file", f"spectrum {first + i}")))
                for i, s in enumerate(as_spectra(thing))
            ]
            continue
        try:
            found += _read(thing, hints)
        except StarsieveError as error:
            failures.append(Failure(str(thing), str(error).removeprefix(f"{thing}: ")))
        if progress is not None and len(things) > 1:
            progress(number, len(things), "reading")
    return found, failures


def _read(path: str | Path, hints: Hints) -> Iterator[Observed]:
    reading = read(path, hints)
    if reading.kind != "spectrum":
        msg = f"{path}: holds a {reading.kind}, not a spectrum."
        raise DataError(msg)
    spectra = [each for each in reading if isinstance(each, Spectrum)]
    for number, spectrum in enumerate(spectra, start=1):
        name = str(path) if len(reading) == 1 else f"{path}#{number}"
        yield Observed(spectrum, name, reading.content_hash, tuple(reading.assumed))


def join_observed(observed: Sequence[Observed]) -> Observed:
    """Return one observation of all, which are of one object.

    Raises
    ------
    DataError
        If their fluxes can't be brought to one unit.
    """
    joined = join_spectra([each.spectrum for each in observed])
    files = dict.fromkeys(each.file.partition("#")[0] for each in observed)
    hashes = dict.fromkeys(each.file_hash for each in observed)
    notes = dict.fromkeys(note for each in observed for note in each.assumed)
    return Observed(
        joined.spectrum,
        " + ".join(files),
        next(iter(hashes)) if len(hashes) == 1 else "",
        (*notes, f"joined of {len(observed)} pieces", *joined.notes),
    )
