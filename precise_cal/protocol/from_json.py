"""From the bytes of a JSON document to a participant record, or to everything that is wrong with it at once."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import jiter

from precise_cal.language.catalog import Joined, Text, Verbatim, lines_of, message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.foreign import foreign_document, foreign_file
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.near import nearest
from precise_cal.protocol.part import value_of
from precise_cal.protocol.placeholders import may_hold_placeholder, placeholders
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.reading import OddError, reader_of
from precise_cal.protocol.shown import shown
from precise_cal.protocol.walk import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from precise_cal.protocol.model import Model
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import FieldSchema, RecordSchema

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""That of UTF-8, which is read and means nothing."""
MAX_BYTES: Final = 10_000_000
"""The largest record that is read. A complete one takes about 4 kB."""

VERSION: Final = "schema_version"
"""The field in which a record may name the version of its form."""
SCHEMA_KEY: Final = "$schema"
SIMULATED_KEY: Final = "$simulated"
"""At the root of a record of any trial: whether nobody of this name exists, as of what `precise simulate` makes."""
HOUSE_KEYS: Final = (SCHEMA_KEY, SIMULATED_KEY)
"""What a record may say of the schema that it is written to."""
_UNKNOWN: Final = "unknown"
_PLACED: Final = re.compile(r"(.*?) +at line (\d+) column (\d+)", re.DOTALL)
"""What the reader of JSON says of a document, with the place."""


@immutable()
class Problem:
    """One thing that is wrong with a record: where it stands, what stands there, and what would be right."""

    pointer: str
    """JSON Pointer (RFC 6901); empty for the document itself."""
    value: str | None
    """The value as JSON, shortened; None where the value is absent."""
    text: str
    at: tuple[int, int] | None = None
    """The line and the column, from 1, behind which the document cannot be read; None where the pointer tells."""

    @property
    def words(self) -> str:
        """The problem with its place and value, for a catalog."""
        place = self.pointer or "the document"
        if self.at is not None:
            line, column = self.at
            pattern = "{ $place }: { $text } at line { $line } column { $column }"
            return message(pattern, place=place, text=self.text, line=line, column=column)
        if self.value is None:
            return message("{ $place }: { $text }", place=place, text=self.text)
        return message("{ $place }: { $value } { $text }", place=place, value=Verbatim(self.value), text=self.text)

    def __str__(self) -> str:
        return str(self.words)


class RecordError(PreciseError):
    """A participant record is not valid. ``problems`` holds every reason, in the order of the document."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(lines_of(one.words for one in self.problems))


def parse_json(data: bytes) -> Any:
    """A JSON document with exact decimals (RFC 8259); duplicate names, NaN and deep nesting are refused.

    A byte order mark of UTF-8 at its beginning is passed over.

    Raises:
        RecordError: the bytes are no JSON document.
    """
    if not data.strip():
        raise RecordError([Problem("", None, "is empty: expected a JSON object")])
    if len(data) > MAX_BYTES:
        pattern = "has { $bytes } bytes; a record has at most { $most }"
        too_large = message(pattern, bytes=f"{len(data):,}", most=f"{MAX_BYTES:,}")
        raise RecordError([Problem("", None, foreign_file(data) or too_large)])
    try:
        return jiter.from_json(
            data.removeprefix(BYTE_ORDER_MARK), allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True
        )
    except ValueError as error:
        raise RecordError([_unreadable(data, str(error))]) from None


def _unreadable(data: bytes, why: str) -> Problem:
    """Why bytes are no JSON document, and where."""
    foreign, placed = foreign_file(data), _PLACED.fullmatch(why)
    if foreign is not None or placed is None:
        return Problem("", None, foreign or message("is not valid JSON: { $why }", why=why))
    return Problem("", None, message("is not valid JSON: { $why }", why=placed[1]), (int(placed[2]), int(placed[3])))


class RecordReader:
    """Reads the records of a schema. The typed model is made when the first document is read that does not fit."""

    def __init__(self, schema: RecordSchema) -> None:
        self.schema = schema

    def __reduce__(self) -> tuple[Any, ...]:
        return RecordReader, (self.schema,)

    @cached_property
    def model(self) -> type[Model]:
        """The typed model of the records."""
        from precise_cal.protocol.model import model_of

        return model_of(self.schema)

    @cached_property
    def _read(self) -> Callable[[Any], Part]:
        return reader_of(self.schema)

    def read(self, data: bytes) -> Part:
        """The participant record that a JSON document holds.

        Raises:
            RecordError: the bytes are no JSON object, or the object is no valid record; all problems are listed.
        """
        return self.record(parse_json(data), may_hold_unknown=b'"unknown"' in data)

    def record(self, document: Any, *, may_hold_unknown: bool = True) -> Part:
        """The participant record that a parsed JSON document holds.

        Args:
            document: what `parse_json` gives.
            may_hold_unknown: whether the text ``"unknown"`` may stand somewhere, meaning null.

        Raises:
            RecordError: the document is no valid record; all problems are listed.
        """
        self._check_kind(document)
        known = _without_unknown(document) if may_hold_unknown else document
        problems: list[Problem] = []
        if SCHEMA_KEY in known or SIMULATED_KEY in known:
            known, problems = _without_house_keys(known)
        try:
            record = self._read(known)
        except (OddError, ValueError):
            record = self._validated(known, problems)
        problems += [one for path, name in self.schema.unique.items() for one in _repeated(path, name, record)]
        if problems:
            raise RecordError(problems)
        return record

    def _validated(self, known: Any, problems: list[Problem]) -> Part:
        """The record by the typed model, which says what is wrong with a document."""
        from pydantic import ValidationError

        from precise_cal.protocol.model import record_of

        try:
            record: Part = record_of(self.model.model_validate(known))
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True)
            raise RecordError([*problems, *_merged(_problem(self.schema, detail) for detail in details)]) from None
        return record

    def _knows(self, document: Mapping[str, Any]) -> bool:
        """Whether a document has the field by which the trial knows its participants."""
        path = self.schema.role_path("participant")
        return path is not None and path[0] in document

    def placeholders(self, data: bytes) -> list[Problem]:
        """Every text of a record that stands for no value and was read as unknown.

        Args:
            data: a JSON document that `read` accepts.
        """
        if not may_hold_placeholder(data):
            return []
        text = "is not a value; it was read as unknown"
        found = placeholders(self.schema.root, parse_json(data))
        return [Problem(pointer_of(path), shown(value), text) for path, value in found]

    def _check_kind(self, document: Any) -> None:
        foreign = foreign_document(document)
        if foreign is not None and not (type(document) is dict and self._knows(document)):
            raise RecordError([Problem("", None, foreign)])
        if type(document) is not dict:
            found = _KINDS.get(type(document), "a number")
            text = message("is { $kind }: a participant record is one JSON object", kind=found)
            raise RecordError([Problem("", None, text)])
        known = self.schema.versions
        version = document.get(VERSION)
        if known and VERSION in document and version not in known:
            readable = Joined(" or ", [f'"{one}"' for one in known])
            text = message("is a version that this program does not read; it reads { $readable }", readable=readable)
            raise RecordError([Problem(f"/{VERSION}", shown(version), text)])


_KINDS: Final = {list: "an array", str: "a text", bool: "a truth value", type(None): "null"}


def is_simulated(data: bytes) -> bool:
    """Whether a record, as `RecordReader.read` accepts it, says of itself that nobody of its name exists."""
    return f'"{SIMULATED_KEY}"'.encode() in data and parse_json(data).get(SIMULATED_KEY) is True


def _without_house_keys(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The same document without what is said of the record itself, for editors and reports; and what is wrong there."""
    rest = {name: value for name, value in document.items() if name not in HOUSE_KEYS}
    problems = []
    named, simulated = (document.get(key) for key in HOUSE_KEYS)
    if named is not None and type(named) is not str:
        text = "should be the address of a schema, a text in quotes"
        problems.append(Problem(f"/{SCHEMA_KEY}", shown(named), text))
    if simulated is not None and type(simulated) is not bool:
        text = "should be true, false, or null where it is not known"
        problems.append(Problem(f"/{SIMULATED_KEY}", shown(simulated), text))
    return rest, problems


def _without_unknown(value: Any) -> Any:
    """The same document with null wherever it says ``"unknown"``."""
    if type(value) is dict:
        return {name: _without_unknown(item) for name, item in value.items()}
    if type(value) is list:
        return [_without_unknown(item) for item in value]
    return None if value == _UNKNOWN and type(value) is str else value


def _repeated(path: str, name: str, record: Part) -> Iterator[Problem]:
    """The names that repeat in a list of the record; path and name are those of the schema."""
    *owners, listed = record.form.along(path.split("."))
    for owner, steps, _ in reached(record, owners):
        items, here = getattr(owner, listed.attribute) or (), pointer_of((*steps, listed.name))
        first: dict[str, tuple[int, Any]] = {}
        for index, item in enumerate(items):
            value = value_of(item, name)
            before, same = (index, value) if value is None else first.setdefault(skeleton(str(value)), (index, value))
            if before != index:
                pattern = "stands twice: { $place } has the same { $field }"
                if same != value:
                    pattern = "stands twice: { $place } has { $same }, which reads as the same { $field }"
                text = message(pattern, place=f"{here}/{before}", same=shown(same), field=name)
                yield Problem(f"{here}/{index}/{name}", shown(value), text)


def _merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem a place: a union of types reports a place once for each of its members."""
    by_place: dict[str, Problem] = {}
    for problem in problems:
        by_place.setdefault(problem.pointer, problem)
    return list(by_place.values())


def _problem(schema: RecordSchema, detail: Mapping[str, Any]) -> Problem:
    kind, location, value = detail["type"], tuple(detail["loc"]), detail["input"]
    pointer = pointer_of(location)
    if kind == "missing":
        return Problem(pointer, None, "is missing: every record needs it")
    if kind == "extra_forbidden":
        part = schema.at(location[:-1])
        known = list(part.by_name) if part else []
        return Problem(pointer, shown(value), _unknown_field(str(location[-1]), known))
    return Problem(pointer, shown(value), _fix(kind, schema.field(location), detail.get("ctx", {}), detail))


def _unknown_field(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    if near is not None:
        return message('is a field that the record does not have; did you mean "{ $near }"?', near=near)
    if known:
        return message("is a field that the record does not have; it has { $fields }", fields=", ".join(known))
    return "is a field that the record does not have"


def _fix(kind: str, field: FieldSchema | None, context: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    if kind == "literal_error" and field is not None:
        return _fix_word(field.words, detail["input"])
    if kind == "string_pattern_mismatch" and field is not None:
        about = field.about or field.name
        return message("should be { $about }, of the form { $pattern }", about=about, pattern=context["pattern"])
    if kind == "value_error":
        (text,) = context["error"].args or (str(context["error"]),)
        return text if isinstance(text, Text) else str(context["error"])
    if kind == "too_long":
        pattern = "has { $count } items; a list of a record has at most { $most }"
        return message(pattern, count=f"{context['actual_length']:,}", most=context["max_length"])
    if kind in ("greater_than_equal", "less_than_equal"):
        if kind[0] == "g":
            return message("should be at least { $low }", low=context["ge"])
        return message("should be at most { $high }", high=context["le"])
    return _FIXES.get(kind) or message("is not right here: { $why }", why=detail["msg"])


_FIXES: Final = {
    "bool_type": "should be true, false, or null where it is not known",
    "int_type": "should be a whole number without quotes",
    "string_type": "should be a text in quotes",
    "string_too_long": "is too long: at most 2,000 characters",
    "tuple_type": "should be an array: [ … ]",
    "model_type": message("should be an object: { $form }", form="{ … }"),
    "model_attributes_type": message("should be an object: { $form }", form="{ … }"),
}


def _fix_word(allowed: tuple[str, ...], value: Any) -> str:
    near = nearest(value, allowed, cutoff=0.6) if isinstance(value, str) else None
    if near is None and isinstance(value, str):
        near = next((choice for choice in allowed if choice.casefold() == value.casefold()), None)
    words = Verbatim(", ".join(allowed))
    if near is None:
        return message("should be one of { $words }, or null where it is not known", words=words)
    pattern = 'should be one of { $words }, or null where it is not known; did you mean "{ $near }"?'
    return message(pattern, words=words, near=Verbatim(near))
