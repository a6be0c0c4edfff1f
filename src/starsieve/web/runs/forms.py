"""Forms for recipes: controls, help and limits come from the recipe itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Literal

from pydantic import BaseModel

Kind = Literal["number", "text", "flag", "choice", "choices", "list", "lines", "json", "fixed"]
Schema = Mapping[str, Any]
Choices = Mapping[str, Sequence[tuple[str, str]]]
"""Values that an option may have and what people read, by the option's name."""


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a recipe as a control.

    Parameters
    ----------
    name : str
        Of the option; dots lead into tables.
    kind : Kind
        Of the control. A ``list`` is of numbers, with commas; ``lines`` are of words; what is
        ``fixed`` is not shown.
    value : object
        As the control shows it: a text, True or False, or a list of texts.
    needed : bool
        Whether the recipe has no value of its own.
    low, high : float, optional
        Limits of a number.
    whole : bool
        Whether a number must be a whole one.
    choices : sequence of (str, str)
    offered : bool
        Whether these are of what the archive has.
    """

    name: str
    kind: Kind
    value: Any
    help: str = ""
    needed: bool = False
    low: float | None = None
    high: float | None = None
    whole: bool = False
    choices: Sequence[tuple[str, str]] = ()
    offered: bool = False

    @property
    def title(self) -> str:
        """What people read."""
        return self.name.rpartition(".")[2].replace("_", " ")

    @property
    def comes_first(self) -> bool:
        """Whether people are to look at it in any case."""
        return self.needed or self.offered


@dataclass(frozen=True, slots=True)
class Section:
    """Options that belong together: those of the recipe itself, or of a table in it."""

    name: str
    help: str
    fields: tuple[Field, ...]

    @property
    def title(self) -> str:
        """What people read."""
        return self.name.replace(".", ", ").replace("_", " ")


def make_form(
    recipe: type[BaseModel],
    given: Mapping[str, Any],
    choices: Choices,
    hidden: frozenset[str] = frozenset(),
    most: Mapping[str, float] | None = None,
) -> tuple[Section, ...]:
    """Return the sections of a recipe's form, its own options first.

    Parameters
    ----------
    recipe : type
    given : mapping
        Options that differ from the recipe's own values.
    choices : mapping
        See `Choices`.
    hidden : set of str
        Options that are not offered.
    most : mapping of str to float, optional
        Upper limits beyond those of the recipe.
    """
    schema = recipe.model_json_schema()
    form = _Form(schema.get("$defs", {}), choices, hidden, most or {})
    own = {"description": recipe.__doc__ or "", **schema}
    helps: dict[str, str] = {}
    for parent in reversed(recipe.__mro__):
        helps |= read_docstring(parent.__doc__ or "")[1]
    return tuple(form.sections(own, given, "", helps))


def read_form(sections: Sequence[Section], entered: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the options that were entered; what was left empty is left to the recipe.

    What can't be read, as words where a number is wanted, is returned as it is: the recipe says
    what is wrong with it.
    """
    options: dict[str, Any] = {}
    for field in (field for section in sections for field in section.fields):
        value = _read_field(field, entered.get(field.name, ()))
        if value is not None:
            *path, last = field.name.split(".")
            table = options
            for part in path:
                table = table.setdefault(part, {})
            table[last] = value
    return options


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what a docstring says before its parameters, and of each of them."""
    before, _, after = cleandoc(text).partition("\nParameters\n----------\n")
    helps: dict[str, list[str]] = {}
    names: list[str] = []
    for line in after.splitlines():
        if line and not line.startswith(" "):
            if set(line) == {"-"}:
                break
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
            helps |= {name: [] for name in names}
        elif line.strip():
            for name in names:
                helps[name].append(line.strip())
    plain = {name: _plain(" ".join(lines)) for name, lines in helps.items() if lines}
    return _plain(" ".join(before.split())), plain


@dataclass(frozen=True, slots=True)
class _Form:
    defined: Mapping[str, Schema]
    choices: Choices
    hidden: frozenset[str]
    most: Mapping[str, float]

    def sections(
        self, schema: Schema, given: Mapping[str, Any], prefix: str, helps: Mapping[str, str] = {}
    ) -> Iterator[Section]:
        """Yield the section of a schema and those of the tables in it."""
        about, own = read_docstring(schema.get("description", ""))
        helps, needed = {**own, **helps}, set(schema.get("required", ()))
        fields, tables = [], []
        for name, found in schema.get("properties", {}).items():
            if prefix + name in self.hidden:
                continue
            value = given.get(name, found.get("default"))
            inner = self._table(found, value)
            if inner is not None:
                tables.append((f"{prefix}{name}", inner, value or {}))
                continue
            text = _plain(found.get("description", "")) or helps.get(name, "")
            fields.append(self._field(prefix + name, found, value, text, name in needed))
        fields.sort(key=lambda field: (not field.comes_first, field.name == "seed"))
        yield Section(prefix.rstrip("."), about, tuple(fields))
        for name, inner, value in tables:
            yield from self.sections(inner, value, f"{name}.")

    def _table(self, found: Schema, value: Any) -> Schema | None:
        """Return the schema of an option that is a table, of the kind that its value names."""
        inner = found.get("oneOf") or found.get("allOf") or [found]
        kinds = [self.defined[each["$ref"].rpartition("/")[2]] for each in inner if "$ref" in each]
        if not kinds:
            return None
        kind = (value or {}).get("kind")
        fitting = [k for k in kinds if k["properties"].get("kind", {}).get("const") == kind]
        return (fitting or kinds)[0]

    def _field(self, name: str, found: Schema, value: Any, text: str, needed: bool) -> Field:
        some = [each for each in found.get("anyOf", [found]) if each.get("type") != "null"]
        kind: Schema = some[0]
        if name in self.choices:
            several = kind.get("type") == "array"
            return Field(
                name=name,
                kind="choices" if several else "choice",
                value=list(value or ()) if several else value or "",
                help=text,
                needed=needed,
                choices=(*self._none(found, needed), *self.choices[name]),
                offered=True,
            )
        if "const" in kind:
            return Field(name, "fixed", kind["const"])
        if "enum" in kind:
            words = [(str(each), str(each)) for each in kind["enum"]]
            return Field(name, "choice", str(value), text, needed, choices=words)
        if kind.get("type") == "boolean":
            return Field(name, "flag", bool(value), text)
        if kind.get("type") in ("integer", "number"):
            return self._number(name, kind, value, text, needed)
        items = _kinds_of_items(kind)
        if items and items <= {"integer", "number"}:
            return Field(name, "list", ", ".join(map(_shown, value or ())), text, needed)
        if items == {"string"}:
            return Field(name, "lines", "\n".join(map(str, value or ())), text, needed)
        if kind.get("type") == "string":
            return Field(name, "text", value or "", text, needed)
        return Field(
            name, "json", value if isinstance(value, str) else json.dumps(value), text, needed
        )

    def _none(self, found: Schema, needed: bool) -> tuple[tuple[str, str], ...]:
        """Return the choice of nothing, where an option may have no value."""
        nullable = any(each.get("type") == "null" for each in found.get("anyOf", ()))
        return (("", ""),) if nullable and not needed else ()

    def _number(self, name: str, kind: Schema, value: Any, text: str, needed: bool) -> Field:
        high = min(
            (each for each in (kind.get("maximum"), self.most.get(name)) if each is not None),
            default=None,
        )
        shown = _shown(value)
        whole = kind["type"] == "integer"
        return Field(name, "number", shown, text, needed, kind.get("minimum"), high, whole)


def _kinds_of_items(kind: Schema) -> set[str]:
    """Return the types of what a list holds; nothing for what is no list."""
    items = kind.get("prefixItems") or [kind.get("items", {})]
    return {str(each.get("type")) for each in items} if kind.get("type") == "array" else set()


def _read_field(field: Field, entered: Sequence[str]) -> Any:
    if field.kind == "fixed":
        return field.value
    if field.kind == "flag":
        return bool(entered)
    if field.kind == "choices":
        return list(entered)
    text = entered[0].strip() if entered else ""
    if not text:
        return None
    if field.kind == "number":
        return _number_or_text(text)
    if field.kind == "list":
        return [_number_or_text(each.strip()) for each in text.split(",") if each.strip()]
    if field.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.kind == "json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _shown(value: Any) -> str:
    """Return a number as a control shows it; what is none, as it was entered."""
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return "" if value is None else str(value)


def _number_or_text(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _plain(text: str) -> str:
    """Return a docstring's words without its marks."""
    return re.sub(r"`{1,2}([^`]+)`{1,2}", r"\1", text)
