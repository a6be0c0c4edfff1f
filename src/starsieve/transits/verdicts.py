"""What people say that a candidate is, and how they take it back: rows are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from starsieve.archive import Archive, DispositionRow
from starsieve.archive.dispositions import LISTS, WITHDRAWN, standing
from starsieve.errors import DataError

UNDONE = "undone"
"""Comment of a row that only takes back the one before."""


@dataclass(frozen=True, slots=True)
class VerdictClass:
    """What a candidate may be said to be: ``PC`` ..., in words, and the key that says so."""

    value: str
    words: str
    key: str


CLASSES = (
    VerdictClass("PC", "planet candidate", "1"),
    VerdictClass("EB", "eclipsing binary", "2"),
    VerdictClass("V", "variable star", "3"),
    VerdictClass("IS", "instrument", "4"),
    VerdictClass("U", "undecided", "5"),
)
"""The classes of Yu et al. (2019, AJ 158, 25), and one for whoever can't tell."""


def give_verdict(archive: Archive, candidate: int, value: str, who: str, comment: str = "") -> bool:
    """Keep what somebody says that a candidate is; return whether that was new.

    Raises
    ------
    DataError
        If it is none of `CLASSES`, or somebody signs as a list does.
    NotInArchiveError
        If there is no such candidate.
    """
    if value not in [each.value for each in CLASSES]:
        known = ", ".join(f"{each.value} ({each.words})" for each in CLASSES)
        msg = f"A verdict must be one of {known}; got {value!r}."
        raise DataError(msg)
    _check_person(who)
    words = "" if comment.strip().lower() == UNDONE else comment.strip()
    return archive.candidates.disposition(candidate, value, who, comment=words)


def undo_verdict(archive: Archive, candidate: int, who: str) -> str | None:
    """Take back somebody's last verdict on a candidate; return the one that holds again, if any.

    What was said before is said again, or that it is withdrawn; all stays in the history. Taking
    back twice takes back two verdicts.

    Raises
    ------
    DataError
        If that person has said nothing that could be taken back.
    NotInArchiveError
        If there is no such candidate.
    """
    _check_person(who)
    archive.candidates.get(candidate)
    held = _held(row for row in archive.candidates.dispositions(candidate) if row.who == who)
    if not held:
        msg = f"There is no verdict of {who} on this candidate to take back."
        raise DataError(msg)
    before = held[-2].value if len(held) > 1 else WITHDRAWN
    row = DispositionRow(
        candidate=candidate, value=before, who=who, date=datetime.now(UTC), comment=UNDONE
    )
    archive.candidates.add_dispositions([row])
    return None if before == WITHDRAWN else before


def verdict_of(rows: Iterable[DispositionRow]) -> DispositionRow | None:
    """Return the verdict that holds: the last one of any person that was not withdrawn.

    Parameters
    ----------
    rows : iterable of DispositionRow
        All that was said of one candidate, the oldest first.
    """
    return standing(row for row in rows if row.who not in LISTS)


def _held(rows: Iterable[DispositionRow]) -> list[DispositionRow]:
    """Return verdicts of one person that were not taken back, the oldest first."""
    held: list[DispositionRow] = []
    for row in rows:
        if row.comment == UNDONE:
            held = held[:-1]
        elif row.value != WITHDRAWN:
            held.append(row)
    return held


def _check_person(who: str) -> None:
    if who in LISTS:
        msg = f"{who!r} is how a list signs. Sign in under a name of your own."
        raise DataError(msg)
