"""Packs: many labelled spectra on one grid, as arrays in one ``.npz`` file.

The arrays are found by name: ``wave`` (n_pixels,), ``flux`` (n, n_pixels), its errors under any
name that tables may use, labels as columns (``labels`` with ``label_names``) or arrays of their
own, and the objects' names. Words of one value say the rest: ``wave_unit``, ``medium``, ...
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.data import SpectrumSet
from starsieve.data.labels import ALIASES, LABELS, without_fillers
from starsieve.errors import DataError, UnknownFormatError
from starsieve.readers.columns import Column, Role, role_of, to_columns
from starsieve.readers.label_table import unit_factor
from starsieve.readers.miles import FWHM_ANGSTROM, mean_resolution
from starsieve.readers.model_grid import make_set
from starsieve.readers.npz import is_npz, read_npz
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.stated import stated_in

Arrays = dict[str, npt.NDArray[Any]]

_NAMES = ("object", "objects", "name", "names", "star", "stars", "target", "targets", "file")
_LAMOST_FILE = re.compile(r"spec-\d+-\w+_sp\d\d-\d{3}\.fits")


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is an archive of NumPy's arrays."""
    return is_npz(head)


def read(path: Path, hints: Hints) -> Found:
    """Read all spectra of a pack into one set, their objects' names in ``meta["objects"]``."""
    notes: list[str] = []
    arrays = read_npz(path)
    words = {name: array.item() for name, array in arrays.items() if array.ndim == 0}
    rows = {name: array for name, array in arrays.items() if array.ndim > 0}
    roles = _roles(rows)
    n_rows = len(roles["flux"].values)
    objects = _objects(rows, n_rows, notes)
    labels, units = _labels(rows, n_rows, notes)
    _tell_unused(rows, roles, labels, notes)
    stated = words | _library(rows, objects, roles, words, notes)
    return Found((_make(roles, labels, units, stated, objects, hints, notes),), tuple(notes))


READER = Reader("pack", "model grid", matches, read)


def _make(
    roles: dict[Role, Column],
    labels: Arrays,
    units: dict[str, str],
    stated: dict[str, Any],
    objects: list[str],
    hints: Hints,
    notes: list[str],
) -> SpectrumSet:
    columns = to_columns(roles, hints)
    attributes = stated | {
        "wavelength_unit": stated.get("wave_unit", columns.wave_unit),
        "medium": stated.get("medium", columns.medium),
    }
    attributes = {name: value for name, value in attributes.items() if value is not None}
    made = make_set(
        _wide(columns.wave),
        _wide(columns.flux),
        labels,
        units,
        attributes,
        hints,
        notes,
        sigma=None if columns.sigma is None else _wide(columns.sigma),
        valid=columns.valid,
    )
    # These are observations: what frame they are in is not to be guessed as for models.
    frame = hints.frame or stated_in(stated).get("frame", "unknown")
    meta = dict(made.meta) | {"frame": frame} | ({"objects": objects} if objects else {})
    return replace(made, meta=meta)


def _wide(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _roles(rows: Arrays) -> dict[Role, Column]:
    """Return the arrays that make spectra: those of a role and a shape that fits the grid."""
    waves = {n: a for n, a in rows.items() if role_of(n) in ("wave", "log wave") and a.ndim == 1}
    images = {n: a for n, a in rows.items() if a.ndim == 2 and a.dtype.kind in "fiub"}
    fluxes = {n: a for n, a in images.items() if role_of(n) == "flux"}
    if not waves or not fluxes:
        there = ", ".join(f"{n} {a.shape}" for n, a in list(rows.items())[:8]) or "nothing"
        msg = (
            f"is a file of NumPy without 'wave' (n_pixels,) and 'flux' (n, n_pixels): it has "
            f"{there}."
        )
        raise UnknownFormatError(msg)
    wave_name, flux_name = next(iter(waves)), next(iter(fluxes))
    shape = (len(fluxes[flux_name]), len(waves[wave_name]))
    found: dict[Role, Column] = {}
    for name in (wave_name, flux_name, *images):
        role = role_of(name)
        if name not in (wave_name, flux_name) and images[name].shape != shape:
            continue
        if role is not None and role not in found:
            found[role] = Column(name, np.asarray(rows[name], dtype=np.float64))
    return found


def _objects(rows: Arrays, n_rows: int, notes: list[str]) -> list[str]:
    """Return the name of each row's object, none if there is no array of them."""
    for name, values in rows.items():
        if values.shape != (n_rows,) or values.dtype.kind not in "USiu":
            continue
        numbered = re.fullmatch(r"(\w+?)_?ids?", name.lower())
        if name.lower() not in _NAMES and numbered is None:
            continue
        texts = [
            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            for value in values.tolist()
        ]
        notes.append(f"Objects named by {name!r}: {len(set(texts))} different ones.")
        return [f"{numbered[1].upper()} {t}" for t in texts] if numbered else texts
    notes.append("No array names the objects: every row counts as a star of its own.")
    return []


def _labels(rows: Arrays, n_rows: int, notes: list[str]) -> tuple[Arrays, dict[str, str]]:
    """Return labels by name, from a table with names or from arrays of their own; their units."""
    found = _table_of_labels(rows, n_rows)
    for name, values in rows.items():
        if values.shape == (n_rows,) and values.dtype.kind in "f" and role_of(name) is None:
            found.setdefault(name, values)
    units = dict(zip(found, map(str, rows.get("label_units", np.array([])).tolist()), strict=False))
    known = {}
    for name, values in found.items():
        label = ALIASES.get(name.lower(), name.lower())
        numbers, n_fillers = without_fillers(values)
        known[name] = numbers * unit_factor(label, units.get(name), name, notes)
        if label in LABELS:
            units[name] = LABELS[label].unit
        if n_fillers:
            notes.append(f"Values of {name!r} that stand for unknown, left out: {n_fillers}.")
    return known, units


def _table_of_labels(rows: Arrays, n_rows: int) -> Arrays:
    """Return the columns of the array ``labels`` by their names."""
    if "labels" not in rows:
        return {}
    table = np.atleast_2d(rows["labels"])
    names = [str(name) for name in rows.get("label_names", np.array([])).tolist()]
    if table.shape != (n_rows, len(names)) or table.dtype.kind not in "fiu":
        msg = (
            f"its labels must be numbers of shape ({n_rows}, {len(names)}), as flux and "
            f"label_names tell; got {table.dtype} of {table.shape}."
        )
        raise DataError(msg)
    return dict(zip(names, table.T, strict=True))


def _tell_unused(
    rows: Arrays, roles: Mapping[Role, Column], labels: Arrays, notes: list[str]
) -> None:
    used = {column.name for column in roles.values()} | set(labels) | set(_NAMES)
    used |= {"labels", "label_names", "label_units"}
    unused = [n for n in rows if n not in used and re.fullmatch(r"\w+?_?ids?", n.lower()) is None]
    if unused:
        notes.append(f"Arrays not used: {', '.join(unused[:8])}{' ...' * (len(unused) > 8)}.")


def _library(
    rows: Arrays,
    objects: list[str],
    roles: Mapping[Role, Column],
    words: Mapping[str, Any],
    notes: list[str],
) -> dict[str, Any]:
    """Return what is known of a survey whose names are seen and whose pack says nothing else."""
    if {"medium", "frame"} & set(words) or "wave" not in roles:
        return {}
    if "miles_id" in rows:
        notes.append("Numbers of MILES: air, rest frame and lines of 2.5 Angstrom are its.")
        resolution = mean_resolution(roles["wave"].values, FWHM_ANGSTROM)
        return {"medium": "air", "frame": "rest", "resolution": float(round(resolution))}
    if objects and all(_LAMOST_FILE.fullmatch(name) for name in objects):
        notes.append("Files of LAMOST: vacuum, the Sun's frame and resolving power 1800 are its.")
        return {"medium": "vacuum", "frame": "heliocentric", "resolution": 1800.0}
    return {}
