"""What the app answers with, beside pages: JSON, tables and files."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import Response

from starsieve.web.tables import WebTable, to_csv, to_votable


def described_as(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that answers with something else than JSON.

    Its ``response_class`` stays that of JSON, as which errors are told.
    """
    return {200: {"content": {media_type: {}}, "description": "As a file."}}


CSV = described_as("text/csv")
VOTABLE = described_as("application/x-votable+xml")
FITS = described_as("application/fits")
SVG = described_as("image/svg+xml")


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return data as JSON; what is not a finite number becomes null.

    Parameters
    ----------
    data : dict, list, record, array, ...
        Of what `plain_json` knows.
    """
    content = json.dumps(plain_json(data), ensure_ascii=False, separators=(",", ":"))
    return Response(
        content.encode(errors="replace"),
        status_code=status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def plain_json(value: Any) -> Any:
    """Return a value in terms of JSON: records as objects, arrays as lists, times as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(each) for each in value]
    return _of_object(value)


def _of_object(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return plain_json(value.tolist())
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Path):
        return value.name  # where things lie on the server is nobody's business
    return str(value)


def csv_answer(table: WebTable) -> Response:
    """Return a table as CSV, with units in the headings."""
    return _file(to_csv(table), f"{table.name}.csv", "text/csv; charset=utf-8")


def votable_answer(table: WebTable) -> Response:
    """Return a table as VOTable, with units, meanings and UCDs."""
    return _file(to_votable(table), f"{table.name}.vot", "application/x-votable+xml")


def fits_answer(content: bytes, name: str) -> Response:
    """Return a FITS file."""
    return _file(content, name, "application/fits")


def _file(content: bytes, name: str, media_type: str) -> Response:
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
    ascii_only = safe.encode("ascii", "ignore").decode() or "download"
    headers = {"Content-Disposition": f'attachment; filename="{ascii_only}"'}
    return Response(content, media_type=media_type, headers=headers)
