"""Every error a caller may want to catch, and what is kept of one when other items go on.

StarsieveError
├── DataError           the numbers are wrong: shapes, units, coverage, NaN
├── FileError           a file is missing, empty, truncated or not readable
│   └── UnknownFormatError  no reader recognises the file
├── RecipeError         a recipe asks for something that the task does not know
├── NotInArchiveError   the archive has no such collection, spectrum, target, model or run
├── ArchiveError        the folder is no archive, is of another version, is locked or damaged
├── SourceError         a remote archive or an installed data package does not answer as documented
├── ModelMismatchError  a model was given input that it was not trained for
└── InterruptedRunError a run was cancelled or interrupted; it can be resumed
"""

from dataclasses import dataclass


class StarsieveError(Exception):
    """Base of all errors raised on purpose by this package."""


class DataError(StarsieveError, ValueError):
    """Arrays that do not fit together or hold impossible values."""


class FileError(StarsieveError, OSError):
    """A file that is missing, empty, truncated or not readable."""


class UnknownFormatError(FileError):
    """No reader recognises a file."""


class RecipeError(StarsieveError, ValueError):
    """A recipe with a missing, unknown or impossible option."""


class NotInArchiveError(StarsieveError, LookupError):
    """Something asked for by name or number is not in the archive."""


class ArchiveError(StarsieveError):
    """A folder that is no archive, of another version, locked or damaged."""


class SourceError(StarsieveError):
    """A remote archive or an installed data package that does not answer as documented."""


class ModelMismatchError(StarsieveError):
    """Input outside of what a model was trained for."""


class InterruptedRunError(StarsieveError):
    """A run that was cancelled or interrupted; it can be resumed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An item of several that nothing could be made of, and why; the others went on."""

    file: str
    error: str

    def to_record(self) -> dict[str, str]:
        """Return what goes into JSON."""
        return {"file": self.file, "error": self.error}
