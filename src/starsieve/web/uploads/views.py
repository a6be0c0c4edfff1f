"""What the page of an upload shows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starsieve.data.labels import get_label
from starsieve.web.errands import Errand
from starsieve.web.neighbours import labels_of, title_of
from starsieve.web.tables import Column, WebTable
from starsieve.web.uploads.options import UploadOptions

PARAMETERS = (
    Column("name", "parameter"),
    Column("median", digits=None),
    Column("mean"),
    Column("std", "deviation", meaning="Standard deviation of the draws"),
    Column("narrow", "68 % interval"),
    Column("wide", "95 % interval"),
    Column("limit", meaning="Where the posterior piles up at an edge of the grid"),
    Column("best", "best fit", meaning="Of the grid's best-fitting model"),
    Column("unit"),
)

CANDIDATES = (
    Column("number", "signal"),
    Column("planet_probability", "P(planet)", digits=2),
    Column("most_likely", "most likely"),
    Column("period_days", "period", "d", digits=5),
    Column("epoch_btjd", "epoch", "BTJD", digits=4),
    Column("duration_hours", "duration", "h", digits=2),
    Column("depth_ppm", "depth", "ppm", digits=0),
    Column("snr_pink", "S/N", meaning="With correlated noise counted", digits=1),
    Column("matches", "known as"),
)

READ_AS = (
    ("layout", "layout"),
    ("n_spectra", "spectra in it"),
    ("n_pixels", "pixels"),
    ("n_usable", "usable"),
    ("n_cadences", "cadences"),
    ("target", "target"),
    ("sector", "sector"),
    ("pipeline", "pipeline"),
    ("flux_column", "flux column"),
    ("flux_unit", "flux unit"),
    ("medium_in_file", "wavelengths in"),
    ("frame", "velocity frame"),
)


ABSENT: Mapping[str, Any] = {
    "object": "",
    "contents": (),
    "parameters": None,
    "parameters_note": "",
    "verdict": "",
    "best_fit": {},
    "similar": None,
    "similar_note": "",
    "copies": (),
    "vetting": None,
    "rotation_days": None,
    "provenance": {},
}
"""What results of other kinds do not have."""


def headline(result: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return parameters as one would quote them: name, value, note, and errors above and below."""
    limits = result["parameters"]["limits"]
    found: list[tuple[Any, ...]] = []
    for name, quoted in result["quoted"].items():
        label = get_label(name)
        unit = label.unit.partition("(")[0]
        parts = quoted.removesuffix(f" {unit}").split(" ")
        note = f"{unit} · {label.meaning}".removeprefix(" · ")
        if name in limits:
            found.append((name, " ".join(parts), f"{note}; a limit"))
        else:
            value, above, below = parts
            found.append((name, value.replace("-", "−"), note, (above[1:], below[1:])))
    return found


def parameter_table(result: Mapping[str, Any]) -> WebTable:
    """Return every number of the posterior."""
    rows = []
    for name, given in result["parameters"]["parameters"].items():
        digits = get_label(name).digits
        shown = {key: f"{given[key]:.{digits}f}" for key in ("median", "mean", "std")}
        limit = result["parameters"]["limits"].get(name)
        best = result["best_fit"].get(name)
        rows.append(
            {
                "name": name,
                **shown,
                "narrow": f"{given['q16']:.{digits}f} to {given['q84']:.{digits}f}",
                "wide": f"{given['q025']:.{digits}f} to {given['q975']:.{digits}f}",
                "limit": result["quoted"][name] if limit else "",
                "best": "" if best is None else f"{best:.{digits}f}",
                "unit": given["unit"].partition("(")[0],
            }
        )
    return WebTable("parameters", PARAMETERS, rows)


def candidate_table(result: Mapping[str, Any]) -> WebTable:
    """Return the signals of a light curve."""
    rows = []
    for each in result["vetting"]["candidates"]:
        chances = each["class_probabilities"]
        rows.append(
            {column.name: each.get(column.name) for column in CANDIDATES}
            | {
                "number": f"signal {each['number']}",
                "most_likely": max(chances, key=lambda name: chances[name]),
                "matches": "; ".join(str(match.get("name", "")) for match in each["matches"]),
            }
        )
    return WebTable("candidates", CANDIDATES, rows)


def read_as(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a file was read, as far as its kind has such things."""
    found = {words: reading[key] for key, words in READ_AS if reading.get(key) not in (None, "")}
    if reading.get("wave_min_um") is not None:
        found["range"] = f"{reading['wave_min_um']:.5g} to {reading['wave_max_um']:.5g} µm"
    if reading.get("time_min_btjd") is not None:
        found["time"] = f"BTJD {reading['time_min_btjd']:.3f} to {reading['time_max_btjd']:.3f}"
    return found


def provenance(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the numbers were made, as far as it is told in words and numbers."""
    found = {}
    for name, value in (result.get("provenance") or {}).items():
        if isinstance(value, Mapping):
            value = [f"{key}: {each}" for key, each in value.items()]
        found[name.replace("_", " ")] = value
    return found


def grid_labels(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the ranges of a grid's labels."""
    labels = (result.get("grid") or {}).get("labels", {})
    return {name: f"{low:g} to {high:g}" for name, (low, high) in labels.items()}


def neighbours(upload: Errand, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return similar spectra with the addresses of their figures and of what comes next."""
    found = (result.get("similar") or {}).get("neighbours", [])
    return [
        {
            "record": each,
            "title": title_of(each),
            "next": f"/similar?query={each['id']}",
            "figure": f"/similar/pair.json?upload={upload.id}&neighbour={each['id']}",
            "labels": [(name, each["labels"][name]) for name in labels_of([each])],
        }
        for each in found
    ]


def is_kept_until(upload: Errand, keep_hours: float) -> str:
    """Return when it will be deleted, in words."""
    left = (upload.ended or upload.created) + timedelta(hours=keep_hours) - datetime.now(UTC)
    hours = max(0.0, left.total_seconds() / 3600)
    return f"in {hours:.0f} h" if hours >= 1 else "within the hour"


def commands(upload: Errand, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how to do the same in a shell and in Python."""
    asked = UploadOptions.model_validate(upload.options["asked"])
    file = str(upload.options["file"])
    if result["kind"] == "catalogue":
        read = (
            f"from starsieve.readers.catalogues import read_catalogue\n\nread_catalogue({file!r})"
        )
        return [("In Python", read)]
    hints = asked.hints_given()
    given = "".join(f" --{name.replace('_', '-')} {_quoted(v)}" for name, v in hints.items())
    shell = [f"starsieve read {file}{given}"]
    words = ", ".join(f"{name}={value!r}" for name, value in hints.items())
    python = [
        "import starsieve",
        "from starsieve.readers import Hints, read",
        "",
        f"reading = read({file!r}{f', Hints({words})' if words else ''})",
    ]
    if result["kind"] == "spectrum":
        shell += _of_spectrum(file, result)
        python.append(f"starsieve.infer(reading[{asked.number - 1}])")
    elif result["vetting"]:
        shell.append(f"starsieve vet {file} --report report/")
        python.append("starsieve.vet(list(reading))")
    return [("In a shell", "\n".join(shell)), ("In Python", "\n".join(python))]


def _of_spectrum(file: str, result: Mapping[str, Any]) -> list[str]:
    found = []
    if result["parameters"] is not None:
        found.append(f"starsieve infer {file} --model {result['parameters']['model']}")
    if result["similar"] is not None:
        given = result["similar"]
        model = f" --model {given['model']}" if given["model"] else ""
        found.append(
            f"starsieve similar {file} --collection {given['collection']} --by {given['by']}{model}"
        )
    return found


def _quoted(value: Any) -> str:
    text = str(value)
    return text if text.isalnum() else "'" + text.replace("'", "'\\''") + "'"
