"""What the page of an answer shows: rows, tables, forms, and addresses."""

from collections.abc import Mapping
from typing import Any

from starsieve.data.labels import LABELS
from starsieve.web.neighbours import labels_of, title_of
from starsieve.web.retrieval.answer import Answer
from starsieve.web.retrieval.asked import Asked
from starsieve.web.tables import Column, WebTable

BY_WORDS = {
    "latent": "latents of a model",
    "spectrum": "the spectra themselves",
    "both": "latents first, then spectra",
}

YARDSTICK_WORDS = {
    "spread": "their spread over the collection",
    "repeats": "what repeats of one object differ by",
}


def to_table(answer: Answer) -> WebTable:
    """Return the neighbours as a table; a row leads to the question with it as the query."""
    found = answer.record or {"neighbours": []}
    names = labels_of(found["neighbours"])
    both = answer.asked.by == "both"
    columns = [
        Column("rank"),
        Column("object", meaning="Name of the object, or of the file"),
        Column("id", "number", meaning="Of the spectrum, in the archive"),
        Column("distance", meaning=str(found.get("definition", "")), digits=3),
        *[Column("latent_distance", "by latents", digits=3)] * both,
        *[Column("velocity_km_s", "velocity", "km/s", "Of the query relative to it", 1)]
        * (answer.asked.by != "latent"),
        *(_label_column(name, answer.units) for name in names),
    ]
    rows = [
        {
            "rank": rank,
            "object": title_of(each),
            "href": f"/similar{next_query(answer.asked, each['id'])}",
            **{name: each.get(name) for name in ("id", "distance", "latent_distance")},
            "velocity_km_s": each.get("velocity_km_s"),
            **{name: each["labels"].get(name) for name in names},
        }
        for rank, each in enumerate(found["neighbours"], start=1)
    ]
    of = "" if answer.source is None else answer.source.title
    return WebTable("similar", columns, rows, f"Spectra like {of}")


def next_query(asked: Asked, number: int) -> str:
    """Return the address of the same question with a neighbour as the query."""
    return asked.words(without=("upload",), query=number)


def pair_address(asked: Asked, neighbour: int) -> str:
    """Return where the figure of the query over a neighbour is."""
    kept = {"query", "upload", "low", "high", "max_velocity", "degree"}
    left_out = set(Asked.model_fields) - kept
    return f"/similar/pair.json{asked.words(without=left_out, neighbour=neighbour)}"


def command(answer: Answer) -> str:
    """Return the command that asks the same in a terminal."""
    asked, source = answer.asked, answer.source
    words = ["starsieve similar", source.name if source else ""]
    given: list[tuple[str, Any]] = [
        ("--collection", asked.collection),
        ("--by", asked.by),
        ("--model", asked.model),
        ("--origin", asked.origin),
        ("--max-velocity", asked.max_velocity),
        ("--degree", asked.degree),
        ("-k", asked.k),
    ]
    words += [f"{option} {_quoted(str(value))}" for option, value in given if value is not None]
    words += [f"--where {_quoted(each)}" for each in asked.where]
    if asked.wave_range is not None:
        words.append("--range {:g},{:g}".format(*asked.wave_range))
    if asked.near is not None:
        words.append("--near {:g},{:g},{:g}".format(*asked.near))
    if asked.other_objects:
        words.append("--other-objects")
    return " ".join(words)


def _quoted(text: str) -> str:
    plain = text and all(letter.isalnum() or letter in "._-/:" for letter in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _label_column(name: str, units: Mapping[str, str]) -> Column:
    known = LABELS.get(name)
    unit = units.get(name) or ("" if known is None else known.unit)
    return Column(
        name,
        unit=unit.partition("(")[0],
        meaning="" if known is None else known.meaning,
        digits=None if known is None else known.digits,
    )
