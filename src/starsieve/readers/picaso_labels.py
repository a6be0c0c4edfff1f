"""The parameters of a PICASO model, from the JSON in its file's attributes, as labels."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

SECTIONS = ("planet_params", "cloud_params")
"""Attributes that hold parameters of the model; those of a star or of the climate's run do not."""

TEMPERATURES = ("teff", "tint", "effective_temp", "effective_temperature", "temperature")
"""Names of the effective temperature, the first one counts: what was asked for before what came
out, since a grid is laid out by the former."""

GRAVITIES = ("gravity", "logg")
ABUNDANCES = {"mh": "mh", "feh": "mh", "cto": "c_to_o", "co": "c_to_o", "logkzz": "log_kzz"}
NO_LABELS = ("p_reference", "rp", "mp", "heat_redis", "heat_redist")
LARGEST_LOG = 10.0
"""A bare number above is a gravity, below its logarithm."""

Labels = dict[str, npt.NDArray[Any]]


def labels_in(attributes: Mapping[str, Any], notes: list[str]) -> tuple[Labels, dict[str, Any]]:
    """Return the labels of one model, arrays of shape (1,), and what else was said of it.

    Parameters
    ----------
    attributes : mapping
        Of the file. ``planet_params`` and ``cloud_params`` are JSON; a quantity in it is
        ``{"value": ..., "unit": ...}``, as astropy's encoder writes it.
    notes : list of str
        Gets a sentence for everything that was assumed.

    Raises
    ------
    DataError
        If the JSON is damaged, a unit is none of its kind, or there is no temperature.
    """
    given = _parameters(attributes)
    labels: dict[str, Any] = {"teff": _temperature(given, notes)}
    if (logg := _logg(given, notes)) is not None:
        labels["logg"] = logg
    more: dict[str, Any] = {}
    for name, value in given.items():
        if name in (*TEMPERATURES, *GRAVITIES):
            continue
        known = ABUNDANCES.get(name, name)
        number = _number(value)
        if name in NO_LABELS or known in labels or not isinstance(value, int | float | str):
            more[name] = value
        else:
            labels[known] = value if number is None else number
    if "c_to_o" in labels:
        notes.append("C/O is kept as the file has it, which does not say whether the Sun's is 1.")
    return {name: np.array([value]) for name, value in labels.items()}, more


def _parameters(attributes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for section in SECTIONS:
        text = attributes.get(section)
        if text is None:
            continue
        try:
            content = json.loads(str(text))
        except json.JSONDecodeError as error:
            msg = f"its attribute {section!r} is no JSON ({error})."
            raise DataError(msg) from error
        if not isinstance(content, dict):
            msg = f"its attribute {section!r} must be a JSON object, got {type(content).__name__}."
            raise DataError(msg)
        found |= {str(name).lower(): value for name, value in content.items()}
    if not found:
        msg = (
            "states no parameters of the model. PICASO writes them if told: output_xarray(..., "
            "add_output={'planet_params': {'teff': 900, 'mh': 0.0, 'cto': 1.0}})."
        )
        raise DataError(msg)
    return found


def _temperature(given: Mapping[str, Any], notes: list[str]) -> float:
    there = [name for name in TEMPERATURES if name in given]
    if not there:
        msg = (
            f"states no temperature among its parameters ({', '.join(given)}). Write it with "
            "output_xarray(..., add_output={'planet_params': {'teff': 900}})."
        )
        raise DataError(msg)
    name = there[0]
    if name != "teff":
        notes.append(f"Effective temperature taken from {name!r}.")
    return _in_unit(name, given[name], "K")


def _logg(given: Mapping[str, Any], notes: list[str]) -> float | None:
    """Return log g (cgs): of the gravity, or else of mass and radius."""
    from astropy import constants, units

    for name in GRAVITIES:
        if name not in given:
            continue
        number = _number(given[name])
        if number is not None and number <= LARGEST_LOG:
            return number
        if number is not None:
            notes.append(f"Gravity {number:g} has no unit, taken as m/s2.")
            return math.log10(100 * number)
        return _log10(name, _in_unit(name, given[name], "cm / s2"))
    if "mp" in given and "rp" in given:
        mass = _in_unit("mp", given["mp"], "kg") * units.kg
        radius = _in_unit("rp", given["rp"], "m") * units.m
        notes.append("Gravity taken from mass and radius.")
        return _log10("mp", float((constants.G * mass / radius**2).to_value("cm / s2")))
    return None


def _log10(name: str, value: float) -> float:
    if not 0 < value < math.inf:
        msg = f"its parameter {name!r} gives a gravity of {value:g} cm/s2; expected a positive one."
        raise DataError(msg)
    return math.log10(value)


def _in_unit(name: str, value: Any, unit: str) -> float:
    """Return a parameter as a number in a unit; one that has none is taken to be in it."""
    from astropy import units

    number = _number(value)
    if number is not None:
        return number
    try:
        quantity = float(value["value"]) * units.Unit(value["unit"])
        return float(quantity.to_value(unit))
    except (KeyError, TypeError, ValueError) as error:
        msg = (
            f"its parameter {name!r} is {value!r}; expected a number in {unit}, or "
            f'{{"value": ..., "unit": "{unit}"}}.'
        )
        raise DataError(msg) from error


def _number(value: Any) -> float | None:
    """Return a bare number, also one that is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
