"""The Mikulski Archive for Space Telescopes: its JSON interface, for many stars in one request.

Written after the service's documentation and recorded answers.
"""

import csv
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from starsieve.errors import DataError, SourceError
from starsieve.sources.http import Client, excerpt
from starsieve.sources.service import Request, Service

MAST = Service(
    "MAST",
    "https://mast.stsci.edu/",
    ("mast.stsci.edu", "archive.stsci.edu"),
    "https://archive.stsci.edu/",
)

ROWS_AT_A_TIME = 50_000
MOST_PAGES = 1000
FIRST_PAUSE = 1.0
"""Seconds before a question is put again that the service is still working on."""

Row = Mapping[str, Any]


def invoke(
    name: str, params: Mapping[str, Any], client: Client, service: Service = MAST
) -> tuple[list[str], list[Row]]:
    """Ask one of MAST's services, page by page; return the names of its columns and all rows.

    Parameters
    ----------
    name : str
        Of the service, as ``"Mast.Caom.Filtered"``.
    params : mapping
        Its parameters.
    client : Client
    service : Service

    Raises
    ------
    SourceError
        If an answer does not come, is no answer, or lacks rows.
    """
    columns: list[str] = []
    rows: list[Row] = []
    for page in range(1, MOST_PAGES + 1):
        answer = _ask({"service": name, "params": params, "page": page}, client, service)
        columns = columns or [str(field["name"]) for field in answer.get("fields", ())]
        rows += answer["data"]
        paging = answer.get("paging") or {}
        if page >= int(paging.get("pagesFiltered", 1)):
            _check_number(name, len(rows), paging, service)
            return columns or list(rows[0] if rows else ()), rows
    msg = f"{service.name}: {name} has more than {MOST_PAGES} pages of rows. Ask for less at once."
    raise SourceError(msg)


def one_of(column: str, values: Sequence[object]) -> dict[str, Any]:
    """Return a filter for rows whose column has one of these values."""
    return {"paramName": column, "values": [str(value) for value in values]}


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as a CSV table; what is null becomes an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table that `write_rows` wrote."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def parse_tic(text: str) -> int:
    """Return the number in ``"TIC 307210830"`` or ``"307210830"``.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> parse_tic("TIC 307210830"), parse_tic("tic25155310")
    (307210830, 25155310)
    """
    found = re.fullmatch(r"(?i)(?:TIC[ _-]*)?0*([1-9]\d{0,15})", text.strip())
    if found is None:
        msg = f"{text!r} is no TIC number; expected one such as 307210830 or TIC307210830."
        raise DataError(msg)
    return int(found[1])


def in_chunks(numbers: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Yield numbers without repetition, in order, some at a time."""
    ordered = sorted(set(numbers))
    for start in range(0, len(ordered), size):
        yield tuple(ordered[start : start + size])


def name_stars(tics: Sequence[int]) -> str:
    """Return the stars of a request for people.

    Examples
    --------
    >>> name_stars([1, 2]), name_stars(range(1, 9))
    ('TIC 1, 2', 'TIC 1, 2, 3 and 5 more')
    """
    more = f" and {len(tics) - 3} more" if len(tics) > 4 else ""
    return "TIC " + ", ".join(map(str, tics[: 3 if more else 4])) + more


def _ask(question: dict[str, Any], client: Client, service: Service) -> dict[str, Any]:
    """Return one page, waiting while the service says that it is still working on it."""
    text = json.dumps(question | {"format": "json", "pagesize": ROWS_AT_A_TIME})
    request = Request(service, "api/v0/invoke", form={"request": text})
    began, pause = time.monotonic(), FIRST_PAUSE
    while True:
        answer = _parse(client.read(request), str(question["service"]), service)
        if answer["status"] != "EXECUTING":
            return answer
        if time.monotonic() - began > client.timing.patience:
            msg = (
                f"{service.name} works on {question['service']} for more than "
                f"{client.timing.patience:.0f} s. Try later; its status: {service.status}"
            )
            raise SourceError(msg)
        client.sleep(pause)
        pause = min(2 * pause, client.timing.longest_pause)


def _parse(content: bytes, name: str, service: Service) -> dict[str, Any]:
    """Return an answer; raise SourceError if it is none, or says that something went wrong."""
    try:
        answer = json.loads(content)
        status = answer["status"]
        if status == "EXECUTING":
            return {"status": status}
        if status == "COMPLETE" and all(isinstance(row, dict) for row in answer["data"]):
            return dict(answer)
        reason = f"{status}: {answer.get('msg') or 'no reason is given'}"
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = f"no answer in JSON as documented ({excerpt(content)})"
    msg = f"{service.name} fails at {name}: {reason}. Its status: {service.status}"
    raise SourceError(msg)


def _check_number(name: str, n_rows: int, paging: Mapping[str, Any], service: Service) -> None:
    expected = paging.get("rowsFiltered", n_rows)
    if n_rows != expected:
        msg = f"{service.name}: {name} gave {n_rows} of {expected} rows. Ask again later."
        raise SourceError(msg)
