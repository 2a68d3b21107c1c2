"""From the bytes of a JSON document to a participant record, or to everything that is wrong with it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import jiter
from pydantic import ValidationError

from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.part import Part, part_of
from precise_cal.protocol.placeholders import may_hold_placeholder, placeholders
from precise_cal.protocol.record import SCHEMA_VERSION, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
MAX_BYTES: Final = 10_000_000
"""The largest record that is read. A complete one takes about 4 kB."""

SCHEMA_KEY: Final = "$schema"
"""What a record may say of the schema that it is written to."""
_UNKNOWN: Final = "unknown"
_SHOWN: Final = 80


@immutable()
class Problem:
    """One thing that is wrong with a record: where it stands, what stands there, and what would be right."""

    pointer: str
    """JSON Pointer (RFC 6901); empty for the document itself."""
    value: str | None
    """The value as JSON, shortened; None where the value is absent."""
    text: str

    def __str__(self) -> str:
        place = self.pointer or "the document"
        return f"{place}: {self.text}" if self.value is None else f"{place}: {self.value} {self.text}"


class RecordError(PreciseError):
    """A participant record is not valid. ``problems`` holds every reason, in the order of the document."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def parse_json(data: bytes) -> Any:
    """A JSON document with exact decimals (RFC 8259); duplicate names, NaN and deep nesting are refused.

    Raises:
        RecordError: the bytes are no JSON document.
    """
    if not data.strip():
        raise RecordError([Problem("", None, "is empty: expected a JSON object")])
    if len(data) > MAX_BYTES:
        raise RecordError([Problem("", None, f"has {len(data):,} bytes; a record has at most {MAX_BYTES:,}")])
    try:
        return jiter.from_json(data, allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True)
    except ValueError as error:
        raise RecordError([Problem("", None, _told(data, error))]) from None


def _told(data: bytes, error: ValueError) -> str:
    if data.startswith(_BYTE_ORDER_MARKS):
        return "begins with a byte order mark; expected UTF-8 without one"
    return f"is not valid JSON: {error}"


def read_record(data: bytes) -> Record:
    """The participant record that a JSON document holds.

    Raises:
        RecordError: the bytes are no JSON object, or the object is no valid record; all problems are listed.
    """
    return record_of(parse_json(data), may_hold_unknown=b'"unknown"' in data)


def record_of(document: Any, *, may_hold_unknown: bool = True) -> Record:
    """The participant record that a parsed JSON document holds.

    Args:
        document: what `parse_json` gives.
        may_hold_unknown: whether the text ``"unknown"`` may stand somewhere, meaning null.

    Raises:
        RecordError: the document is no valid record; all problems are listed.
    """
    if type(document) is not dict:
        found = {list: "an array", str: "a text", bool: "a truth value", type(None): "null"}.get(
            type(document), "a number"
        )
        raise RecordError([Problem("", None, f"is {found}: a participant record is one JSON object")])
    if document.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        shown = _shown(document["schema_version"])
        text = f'is a version that this program does not read; it reads "{SCHEMA_VERSION}"'
        raise RecordError([Problem("/schema_version", shown, text)])
    known = _without_unknown(document) if may_hold_unknown else document
    problems: list[Problem] = []
    if SCHEMA_KEY in known:
        known, problems = _without_schema(known)
    try:
        record = Record.model_validate(known)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        raise RecordError([*problems, *_merged(_problem(detail) for detail in details)]) from None
    if problems:
        raise RecordError(problems)
    repeated = [*_repeated("lesions", "lesion_id", record.lesions), *_repeated("events", "event_id", record.events)]
    if repeated:
        raise RecordError(repeated)
    return record


def _without_schema(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The same document without ``"$schema"``, at which editors look and nobody else; and what is wrong with it."""
    rest = {name: value for name, value in document.items() if name != SCHEMA_KEY}
    named = document[SCHEMA_KEY]
    if named is None or type(named) is str:
        return rest, []
    return rest, [Problem(f"/{SCHEMA_KEY}", _shown(named), "should be the address of a schema, a text in quotes")]


def _without_unknown(value: Any) -> Any:
    """The same document with null wherever it says ``"unknown"``."""
    if type(value) is dict:
        return {name: _without_unknown(item) for name, item in value.items()}
    if type(value) is list:
        return [_without_unknown(item) for item in value]
    return None if value == _UNKNOWN and type(value) is str else value


def placeholders_in(data: bytes) -> list[Problem]:
    """Every text of a record that stands for no value and was read as unknown.

    Args:
        data: a JSON document that `read_record` accepts.
    """
    if not may_hold_placeholder(data):
        return []
    found = placeholders(Record, parse_json(data))
    return [Problem(pointer_of(path), _shown(text), "is not a value; it was read as unknown") for path, text in found]


def _repeated(list_name: str, field: str, items: tuple[Part, ...] | None) -> list[Problem]:
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for index, item in enumerate(items or ()):
        name = getattr(item, field)
        if name is None:
            continue
        before = first.setdefault(skeleton(name), index)
        if before != index:
            other = getattr((items or ())[before], field)
            how = "the same" if other == name else f"{_shown(other)}, which reads as the same"
            text = f"stands twice: /{list_name}/{before} has {how} {field}"
            problems.append(Problem(f"/{list_name}/{index}/{field}", _shown(name), text))
    return problems


def _merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem a place: a union of types reports a place once for each of its members."""
    by_place: dict[str, Problem] = {}
    for problem in problems:
        by_place.setdefault(problem.pointer, problem)
    return list(by_place.values())


def _problem(detail: Mapping[str, Any]) -> Problem:
    kind, location, value = detail["type"], tuple(detail["loc"]), detail["input"]
    pointer = pointer_of(location)
    if kind == "missing":
        return Problem(pointer, None, "is missing: every record needs it")
    if kind == "extra_forbidden":
        return Problem(
            pointer, _shown(value), f"is a field that the record does not have{_did_you_mean_field(location)}"
        )
    return Problem(pointer, _shown(value), _fix(kind, detail, value))


def _fix(kind: str, detail: Mapping[str, Any], value: Any) -> str:
    context = detail.get("ctx", {})
    if kind == "literal_error":
        return _fix_literal(detail["loc"], value)
    if kind == "value_error":
        return str(context["error"])
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"should be {'at least' if kind[0] == 'g' else 'at most'} {context['ge' if kind[0] == 'g' else 'le']}"
    return _FIXES.get(kind) or f"is not right here: {detail['msg']}"


_FIXES: Final = {
    "bool_type": "should be true, false, or null where it is not known",
    "int_type": "should be a whole number without quotes",
    "string_type": "should be a text in quotes",
    "string_too_long": "is too long: at most 2,000 characters",
    "string_pattern_mismatch": "should be the SHA-256 of the file: 64 digits and letters from a to f",
    "tuple_type": "should be an array: [ … ]",
    "model_type": "should be an object: { … }",
    "model_attributes_type": "should be an object: { … }",
}


def _fix_literal(location: tuple[str | int, ...], value: Any) -> str:
    from difflib import get_close_matches

    allowed = [str(choice) for choice in _choices(location)]
    near = get_close_matches(value, allowed, n=1, cutoff=0.6) if isinstance(value, str) else []
    if not near and isinstance(value, str):
        near = [choice for choice in allowed if choice.casefold() == value.casefold()]
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f"should be one of {', '.join(allowed)}, or null where it is not known{hint}"


def _did_you_mean_field(location: tuple[str | int, ...]) -> str:
    from difflib import get_close_matches

    part = _part_at(location[:-1])
    near = get_close_matches(str(location[-1]), list(part.model_fields), n=1, cutoff=0.5) if part else []
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; it has {', '.join(part.model_fields)}" if part else ""


def _part_at(location: tuple[str | int, ...]) -> type[Part] | None:
    part: type[Part] | None = Record
    for name in location:
        if isinstance(name, int) or part is None:
            continue
        part = part_of(part.model_fields[name].annotation) if name in part.model_fields else part
    return part


def _choices(location: tuple[str | int, ...]) -> tuple[Any, ...]:
    names = [name for name in location if isinstance(name, str)]
    part = _part_at(tuple(names[:-1]))
    return choices_of(part.model_fields[names[-1]].annotation) if part and names[-1] in part.model_fields else ()


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """The words that a field of a closed vocabulary accepts; empty for any other field."""
    arguments = get_args(annotation)
    if arguments and all(isinstance(argument, str) for argument in arguments):
        return arguments
    return next((found for found in map(choices_of, arguments) if found), ())


def pointer_of(location: Iterable[str | int]) -> str:
    """The JSON Pointer of a path (RFC 6901, section 3)."""
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in location)


def _shown(value: Any) -> str:
    """A value as JSON, in at most 80 characters, without what a terminal would interpret."""
    text = _json_text(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value if value.isprintable() else value.encode("unicode_escape").decode("ascii")}"'
    if isinstance(value, dict):
        return "{ … }" if value else "{}"
    if isinstance(value, list):
        return "[ … ]" if value else "[]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
