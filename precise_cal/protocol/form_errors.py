"""What is wrong with the form of a file, in words: the value that stands there, and what would be right.

Pydantic tells where a value does not fit. What fits there is read from the JSON Schema of the form, which editors show
as well: types, words, patterns and descriptions are written once, in the form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Joined, Verbatim, message, words_of
from precise_cal.protocol.near import hint, hint_or_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel, ValidationError

    Location = tuple[str | int, ...]
    Schema = Mapping[str, Any]

PATTERNS: Final[Mapping[str, str]] = {
    r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$": "capital letters and digits parted by hyphens, such as IC-1",
    r"^[A-Z][A-Z0-9_]*$": "capital letters, digits and _, such as DOSE_LATE",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and _, with no digit in front, such as IsFresh",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$": "a group and a name in small letters, such as age.min",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$": "names of fields in small letters, such as consent.signed_at",
    r"^AMB-\d\d$": "AMB- and two digits, such as AMB-07",
    r"^\S(.*\S)?$": "a name without spaces around it",
    r"^[+-]\d\d:\d\d$": 'an offset from UTC in quotes, such as "+08:00"',
    r"^[A-Z]{2}$": "two capital letters, such as DM",
    r"^[A-Z][A-Z0-9]{0,7}$": "1 to 8 capital letters and digits, a letter in front, such as VSTEST",
    r"^[A-Z0-9][A-Z0-9_-]{0,19}$": "up to 20 capital letters, digits, - and _, such as DEV-1",
    r"^[A-Z][A-Z0-9_]{0,7}$": "1 to 8 capital letters, digits and _, such as IN01",
    r"^[A-Z][A-Za-z0-9]*$": "letters and digits, a capital letter in front, such as Lesion",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, a letter in front, such as signed_at",
    r"^[a-z][a-z0-9_]* [a-z][a-z0-9_]*$": "the names of two fields, such as value unit",
    r"^-?(0|[1-9]\d*)(\.\d+)?$": 'a number in quotes, such as "2.25"',
    r"^[A-Za-z][A-Za-z0-9_-]*$": "letters, digits, - and _, a letter in front, such as bailout",
    r"^[A-Za-z][A-Za-z0-9_-]*\??$": "letters, digits, - and _, a letter in front, and ? at the end if it may be absent",
    r"^[A-Za-z][A-Za-z0-9_.:/+-]*$": "a word: letters, digits and any of _ . : / + -, a letter in front",
    r"^DV(-[A-Z0-9]+)+$": "DV- and capital letters or digits, such as DV-ELG-01",
}
"""The patterns of all forms in words."""
_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with their values",
}
_FORMATS: Final[Mapping[str, str]] = {
    "date": "a day such as 2026-03-01",
    "date-time": 'an instant such as "2026-03-01T09:00:00+08:00"',
}
_LIMITS: Final[Mapping[str, str]] = {
    "greater_than_equal": "at least { $limit }",
    "greater_than": "more than { $limit }",
    "less_than_equal": "at most { $limit }",
}
"""What is wanted of a number, by what Pydantic calls its error."""
_KEY: Final = "[key]"
"""What Pydantic puts behind the name of a key that does not fit."""


def form_problems(model: type[BaseModel], data: Any, error: ValidationError) -> Iterator[tuple[Location, str]]:
    """Every place where data do not have a form, and what is wrong there.

    Args:
        model: the form.
        data: as read.
        error: what Pydantic said of it.
    """
    root = model.model_json_schema(by_alias=True)
    details = [(*_path(data, one), one) for one in error.errors(include_url=False)]
    bounded = {path for path, _, detail in details if _bounds(detail)}
    seen: set[tuple[Location, str]] = set()
    for path, is_sure, detail in details:
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other, _, _ in details)
        if not is_sure and (deeper or (path in bounded and not _bounds(detail))):
            continue  # another form that the value might have had
        text = _text(root, data, path, detail)
        if (path, text) not in seen:
            seen.add((path, text))
            yield path, text


def _path(data: Any, detail: Any) -> tuple[Location, bool]:
    """The keys and places of a location; whether it has nothing else, such as the name of one of several forms."""
    path: list[str | int] = []
    steps = detail["loc"]
    for place, step in enumerate(steps):
        is_missing = place == len(steps) - 1 and detail["type"] == "missing"
        is_key = isinstance(data, dict) and (step in data or is_missing) and isinstance(step, str)
        is_item = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if step == _KEY and path:
            return tuple(path), True
        if not is_key and not is_item:
            continue
        path.append(step)
        data = data[step] if is_item or step in data else None
    return tuple(path), len(path) == len(steps)


def _text(root: Schema, data: Any, path: Location, detail: Any) -> str:
    kind = detail["type"]
    if kind == "missing":
        about = _about(_schema_at(root, path))
        if not about:
            return message('the key "{ $key }" is missing', key=path[-1])
        return message('the key "{ $key }" is missing: { $about }', key=path[-1], about=about)
    if kind == "extra_forbidden":
        return message(
            '"{ $key }" is no key here{ $hint }',
            key=path[-1],
            hint=hint_or_all(str(path[-1]), _keys(root, path[:-1])),
        )
    if detail["loc"] and detail["loc"][-1] == _KEY:
        return _about_key(root, path)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _about_tag(path, detail["ctx"])
    value = _value_at(data, path)
    if kind == "string_pattern_mismatch" and path and value is not path[-1] and detail["input"] == path[-1]:
        wanted = _pattern(detail["ctx"]["pattern"])
        return message('"{ $key }" is no name for a key here: it should be { $wanted }', key=path[-1], wanted=wanted)
    name = ".".join(map(str, path)) or "the file"
    shown = _shown(value)
    if kind in ("value_error", "assertion_error"):
        told = words_of(detail["ctx"]["error"]) if "error" in detail.get("ctx", {}) else str(detail["msg"])
        return message("{ $name }: { $shown }: { $text }", name=Verbatim(name), shown=shown, text=told)
    schema = _schema_at(root, path)
    about = _about(schema)
    wanted = _bounds(detail) or _any_of(root, schema)
    near = hint(str(value), _words(root, schema))
    if "a whole number" in wanted and isinstance(value, str) and value.lstrip("-").isdecimal():
        near = "; leave out the quotes"
    if wanted.startswith(("text", "a word")) and isinstance(value, int):
        near = "; write it in quotes"
    return message(
        "{ $name }: { $shown } should be { $wanted }{ $near }{ $about }",
        name=name,
        shown=shown,
        wanted=wanted,
        near=near,
        about=message(" ({ $about })", about=about) if about else "",
    )


def _about(schema: Schema) -> str:
    """What a key or an entry is, in a line."""
    return str(schema.get("description", "")).partition("\n")[0]


def _about_tag(path: Location, context: Mapping[str, Any]) -> str:
    """A key that tells which of several forms an entry has."""
    key, tags = context["discriminator"].strip("'"), context.get("expected_tags", "").replace("'", "")
    place = ".".join(map(str, (*path, key)))
    if "tag" not in context:
        return message('the key "{ $key }" is missing', key=place)
    known = tags.split(", ")
    return message(
        "{ $place }: { $tag } should be { $tags }{ $hint }",
        place=place,
        tag=f"{context['tag']!r}",
        tags=Joined(" or ", map(Verbatim, tags.rsplit(", ", 1))),
        hint=hint(context["tag"], known),
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return Verbatim(repr(value))
    if value is None:
        return "an unknown value"
    if isinstance(value, list):
        return "this list" if value else "an empty list"
    return "this entry" if value else "an empty entry"


def _about_key(root: Schema, path: Location) -> str:
    holder = _resolved(root, _schema_at(root, path[:-1]))
    names = _resolved(root, holder.get("propertyNames", {}))
    if "enum" in names:
        return message(
            '"{ $key }" is no key here{ $hint }',
            key=path[-1],
            hint=hint_or_all(str(path[-1]), names["enum"]),
        )
    patterns = [*holder.get("patternProperties", ()), *([names["pattern"]] if "pattern" in names else [])]
    wanted = Joined(" or ", map(_pattern, patterns)) or "another one"
    return message('"{ $key }" is no name for a key here: it should be { $wanted }', key=path[-1], wanted=wanted)


def _pattern(pattern: str) -> str:
    return PATTERNS.get(pattern, message("a text that fits { $pattern }", pattern=pattern))


def _bounds(detail: Any) -> str | None:
    """What is wanted of a number or a length, where the type is right."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _LIMITS:
        limit = next(context[name] for name in ("ge", "gt", "le") if name in context)
        return message(_LIMITS[kind], limit=f"{limit:g}" if isinstance(limit, float) else limit)
    if kind == "too_short":
        return (
            "a list with something in it"
            if detail["input"] == []
            else message("at least { $min_length } of them", min_length=context["min_length"])
        )
    if kind == "too_long":
        return message("{ $max_length } of them at most", max_length=context["max_length"])
    if kind == "string_too_short":
        return "a text with something in it"
    return (
        message("{ $max_length } characters at most", max_length=context["max_length"])
        if kind == "string_too_long"
        else None
    )


def _expected(root: Schema, schema: Schema) -> Iterator[str]:
    """What a schema accepts, in words."""
    schema = _resolved(root, schema)
    if "anyOf" in schema:
        yield from _several(root, schema["anyOf"])
    elif "enum" in schema:
        yield message("one of { $enum }", enum=", ".join(map(str, schema["enum"])))
    elif "const" in schema:
        yield Verbatim(f'"{schema["const"]}"')
    elif "pattern" in schema:
        yield _pattern(schema["pattern"])
    elif schema.get("format") in _FORMATS:
        yield _FORMATS[schema["format"]]
    elif schema.get("type") == "array":
        yield (
            message("a list, each item { $any_of }", any_of=_any_of(root, schema["items"]))
            if schema.get("items")
            else _TYPES["array"]
        )
    elif schema.get("type") == "object" and "properties" in schema:
        required, known = (", ".join(schema.get(name, ())) for name in ("required", "properties"))
        some = message("an entry with some of { $names }", names=Verbatim(known))
        yield message("an entry with { $names }", names=Verbatim(required)) if required else some
    elif schema.get("type") in _TYPES:
        yield _TYPES[schema["type"]]


def _several(root: Schema, forms: Iterable[Schema]) -> Iterator[str]:
    known: set[str] = set()
    for form in forms:
        for one in _expected(root, form):
            is_list_of_known = one.removeprefix("a list, each item ") in known
            yield "a list of such" if is_list_of_known else one
            known.add(one)


def _any_of(root: Schema, schema: Schema) -> str:
    return Joined(" or ", dict.fromkeys(_expected(root, schema))) or "of another form"


def _words(root: Schema, schema: Schema) -> list[str]:
    """The words that a schema accepts."""
    schema = _resolved(root, schema)
    inner = [word for one in schema.get("anyOf", ()) for word in _words(root, one)]
    return [*map(str, schema.get("enum", ())), *inner]


def _keys(root: Schema, path: Location) -> list[str]:
    """The keys that are known at a place."""
    schema = _resolved(root, _schema_at(root, path))
    several = [_resolved(root, one) for one in schema.get("anyOf", (schema,))]
    return list(dict.fromkeys(name for one in several for name in one.get("properties", ())))


def _schema_at(root: Schema, path: Location) -> Schema:
    """The schema of what stands at a place; an empty one where several forms differ."""
    found: Schema = root
    for step in path:
        found = _step(root, found, step)
    return found


def _step(root: Schema, schema: Schema, step: str | int) -> Schema:
    schema = _resolved(root, schema)
    for one in schema.get("anyOf", ()):
        inner = _step(root, one, step)
        if inner:
            return inner
    if isinstance(step, int):
        items: Schema = schema.get("items", {})
        return items
    if step in schema.get("properties", ()):
        found: Schema = schema["properties"][step]
        return found
    further = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    return next((one for one in further if isinstance(one, dict)), {})


def _resolved(root: Schema, schema: Schema) -> Schema:
    """The schema that a reference means; what stands beside the reference stays."""
    if "$ref" not in schema:
        return schema
    meant: Schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    about = _about(schema) or meant.get("description")
    return {**_resolved(root, meant), **({"description": about} if about else {})}


def _value_at(data: Any, path: Location) -> Any:
    for step in path:
        data = data[step]
    return data
