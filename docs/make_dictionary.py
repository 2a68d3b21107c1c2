"""Writes docs/record.md from record.yaml and the rules, and docs/study-form.md from the JSON Schema of STUDY.json.

python docs/make_dictionary.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.reading import reads_of
from precise_cal.engine.rulebook.rulebook import Rulebook
from precise_cal.protocol.schema.tree import FieldSchema, FieldType, ListOf, PartSchema, QuantityKind, Scalar
from precise_cal.qfr.study.study import study_schema
from precise_cal.rules import bundled

HERE = Path(__file__).parent
MADE = "<!-- made by docs/make_dictionary.py; do not edit -->"
Inner = Scalar | QuantityKind | PartSchema
Place = tuple[str, ...]


def record_page(book: Rulebook) -> Iterator[str]:
    """Every field of the record: type, what it accepts, what it means, which rules read it, whether it is masked."""
    readers = _readers(book)
    yield f"# Data dictionary\n\n{MADE}\n"
    yield (
        "What the record of a participant holds in PRECISE CAL, made from `precise_cal/rules/record.yaml` and the "
        "rules. `precise schema record` prints the same form as JSON Schema. Everything but the fields marked "
        "*required* may be null or missing, which means that it is not known.\n"
    )
    yield (
        "*Read by* names the rules whose conditions read a field, through whatever definitions. *Masked*: the field "
        "tells the allocation, and reports leave it out unless `--unmask` is given. Rules judge by `data_cutoff` "
        "wherever they ask for the present moment, unless `--now` is given.\n"
    )
    for path in ((), *(path for path, one in book.schema.walk() if one.part)):
        yield from _part(book.schema.root, path, readers)
    yield "\n## Roles\n\nWhat the program needs to know of a record of any trial ([trial.md](trial.md)).\n"
    yield "| Role | Expression |\n| --- | --- |"
    yield from (f"| {name} | `{' '.join(text.split())}` |" for name, text in book.schema.roles.items())


def _part(root: PartSchema, path: Place, readers: dict[str, Any]) -> Iterator[str]:
    """A section: what a part is, and its fields."""
    above = root.along(path)
    field = above[-1] if above else None
    part = (field.part if field else None) or root
    spared = field.reveals.sparing if field and field.reveals else None
    masked = any(one.reveals for one in above)
    if field is not None:
        about = field.about or part.about
        means = _sentence(about) if about else f"`{path[-1]}`"
        each = ", each of a list" if field.is_list else ""
        yield f"\n## {'.'.join(path)}\n"
        yield f"{means} ({part.name}{each}).{_list_readers(path, readers)}\n"
        if spared:
            yield f"Masked, but the earliest `{spared}`.\n"
    yield "| Field | Type | Accepts | What it is | Read by | Masked |\n| --- | --- | --- | --- | --- | --- |"
    for one in part.fields:
        hidden = masked or one.reveals is not None
        if one.part is None:
            yield _row((*path, one.name), one, readers, hidden and one.name != spared)
        else:
            link, words = "".join((*path, one.name)), _cell(one.about or one.part.about or _names(one.part))
            yield f"| [{one.name}](#{link}) | {_type(one.type)} | | {words} | | {_yes(hidden)} |"


def _names(part: PartSchema) -> str:
    """What a part holds, where it says nothing of itself."""
    shown = [one.name for one in part.fields[:4]]
    return f"{', '.join(shown)}{', …' if len(part.fields) > len(shown) else ''}"


def _row(path: Place, one: FieldSchema, readers: dict[str, Any], hidden: bool) -> str:
    required = ", *required*" if one.required else ""
    rules = ", ".join(f"[{name}](rules.md#{name.lower()})" for name, reads in readers.items() if reads.touches(path))
    return (
        f"| {one.name} | {_type(one.type)}{required} | {_cell(_accepts(one.inner))} | {_cell(one.about)} "
        f"| {rules} | {_yes(hidden)} |"
    )


def _list_readers(path: Place, readers: dict[str, Any]) -> str:
    """The rules that ask whether a part is there, or how many of a list."""
    rules = [name for name, reads in readers.items() if path in reads.ends]
    return f" Read as a whole by {', '.join(rules)}." if rules else ""


def _readers(book: Rulebook) -> dict[str, Any]:
    return {rule.rule.id: reads_of(rule) for rule in book.edition(None).rules}


def _type(kind: FieldType) -> str:
    if isinstance(kind, ListOf):
        return f"list of {_type(kind.item)}"
    return kind.kind if isinstance(kind, Scalar) else kind.name


def _accepts(inner: Inner) -> str:
    """Words, range, unit or pattern of a value."""
    if isinstance(inner, QuantityKind):
        unit = f"value and unit, like `{inner.like}`" if inner.like else "value and unit"
        return f"{unit}{_range(inner.low, inner.high)}{', above 0' if inner.positive else ''}"
    if not isinstance(inner, Scalar):
        return ""
    words = ", ".join(f"`{word}`" for word in inner.words)
    return words or (f"`{inner.pattern}`" if inner.pattern else _range(inner.low, inner.high).removeprefix(", "))


def _range(low: Any, high: Any) -> str:
    if low is None and high is None:
        return ""
    return f", {low} to {high}" if high is not None else f", {low} or more"


def study_page(schema: dict[str, Any]) -> Iterator[str]:
    """Every field of STUDY.json."""
    yield f"# The form of STUDY.json\n\n{MADE}\n"
    yield (
        "Made from its JSON Schema, which `precise schema study` prints. [STUDY.json](study.md) explains the fields "
        "with an example, and says which answers and edits there are.\n"
    )
    yield "## Study\n"
    yield from _object(schema)
    for name, part in schema["$defs"].items():
        yield f"\n## {name}\n\n{part.get('description', '').splitlines()[0]}\n"
        yield from _object(part)


def _object(part: dict[str, Any]) -> Iterator[str]:
    yield "| Field | Type | Without it | What it is |\n| --- | --- | --- | --- |"
    for name, one in part["properties"].items():
        absent = "*required*" if name in part.get("required", ()) else f"`{json.dumps(one.get('default'))}`"
        yield f"| {name} | {_cell(_form(one))} | {_cell(absent)} | {_cell(one.get('description', ''))} |"


def _form(one: dict[str, Any]) -> str:
    """The type of a field of a JSON Schema, in words."""
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in one or "enum" in one:
        return " or ".join(f"`{json.dumps(word)}`" for word in one.get("enum", [one.get("const")]))
    if "anyOf" in one:
        kinds = [_form(each) for each in one["anyOf"]]
        return "number" if kinds == ["number", "text"] else " or ".join(kinds)
    if "prefixItems" in one:
        return f"[{', '.join(_form(each) for each in one['prefixItems'])}]"
    if one.get("type") == "array":
        return f"list of {_form(one['items'])}" if "items" in one else "list"
    if one.get("type") == "object":
        return f"object, each {_form(one['additionalProperties'])}"
    return {"string": "text", "boolean": "true or false", "integer": "whole number"}.get(
        one.get("type", ""), one.get("type", "any value")
    )


def _sentence(text: str) -> str:
    return text.rstrip(".")[:1].upper() + text.rstrip(".")[1:]


def _yes(is_so: bool) -> str:
    return "yes" if is_so else ""


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ").strip()


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    return {
        "record.md": "\n".join(record_page(rulebook(bundled(), cache=False))) + "\n",
        "study-form.md": "\n".join(study_page(study_schema())) + "\n",
    }


if __name__ == "__main__":
    for page, text in pages().items():
        (HERE / page).write_text(text, encoding="utf-8")
